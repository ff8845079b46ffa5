"""Entries become sights: each link of an entry point is judged, and what is new about it goes into the catalogue.

Most entries of most looks are known and say nothing new: they are sorted out by two reads of the catalogue, so that a
sitemap of 50,000 addresses costs a few reads and writes only its news, in slices that hold the lock briefly.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from archive.catalogue import Transaction, candidates, documents
from archive.catalogue.candidates import Known, Sight, digest_statement
from archive.outcomes import Outcome
from archive.records import Entry
from crawler.desk import Desk
from crawler.discovery.dates import parse_feed_date
from crawler.guard import is_private_url
from crawler.urls import BadUrlError, canonical_form, host_of

READ_SLICE = 500  # as many addresses as one query compares
WRITE_SLICE = 20  # a sight takes one to two milliseconds, several times that on a busy machine: others wait for it
GIVEN_UP_REOPENED = 3  # times that a sighting may ask again for what was given up
# known but closed: a sight that no longer closes them asks for them again
_ASKED_AGAIN = frozenset(
    outcome.name for outcome in (Outcome.too_old, Outcome.out_of_scope, Outcome.excluded, Outcome.refused_private)
)
# more known entries than this share moving at once: the dates are made when the file is, and say nothing
DEAD_DATES_SHARE, DEAD_DATES_FROM = 0.5, 20

T = TypeVar("T")


@dataclass(frozen=True)
class Horizon:
    """Back to when entries are taken: `oldest` for live work, `since` for what was asked for beyond it."""

    oldest: datetime
    since: datetime | None
    zone: str


@dataclass(frozen=True)
class _News:
    """A sight that says something new; `known` is what the catalogue had before."""

    sight: Sight
    known: Known | None


async def take_entries(
    desk: Desk, source_id: str, entries: Sequence[Entry], horizon: Horizon, found_at: str | None = None
) -> Counter[str]:
    """Keep what is new of these entries; returns how many met each end of discovery.

    `found_at` is the entry point that named them: the context of a PDF, which says nothing of where it belongs.
    """
    counts: Counter[str] = Counter()
    news: list[_News] = []
    sights = await desk.recorder.compute(lambda: list(_judge(desk, source_id, entries, horizon, counts, found_at)))
    for page in _slices(sights, READ_SLICE):
        news += await desk.recorder.read(partial(_sort_out, desk, source_id, page))
    counts[Outcome.known.name] += len(sights) - len(news)
    for fresh in _slices(_without_dead_dates(news, len(sights)), WRITE_SLICE):
        counts += await desk.recorder.write(partial(_keep, desk, source_id, fresh))
    return counts


def horizon_of(desk: Desk, source_id: str, last_good_visit_at: datetime | None) -> Horizon:
    """Entries older than backfill_days before the last good visit (at the first one: before now) are too old."""
    source = desk.sources[source_id]
    oldest = (last_good_visit_at or desk.clock()) - timedelta(days=source.backfill_days)
    return Horizon(oldest, desk.terms.since, source.zone)


def _judge(
    desk: Desk,
    source_id: str,
    entries: Sequence[Entry],
    horizon: Horizon,
    counts: Counter[str],
    found_at: str | None,
) -> Iterator[Sight]:
    zone, now, seen = ZoneInfo(horizon.zone), desk.clock(), set()
    for entry in entries:
        try:
            canonical = canonical_form(entry.url)
        except BadUrlError:
            counts[Outcome.bad_url.name] += 1
            continue
        if canonical in seen:
            continue
        seen.add(canonical)
        said = parse_feed_date(entry.published, zone) or parse_feed_date(entry.updated, zone)
        judged = desk.scopes.judge(entry.url)
        closed, via = judged.closed, "live"
        if closed is not None and is_private_url(entry.url, desk.allowed):
            closed = Outcome.refused_private
        if closed is None and said is not None and said < horizon.oldest:
            wanted = horizon.since is not None and said >= horizon.since
            closed, via = (None, "backfill") if wanted else (Outcome.too_old, "live")
        yield Sight(
            entry=entry,
            canonical=canonical,
            host=host_of(entry.url),
            source=judged.source or source_id,
            seen_by=source_id,
            via=via,
            closed=closed,
            newest_hint_at=min(said, now) if said else None,
            context_url=found_at if urlsplit(entry.url).path.lower().endswith(".pdf") else None,
        )


def _sort_out(desk: Desk, source_id: str, sights: list[Sight]) -> list[_News]:
    """The sights that say something new."""
    with desk.catalogue.read() as transaction:
        through = sights[0].entry.through
        known = candidates.find_known(transaction, [sight.canonical for sight in sights], source_id, through)
    return [_News(sight, known.get(sight.canonical)) for sight in sights if _is_news(sight, known.get(sight.canonical))]


def _is_news(sight: Sight, known: Known | None) -> bool:
    if known is None or digest_statement(sight.entry, sight.context_url) not in known.said:
        return True
    if sight.closed is not None:
        return False
    given_up = known.outcome == Outcome.given_up.name and known.reopened < GIVEN_UP_REOPENED
    return given_up or known.outcome in _ASKED_AGAIN


def _without_dead_dates(news: list[_News], total: int) -> list[_News]:
    """Without the known entries of a file in which most of them claim to have moved."""
    moved = [item for item in news if item.known is not None and item.known.said]
    if len(moved) < DEAD_DATES_FROM or len(moved) < DEAD_DATES_SHARE * total:
        return news
    return [item for item in news if item.known is None or not item.known.said]


def _keep(desk: Desk, source_id: str, news: list[_News]) -> Counter[str]:
    counts: Counter[str] = Counter()
    now = desk.clock()
    with desk.catalogue.write() as transaction:
        for item in news:
            if item.known is not None:
                _tell_document(transaction, source_id, item.sight, item.known, now)
            _, outcome = candidates.record_sight(transaction, item.sight, now)
            counts[outcome.name] += 1
    return counts


def _tell_document(transaction: Transaction, source_id: str, sight: Sight, known: Known, now: datetime) -> None:
    """A known article was named by another source, or its date of change moved."""
    found = documents.find_by_canonical(transaction, sight.canonical)
    if found is None or found.state not in ("live", "removed"):
        return
    named_by = (found.source, *documents.list_sources(transaction, [found.id])[found.id])
    if source_id not in named_by:
        documents.relabel(transaction, found.id, now)
    before, after = parse_feed_date(known.updated), parse_feed_date(sight.entry.updated)
    if before is not None and after is not None and after > before:
        documents.ask_to_look(transaction, found.id, now)


def _slices(items: Sequence[T], size: int) -> Iterator[list[T]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])
