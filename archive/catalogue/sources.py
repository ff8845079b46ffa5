"""The state of each configured source, its entry points and the facts by which its documents are labelled.

What a source is stands in `config/`; here is what happened to it. Nothing here edits configuration.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from archive.catalogue.catalogue import Transaction
from archive.catalogue.changes import last_seq
from archive.catalogue.schema import entry_point, source, source_facts
from archive.catalogue.statements import find_row, set_columns
from archive.outcomes import Outcome

_NOTE_LOOK = (
    entry_point.update()
    .where(entry_point.c.source == sa.bindparam("of"), entry_point.c.url == sa.bindparam("at"))
    .values(looks=entry_point.c.looks + 1)
)
SET_ASIDE_AFTER = 3  # looks in a row that answered 404, HTML or nothing


@dataclass(frozen=True)
class Facts:
    """The labels of a source; `digest` changes when one of them does."""

    source: str
    digest: str
    name: str
    kind: str
    regions: tuple[str, ...]
    departements: tuple[str, ...]


@dataclass(frozen=True)
class EntryPoint:
    """One feed, sitemap or listing, and what the last look found; `parent` is the index that names a child sitemap."""

    source: str
    url: str
    through: str
    host: str
    etag: str | None
    last_modified: str | None
    body_sha256: str | None
    entries_sha256: str | None
    last_look_at: datetime | None
    last_full_at: datetime | None
    last_archived_at: datetime | None
    last_outcome: str | None
    looks: int
    failures: int
    set_aside_at: datetime | None
    set_aside_why: str | None
    parent: str | None = None
    lastmod: str | None = None


@dataclass(frozen=True)
class SourceState:
    """What happened to a source so far."""

    id: str
    next_visit_at: datetime | None
    interval_seconds: float | None
    last_visit_at: datetime | None
    last_good_visit_at: datetime | None
    last_new_document_at: datetime | None
    failing_since: datetime | None
    failing_why: str | None
    blocked_since: datetime | None
    paused_until: datetime | None


def register_source(
    transaction: Transaction,
    facts: Facts,
    entry_points: Sequence[tuple[str, str, str]],
    *,
    first_visit_at: datetime,
    interval_seconds: float,
) -> bool:
    """Make a configured source known: state row, entry points as (url, through, host), facts.

    Returns True when its facts changed since they were last noted: its documents then want `relabelled`.
    Entry points that left the configuration are forgotten, those that stay keep what is known of them.
    """
    values = {"id": facts.source, "next_visit_at": first_visit_at, "interval_seconds": interval_seconds}
    transaction.execute(insert(source).values(**values).on_conflict_do_nothing())
    for url, through, host in entry_points:
        row = {"source": facts.source, "url": url, "through": through, "host": host, "looks": 0, "failures": 0}
        keep = {"through": through, "host": host}
        statement = insert(entry_point).values(**row)
        transaction.execute(statement.on_conflict_do_update(index_elements=["source", "url"], set_=keep))
    urls = [url for url, _, _ in entry_points]
    gone = sa.func.coalesce(entry_point.c.parent, entry_point.c.url).not_in(urls)
    transaction.execute(entry_point.delete().where(entry_point.c.source == facts.source, gone))
    return _note_facts(transaction, facts)


def add_child(transaction: Transaction, index: EntryPoint, url: str, host_name: str) -> EntryPoint:
    """A sitemap that an index names, kept as an entry point of its own so that it can be asked conditionally.

    Its parent is the configured index, also where another index stands between the two.
    """
    row = {
        "source": index.source, "url": url, "through": "sitemap", "host": host_name, "looks": 0, "failures": 0,
        "parent": index.parent or index.url,
    }  # fmt: skip
    transaction.execute(insert(entry_point).values(**row).on_conflict_do_nothing())
    query = sa.select(entry_point).where(entry_point.c.source == index.source, entry_point.c.url == url)
    return EntryPoint(*transaction.execute(query).one())


def read_children(transaction: Transaction, source_id: str) -> dict[str, EntryPoint]:
    """The sitemaps that indexes of a source have named and that were looked at, by address."""
    query = sa.select(entry_point).where(entry_point.c.source == source_id, entry_point.c.parent.is_not(None))
    return {row.url: EntryPoint(*row) for row in transaction.execute(query)}


def forget_sources(transaction: Transaction, keep: Sequence[str]) -> None:
    """Sources that left the configuration are visited no more; their documents stay."""
    transaction.execute(source.update().where(source.c.id.not_in(list(keep))).values(next_visit_at=None))


def read_facts(transaction: Transaction, source_ids: Sequence[str] | None = None) -> dict[str, Facts]:
    """The latest facts of each source."""
    latest = sa.select(sa.func.max(source_facts.c.id)).group_by(source_facts.c.source)
    query = sa.select(source_facts).where(source_facts.c.id.in_(latest))
    if source_ids is not None:
        query = query.where(source_facts.c.source.in_(list(source_ids)))
    return {row.source: _facts_from_row(row) for row in transaction.execute(query)}


def read_source(transaction: Transaction, source_id: str) -> SourceState | None:
    """One source's state."""
    row = find_row(transaction, source, id=source_id)
    return None if row is None else SourceState(*row)


