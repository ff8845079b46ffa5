"""A desk with its outbox: the tests' way to let digests be made and to read what they say."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import timedelta

from archive.catalogue import Catalogue, matches, outbox
from archive.catalogue.outbox import Letter, Message
from config.mail import Mail
from indexer.alerts import digests
from indexer.alerts.auditing import Audit, audit
from indexer.alerts.links import NO_PAGES, Links
from indexer.query import Limits
from tests.indexer.alerts.desk import Desk

ZONE = "Europe/Paris"


class Press:
    """Matches, makes digests, and reads the outbox."""

    def __init__(
        self,
        catalogue: Catalogue,
        desk: Desk,
        mail: Mail | None = None,
        unseen: Sequence[str] = (),
        links: Links = NO_PAGES,
        names: Mapping[str, str] | None = None,
    ) -> None:
        numbers = itertools.count()
        self.catalogue = catalogue
        self.desk = desk
        self.maker = digests.Desk(
            mail or Mail(),
            ZONE,
            lambda: desk.now,
            lambda: f"id{next(numbers)}",
            lambda phrases, since: unseen,
            desk.analyzer,
            links,
            names or {},
        )

    def run(self, later: timedelta = timedelta()) -> int:
        self.desk.now += later
        self.desk.match()
        return digests.compose_due(self.catalogue, self.desk.queries, self.desk.watched, self.maker)

    def messages(self) -> list[Message]:
        with self.catalogue.read() as transaction:
            return outbox.list_messages(transaction, limit=1000)[::-1]

    def letters(self) -> list[Letter]:
        with self.catalogue.read() as transaction:
            return [outbox.read_letter(transaction, one.letter) for one in self.messages()]

    def audit(self) -> Audit:
        def overdue(match: matches.Match) -> bool:
            return digests.is_overdue(match, self.desk.queries, self.desk.now, ZONE)

        return audit(self.catalogue, Limits(), self.desk.analyzer, overdue)
