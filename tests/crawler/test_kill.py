"""A crawl killed at random moments loses no captured page and repeats at most what was under way.

The number of kills is a parameter: `VIGIE_KILLS=50` for the long run.
"""

import itertools
import os
import random
import signal
import time
from collections import Counter

import pytest

from tests.crawler.crawling import Station, end_of, wait_for_requests
from tests.site.trouble import TROUBLE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

KILLS = int(os.environ.get("VIGIE_KILLS", "10"))
ARTICLES_A_KILL = 60


def test_kills_at_random_moments_lose_nothing(station: Station) -> None:
    # given: more articles than any of the killed crawls can finish
    chance = random.Random(20251124)
    paths = [f"/article/{number}" for number in range(ARTICLES_A_KILL * KILLS)]
    feeds = [station.feed_of(TROUBLE, *paths[start : start + 60]) for start in range(0, len(paths), 60)]
    station.add_source("longue", TROUBLE, feeds=feeds)
    station.register()

    # when
    captured: set[int] = set()
    for _ in range(KILLS):
        process = station.start("--once", "--source", "longue")
        wait_for_requests(station, len(station.site.requests(TROUBLE)) + 1)
        time.sleep(chance.uniform(0.0, 0.5))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        # then: what was captured before is still there
        now = {number for (number,) in station.rows("SELECT id FROM capture")}
        assert captured <= now
        captured = now
        station.make_due()

    # when: it is let run to its end
    ended = end_of(station.start("--once", "--source", "longue"))

    # then: every page is there, once, with its bytes
    assert (ended.status, ended.end) == (0, "finished"), ended.errors
    assert set(station.outcomes().values()) == {"fetched"}
    assert len(station.outcomes()) == len(paths)
    pages = Counter(url for (url,) in station.rows("SELECT url FROM capture WHERE purpose = 'page'"))
    assert set(pages.values()) == {1}
    verdict = station.verify()
    assert verdict.damages == ()
    # then: of each killed crawl at most the one request under way was made again
    asked = Counter(one.path for one in station.site.requests(TROUBLE) if one.path.startswith("/article/"))
    assert sum(count - 1 for count in asked.values()) <= KILLS
    # then: nobody holds a host, no run stays open
    assert station.rows("SELECT count(*) FROM host WHERE lease_holder IS NOT NULL") == [(0,)]
    assert station.rows("SELECT count(*) FROM run WHERE ended_at IS NULL") == [(0,)]
    assert station.rows("SELECT count(*) FROM warc_file WHERE state = 'open'") == [(0,)]


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
