"""Matches: which change a saved query tells of, and what became of it. One row for each, for good.

Of kind `version` are those of versions that satisfy the query; `removed` and `restored` concern documents of which it
told before.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from archive.catalogue.catalogue import Transaction
from archive.catalogue.schema import change, document, match, silence

ID_SLICE = 400  # values in one statement

MatchKind = Literal["version", "removed", "restored"]


@dataclass(frozen=True)
class Match:
    """A change that a saved query tells of; `digest` is the turn in which it was told, None while it waits.

    `version` is the one that satisfies the query, or the document's current one when it was removed or restored.
    """

    query: str
    document: str
    version: int
    seq: int
    matched_at: datetime
    outcome: str
    digest: int | None = None
    kind: MatchKind = "version"


def add_matches(transaction: Transaction, rows: Sequence[Match]) -> None:
    """Write new matches; the caller moves the query's watermark in the same transaction."""
    if rows:
        columns = match.columns.keys()
        transaction.execute(match.insert(), [{name: getattr(row, name) for name in columns} for row in rows])


def list_waiting(transaction: Transaction, query: str, outcomes: Collection[str]) -> list[Match]:
    """Matches that no digest has told of yet, in the order of the log."""
    where = (match.c.query == query) & match.c.outcome.in_(list(outcomes)) & match.c.digest.is_(None)
    return [Match(*row) for row in transaction.execute(sa.select(match).where(where).order_by(match.c.seq))]


def count_waiting(transaction: Transaction, query: str, outcome: str) -> int:
    """How many matches with this outcome no digest has told of yet."""
    where = (match.c.query == query) & (match.c.outcome == outcome) & match.c.digest.is_(None)
    return int(transaction.execute(sa.select(sa.func.count()).select_from(match).where(where)).scalar_one())


def count_outcomes(transaction: Transaction, query: str) -> dict[str, int]:
    """How many matches of a query met each end."""
    counted = sa.select(match.c.outcome, sa.func.count()).where(match.c.query == query).group_by(match.c.outcome)
    return {row[0]: row[1] for row in transaction.execute(counted)}


def list_told(transaction: Transaction, query: str, digest: int, outcome: str) -> list[Match]:
    """What a digest tells of a query, in the order of the log."""
    where = (match.c.digest == digest) & (match.c.query == query) & (match.c.outcome == outcome)
    return [Match(*row) for row in transaction.execute(sa.select(match).where(where).order_by(match.c.seq))]


def mark_told(transaction: Transaction, queries: Collection[str], outcomes: Collection[str], digest: int) -> None:
    """Everything that waits in these queries goes with this digest. The caller read it in the same transaction."""
    where = match.c.query.in_(list(queries)) & match.c.outcome.in_(list(outcomes)) & match.c.digest.is_(None)
    transaction.execute(match.update().where(where).values(digest=digest))


def list_matches(transaction: Transaction, query: str, *, after: int, up_to: int) -> list[Match]:
    """The matches of one stretch of the log, of every kind, in order."""
    where = (match.c.query == query) & (match.c.seq > after) & (match.c.seq <= up_to)
    return [Match(*row) for row in transaction.execute(sa.select(match).where(where).order_by(match.c.seq))]


def list_newest_matches(transaction: Transaction, query: str, outcomes: Collection[str], limit: int) -> list[Match]:
    """Of each document the last version that matched, the newest first."""
    where = (match.c.query == query) & (match.c.kind == "version") & match.c.outcome.in_(list(outcomes))
    last = sa.select(sa.func.max(match.c.seq)).where(where).group_by(match.c.document)
    found = sa.select(match).where((match.c.query == query) & match.c.seq.in_(last))
    return [Match(*row) for row in transaction.execute(found.order_by(match.c.seq.desc()).limit(limit))]


def list_outcomes_of(transaction: Transaction, query: str, document: str) -> dict[int, str]:
    """What became of each version of a document that a query matched, by seq."""
    where = (match.c.query == query) & (match.c.document == document) & (match.c.kind == "version")
    return {row.seq: row.outcome for row in transaction.execute(sa.select(match).where(where))}


def list_digests_of(transaction: Transaction, query: str) -> set[int]:
    """The digests that told of a query's matches, or of silences that it found."""
    told = sa.select(match.c.digest).where(match.c.query == query)
    began = sa.select(silence.c.began_digest).where(silence.c.query == query)
    ended = sa.select(silence.c.ended_digest).where(silence.c.query == query)
    rows = transaction.execute(sa.union(told, began, ended)).scalars()
    return {row for row in rows if row is not None}


def find_known(transaction: Transaction, queries: Collection[str], documents: Iterable[str]) -> set[tuple[str, str]]:
    """Which of these documents each of these queries has told or counted, as (query, document)."""
    known: set[tuple[str, str]] = set()
    ids, names = sorted(set(documents)), set(queries)
    for start in range(0, len(ids), ID_SLICE):
        query = sa.select(match.c.query, match.c.document).where(
            match.c.document.in_(ids[start : start + ID_SLICE]), match.c.outcome.in_(["told", "counted"])
        )
        known.update((row.query, row.document) for row in transaction.execute(query) if row.query in names)
    return known


def find_families(transaction: Transaction, documents: Iterable[str]) -> dict[str, tuple[tuple[str, int], ...]]:
    """The documents and all that were found to be the same article as one of them, step by step: for each the others
    that it was merged with, each with the seq of that merge."""
    found: dict[str, list[tuple[str, int]]] = {one: [] for one in documents}
    merges: set[tuple[str, str, int]] = set()
    waiting = set(found)
    while waiting:
        merges.update(_read_merges(transaction, waiting))
        waiting = {end for loser, winner, _ in merges for end in (loser, winner)} - found.keys()
        found |= {one: [] for one in waiting}
    for loser, winner, seq in sorted(merges, key=lambda merge: merge[2]):
        found[winner].append((loser, seq))
        found[loser].append((winner, seq))
    return {name: tuple(others) for name, others in found.items()}


def _read_merges(transaction: Transaction, documents: Iterable[str]) -> set[tuple[str, str, int]]:
    """Every merge that these documents took part in, as (loser, winner, seq)."""
    rows: set[tuple[str, str, int]] = set()
    ids = sorted(set(documents))
    for start in range(0, len(ids), ID_SLICE):
        some = ids[start : start + ID_SLICE]
        query: sa.Select[Any] = (
            sa.select(document.c.id, document.c.merged_into, change.c.seq)
            .join(change, (change.c.document == document.c.id) & (change.c.kind == "merged"))
            .where(document.c.merged_into.is_not(None))
            .where(document.c.id.in_(some) | document.c.merged_into.in_(some))
        )
        rows.update((row[0], row[1], row[2]) for row in transaction.execute(query))
    return rows
