"""When a source is visited next, which sitemaps of an index are read, and how many looks a host allows."""

from contextlib import closing
from datetime import timedelta

import pytest

from archive.catalogue import open_catalogue, sources
from archive.catalogue.hosts import Host
from archive.catalogue.sources import EntryPoint, SourceState
from archive.outcomes import Outcome
from crawler.asking import Answer
from crawler.discovery.sitemap import ChildSitemap
from crawler.recovery import is_alive, live_child
from crawler.spiders.children import choose_children
from crawler.spiders.conversation import may_look
from crawler.spiders.visit import SourceVisit, spread_of
from tests.crawler.crawling import Station
from tests.crawler.test_sights import NOW, desk_of

POINT = EntryPoint("rempart", "u", "feed", "h", None, None, None, None, None, None, None, None, 0, 0, None, None)


def conclude(station: Station, interval: float, outcome: Outcome, new: int) -> tuple[float, SourceState]:
    """One visit of `rempart` with one look; the next interval and the state it leaves."""
    station.register()
    with desk_of(station) as desk, closing(open_catalogue(station.data)) as catalogue:
        station.execute("UPDATE source SET interval_seconds = ?", interval)
        with catalogue.read() as transaction:
            state = sources.read_source(transaction, "rempart")
        assert state is not None
        visit = SourceVisit("rempart", state, NOW)
        visit.counts["new"] = new
        visit.note_answer(POINT, Answer(outcome, detail="parce que"))
        with catalogue.write() as transaction:
            visit.conclude(desk, transaction)
            after = sources.read_source(transaction, "rempart")
    assert after is not None and after.interval_seconds is not None and after.next_visit_at is not None
    waited = (after.next_visit_at - NOW).total_seconds()
    assert after.interval_seconds <= waited <= 1.1 * after.interval_seconds
    return after.interval_seconds, after


@pytest.mark.parametrize(
    ("before", "outcome", "new", "after"),
    [
        (900.0, Outcome.read, 3, 450.0), (900.0, Outcome.same, 0, 1800.0), (900.0, Outcome.gone, 0, 900.0),
        (400.0, Outcome.read, 1, 300.0), (20_000.0, Outcome.same, 0, 21_600.0),
    ],
)  # fmt: skip
def test_the_interval_follows_what_a_source_publishes(
    station: Station, before: float, outcome: Outcome, new: int, after: float
) -> None:
    assert conclude(station, before, outcome, new)[0] == after


def test_a_crowded_host_is_not_asked_more_often_than_it_can_bear(station: Station) -> None:
    # given: sixty entry points at five seconds each on one host
    feeds = [f"http://127.0.0.9:{station.site.port}/fil/{number}" for number in range(60)]
    station.add_source("foule", "127.0.0.9", feeds=feeds, delay="5s")
    station.register()
    with desk_of(station) as desk:
        # then: five minutes of requests are at most half of the time
        assert desk.intervals["foule"] == timedelta(minutes=10)
        assert desk.intervals["rempart"] == timedelta(0)


def test_a_source_fails_since_its_first_bad_visit_until_a_good_one(station: Station) -> None:
    _, state = conclude(station, 900.0, Outcome.not_a_feed, 0)
    assert (state.failing_since, state.failing_why) == (NOW, "u: not_a_feed (parce que)")
    assert state.last_good_visit_at is None
    _, state = conclude(station, 900.0, Outcome.same, 0)
    assert (state.failing_since, state.failing_why, state.last_good_visit_at) == (None, None, NOW)


def test_sources_drift_apart_each_always_by_the_same_part() -> None:
    parts = [spread_of(f"source-{number}") for number in range(1000)]
    assert parts == [spread_of(f"source-{number}") for number in range(1000)]
    assert 0 <= min(parts) < 0.01
    assert 0.99 < max(parts) < 1


def child(
    name: str, lastmod: str | None = None, *, seen: str | None = None, looked: int | None = None
) -> tuple[ChildSitemap, EntryPoint]:
    """A sitemap of an index: what the index says, what the last look knew, how many days ago it was."""
    at = NOW - timedelta(days=looked) if looked is not None else None
    last = "read" if looked is not None else None
    point = EntryPoint(
        "s", name, "sitemap", "h", None, None, None, None, at, at, at, last, 0, 0, None, None, "index", seen
    )
    return ChildSitemap(name, lastmod), point


def test_sitemaps_that_moved_come_first_and_old_ones_not_at_all() -> None:
    children: list[tuple[ChildSitemap, EntryPoint | None]] = [
        (ChildSitemap("jamais-nomme", None), None),
        child("sans-date-vu-hier", looked=1),
        child("sans-date-vu-jadis", looked=9),
        child("jamais-vu"),
        child("inchange", "2025-12-04", seen="2025-12-04", looked=1),
        child("ancien", "2024-01-01"),
        child("bouge", "2025-12-04", seen="2025-12-01", looked=1),
        child("le-plus-neuf", "2025-12-05"),
    ]
    chosen = choose_children(children, NOW - timedelta(days=7))
    names = [named.url for named in chosen]
    assert names == ["le-plus-neuf", "bouge", "jamais-nomme", "jamais-vu", "sans-date-vu-jadis", "sans-date-vu-hier"]
    assert len(choose_children([child(f"plan-{number}") for number in range(50)], NOW)) == 10


def test_looks_keep_to_their_share_of_the_day() -> None:
    today = NOW.date().isoformat()
    assert may_look(Host("h", day=today, requests_today=10, looks_today=4), NOW, 0.2, 5)
    assert not may_look(Host("h", day=today, requests_today=10, looks_today=5), NOW, 0.2, 5)
    assert may_look(Host("h", day=today, requests_today=100, looks_today=19), NOW, 0.2, 5)
    assert not may_look(Host("h", day=today, requests_today=100, looks_today=20), NOW, 0.2, 5)
    assert may_look(Host("h", day="2025-12-04", requests_today=0, looks_today=99), NOW, 0.2, 5)
    assert not may_look(Host("h"), NOW, 0.0, 5)


def test_a_child_is_alive_exactly_as_long_as_its_process(station: Station) -> None:
    with live_child(station.data) as name:
        assert is_alive(station.data, name)
    assert not is_alive(station.data, name)
    assert not is_alive(station.data, "crawl-1-never")
