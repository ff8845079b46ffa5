"""Versions as the change that made them left them: what saved queries are matched on, live and years later.

The extraction is the one that the change names, whatever was extracted since; labels and sources are those that held at
its seq. So the same change gives the same row whenever it is read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from archive.catalogue.catalogue import Transaction
from archive.catalogue.changes import Change
from archive.catalogue.documents import find_withdrawn
from archive.catalogue.entries import EntryRow, is_among
from archive.catalogue.past_sources import PastSources
from archive.catalogue.schema import change, document, extraction, source_facts, version
from archive.catalogue.sources import Facts

MATCHED_KINDS = ("new", "edited", "older_found")
REMOVAL_KINDS = ("removed", "restored")
SEQ_SLICE = 400  # values in one statement


def read_matched_changes(transaction: Transaction, *, after: int, up_to: int | None = None, limit: int) -> list[Change]:
    """The next changes above `after` that made a version."""
    query = sa.select(change).where(change.c.seq > after, change.c.kind.in_(MATCHED_KINDS))
    if up_to is not None:
        query = query.where(change.c.seq <= up_to)
    rows = transaction.execute(query.order_by(change.c.seq).limit(limit))
    return [Change(row.seq, row.at, row.document, row.version, row.extraction, row.kind, row.via) for row in rows]


def read_changes_by_seq(transaction: Transaction, seqs: Sequence[int]) -> list[Change]:
    """Chosen changes, in the order of the log."""
    rows = transaction.execute(sa.select(change).where(change.c.seq.in_(list(seqs))).order_by(change.c.seq))
    return [Change(row.seq, row.at, row.document, row.version, row.extraction, row.kind, row.via) for row in rows]


def read_removals(transaction: Transaction, *, after: int, up_to: int) -> list[tuple[Change, bool]]:
    """What was removed by its publisher or put back, and whether people may see the document: False once withdrawn."""
    query = sa.select(change).where(change.c.seq > after, change.c.seq <= up_to, change.c.kind.in_(REMOVAL_KINDS))
    rows = transaction.execute(query.order_by(change.c.seq)).all()
    withdrawn = find_withdrawn(transaction, {row.document for row in rows})
    return [
        (
            Change(row.seq, row.at, row.document, row.version, row.extraction, row.kind, row.via),
            row.document not in withdrawn,
        )
        for row in rows
    ]


def list_version_seqs(transaction: Transaction, keys: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """For each of these versions, as (document, number), the change that made it."""
    query = sa.select(version.c.document, version.c.number, version.c.seq).where(is_among(keys))
    return {(row.document, row.number): row.seq for row in transaction.execute(query)}


def count_edits(transaction: Transaction, seqs: Sequence[int]) -> int:
    """How many of these changes are edits."""
    edits = 0
    for start in range(0, len(seqs), SEQ_SLICE):
        chosen = change.c.seq.in_(list(seqs[start : start + SEQ_SLICE]))
        query = sa.select(sa.func.count()).select_from(change).where(chosen, change.c.kind == "edited")
        edits += int(transaction.execute(query).scalar_one())
    return edits


def count_matched_kinds(transaction: Transaction, *, after: int, up_to: int) -> int:
    """How many changes of a stretch made a version."""
    query = sa.select(sa.func.count()).select_from(change)
    query = query.where(change.c.seq > after, change.c.seq <= up_to, change.c.kind.in_(MATCHED_KINDS))
    return int(transaction.execute(query).scalar_one())


def read_changed_entries(transaction: Transaction, changes: Sequence[Change]) -> dict[int, EntryRow]:
    """The version of each change as it left it, by seq; withdrawn documents give none."""
    withdrawn = find_withdrawn(transaction, {one.document for one in changes})
    changes = [one for one in changes if one.document not in withdrawn]
    rows = _read_rows(transaction, [one.seq for one in changes])
    facts = _Facts(transaction, {row["source"] for row in rows.values()})
    sources = PastSources(transaction, {row["document"] for row in rows.values()})
    found = {}
    for one in changes:
        row = rows.get(one.seq)
        if row is not None:
            named = sources.at(row["document"], one.seq)
            found[one.seq] = _make_row(row, one, facts.at(row["source"], one.seq), named)
    return found


def _read_rows(transaction: Transaction, seqs: Sequence[int]) -> dict[int, sa.RowMapping]:
    """What the tables say of each change; the extraction is joined through the change, not through the version."""
    columns: list[Any] = [
        change.c.seq, change.c.document, change.c.version, version.c.capture.label("capture_of_version"),
        version.c.fetched_at, document.c.source, document.c.url.label("document_url"), document.c.first_seen_at,
        extraction,
    ]  # fmt: skip
    joined = (
        change.join(document, document.c.id == change.c.document)
        .join(version, (version.c.document == change.c.document) & (version.c.number == change.c.version))
        .join(extraction, extraction.c.id == change.c.extraction)
    )
    query = sa.select(*columns).select_from(joined)
    query = query.where(change.c.seq.in_(list(seqs)))
    return {row["seq"]: row for row in transaction.execute(query).mappings()}


class _Facts:
    """The labels of sources at each seq."""

    def __init__(self, transaction: Transaction, sources: Iterable[str]) -> None:
        query = sa.select(source_facts).where(source_facts.c.source.in_(sorted(sources))).order_by(source_facts.c.id)
        self._rows: dict[str, list[tuple[int, Facts]]] = {}
        for row in transaction.execute(query):
            facts = Facts(row.source, row.digest, row.name, row.kind, tuple(row.regions), tuple(row.departements))
            self._rows.setdefault(row.source, []).append((row.from_seq, facts))

    def at(self, source: str, seq: int) -> Facts:
        """Those noted last before the change; where none were, the first ones."""
        rows = self._rows[source]
        return next((facts for from_seq, facts in reversed(rows) if from_seq < seq), rows[0][1])


def _make_row(row: sa.RowMapping, one: Change, facts: Facts, named: tuple[str, ...]) -> EntryRow:
    others = tuple(name for name in named if name != facts.source)
    made = EntryRow(
        document=one.document, number=row["version"], seq=one.seq, current=True, edited=one.kind != "new",
        state="live", url=row["document_url"], first_seen_at=row["first_seen_at"], capture=row["capture_of_version"],
        extraction=row["id"], fetched_at=row["fetched_at"], content_sha256=row["content_sha256"], title=row["title"],
        lead=row["lead"], text=row["text"], authors=tuple(row["authors"]), language=row["language"],
        section=row["section"], tags=tuple(row["tags"]), published_at=row["published_at"],
        published_precision=row["published_precision"], published_origin=row["published_origin"],
        published_doubt=row["published_doubt"], modified_at=row["modified_at"], paywalled=row["paywalled"],
        sources=(facts.source,), facts=facts,
    )  # fmt: skip
    return replace(made, sources=(facts.source, *others))
