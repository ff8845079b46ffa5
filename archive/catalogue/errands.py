"""Errands: what a command asks of the daemon that holds the lock it would need."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from archive.catalogue.catalogue import Transaction
from archive.catalogue.schema import errand


@dataclass(frozen=True)
class Errand:
    """One request to the daemon: `crawl_since`, `extract_again` or `repair_index`, and its arguments."""

    id: int
    kind: str
    arguments: dict[str, Any]
    asked_at: datetime
    done_at: datetime | None
    result: str | None


def leave_errand(transaction: Transaction, kind: str, arguments: dict[str, Any], now: datetime) -> int:
    """Leave a request; the daemon takes it at its next look."""
    statement = errand.insert().values(kind=kind, arguments=arguments, asked_at=now).returning(errand.c.id)
    return int(transaction.execute(statement).scalar_one())


def list_open_errands(transaction: Transaction, kind: str | None = None) -> list[Errand]:
    """Requests not done yet, oldest first."""
    query = sa.select(errand).where(errand.c.done_at.is_(None)).order_by(errand.c.id)
    if kind is not None:
        query = query.where(errand.c.kind == kind)
    return [Errand(*row) for row in transaction.execute(query)]


def finish_errand(transaction: Transaction, errand_id: int, result: str, now: datetime) -> None:
    """Note what became of a request."""
    transaction.execute(errand.update().where(errand.c.id == errand_id).values(done_at=now, result=result))


def last_done(transaction: Transaction, kind: str) -> Errand | None:
    """The latest errand of a kind that was done; regular work leaves one too, so that a restart knows when it was."""
    query = sa.select(errand).where(errand.c.kind == kind, errand.c.done_at.is_not(None))
    row = transaction.execute(query.order_by(errand.c.done_at.desc()).limit(1)).one_or_none()
    return None if row is None else Errand(*row)
