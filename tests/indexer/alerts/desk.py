"""A newsroom whose log saved queries follow: the tests' way to let them match and to look at what became of it."""

from datetime import UTC, datetime

from archive.catalogue import Catalogue, matches
from archive.catalogue.changes import last_seq
from archive.catalogue.matches import Match
from config.query import SavedQuery
from indexer.alerts.auditing import Audit, audit
from indexer.alerts.matching import Matched, follow
from indexer.alerts.registering import register_queries
from indexer.analysis import FrenchAnalyzer
from indexer.query import Limits

NOW = datetime(2026, 2, 1, 12, 0, tzinfo=UTC)
PERSON = "redaction@exemple.test"


def make_query(words: str = "police", **values: object) -> SavedQuery:
    given = {"title": words, "query": words, "recipients": [PERSON]} | values
    return SavedQuery.model_validate(given)


class Desk:
    """Matches the given queries on a catalogue."""

    def __init__(self, catalogue: Catalogue, **queries: SavedQuery) -> None:
        self.catalogue = catalogue
        self.queries = queries
        self.analyzer = FrenchAnalyzer()
        self.now = NOW
        self.register()

    def register(self) -> None:
        self.watched = register_queries(self.catalogue, self.queries, Limits(), self.analyzer, self.now, "Europe/Paris")

    def match(self) -> Matched:
        return follow(self.catalogue, self.watched, self.analyzer, lambda: self.now)

    def rows(self, query: str) -> list[Match]:
        with self.catalogue.read() as transaction:
            return matches.list_matches(transaction, query, after=0, up_to=last_seq(transaction))

    def outcomes(self, query: str) -> dict[str, str]:
        return {f"{one.document}.{one.version}": one.outcome for one in self.rows(query)}

    def audit(self) -> Audit:
        return audit(self.catalogue, Limits(), self.analyzer, lambda match: False)
