"""A log with everything that may happen to documents, at random: the same for the same dice.

Sources name addresses of others before or after these are known to lead to a document, two documents become one, pages
are read again by a newer extractor, sources change their names and regions, documents are removed and withdrawn.
"""

import random
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from archive.catalogue import Catalogue, Transaction, candidates, documents
from archive.catalogue.candidates import Sight
from archive.catalogue.extractions import add_extraction
from archive.catalogue.sources import Facts, register_source
from archive.outcomes import Outcome
from archive.records import Entry, Extraction
from tests.indexer.newsroom import START
from tests.indexer.query_generator import WORDS

SOURCES = ("exemple-presse", "union-exemple", "gazette")
KINDS = ("regional_press", "union", "local_press")
REGIONS = (("FR-ARA",), ("FR-IDF",), ("FR-ARA", "FR-BRE"))
FILLER = (
    "La ville rouvre son marché couvert.",
    "Les travaux durent jusqu'au printemps.",
    "Le public est venu nombreux.",
)
PEOPLE = ("Jeanne Durand", "Paul Métayer", "Aïcha Durand")


class History:
    """Writes a catalogue's log step by step, each step one transaction as the stages do it."""

    def __init__(self, catalogue: Catalogue, seed: int, *, step: timedelta = timedelta(minutes=37)) -> None:
        self.dice = random.Random(seed)
        self.now = START
        self._catalogue = catalogue
        self._step = step
        self._captures = 0
        self._extractors: dict[str, int] = {}
        self._living: list[str] = []
        for source in SOURCES:
            self._label(source)

    def publish(self, count: int = 1, *, via: str = "live") -> None:
        """New documents."""
        for _ in range(count):
            name, source = f"d{self._captures:05}", self.dice.choice(SOURCES)
            url = f"https://{source}.test/{name}"
            if self.dice.random() < 0.2:
                self.name(url, self.dice.choice(SOURCES))
            with self._write() as transaction:
                self._sight(transaction, url, source)
                documents.create_document(
                    transaction, name, source=source, url=url, host=f"{source}.test", first_seen_at=self.now,
                    canonical_claim=None, next_check_at=None,
                )  # fmt: skip
                documents.add_alias(transaction, url, name, url, self.now)
                self._version(transaction, name, self.now, via, latest=True)
            self._living.append(name)

    def happen(self, count: int) -> None:
        """Anything at all, so many times."""
        steps: Sequence[tuple[int, Callable[[], None]]] = (
            (50, self.publish), (12, self.edit), (4, self.find_older), (8, self.name_elsewhere), (5, self.redirect),
            (5, self.merge), (8, self.extract_again), (2, self.change_labels), (3, self.take_offline),
            (2, self.withdraw),
        )  # fmt: skip
        weights, actions = [weight for weight, _ in steps], [action for _, action in steps]
        for _ in range(count):
            self.dice.choices(actions, weights)[0]()

    def edit(self) -> None:
        """A later version."""
        with self._write() as transaction:
            self._version(transaction, self._any(), self.now, "live", latest=True)

    def find_older(self) -> None:
        """A capture taken in later that lies before all others."""
        with self._write() as transaction:
            name = self._any()
            self._version(transaction, name, START - timedelta(days=30), "import", latest=False)

    def name_elsewhere(self) -> None:
        """Another source names the address of a document; its entry is labelled anew."""
        with self._write() as transaction:
            name = self._any()
            documents.relabel(transaction, name, self.now)
            self._sight(transaction, documents.list_aliases(transaction, name)[0], self.dice.choice(SOURCES))

    def redirect(self) -> None:
        """An address that a source named before turns out to lead to a document."""
        address = f"https://{self.dice.choice(SOURCES)}.test/vers-{self._captures}-{self.dice.random()}"
        self.name(address, self.dice.choice(SOURCES))
        self.publish(2)
        self.lead(address, self.dice.choice((self._any(), self._living[-1])))

    def lead(self, address: str, document: str) -> None:
        """From now on the address is known to lead to the document."""
        with self._write() as transaction:
            documents.add_alias(transaction, address, document, address, self.now)

    def name(self, address: str, source: str) -> None:
        """A source names an address."""
        with self._write() as transaction:
            self._sight(transaction, address, source)

    def merge(self) -> None:
        """Two documents are one; the loser's text becomes a version of the winner."""
        if len(self._living) < 2:
            return
        with self._write() as transaction:
            pair = (documents.read_document(transaction, name) for name in self.dice.sample(self._living, 2))
            winner, loser = sorted((one for one in pair if one), key=lambda one: (one.first_seen_at, one.id))
            documents.merge(transaction, winner, loser, self.now)
            self._version(transaction, winner.id, self.now, "live", latest=True)
        self._living.remove(loser.id)

    def extract_again(self) -> None:
        """A newer extractor reads a version and finds other words."""
        with self._write() as transaction:
            version = self.dice.choice(documents.list_versions(transaction, self._any()))
            stored = add_extraction(transaction, version.capture, self._read(version.extractor_version + 1))
            documents.replace_extraction(transaction, version, stored, at=self.now, via="live")

    def change_labels(self) -> None:
        """A source's name and regions change, and each of its documents is labelled anew."""
        source = self.dice.choice(SOURCES)
        self._label(source)
        with self._write() as transaction:
            for name in documents.list_ids_of_source(transaction, source, after="", limit=100_000):
                if name in self._living:
                    documents.relabel(transaction, name, self.now)

    def take_offline(self) -> None:
        """Gone twice: removed, and still searched."""
        with self._write() as transaction:
            found = documents.read_document(transaction, self._any())
            assert found is not None
            documents.mark_gone(transaction, found, self.now, confirm_after_seconds=0)
        with self._write() as transaction:
            found = documents.read_document(transaction, found.id)
            assert found is not None
            documents.mark_gone(transaction, found, self.now, confirm_after_seconds=0)

    def withdraw(self) -> None:
        """Out of every index."""
        with self._write() as transaction:
            name = self._any()
            documents.withdraw(transaction, name, self.now)
        self._living.remove(name)

    def _write(self) -> AbstractContextManager[Transaction]:
        self.now += self._step
        return self._catalogue.write()

    def _any(self) -> str:
        return self.dice.choice(self._living)

    def _sight(self, transaction: Transaction, url: str, source: str) -> None:
        sight = Sight(
            Entry(url=url, through="feed"), canonical=url, host="any.test", source=source, via="live",
            closed=Outcome.fetched,
        )  # fmt: skip
        candidates.record_sight(transaction, sight, self.now)

    def _label(self, source: str) -> None:
        place = SOURCES.index(source)
        regions, name = self.dice.choice(REGIONS), f"Nom {self.dice.randrange(4)}"
        facts = Facts(source, f"{name}{regions}", name, KINDS[place], regions, ("69",) if place else ())
        with self._write() as transaction:
            register_source(transaction, facts, (), first_visit_at=START, interval_seconds=900)

    def _version(self, transaction: Transaction, name: str, fetched_at: datetime, via: str, *, latest: bool) -> None:
        self._captures += 1
        stored = add_extraction(transaction, self._captures, self._read(1))
        documents.add_version(
            transaction, name, capture_id=self._captures, extraction_id=stored.id, fetched_at=fetched_at,
            is_latest=latest, via=via, now=self.now,
        )  # fmt: skip

    def _read(self, extractor_version: int) -> Extraction:
        dice = self.dice
        words = [dice.choice(WORDS) for _ in range(dice.randint(1, 12))]
        title = " ".join(dice.choice(WORDS) for _ in range(dice.randint(1, 4)))
        published = self.now - timedelta(days=dice.choice((0, 0, 0, 1, 9, 29, 31, 200)), seconds=dice.randrange(7200))
        return Extraction(
            extractor_version, "https://any.test/", title, f"{' '.join(words)}. {dice.choice(FILLER)}",
            authors=tuple(dice.sample(PEOPLE, dice.randint(0, 1))), language=dice.choice(("fr", "fr", "en", None)),
            tags=("police",) * dice.randint(0, 1), published_at=published if dice.random() < 0.8 else None,
            paywalled=dice.random() < 0.2,
        )  # fmt: skip
