"""Which sources showed a document up to a change of the log, whatever was found out since.

A source shows a document when it names one of its addresses. Addresses are met one by one, and a merge moves those of
one document to another: each counts from when it was made, and for whom it led to at that time.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from archive.catalogue.catalogue import Transaction
from archive.catalogue.schema import alias, alias_moved, candidate, sighting

IDS = 400  # values in one statement


@dataclass(frozen=True)
class _Showing:
    """A source named an address that led to the document, for changes above `from_seq` up to `until_seq`."""

    sighting: int
    source: str
    from_seq: int
    until_seq: int | None


class PastSources:
    """The sources of some documents at each seq."""

    def __init__(self, transaction: Transaction, documents: Iterable[str]) -> None:
        self._showings: dict[str, list[_Showing]] = {}
        ids = sorted(set(documents))
        for start in range(0, len(ids), IDS):
            self._read(transaction, ids[start : start + IDS])

    def at(self, document: str, seq: int) -> tuple[str, ...]:
        """Those that had named the document before the change, by first sighting."""
        shown = [
            one
            for one in self._showings.get(document, ())
            if one.from_seq < seq and (one.until_seq is None or seq <= one.until_seq)
        ]
        return tuple(dict.fromkeys(one.source for one in sorted(shown, key=lambda one: one.sighting)))

    def _read(self, transaction: Transaction, documents: list[str]) -> None:
        """Where an address moved, it led to the document from the move before (or its beginning) to the next one."""
        moves = _read_moves(transaction, documents)
        moved = sa.select(alias_moved.c.canonical).where(alias_moved.c.document.in_(documents))
        query = (
            sa.select(
                alias.c.canonical, alias.c.document, alias.c.from_seq, sighting.c.source,
                sa.func.min(sighting.c.id).label("first"), sa.func.min(sighting.c.from_seq).label("named_from"),
            )
            .join(candidate, candidate.c.canonical == alias.c.canonical)
            .join(sighting, sighting.c.candidate == candidate.c.id)
            .where(alias.c.document.in_(documents) | alias.c.canonical.in_(moved))
            .group_by(alias.c.canonical, sighting.c.source)
        )  # fmt: skip
        for row in transaction.execute(query):
            begin = row.from_seq
            for owner, until in [*moves.get(row.canonical, ()), (row.document, None)]:
                showing = _Showing(row.first, row.source, max(begin, row.named_from), until)
                self._showings.setdefault(owner, []).append(showing)
                begin = until


def _read_moves(transaction: Transaction, documents: list[str]) -> dict[str, list[tuple[str, int]]]:
    """The moves of every address that leads or led to these documents, as (document until then, seq), in order."""
    mine = sa.select(alias.c.canonical).where(alias.c.document.in_(documents))
    led = sa.select(alias_moved.c.canonical).where(alias_moved.c.document.in_(documents))
    query = sa.select(alias_moved).where(alias_moved.c.canonical.in_(mine) | alias_moved.c.canonical.in_(led))
    found: dict[str, list[tuple[str, int]]] = {}
    for row in transaction.execute(query.order_by(alias_moved.c.until_seq)):
        found.setdefault(row.canonical, []).append((row.document, row.until_seq))
    return found