def list_states(transaction: Transaction) -> list[SourceState]:
    """All sources' states by id."""
    return [SourceState(*row) for row in transaction.execute(sa.select(source).order_by(source.c.id))]


def list_entry_points(transaction: Transaction, source_id: str | None = None) -> list[EntryPoint]:
    """The configured entry points of one source, or of all; sitemaps that an index names are not among them."""
    query = sa.select(entry_point).where(entry_point.c.parent.is_(None))
    query = query.order_by(entry_point.c.source, entry_point.c.url)
    if source_id is not None:
        query = query.where(entry_point.c.source == source_id)
    return [EntryPoint(*row) for row in transaction.execute(query)]


def record_look(transaction: Transaction, source_id: str, url: str, outcome: Outcome, **values: Any) -> None:
    """One look at an entry point. `failed` ones count towards setting it aside; a good one clears the count.

    `values` are columns that a good look renews: etag, last_modified, body_sha256, entries_sha256, last_full_at,
    last_archived_at, lastmod, and always last_look_at.
    """
    good = outcome in (Outcome.read, Outcome.same, Outcome.feed_truncated)
    values |= {"last_outcome": outcome.name}
    if good:
        values |= {"failures": 0, "set_aside_at": None, "set_aside_why": None}
    transaction.execute(_NOTE_LOOK, {"of": source_id, "at": url, **values})


def note_archived(transaction: Transaction, source_id: str, url: str, now: datetime) -> None:
    """The entry point's answer was stored now."""
    set_columns(transaction, entry_point, {"source": source_id, "url": url}, {"last_archived_at": now})


def count_failure(
    transaction: Transaction, source_id: str, url: str, why: str, now: datetime, *, trials: int = SET_ASIDE_AFTER
) -> bool:
    """An answer of 404, HTML or nothing where a feed should be; True when this one sets the address aside."""
    where = (entry_point.c.source == source_id) & (entry_point.c.url == url)
    query = (
        entry_point.update().where(where).values(failures=entry_point.c.failures + 1).returning(entry_point.c.failures)
    )
    failures = transaction.execute(query).scalar_one_or_none()
    if failures is None or failures < trials:
        return False
    aside = entry_point.update().where(where, entry_point.c.set_aside_at.is_(None))
    return bool(transaction.execute(aside.values(set_aside_at=now, set_aside_why=why)).rowcount)


def update_source(transaction: Transaction, source_id: str, **values: Any) -> None:
    """Set columns of a source's state."""
    set_columns(transaction, source, {"id": source_id}, values)


def _note_facts(transaction: Transaction, facts: Facts) -> bool:
    query = (
        sa.select(source_facts).where(source_facts.c.source == facts.source).order_by(source_facts.c.id.desc()).limit(1)
    )
    known = transaction.execute(query).one_or_none()
    if known is not None and known.digest == facts.digest:
        return False
    values = {
        "source": facts.source, "digest": facts.digest, "name": facts.name, "kind": facts.kind,
        "regions": list(facts.regions), "departements": list(facts.departements), "from_seq": last_seq(transaction),
    }  # fmt: skip
    transaction.execute(source_facts.insert().values(**values))
    return known is not None


def _facts_from_row(row: Any) -> Facts:
    return Facts(row.source, row.digest, row.name, row.kind, tuple(row.regions), tuple(row.departements))
