"""Silences: how long each source is usually quiet, and which saved queries found one quiet for too long."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from archive.catalogue.catalogue import Transaction
from archive.catalogue.schema import document, silence, source, source_pace


@dataclass(frozen=True)
class Pace:
    """A source's last new document and its usual pause; each None where nothing, or too little, is known."""

    source: str
    last_new_at: datetime | None
    reckoned_at: datetime | None
    usual: timedelta | None


@dataclass(frozen=True)
class Silence:
    """A source quiet since its last new document, as one query sees it; the digests are those that told of it."""

    id: int
    query: str
    source: str
    quiet_since: datetime
    usual: timedelta
    began_at: datetime
    began_digest: int | None
    ended_at: datetime | None
    ended_digest: int | None


def list_paces(transaction: Transaction) -> dict[str, Pace]:
    """Every source's pace by id."""
    # a look-up in the index for each source; grouping all documents would read the whole index
    newest = sa.select(sa.func.max(document.c.first_seen_at)).where(document.c.source == source.c.id).scalar_subquery()
    joined = source.outerjoin(source_pace, source_pace.c.source == source.c.id)
    query = sa.select(
        source.c.id, newest.label("newest"), source_pace.c.reckoned_at, source_pace.c.usual_seconds
    ).select_from(joined)
    return {
        row.id: Pace(row.id, row.newest, row.reckoned_at, _length(row.usual_seconds))
        for row in transaction.execute(query)
    }


def list_first_seen(transaction: Transaction, source_id: str, since: datetime) -> list[datetime]:
    """When each document of a source was first seen, in order, from an instant on."""
    query = sa.select(document.c.first_seen_at).where(document.c.source == source_id, document.c.first_seen_at >= since)
    return list(transaction.execute(query.order_by(document.c.first_seen_at)).scalars())


def note_pace(transaction: Transaction, source_id: str, usual: timedelta | None, now: datetime) -> None:
    """Keep a source's usual pause, reckoned now."""
    values = {"reckoned_at": now, "usual_seconds": None if usual is None else usual.total_seconds()}
    statement = insert(source_pace).values(source=source_id, **values)
    transaction.execute(statement.on_conflict_do_update(index_elements=["source"], set_=values))


def begin_silence(
    transaction: Transaction, query: str, source_id: str, quiet_since: datetime, usual: timedelta, now: datetime
) -> bool:
    """Note that a source fell silent; False where that is known already."""
    values = {
        "query": query, "source": source_id, "quiet_since": quiet_since, "usual_seconds": usual.total_seconds(),
        "began_at": now,
    }  # fmt: skip
    return bool(transaction.execute(insert(silence).values(**values).on_conflict_do_nothing()).rowcount)


def end_silence(transaction: Transaction, silence_id: int, at: datetime) -> None:
    """The source publishes again."""
    transaction.execute(silence.update().where(silence.c.id == silence_id).values(ended_at=at))


def list_open_silences(transaction: Transaction, queries: Collection[str]) -> list[Silence]:
    """Silences of these queries that last, or of which some mail has not told yet."""
    untold = silence.c.began_digest.is_(None) | silence.c.ended_at.is_(None) | silence.c.ended_digest.is_(None)
    return _read_silences(transaction, silence.c.query.in_(list(queries)) & untold)


def list_told_silences(transaction: Transaction, query: str, digest: int) -> list[Silence]:
    """Silences of a query whose beginning or end a digest tells."""
    told = (silence.c.began_digest == digest) | (silence.c.ended_digest == digest)
    return _read_silences(transaction, (silence.c.query == query) & told)


def _read_silences(transaction: Transaction, where: sa.ColumnElement[bool]) -> list[Silence]:
    query = sa.select(silence).where(where).order_by(silence.c.id)
    return [
        Silence(
            row.id, row.query, row.source, row.quiet_since, timedelta(seconds=row.usual_seconds), row.began_at,
            row.began_digest, row.ended_at, row.ended_digest,
        )
        for row in transaction.execute(query)
    ]  # fmt: skip


def mark_silences_told(transaction: Transaction, began: Sequence[int], ended: Sequence[int], digest: int) -> None:
    """These beginnings and ends go with this digest."""
    transaction.execute(silence.update().where(silence.c.id.in_(list(began))).values(began_digest=digest))
    transaction.execute(silence.update().where(silence.c.id.in_(list(ended))).values(ended_digest=digest))


def _length(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
