"""Which versions stand today as their change left them, so that the search index may answer for them.

An index holds every version as it is now. Saved queries ask what its change left: another extraction, labels, sources
or a merge since then make the two differ, and such versions are read from the catalogue instead.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from archive.catalogue.catalogue import Transaction
from archive.catalogue.changed_entries import MATCHED_KINDS
from archive.catalogue.schema import (
    alias,
    alias_moved,
    candidate,
    change,
    document,
    sighting,
    source_facts,
    version,
)

Aspect = Literal["edited", "labels", "sources"]
"""What may have changed beside the extraction; it matters only to queries that ask for it.

`edited`: the first version of a document edited later. `labels`: name, kind, regions and départements of its source.
`sources`: which sources showed it.
"""


def list_version_changes(transaction: Transaction, *, after: int, up_to: int) -> list[int]:
    """The numbers of all changes of a stretch that made a version."""
    return list(transaction.execute(_select_seqs(after, up_to)).scalars())


def read_moments(transaction: Transaction, *, after: int, up_to: int, limit: int) -> list[tuple[int, datetime]]:
    """The next changes of a stretch that made a version, each with its instant."""
    query = _select_seqs(after, up_to).add_columns(change.c.at).limit(limit)
    return [(row.seq, row.at) for row in transaction.execute(query)]


def list_changed_since(
    transaction: Transaction, *, after: int, up_to: int, checkpoint: int, aspects: Collection[Aspect]
) -> list[int]:
    """The changes of a stretch whose version stands otherwise today, or may do so in an index that has applied the
    log up to `checkpoint`."""
    behind = sa.select(change.c.document).where(change.c.seq > checkpoint)
    reasons: list[sa.ColumnElement[bool]] = [
        version.c.extraction != change.c.extraction,
        document.c.state == "merged",
        change.c.document.in_(behind),
    ]
    if "edited" in aspects:
        reasons.append((change.c.kind == "new") & (document.c.last_number > 1))
    if "labels" in aspects:
        reasons.append(_was_labelled_anew())
    if "sources" in aspects:
        reasons += [_was_named_anew(), _took_over_addresses()]
    query = _select_seqs(after, up_to).join(version, version.c.seq == change.c.seq)
    query = query.join(document, document.c.id == change.c.document).where(sa.or_(*reasons))
    return list(transaction.execute(query).scalars())


def list_indexed(transaction: Transaction, *, after: int, up_to: int) -> list[int]:
    """The changes of a stretch whose version a complete index holds."""
    query = _select_seqs(after, up_to).join(document, document.c.id == change.c.document)
    return list(transaction.execute(query.where(document.c.state.in_(["live", "removed"]))).scalars())


def _select_seqs(after: int, up_to: int) -> sa.Select[Any]:
    query = sa.select(change.c.seq).where(change.c.seq > after, change.c.seq <= up_to)
    return query.where(change.c.kind.in_(MATCHED_KINDS)).order_by(change.c.seq)


def _was_labelled_anew() -> sa.ColumnElement[bool]:
    last = sa.select(sa.func.max(source_facts.c.from_seq)).where(source_facts.c.source == document.c.source)
    return last.scalar_subquery() >= change.c.seq


def _was_named_anew() -> sa.ColumnElement[bool]:
    """Another source names one of its addresses, since or only known since."""
    named = (
        sa.select(sa.literal(1))
        .select_from(alias)
        .join(candidate, candidate.c.canonical == alias.c.canonical)
        .join(sighting, sighting.c.candidate == candidate.c.id)
        .where(alias.c.document == document.c.id, sighting.c.source != document.c.source)
        .where((sighting.c.from_seq >= change.c.seq) | (alias.c.from_seq >= change.c.seq))
    )
    return named.exists()


def _took_over_addresses() -> sa.ColumnElement[bool]:
    taken = (
        sa.select(sa.literal(1))
        .select_from(alias)
        .join(alias_moved, alias_moved.c.canonical == alias.c.canonical)
        .where(alias.c.document == document.c.id, alias_moved.c.until_seq >= change.c.seq)
    )
    return taken.exists()
