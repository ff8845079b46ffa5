"""What is due: the crawl child asks here for its next hosts and, host by host, for its next requests.

Order on a host: entry points of due sources, then pending candidates (live before back-fill, newest first), then
articles to look at again. What is due is decided here, from the clock that is passed in, never from memory.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

import sqlalchemy as sa

from archive.catalogue.candidates import Candidate, candidate_from_row
from archive.catalogue.catalogue import Transaction
from archive.catalogue.documents import Document, document_from_row
from archive.catalogue.schema import candidate, document, entry_point, host, source
from archive.catalogue.sources import EntryPoint, SourceState

# an address that was set aside but has worked before, such as through a week of maintenance, is tried again so often
TRIED_AGAIN_EVERY = timedelta(days=1)

_HAS_WORKED = entry_point.c.last_full_at.is_not(None) & (entry_point.c.last_look_at <= sa.bindparam("before"))
# whose they are is judged on the few rows: a list of a thousand names costs more than the query
_DUE_SOURCES = (
    sa.select(source)
    .where(source.c.next_visit_at <= sa.bindparam("now"))
    .where(sa.or_(source.c.paused_until.is_(None), source.c.paused_until <= sa.bindparam("now")))
    .order_by(source.c.next_visit_at)
)
_USABLE = (
    sa.select(entry_point)
    .where(entry_point.c.source == sa.bindparam("of"), entry_point.c.parent.is_(None))
    .where(sa.or_(entry_point.c.set_aside_at.is_(None), _HAS_WORKED))
    .order_by(entry_point.c.url)
)
_DUE_CANDIDATES = (
    sa.select(candidate)
    .where(candidate.c.host == sa.bindparam("at"), candidate.c.outcome.is_(None))
    .where(sa.or_(candidate.c.next_attempt_at.is_(None), candidate.c.next_attempt_at <= sa.bindparam("now")))
    .order_by(
        sa.case((candidate.c.via == "live", 0), else_=1), candidate.c.newest_hint_at.desc(), candidate.c.id.desc()
    )
    .limit(sa.bindparam("most"))
)
_DUE_LOOKS = (
    sa.select(document)
    .where(document.c.host == sa.bindparam("at"), document.c.next_check_at <= sa.bindparam("now"))
    .order_by(document.c.look_now.desc(), document.c.next_check_at)
    .limit(sa.bindparam("most"))
)
_ASKED_LOOKS = _DUE_LOOKS.where(document.c.look_now)


@dataclass(frozen=True)
class DueSource:
    """A source whose next visit is due, with the addresses to look at.

    Of those set aside only the ones that have worked before are among them, once a day.
    """

    id: str
    state: SourceState
    entry_points: tuple[EntryPoint, ...]


def list_due_sources(transaction: Transaction, now: datetime, *, limit: int, among: Collection[str]) -> list[DueSource]:
    """Sources of these that are due for a visit, the longest overdue first."""
    due = (SourceState(*row) for row in transaction.execute(_DUE_SOURCES, {"now": now}))
    chosen = islice((state for state in due if state.id in among), limit)
    return [DueSource(state.id, state, _usable_entry_points(transaction, state.id, now)) for state in chosen]


def list_due_hosts(
    transaction: Transaction, now: datetime, *, limit: int, sources: list[str] | None = None
) -> list[str]:
    """Hosts with a candidate or a look due, not paused and not leased; the longest waiting first."""
    wanted = sa.union_all(_due_candidates(now, sources), _due_looks(now, sources)).subquery()
    busy = sa.select(host.c.name).where(sa.or_(host.c.paused_until > now, host.c.lease_until > now))
    query = (
        sa.select(wanted.c.host)
        .where(wanted.c.host.not_in(busy))
        .group_by(wanted.c.host)
        .order_by(sa.func.min(wanted.c.rank), sa.func.min(wanted.c.due))
        .limit(limit)
    )
    return list(transaction.execute(query).scalars())


def list_due_candidates(
    transaction: Transaction, host_name: str, now: datetime, *, limit: int, sources: list[str] | None = None
) -> list[Candidate]:
    """Pending candidates of a host: live before back-fill, newest first."""
    query = _DUE_CANDIDATES if sources is None else _DUE_CANDIDATES.where(candidate.c.source.in_(sources))
    rows = transaction.execute(query, {"at": host_name, "now": now, "most": limit})
    return [candidate_from_row(row) for row in rows]


def list_due_looks(
    transaction: Transaction,
    host_name: str,
    now: datetime,
    *,
    limit: int,
    sources: list[str] | None = None,
    asked_only: bool = False,
) -> list[Document]:
    """Documents of a host to look at again: those a feed or a person asks for first, then the longest overdue.

    `asked_only` leaves out those whose turn comes by the plan.
    """
    query = _ASKED_LOOKS if asked_only else _DUE_LOOKS
    if sources is not None:
        query = query.where(document.c.source.in_(sources))
    rows = transaction.execute(query, {"at": host_name, "now": now, "most": limit})
    return [document_from_row(row) for row in rows]


def _usable_entry_points(transaction: Transaction, source_id: str, now: datetime) -> tuple[EntryPoint, ...]:
    values = {"of": source_id, "before": now - TRIED_AGAIN_EVERY}
    return tuple(EntryPoint(*row) for row in transaction.execute(_USABLE, values))


def _due_candidates(now: datetime, sources: list[str] | None) -> sa.Select[tuple[str, int, str]]:
    due = sa.func.coalesce(candidate.c.next_attempt_at, candidate.c.first_seen_at)
    rank = sa.case((candidate.c.via == "live", 0), else_=1)
    query = sa.select(candidate.c.host.label("host"), rank.label("rank"), due.label("due")).where(
        candidate.c.outcome.is_(None),
        sa.or_(candidate.c.next_attempt_at.is_(None), candidate.c.next_attempt_at <= now),
    )
    return query if sources is None else query.where(candidate.c.source.in_(sources))


def _due_looks(now: datetime, sources: list[str] | None) -> sa.Select[tuple[str, int, str]]:
    query = sa.select(document.c.host.label("host"), sa.literal(2).label("rank"), document.c.next_check_at.label("due"))
    query = query.where(document.c.next_check_at <= now)
    # as an expression: by the column, SQLite would go through every document of the sources instead of those due
    return query if sources is None else query.where(document.c.source.concat("").in_(sources))
