"""Candidates: URLs worth fetching, one row a canonical form, and the sightings that brought them."""

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from archive.catalogue.catalogue import Transaction
from archive.catalogue.changes import last_seq
from archive.catalogue.schema import candidate, fetch_attempt, sighting
from archive.catalogue.statements import add_row, add_row_once, find_row, set_columns
from archive.outcomes import Outcome
from archive.records import Entry, Hint

MAX_ATTEMPTS = 5  # R2 of the hazards: then given up
ATTEMPT_DAYS = 7
# the pauses after the first, second, ... attempt that failed
PAUSES = (timedelta(minutes=15), timedelta(hours=2), timedelta(hours=12), timedelta(days=2))
# a later sighting, a changed scope or `--since` may ask for these again
REOPENABLE = frozenset({"too_old", "out_of_scope", "excluded", "disallowed", "given_up", "refused_private"})
# an entry point that says something new of an address that was gone may mean that the article was put back
_REOPENED_BY_A_SIGHT = REOPENABLE | {Outcome.gone.name}
_SIGHTINGS_UNTIL = (
    sa.select(sighting)
    .where(sighting.c.candidate == sa.bindparam("of"), sighting.c.seen_at <= sa.bindparam("until"))
    .order_by(sighting.c.id)
)


@dataclass(frozen=True)
class Candidate:
    """A URL worth fetching, as the catalogue has it."""

    id: int
    canonical: str
    url: str
    host: str
    source: str
    via: str
    first_seen_at: datetime
    outcome: str | None
    attempts: int
    reopened: int


@dataclass(frozen=True)
class Ended:
    """A candidate for people: how it ended and why, None where it is still to be fetched."""

    url: str
    first_seen_at: datetime
    via: str
    outcome: str | None
    detail: str | None
    attempts: int
    next_attempt_at: datetime | None


@dataclass(frozen=True)
class Sight:
    """One entry of an entry point, judged: `closed` is the outcome that keeps it from being fetched, or None.

    `source` owns the URL; `seen_by` is the source whose entry point named it, where that is another one.
    """

    entry: Entry
    canonical: str
    host: str
    source: str
    via: str
    closed: Outcome | None = None
    newest_hint_at: datetime | None = None
    context_url: str | None = None
    run: int | None = None
    seen_by: str | None = None


@dataclass(frozen=True)
class Known:
    """What the catalogue has of a URL and of what one source said of it: `said` are digests, `updated` a text."""

    id: int
    outcome: str | None
    reopened: int
    said: frozenset[str]
    updated: str | None


def record_sight(transaction: Transaction, sight: Sight, now: datetime) -> tuple[int, Outcome]:
    """Keep a candidate and what was said of it. Returns its number and `new`, `known` or the closing outcome.

    A candidate closed by a reopenable outcome, or gone, goes back to pending when this sight no longer closes it.
    """
    row = find_row(transaction, candidate, canonical=sight.canonical)
    if row is None:
        number = _add(transaction, sight, now)
        outcome = sight.closed or Outcome.new
    else:
        number, outcome = row.id, Outcome.known
        if sight.closed is None and row.outcome in _REOPENED_BY_A_SIGHT:
            reopen(transaction, number, via=sight.via, source=sight.source)
    _add_sighting(transaction, number, sight, now)
    return number, outcome


def find_known(transaction: Transaction, canonicals: list[str], seen_by: str, through: str) -> dict[str, Known]:
    """Which of these URLs the catalogue has, and what this source said of each; at most 500 at once."""
    columns = (candidate.c.canonical, candidate.c.id, candidate.c.outcome, candidate.c.reopened)
    rows = transaction.execute(sa.select(*columns).where(candidate.c.canonical.in_(canonicals))).all()
    statements = transaction.execute(
        sa.select(sighting.c.candidate, sighting.c.said_sha256, sighting.c.updated)
        .where(sighting.c.candidate.in_([row.id for row in rows]))
        .where(sighting.c.source == seen_by, sighting.c.through == through)
        .order_by(sighting.c.id)
    ).all()
    said: dict[int, set[str]] = {}
    updated: dict[int, str | None] = {}
    for statement in statements:
        said.setdefault(statement.candidate, set()).add(statement.said_sha256)
        updated[statement.candidate] = statement.updated or updated.get(statement.candidate)
    return {
        row.canonical: Known(row.id, row.outcome, row.reopened, frozenset(said.get(row.id, ())), updated.get(row.id))
        for row in rows
    }


def reopen_since(transaction: Transaction, source_id: str, since: datetime, *, limit: int) -> int:
    """Let `crawl --since` have the `too_old` candidates of a source that are newer than that; returns how many."""
    query = (
        sa.select(candidate.c.id)
        .where(candidate.c.source == source_id, candidate.c.outcome == Outcome.too_old.name)
        .where(candidate.c.newest_hint_at >= since)
        .limit(limit)
    )
    numbers = list(transaction.execute(query).scalars())
    for number in numbers:
        reopen(transaction, number, via="backfill")
    return len(numbers)


def reopen_disallowed(transaction: Transaction, host_name: str, *, limit: int) -> int:
    """The rules of a host's robots.txt changed: what they closed may be asked again; returns how many."""
    query = (
        sa.select(candidate.c.id, candidate.c.via)
        .where(candidate.c.host == host_name, candidate.c.outcome == Outcome.disallowed.name)
        .limit(limit)
    )
    rows = transaction.execute(query).all()
    for row in rows:
        reopen(transaction, row.id, via=row.via)
    return len(rows)


