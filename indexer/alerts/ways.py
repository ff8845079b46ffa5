"""Each message on its way: to its webhook where its recipient is one, otherwise by mail."""

from collections.abc import Callable
from dataclasses import dataclass

from archive.catalogue.outbox import Letter, Message
from indexer.alerts.delivery import Carrier, Delivery


@dataclass(frozen=True)
class Ways:
    """Takes messages of both kinds."""

    mail: Carrier
    webhooks: Carrier

    def deliver(self, message: Message, letter: Letter, before_text: Callable[[], None]) -> Delivery:
        """Hand the message to whoever carries its kind."""
        carrier = self.webhooks if message.is_posted else self.mail
        return carrier.deliver(message, letter, before_text)
