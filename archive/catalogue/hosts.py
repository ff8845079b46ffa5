"""Hosts: who may ask them now, how long they are paused, what their robots.txt said.

A lease in the row makes sure that one crawl child at a time asks a host, so that one request at a time and the
delay between requests hold across children.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from archive.catalogue.catalogue import Transaction
from archive.catalogue.schema import host
from archive.catalogue.statements import find_row, put_row, set_columns

_REQUEST = insert(host)
_IS_SAME_DAY = host.c.day == _REQUEST.excluded.day
_COUNT_REQUEST = _REQUEST.on_conflict_do_update(
    index_elements=["name"],
    set_={
        "day": _REQUEST.excluded.day,
        "requests_today": sa.case((_IS_SAME_DAY, host.c.requests_today), else_=0) + 1,
        "looks_today": sa.case((_IS_SAME_DAY, host.c.looks_today), else_=0) + _REQUEST.excluded.looks_today,
        "last_request_at": _REQUEST.excluded.last_request_at,
    },
)

LEASE = timedelta(minutes=40)  # longer than a child lives; a dead child's leases are released by its parent


@dataclass(frozen=True)
class Host:
    """What the next request to a host must know."""

    name: str
    paused_until: datetime | None = None
    paused_why: str | None = None
    blocked_since: datetime | None = None
    robots_at: datetime | None = None
    robots_status: int | None = None
    robots_body: bytes | None = None
    robots_capture: int | None = None
    tdm_at: datetime | None = None
    tdm_body: bytes | None = None
    crawl_delay_seconds: float | None = None
    last_request_at: datetime | None = None
    day: str | None = None
    requests_today: int = 0
    looks_today: int = 0
    lease_holder: str | None = None
    lease_until: datetime | None = None


def read_host(transaction: Transaction, name: str) -> Host:
    """What is known of the host; a host met first is neither paused nor leased."""
    row = find_row(transaction, host, name=name)
    return Host(name) if row is None else Host(*row)


def list_hosts(transaction: Transaction) -> list[Host]:
    """All hosts met so far, by name."""
    return [Host(*row) for row in transaction.execute(sa.select(host).order_by(host.c.name))]


def update_host(transaction: Transaction, name: str, **values: Any) -> None:
    """Set columns of a host, making its row where there is none."""
    put_row(transaction, host, "name", {"name": name, "requests_today": 0, "looks_today": 0}, values)


def list_unavailable(transaction: Transaction, holder: str, now: datetime) -> set[str]:
    """The hosts that are paused, or leased by another child than this one."""
    leased = (host.c.lease_holder != holder) & (host.c.lease_until > now)
    query = sa.select(host.c.name).where(sa.or_(host.c.paused_until > now, leased))
    return set(transaction.execute(query).scalars())


def lease_host(transaction: Transaction, name: str, holder: str, now: datetime) -> Host | None:
    """Take the host for this child, or renew its lease, and tell what is known of it; None where another has it."""
    found = read_host(transaction, name)
    if found.lease_holder not in (None, holder) and found.lease_until and found.lease_until > now:
        return None
    update_host(transaction, name, lease_holder=holder, lease_until=now + LEASE)
    return found


def release_hosts(transaction: Transaction, holder: str, names: list[str] | None = None) -> None:
    """Give hosts back: some, or all that a child held."""
    free = {"lease_holder": None, "lease_until": None}
    if names is None:
        transaction.execute(host.update().where(host.c.lease_holder == holder).values(**free))
    for name in names or ():
        set_columns(transaction, host, {"lease_holder": holder, "name": name}, free)


def release_idle(transaction: Transaction, holder: str, keep: set[str], idle_since: datetime) -> None:
    """Give back the hosts that a child took by the way, such as for a redirect, and has not asked since then."""
    where = (host.c.lease_holder == holder) & host.c.name.not_in(keep)
    where &= sa.or_(host.c.last_request_at.is_(None), host.c.last_request_at < idle_since)
    transaction.execute(host.update().where(where).values(lease_holder=None, lease_until=None))


def pause_host(transaction: Transaction, name: str, until: datetime, why: str) -> None:
    """429 or 503: leave the host alone until then; a longer pause that is set already stays."""
    found = read_host(transaction, name)
    if found.paused_until is None or found.paused_until < until:
        update_host(transaction, name, paused_until=until, paused_why=why)


def count_request(transaction: Transaction, name: str, now: datetime, *, is_look: bool) -> None:
    """Count one request to the host for its day (UTC)."""
    values = {"name": name, "day": now.date().isoformat(), "requests_today": 1, "looks_today": int(is_look)}
    transaction.execute(_COUNT_REQUEST, values | {"last_request_at": now})
