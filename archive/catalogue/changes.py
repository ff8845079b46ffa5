"""The log of changes, and each consumer's watermark in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from archive.catalogue.catalogue import Transaction
from archive.catalogue.schema import change, watermark

ChangeKind = Literal[
    "new", "edited", "older_found", "re_extracted", "relabelled", "removed", "restored", "withdrawn", "merged"
]


_APPEND = change.insert().returning(change.c.seq)
_LAST_SEQ = sa.select(sa.func.coalesce(sa.func.max(change.c.seq), 0))


@dataclass(frozen=True)
class Change:
    """One line of the log; `version` and `extraction` are None where the whole document is meant."""

    seq: int
    at: datetime
    document: str
    version: int | None
    extraction: int | None
    kind: ChangeKind
    via: str


def append_change(
    transaction: Transaction,
    kind: ChangeKind,
    document: str,
    *,
    at: datetime,
    via: str,
    version: int | None = None,
    extraction: int | None = None,
) -> int:
    """Append one line and return its seq. The caller holds the write lock, so seq order is commit order."""
    values = {"at": at, "document": document, "version": version, "extraction": extraction, "kind": kind, "via": via}
    return int(transaction.execute(_APPEND, values).scalar_one())


def read_changes(transaction: Transaction, *, after: int, limit: int) -> list[Change]:
    """The next lines of the log above `after`, in order."""
    query = sa.select(change).where(change.c.seq > after).order_by(change.c.seq).limit(limit)
    return [_from_row(row) for row in transaction.execute(query)]


def read_changes_of(transaction: Transaction, document_id: str) -> list[Change]:
    """Everything that happened to one document."""
    query = sa.select(change).where(change.c.document == document_id).order_by(change.c.seq)
    return [_from_row(row) for row in transaction.execute(query)]


def list_changed(transaction: Transaction, document_ids: Sequence[str], *, after: int) -> set[str]:
    """Which of these documents have a line of the log above `after`; at most 500 at once."""
    query = sa.select(change.c.document).where(change.c.document.in_(list(document_ids)), change.c.seq > after)
    return set(transaction.execute(query).scalars())


def list_left(transaction: Transaction, *, after: int) -> list[str]:
    """The documents that left every index above `after`: withdrawn, or merged into another."""
    query = sa.select(change.c.document).where(change.c.seq > after, change.c.kind.in_(["withdrawn", "merged"]))
    return list(transaction.execute(query.order_by(change.c.seq)).scalars())


def last_seq(transaction: Transaction) -> int:
    """The highest seq, 0 in an empty log."""
    return int(transaction.execute(_LAST_SEQ).scalar_one())


def last_at(transaction: Transaction) -> datetime | None:
    """When the newest change was noted, as the clock stood then."""
    return transaction.execute(sa.select(change.c.at).order_by(change.c.seq.desc()).limit(1)).scalar_one_or_none()


def read_watermark(transaction: Transaction, consumer: str) -> int:
    """The highest seq that a consumer has finished; 0 for a new one."""
    query = sa.select(watermark.c.seq).where(watermark.c.consumer == consumer)
    return int(transaction.execute(query).scalar_one_or_none() or 0)


def move_watermark(transaction: Transaction, consumer: str, seq: int) -> None:
    """Set a consumer's watermark; its output up to `seq` is durable already."""
    move_watermarks(transaction, [consumer], seq)


def move_watermarks(transaction: Transaction, consumers: Sequence[str], seq: int) -> None:
    """Set the watermark of several consumers (at least one) that reached the same place."""
    statement = insert(watermark)
    statement = statement.on_conflict_do_update(index_elements=["consumer"], set_={"seq": statement.excluded.seq})
    transaction.execute(statement, [{"consumer": consumer, "seq": seq} for consumer in consumers])


def _from_row(row: Any) -> Change:
    return Change(row.seq, row.at, row.document, row.version, row.extraction, row.kind, row.via)
