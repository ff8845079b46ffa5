"""What is not there: a sentence for people, and the status that says it to programs."""


class AbsentError(Exception):
    """What was asked for is not in the archive, or not to be shown; the message is one sentence."""

    def __init__(self, sentence: str, status: int = 404) -> None:
        super().__init__(sentence)
        self.status = status
