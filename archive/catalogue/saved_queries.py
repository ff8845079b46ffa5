"""Saved queries as the catalogue knows them: since when, in force with which words, paused or not.

What a query asks stands in `config/`; the words that held at each point of the log are kept here, so that what was told
can be explained and audited after they changed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from archive.catalogue.catalogue import Transaction
from archive.catalogue.changes import last_seq, move_watermark, read_watermark
from archive.catalogue.schema import change, query_text, saved_query, watermark


@dataclass(frozen=True)
class QueryState:
    """What happened to a saved query so far; `watermark` is the last change on which it was matched."""

    name: str
    title: str
    first_seen_at: datetime
    ended_at: datetime | None
    paused_at: datetime | None
    disabled_at: datetime | None
    disabled_why: str | None
    watermark: int

    @property
    def runs(self) -> bool:
        """True where it is matched."""
        return self.ended_at is None and self.paused_at is None and self.disabled_at is None


@dataclass(frozen=True)
class QueryText:
    """What a query asked for changes above `from_seq` up to `until_seq`, both of the log; None while in force."""

    query: str
    digest: str
    asked: Mapping[str, Any]
    analyzer: str
    from_seq: int
    until_seq: int | None


def name_consumer(query: str) -> str:
    """The name of a query's watermark."""
    return f"alert:{query}"


def register_query(
    transaction: Transaction,
    name: str,
    *,
    title: str,
    asked: Mapping[str, Any],
    digest: str,
    analyzer: str,
    since: datetime | None,
    now: datetime,
) -> None:
    """Make a query known that is on: a new one, or one that was ended, begins after the log as it is now.

    Other words, or another analysis, hold from the query's watermark on; they also end its being disabled.
    """
    state = read_query(transaction, name)
    if state is None or state.ended_at is not None:
        _begin(transaction, name, title, since if state is None else None, now)
    elif state.title != title:
        _update(transaction, name, title=title)
    latest = _read_text_in_force(transaction, name)
    if latest is not None and (latest.digest, latest.analyzer) == (digest, analyzer):
        return
    reached = read_watermark(transaction, name_consumer(name))
    _close_text(transaction, name, reached)
    values = {"query": name, "digest": digest, "asked": dict(asked), "analyzer": analyzer, "from_seq": reached}
    transaction.execute(query_text.insert().values(**values))
    _update(transaction, name, disabled_at=None, disabled_why=None)


def end_queries(transaction: Transaction, keep: Collection[str], now: datetime) -> list[str]:
    """Queries whose file is gone, or that are off, end at their watermark; returns their names."""
    query = sa.select(saved_query.c.name).where(saved_query.c.ended_at.is_(None), saved_query.c.name.not_in(list(keep)))
    ended = list(transaction.execute(query).scalars())
    for name in ended:
        _update(transaction, name, ended_at=now)
        _close_text(transaction, name, read_watermark(transaction, name_consumer(name)))
    return ended


def read_query(transaction: Transaction, name: str) -> QueryState | None:
    """One query's state."""
    row = transaction.execute(_select_states().where(saved_query.c.name == name)).one_or_none()
    return None if row is None else QueryState(*row)


def list_queries(transaction: Transaction) -> list[QueryState]:
    """Every query that was ever on, by name."""
    return [QueryState(*row) for row in transaction.execute(_select_states().order_by(saved_query.c.name))]


def _select_states() -> sa.Select[Any]:
    mark = sa.func.coalesce(watermark.c.seq, 0)
    joined = saved_query.outerjoin(watermark, watermark.c.consumer == sa.literal("alert:") + saved_query.c.name)
    return sa.select(saved_query, mark).select_from(joined)


def list_texts(transaction: Transaction, name: str) -> list[QueryText]:
    """What a query asked, in the order of the log."""
    query = sa.select(query_text).where(query_text.c.query == name).order_by(query_text.c.id)
    return [_text(row) for row in transaction.execute(query)]


def list_texts_in_force(transaction: Transaction) -> dict[str, QueryText]:
    """What each query asks now."""
    query = sa.select(query_text).where(query_text.c.until_seq.is_(None))
    return {row.query: _text(row) for row in transaction.execute(query)}


def pause_query(transaction: Transaction, name: str, at: datetime | None) -> None:
    """Pause a query, or let it go on from where it stopped."""
    _update(transaction, name, paused_at=at)


def disable_query(transaction: Transaction, name: str, why: str, at: datetime) -> None:
    """A query that cannot be asked: it keeps its place until its words change."""
    _update(transaction, name, disabled_at=at, disabled_why=why)


def seq_before(transaction: Transaction, instant: datetime) -> int:
    """The last change before an instant; 0 where there is none."""
    query = sa.select(sa.func.min(change.c.seq)).where(change.c.at >= instant)
    first = transaction.execute(query).scalar_one()
    return last_seq(transaction) if first is None else int(first) - 1


def _begin(transaction: Transaction, name: str, title: str, since: datetime | None, now: datetime) -> None:
    start = last_seq(transaction) if since is None else seq_before(transaction, since)
    values = {"name": name, "title": title, "first_seen_at": now, "ended_at": None, "paused_at": None}
    statement = insert(saved_query).values(**values)
    again = {"title": title, "first_seen_at": now, "ended_at": None, "paused_at": None}
    transaction.execute(statement.on_conflict_do_update(index_elements=["name"], set_=again))
    move_watermark(transaction, name_consumer(name), start)


def _close_text(transaction: Transaction, name: str, seq: int) -> None:
    where = (query_text.c.query == name) & query_text.c.until_seq.is_(None)
    transaction.execute(query_text.update().where(where).values(until_seq=seq))


def _read_text_in_force(transaction: Transaction, name: str) -> QueryText | None:
    where = (query_text.c.query == name) & query_text.c.until_seq.is_(None)
    row = transaction.execute(sa.select(query_text).where(where)).one_or_none()
    return None if row is None else _text(row)


def _update(transaction: Transaction, name: str, **values: Any) -> None:
    transaction.execute(saved_query.update().where(saved_query.c.name == name).values(**values))


def _text(row: Any) -> QueryText:
    return QueryText(row.query, row.digest, row.asked, row.analyzer, row.from_seq, row.until_seq)
