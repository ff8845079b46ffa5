"""A real mail server on one port that can be stopped and started, takes its time, and remembers what it took."""

import asyncio
from collections import Counter
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.indexer.alerts.mail_server import Inbox
from tests.ports import find_port


class SlowInbox(Inbox):
    """Takes its time before it answers, so that a good part of the kills finds a message on its way."""

    def __init__(self, answer_seconds: float) -> None:
        super().__init__()
        self._answer_seconds = answer_seconds

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self._answer_seconds / 2)
        answer = await super().handle_DATA(server, session, envelope)
        await asyncio.sleep(self._answer_seconds / 2)
        return answer


class Postmaster:
    """Keeps the server for the length of a `with` block."""

    def __init__(self, answer_seconds: float = 0.2) -> None:
        self.inbox = SlowInbox(answer_seconds)
        self.port = find_port()
        self._controller: Controller | None = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        """Take mail, unless it does already."""
        if self._controller is None:
            self._controller = Controller(self.inbox, hostname="127.0.0.1", port=self.port)
            self._controller.start()

    def close(self) -> None:
        """Nobody listens any more; what is under way is cut."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def count_arrivals(self) -> Counter[str]:
        """How often each Message-ID was taken."""
        return Counter(self.inbox.ids())
