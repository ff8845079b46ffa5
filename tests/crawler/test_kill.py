"""Crawl processes end with their parent, retire, and share a host; killed ones are a hazard of their own (S2)."""

import itertools
import signal
import time
from collections import Counter

import pytest

from tests.crawler.crawling import Station, end_of
from tests.site.trouble import TROUBLE

pytestmark = pytest.mark.slow


def test_it_ends_when_its_parent_is_gone(station: Station) -> None:
    station.add_source("lente", TROUBLE, feeds=[station.feed_of(TROUBLE, "/hang")])
    station.set_limits(stop_seconds=12)
    station.register()
    ended = end_of(station.start("--source", "lente", "--parent", "1"), 40)
    assert ended.end == "interrupted"


def test_a_child_retires_and_leaves_the_rest_to_its_successor(station: Station) -> None:
    # given
    paths = [f"/article/{number}" for number in range(30)]
    station.set_limits(child_responses=12)
    station.add_source("longue", TROUBLE, feeds=[station.feed_of(TROUBLE, *paths)])
    station.register()

    # when
    first = end_of(station.start("--source", "longue"), 40)

    # then
    assert (first.status, first.end) == (0, "retired"), first.errors
    left = station.rows("SELECT count(*) FROM candidate WHERE outcome IS NULL")[0][0]
    assert 0 < left < 30
    second = end_of(station.start("--source", "longue", "--once"), 40)
    assert second.counts["fetched"] == left


def test_two_children_never_ask_one_host_at_once(station: Station) -> None:
    # given: a host with more work than the first of two crawl processes does, and a pause between requests
    paths = [f"/article/{number}" for number in range(6)]
    station.set_limits(child_responses=5)
    station.add_source("partagee", TROUBLE, feeds=[station.feed_of(TROUBLE, *paths)], delay="1s")
    station.register()

    # when
    both = [station.start("--source", "partagee") for _ in range(2)]
    deadline = time.monotonic() + 60
    while station.rows("SELECT count(*) FROM candidate WHERE outcome = 'fetched'") != [(len(paths),)]:
        assert time.monotonic() < deadline, "the work does not get done"
        time.sleep(0.1)
    for process in both:
        process.send_signal(signal.SIGTERM)
    ends = [end_of(process) for process in both]

    # then: both took part, and between two requests to the host lies the pause, whoever makes them
    assert all(ended.counts.get("fetched") for ended in ends), [ended.errors for ended in ends]
    requests = station.site.requests(TROUBLE)
    assert Counter(one.path for one in requests).most_common(1)[0][1] == 1
    assert min(later.second - sooner.second for sooner, later in itertools.pairwise(requests)) >= 0.95
