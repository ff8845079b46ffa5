"""Versions with everything a search entry is made from, read in one go.

The projection, the alerts and `vigie show` read the same rows, so that they cannot differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from archive.catalogue.catalogue import Transaction
from archive.catalogue.documents import list_sources
from archive.catalogue.schema import document, extraction, version
from archive.catalogue.sources import Facts, read_facts

_IS_SHOWN = document.c.state.in_(["live", "removed"])


@dataclass(frozen=True)
class EntryRow:
    """One version, its document, its extraction and the labels of its source as they are now."""

    document: str
    number: int
    seq: int
    current: bool
    edited: bool
    state: str
    url: str
    first_seen_at: datetime
    capture: int
    extraction: int
    fetched_at: datetime
    content_sha256: str
    title: str | None
    lead: str | None
    text: str
    authors: tuple[str, ...]
    language: str | None
    section: str | None
    tags: tuple[str, ...]
    published_at: datetime | None
    published_precision: str | None
    published_origin: str | None
    published_doubt: str | None
    modified_at: datetime | None
    paywalled: bool
    sources: tuple[str, ...]
    facts: Facts


def read_entries(transaction: Transaction, document_ids: Sequence[str]) -> list[EntryRow]:
    """Every version of these documents, by document and number; documents that left the index give no rows."""
    query = _select_entries().where(version.c.document.in_(list(document_ids)))
    return _assemble(transaction, query.order_by(version.c.document, version.c.number))


def read_entries_by_id(transaction: Transaction, keys: Sequence[tuple[str, int]]) -> list[EntryRow]:
    """Chosen versions as (document, number), in no particular order.

    Unknown ones are left out, and so are those of documents that left the index: an index that is behind may still
    name them, and nobody is to see them.
    """
    if not keys:
        return []
    return _assemble(transaction, _select_entries().where(is_among(keys)))


def is_among(keys: Sequence[tuple[str, int]]) -> sa.ColumnElement[bool]:
    """True of these versions; by their documents first, since for pairs alone SQLite goes through every version."""
    is_of_theirs = version.c.document.in_(sorted({name for name, _ in keys}))
    return is_of_theirs & sa.tuple_(version.c.document, version.c.number).in_(list(keys))


@dataclass(frozen=True)
class EntryKey:
    """Which entry a version has, and by what it is counted: its source and its dates."""

    seq: int
    document: str
    number: int
    source: str
    first_seen_at: datetime
    published_at: datetime | None
    published_origin: str | None
    published_precision: str | None
    published_doubt: str | None


def read_entry_keys(transaction: Transaction, *, after: int, limit: int) -> list[EntryKey]:
    """The entries of a complete index whose seq is above `after`, in the order of seq."""
    columns: list[Any] = [
        version.c.seq, version.c.document, version.c.number, document.c.source, document.c.first_seen_at,
        extraction.c.published_at, extraction.c.published_origin, extraction.c.published_precision,
        extraction.c.published_doubt,
    ]  # fmt: skip
    joined = version.join(document, document.c.id == version.c.document)
    joined = joined.join(extraction, extraction.c.id == version.c.extraction)
    query = sa.select(*columns).select_from(joined).where(_IS_SHOWN, version.c.seq > after)
    return [EntryKey(*row) for row in transaction.execute(query.order_by(version.c.seq).limit(limit))]


def list_entry_keys(transaction: Transaction, document_id: str) -> list[tuple[str, int]]:
    """The (document, number) of every version of a document, whatever its state: what leaves the index with it."""
    query = sa.select(version.c.document, version.c.number).where(version.c.document == document_id)
    return [(row.document, row.number) for row in transaction.execute(query)]


def _select_entries() -> sa.Select[Any]:
    columns: list[Any] = [
        version.c.document, version.c.number, version.c.seq, version.c.capture, version.c.fetched_at,
        document.c.source, document.c.state, document.c.url, document.c.first_seen_at, document.c.current_version,
        document.c.last_number, extraction,
    ]  # fmt: skip
    joined = version.join(document, document.c.id == version.c.document)
    joined = joined.join(extraction, extraction.c.id == version.c.extraction)
    return sa.select(*columns).select_from(joined).where(_IS_SHOWN)


def _assemble(transaction: Transaction, query: sa.Select[Any]) -> list[EntryRow]:
    rows = transaction.execute(query).mappings().all()
    facts = read_facts(transaction, sorted({row["source"] for row in rows}))
    sources = list_sources(transaction, sorted({row["document"] for row in rows}))
    return [_make_entry(row, facts[row["source"]], sources[row["document"]]) for row in rows]


def _make_entry(row: sa.RowMapping, facts: Facts, sources: tuple[str, ...]) -> EntryRow:
    others = tuple(name for name in sources if name != facts.source)
    return EntryRow(
        document=row["document"], number=row["number"], seq=row["seq"],
        current=row["number"] == row["current_version"], edited=row["last_number"] > 1, state=row["state"],
        url=row["url"], first_seen_at=row["first_seen_at"], capture=row["capture"], extraction=row["id"],
        fetched_at=row["fetched_at"], content_sha256=row["content_sha256"], title=row["title"], lead=row["lead"],
        text=row["text"], authors=tuple(row["authors"]), language=row["language"], section=row["section"],
        tags=tuple(row["tags"]), published_at=row["published_at"], published_precision=row["published_precision"],
        published_origin=row["published_origin"], published_doubt=row["published_doubt"],
        modified_at=row["modified_at"], paywalled=row["paywalled"], sources=(facts.source, *others), facts=facts,
    )  # fmt: skip
