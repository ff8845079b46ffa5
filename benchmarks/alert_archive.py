"""A catalogue of invented articles for the benchmarks of saved queries, written in bulk, with its search index.

A log of some days as an archive of 5,000 documents a day writes it: every 50th document is edited later, every 100th is
read again by a newer extractor, and every 20th was shown by a second source too.
"""

import logging
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.catalogue import Catalogue, Transaction, create_catalogue
from archive.catalogue.changes import last_seq
from archive.catalogue.extractions import digest_content
from archive.catalogue.schema import alias, candidate, change, document, extraction, sighting, version
from archive.catalogue.sources import Facts, register_source
from archive.records import Extraction
from benchmarks.generator import SOURCES, Generator
from indexer import projection
from indexer.document import IndexEntry
from indexer.engines.base import Engine, IndexUnusableError
from indexer.engines.choice import open_engine

logger = logging.getLogger(__name__)

SLICE = 2_000
EDITED_EACH, EXTRACTED_AGAIN_EACH, SHOWN_TWICE_EACH = 50, 100, 20
LATER = 25  # documents between an article and what happens to it

Rows = dict[Any, list[dict[str, Any]]]


class BulkArchive:
    """Fills a catalogue with the articles of a generator; equal numbers give equal rows."""

    def __init__(
        self,
        catalogue: Catalogue,
        generator: Generator,
        first: datetime,
        last: datetime,
        characters: int | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._generator = generator
        self._characters = characters
        self._first = first
        self._step = (last - first) / max(1, generator.documents)
        self._seq = self._extraction = self._capture = 0

    def fill(self) -> None:
        """Write every article, in slices."""
        self._register_sources()
        for start in range(0, self._generator.documents, SLICE):
            rows: Rows = {table: [] for table in (document, alias, candidate, sighting, extraction, change, version)}
            for number in range(start, min(start + SLICE, self._generator.documents)):
                self._add(rows, number)
            with self._catalogue.write() as transaction:
                for table, values in rows.items():
                    if values:
                        transaction.execute(table.insert(), values)
                self._update(transaction, rows[change])
            if start % 50_000 == 0:
                logger.info("%d of %d documents written", start, self._generator.documents)

    def _register_sources(self) -> None:
        entries = {entry.source: entry for entry in self._generator.entries(0, min(3_000, self._generator.documents))}
        with self._catalogue.write() as transaction:
            for number in range(SOURCES):
                entry = entries.get(f"source-{number:03}")
                kind, regions = (entry.kind, entry.regions) if entry else ("local_press", ("FR-ARA",))
                facts = Facts(f"source-{number:03}", "1", f"Source {number}", kind, regions, ())
                register_source(transaction, facts, (), first_visit_at=self._first, interval_seconds=900)

    def _add(self, rows: Rows, number: int) -> None:
        entry, at = self._generator.entry(number), self._first + number * self._step
        rows[document].append(
            {"id": entry.document, "source": entry.source, "url": entry.url, "first_seen_at": at, "state": "live",
             "current_version": 1, "last_number": 1, "host": f"{entry.source}.test", "look_now": False}
        )  # fmt: skip
        rows[alias].append({"canonical": entry.url, "document": entry.document, "url": entry.url, "seen_at": at})
        rows[candidate].append(
            {"id": number + 1, "canonical": entry.url, "url": entry.url, "host": f"{entry.source}.test",
             "source": entry.source, "via": "live", "first_seen_at": at, "outcome": "fetched", "attempts": 1,
             "reopened": 0}
        )  # fmt: skip
        self._sight(rows, number, entry.source, "feed", at)
        self._add_version(rows, entry, 1, "new", at, self._extract(rows, entry, entry.text))
        self._follow_up(rows, number, at)

    def _follow_up(self, rows: Rows, number: int, at: datetime) -> None:
        """What happens to an earlier document meanwhile."""
        before = number - LATER
        if before < 0:
            return
        entry = self._generator.entry(before) if before % SHOWN_TWICE_EACH == 0 or before % EDITED_EACH == 0 else None
        if entry is None:
            return
        if before % EXTRACTED_AGAIN_EACH == 0:
            self._extract(rows, entry, entry.text + "\n\nLire aussi.", extractor_version=2)
            self._log(rows, "re_extracted", entry.document, 1, at)
        elif before % EDITED_EACH == 0:
            made = self._extract(rows, entry, entry.text + "\n\nMis à jour.")
            self._add_version(rows, entry, 2, "edited", at, made)
        else:
            self._sight(rows, before, f"source-{(before // SHOWN_TWICE_EACH) % SOURCES:03}", "listing", at)
            self._log(rows, "relabelled", entry.document, None, at)

    def _sight(self, rows: Rows, number: int, source: str, through: str, at: datetime) -> None:
        rows[sighting].append(
            {"candidate": number + 1, "source": source, "through": through, "said_sha256": source, "url": "",
             "seen_at": at, "from_seq": self._seq}
        )  # fmt: skip

    def _extract(self, rows: Rows, entry: IndexEntry, text: str, *, extractor_version: int = 1) -> int:
        text = text[: self._characters]
        self._extraction += 1
        self._capture += extractor_version == 1
        made = Extraction(
            extractor_version, entry.url, entry.title, text, authors=entry.authors, language=entry.lang,
            published_at=entry.published_at, published_precision="second", published_origin="json_ld",
        )  # fmt: skip
        row = asdict(made) | {"id": self._extraction, "content_sha256": digest_content(made.title, made.text)}
        row["capture"] = self._capture if extractor_version == 1 else -self._extraction
        del row["claims"], row["links_to_pdf"]
        rows[extraction].append(row)
        return self._extraction

    def _add_version(self, rows: Rows, entry: IndexEntry, number: int, kind: str, at: datetime, made: int) -> None:
        seq = self._log(rows, kind, entry.document, number, at, made)
        rows[version].append(
            {"document": entry.document, "number": number, "capture": self._capture, "extraction": made, "seq": seq,
             "fetched_at": at}
        )  # fmt: skip

    def _log(
        self, rows: Rows, kind: str, name: str, number: int | None, at: datetime, extracted: int | None = None
    ) -> int:
        self._seq += 1
        extracted = self._extraction if kind == "re_extracted" else extracted
        rows[change].append(
            {"seq": self._seq, "at": at, "document": name, "version": number, "extraction": extracted, "kind": kind,
             "via": "live"}
        )  # fmt: skip
        return self._seq

    def _update(self, transaction: Transaction, changes: list[dict[str, Any]]) -> None:
        for one in changes:
            if one["kind"] == "edited":
                values = {"current_version": one["version"], "last_number": one["version"]}
                transaction.execute(document.update().where(document.c.id == one["document"]).values(**values))
            elif one["kind"] == "re_extracted":
                where = (version.c.document == one["document"]) & (version.c.number == one["version"])
                transaction.execute(version.update().where(where).values(extraction=one["extraction"]))


def open_archive(
    folder: Path, documents: int, first: datetime, last: datetime, characters: int | None = None
) -> Catalogue:
    """The catalogue in that folder; filled where it is empty, with texts of so many characters at most."""
    catalogue = create_catalogue(folder)
    with catalogue.read() as transaction:
        empty = last_seq(transaction) == 0
    if empty:
        BulkArchive(catalogue, Generator(7, documents), first, last, characters).fill()
    return catalogue


def open_index(folder: Path, catalogue: Catalogue) -> Engine:
    """The index of the catalogue in that folder, up to the end of the log; made where there is none."""
    engine = open_engine("embedded", folder)
    try:
        projection.follow(catalogue, engine)
    except IndexUnusableError:
        projection.rebuild(catalogue, engine, report=_report)
    return engine


def _report(done: int, of: int) -> None:
    if done % 50_000 < 1_000:
        logger.info("%d of %d changes indexed", done, of)
