"""What can keep mail from leaving at all."""


class MailSettingsError(Exception):
    """The mail settings name something that cannot be used; the message says what to do."""