def reopen(transaction: Transaction, number: int, *, via: str, source: str | None = None) -> None:
    """Back to pending, counted; as this source's where a changed scope made it its owner."""
    values: dict[str, Any] = {"source": source} if source is not None else {}
    values |= {
        "outcome": None,
        "detail": None,
        "attempts": 0,
        "first_attempt_at": None,
        "next_attempt_at": None,
        "via": via,
    }
    statement = candidate.update().where(candidate.c.id == number)
    transaction.execute(statement.values(**values, reopened=candidate.c.reopened + 1))


def close(transaction: Transaction, number: int, outcome: Outcome, detail: str = "") -> None:
    """A final outcome."""
    values = {"outcome": outcome.name, "detail": detail or None, "next_attempt_at": None}
    set_columns(transaction, candidate, {"id": number}, values)


def postpone(
    transaction: Transaction,
    number: int,
    now: datetime,
    *,
    counted: bool,
    until: datetime | None = None,
    most_attempts: int = MAX_ATTEMPTS,
    days: int = ATTEMPT_DAYS,
) -> bool:
    """Another attempt later; False where the attempts are used up and the candidate is given up instead.

    `counted` is False for a paused host: that uses up no attempt.
    """
    row = transaction.execute(sa.select(candidate).where(candidate.c.id == number)).one()
    attempts = row.attempts + (1 if counted else 0)
    first = row.first_attempt_at or now
    if attempts >= most_attempts or now - first > timedelta(days=days):
        close(transaction, number, Outcome.given_up, f"after {attempts} attempts since {first:%Y-%m-%d %H:%M} UTC")
        return False
    pause = PAUSES[min(max(attempts, 1), len(PAUSES)) - 1]
    statement = candidate.update().where(candidate.c.id == number)
    transaction.execute(
        statement.values(attempts=attempts, first_attempt_at=first, next_attempt_at=until or now + pause)
    )
    return True


def read_candidate(transaction: Transaction, number: int) -> Candidate:
    """One candidate by number."""
    return candidate_from_row(transaction.execute(sa.select(candidate).where(candidate.c.id == number)).one())


def find_candidate(transaction: Transaction, canonical: str) -> Candidate | None:
    """One candidate by canonical form."""
    row = find_row(transaction, candidate, canonical=canonical)
    return None if row is None else candidate_from_row(row)


def read_hints(transaction: Transaction, number: int, until: datetime) -> tuple[Hint, ...]:
    """What the sightings up to an instant said, first one first."""
    rows = transaction.execute(_SIGHTINGS_UNTIL, {"of": number, "until": until})
    return tuple(
        Hint(row.through, row.source, row.title, row.published, row.updated, tuple(row.authors or ()), row.context_url)
        for row in rows
    )


def list_sighting_sources(transaction: Transaction, number: int) -> list[str]:
    """The sources that have named this URL, in the order in which they did."""
    query = sa.select(sighting.c.source, sa.func.min(sighting.c.id)).where(sighting.c.candidate == number)
    rows = transaction.execute(query.group_by(sighting.c.source).order_by(sa.func.min(sighting.c.id)))
    return [row.source for row in rows]


def record_attempt(transaction: Transaction, **values: Any) -> int:
    """One request and its one end; the columns of `fetch_attempt`."""
    outcome: Outcome = values.pop("outcome")
    return add_row(transaction, fetch_attempt, values | {"outcome": outcome.name})


def list_latest(transaction: Transaction, source_id: str, *, limit: int) -> list[Ended]:
    """The newest candidates of a source, newest first."""
    columns = [candidate.c[field.name] for field in fields(Ended)]
    query = sa.select(*columns).where(candidate.c.source == source_id).order_by(candidate.c.id.desc()).limit(limit)
    return [Ended(*row) for row in transaction.execute(query)]


def count_candidates(transaction: Transaction) -> dict[str, int]:
    """How many candidates there are of each outcome; pending under `pending`."""
    query = sa.select(candidate.c.outcome, sa.func.count()).group_by(candidate.c.outcome)
    return {row[0] or "pending": row[1] for row in transaction.execute(query)}


def _add(transaction: Transaction, sight: Sight, now: datetime) -> int:
    values = {
        "canonical": sight.canonical,
        "url": sight.entry.url,
        "host": sight.host,
        "source": sight.source,
        "via": sight.via,
        "first_seen_at": now,
        "newest_hint_at": sight.newest_hint_at,
        "outcome": sight.closed.name if sight.closed else None,
    }
    return add_row(transaction, candidate, values)


def _add_sighting(transaction: Transaction, number: int, sight: Sight, now: datetime) -> None:
    entry = sight.entry
    values = {
        "candidate": number,
        "source": sight.seen_by or sight.source,
        "through": entry.through,
        "run": sight.run,
        "url": entry.url,
        "said_sha256": digest_statement(entry, sight.context_url),
        "title": entry.title,
        "published": entry.published,
        "updated": entry.updated,
        "authors": list(entry.authors),
        "context_url": sight.context_url,
        "seen_at": now,
        "from_seq": last_seq(transaction),
    }
    add_row_once(transaction, sighting, values)


def digest_statement(entry: Entry, context_url: str | None = None) -> str:
    """What tells one statement about a URL from the next: a sighting is kept once."""
    said = [entry.title, entry.published, entry.updated, list(entry.authors), context_url]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def candidate_from_row(row: Any) -> Candidate:
    """A row of the table as its dataclass."""
    return Candidate(
        row.id,
        row.canonical,
        row.url,
        row.host,
        row.source,
        row.via,
        row.first_seen_at,
        row.outcome,
        row.attempts,
        row.reopened,
    )
