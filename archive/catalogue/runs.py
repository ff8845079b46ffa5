"""Runs: one visit to a source each, its counts by outcome, and the day counts into which old ones are folded."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from archive.catalogue.catalogue import Transaction
from archive.catalogue.schema import day_count, run
from archive.catalogue.statements import add_row, set_columns

KEEP_DAYS = 90
_ADD_COUNT = insert(day_count)
_COUNT_DAY = _ADD_COUNT.on_conflict_do_update(
    index_elements=["source", "day", "outcome"], set_={"count": day_count.c.count + _ADD_COUNT.excluded.count}
)


@dataclass(frozen=True)
class Run:
    """One visit to a source; `outcome` is None while it is under way."""

    id: int
    source: str
    child: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    counts: dict[str, int]


def start_run(transaction: Transaction, source_id: str, child: str, now: datetime) -> int:
    """A visit begins."""
    return add_row(transaction, run, {"source": source_id, "child": child, "started_at": now, "counts": {}})


def end_run(transaction: Transaction, run_id: int, outcome: str, counts: Mapping[str, int], now: datetime) -> None:
    """A visit ends, by name, with what was counted."""
    values = {"ended_at": now, "outcome": outcome, "counts": dict(counts)}
    set_columns(transaction, run, {"id": run_id}, values)


def end_runs_of_child(transaction: Transaction, child: str, outcome: str, now: datetime) -> int:
    """A child died: its open visits end as `interrupted`. Returns how many there were."""
    where = (run.c.child == child) & run.c.ended_at.is_(None)
    return int(transaction.execute(run.update().where(where).values(ended_at=now, outcome=outcome)).rowcount)


def list_open_children(transaction: Transaction) -> list[str]:
    """The crawl children that have a visit under way, alive or dead."""
    query = sa.select(run.c.child).where(run.c.ended_at.is_(None)).distinct()
    return list(transaction.execute(query).scalars())


def list_runs(transaction: Transaction, *, source_id: str | None = None, limit: int = 20) -> list[Run]:
    """The latest visits, newest first."""
    query = sa.select(run).order_by(run.c.id.desc()).limit(limit)
    if source_id is not None:
        query = query.where(run.c.source == source_id)
    return [Run(*row) for row in transaction.execute(query)]


def list_ends(transaction: Transaction, since: datetime, outcomes: Collection[str]) -> dict[str, set[str]]:
    """The sources of which a visit since an instant met one of these ends, each with those it met."""
    query = sa.select(run.c.source, run.c.outcome).distinct()
    found: dict[str, set[str]] = {}
    for row in transaction.execute(query.where(run.c.started_at >= since, run.c.outcome.in_(list(outcomes)))):
        found.setdefault(row.source, set()).add(row.outcome)
    return found


def count_day(transaction: Transaction, source_id: str, day: str, outcome: str, by: int = 1) -> None:
    """Add to a day's count; a look that found nothing new leaves this and no run."""
    transaction.execute(_COUNT_DAY, {"source": source_id, "day": day, "outcome": outcome, "count": by})


def read_day_counts(transaction: Transaction, since_day: str, source_id: str | None = None) -> dict[str, int]:
    """Counts by outcome from a day on."""
    query = sa.select(day_count.c.outcome, sa.func.sum(day_count.c.count)).where(day_count.c.day >= since_day)
    if source_id is not None:
        query = query.where(day_count.c.source == source_id)
    return {row[0]: int(row[1]) for row in transaction.execute(query.group_by(day_count.c.outcome))}


def list_days_with(
    transaction: Transaction, outcomes: Sequence[str], source_ids: Sequence[str] | None = None
) -> list[tuple[str, str]]:
    """(source, day) wherever one of these ends was counted, in a run or beside one, by source and day."""
    counted = sa.select(day_count.c.source, day_count.c.day).where(day_count.c.outcome.in_(list(outcomes)))
    ends = sa.func.json_each(run.c.counts).table_valued("key")
    in_runs = sa.select(run.c.source, sa.func.substr(run.c.started_at, 1, 10, type_=sa.String).label("day"))
    in_runs = in_runs.join(ends, sa.true()).where(ends.c.key.in_(list(outcomes)))
    if source_ids is not None:
        counted = counted.where(day_count.c.source.in_(list(source_ids)))
        in_runs = in_runs.where(run.c.source.in_(list(source_ids)))
    rows = transaction.execute(sa.union(counted, in_runs).order_by("source", "day"))
    return [(row.source, row.day) for row in rows]


def fold_old_runs(transaction: Transaction, now: datetime, *, limit: int = 500) -> int:
    """Fold finished runs older than 90 days into day counts, a slice at a time; returns how many."""
    old = sa.select(run).where(run.c.ended_at < now - timedelta(days=KEEP_DAYS)).order_by(run.c.id).limit(limit)
    rows = transaction.execute(old).all()
    for row in rows:
        for outcome, count in row.counts.items():
            count_day(transaction, row.source, row.started_at.date().isoformat(), outcome, count)
    transaction.execute(run.delete().where(run.c.id.in_([row.id for row in rows])))
    return len(rows)
