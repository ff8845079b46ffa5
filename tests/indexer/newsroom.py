"""A catalogue with invented articles, and what may happen to them: the tests' hand in the log of changes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from archive.catalogue import Catalogue, Transaction, documents
from archive.catalogue.changes import last_seq
from archive.catalogue.extractions import add_extraction
from archive.catalogue.sources import Facts, register_source
from archive.records import Extraction

START = datetime(2026, 2, 1, 9, 0, tzinfo=UTC)
SOURCE = "gazette-du-lac"


class Newsroom:
    """Writes articles into a catalogue, each step one transaction as the stages do it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._captures = 0
        with catalogue.write() as transaction:
            self._register(transaction, "Gazette du Lac")
            self._captures = last_seq(transaction) * 10

    def publish(self, document: str, text: str = "Un premier texte.", title: str = "Titre") -> None:
        """A new document with its first version."""
        now = self._now()
        with self.catalogue.write() as transaction:
            self._create(transaction, document, now)
            self._version(transaction, document, text, title, now)

    def publish_all(self, names: Sequence[str], at_once: int = 500) -> None:
        """Many new documents, so many in one transaction."""
        for start in range(0, len(names), at_once):
            now = self._now()
            with self.catalogue.write() as transaction:
                for name in names[start : start + at_once]:
                    self._create(transaction, name, now)
                    self._version(transaction, name, f"Communiqué {name} : un premier texte.", f"Titre {name}", now)

    def edit(self, document: str, text: str, title: str = "Titre") -> None:
        """A later version."""
        with self.catalogue.write() as transaction:
            self._version(transaction, document, text, title, self._now())

    def find_older(self, document: str, text: str) -> None:
        """A capture taken in later that lies before all others."""
        with self.catalogue.write() as transaction:
            self._version(transaction, document, text, "Titre", START - timedelta(days=30))

    def withdraw(self, document: str) -> None:
        """Out of every index."""
        with self.catalogue.write() as transaction:
            documents.withdraw(transaction, document, self._now())

    def merge(self, winner: str, loser: str) -> None:
        """Two documents are one."""
        with self.catalogue.write() as transaction:
            kept, lost = (documents.read_document(transaction, name) for name in (winner, loser))
            assert kept is not None and lost is not None
            documents.merge(transaction, kept, lost, self._now())

    def take_offline(self, document: str) -> None:
        """The page is gone twice, a day apart: removed, and still searched."""
        for later in (timedelta(), timedelta(days=2)):
            with self.catalogue.write() as transaction:
                found = documents.read_document(transaction, document)
                assert found is not None
                documents.mark_gone(transaction, found, self._now() + later, confirm_after_seconds=86_400)

    def put_back(self, document: str) -> None:
        """The page answers again: restored."""
        with self.catalogue.write() as transaction:
            found = documents.read_document(transaction, document)
            assert found is not None
            documents.mark_present(transaction, found, self._now() + timedelta(days=3))

    def rename_source(self, name: str) -> None:
        """The source's facts change: each of its documents is relabelled."""
        with self.catalogue.write() as transaction:
            self._register(transaction, name)
            for document in documents.list_ids_of_source(transaction, SOURCE, after="", limit=100_000):
                documents.relabel(transaction, document, self._now())

    def _register(self, transaction: Transaction, name: str) -> None:
        facts = Facts(SOURCE, name, name, "local_press", ("FR-ARA",), ("74",))
        register_source(transaction, facts, (), first_visit_at=START, interval_seconds=900)

    def _create(self, transaction: Transaction, document: str, now: datetime) -> None:
        documents.create_document(
            transaction, document, source=SOURCE, url=f"https://lac.test/{document}", host="lac.test",
            first_seen_at=now, canonical_claim=None, next_check_at=None,
        )  # fmt: skip

    def _version(self, transaction: Transaction, document: str, text: str, title: str, fetched_at: datetime) -> None:
        self._captures += 1
        found = Extraction(1, f"https://lac.test/{document}", title, text, language="fr", published_at=START)
        stored = add_extraction(transaction, self._captures, found)
        documents.add_version(
            transaction, document, capture_id=self._captures, extraction_id=stored.id, fetched_at=fetched_at,
            is_latest=fetched_at >= START, via="live", now=fetched_at,
        )  # fmt: skip

    def _now(self) -> datetime:
        return START + timedelta(minutes=self._captures)
