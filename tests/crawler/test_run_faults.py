"""Answers that break the rules: each request ends by name, what can be kept is kept, and the neighbours are read."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.crawler.crawling import Ended, Station
from tests.site.server import Site
from tests.site.trouble import ADDRESSES, TROUBLE
from tests.site.trouble.robots import CASES

pytestmark = pytest.mark.slow

ENDS = {
    "/article/sain": "fetched",
    "/empty": "odd_status",
    "/status/204": "odd_status",
    "/status/206": "odd_status",
    "/status/999": "odd_status",
    "/status/401": "refused",
    "/status/402": "refused",
    "/status/403": "refused",
    "/wall/forbidden/1": "blocked",
    "/status/404": "gone",
    "/status/410": "gone",
    "/status/451": "gone",
    "/status/501": "pending",
    "/flaky/2/x": "fetched",
    "/hang": "pending",
    "/reset": "pending",
    "/short": "pending",
    "/cut-chunked": "pending",
    "/no-length": "fetched",
    "/cut-gzip": "fetched",
    "/not-gzip": "bad_encoding",
    "/encoding/zebre": "bad_encoding",
    "/double-gzip": "fetched",
    "/bomb?mib=20": "too_large",
    "/grow?mib=3": "too_large",
    "/claims-10-gib": "too_large",
    "/greeting": "pending",
    "/redirect/ok": "fetched",
    "/redirect/self": "redirect_loop",
    "/redirect/ring-a": "redirect_loop",
    "/redirect/chain/21": "redirect_loop",
    "/redirect/empty": "redirect_refused",
    "/redirect/javascript": "redirect_refused",
    "/redirect/file": "redirect_refused",
    "/redirect/elsewhere": "redirect_refused",
    "/redirect/private": "redirect_refused",
    "/redirect/metadata": "redirect_refused",
    "/redirect/loopback": "redirect_refused",
    "/redirect/without-location": "odd_status",
    "/bad-header": "fetched",
    "/tdm-reserved": "fetched",
    "/endless-headers?lines=100000": "pending",
    "/long-header?kib=100": "pending",
    "/two-lengths": "pending",
    "/drip?pause=0.5": "pending",
    "/hang-in-body": "pending",
}
FAILED = {
    "/hang": "too_slow",
    "/reset": "failed",
    "/short": "failed",
    "/cut-chunked": "failed",
    "/greeting": "failed",
    "/status/501": "server_error",
    "/endless-headers?lines=100000": "failed",
    "/long-header?kib=100": "failed",
    "/two-lengths": "failed",
    "/drip?pause=0.5": "too_slow",
    "/hang-in-body": "too_slow",
}


@dataclass(frozen=True)
class Troubled:
    """What a crawl of the faults left: the installation, the end, and how many requests reached the host."""

    station: Station
    ended: Ended
    requests: int


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory, running_site: Site) -> Iterator[Troubled]:
    """One crawl of a source whose feed lists every fault, with limits small enough for a test."""
    running_site.reset()
    running_site.forget_requests()
    station = Station(tmp_path_factory.mktemp("troubled"), running_site, ADDRESSES)
    limits = {"body_bytes": "1 MiB", "request_seconds": 2, "run_seconds": 60}
    station.add_source("ennuis", TROUBLE, feeds=[station.feed_of(TROUBLE, *ENDS)], limits=limits)
    ended = station.crawl("ennuis")
    yield Troubled(station, ended, len(running_site.requests(TROUBLE)))


def test_every_fault_ends_by_its_name(troubled: Troubled) -> None:
    assert (troubled.ended.status, troubled.ended.end) == (0, "finished"), troubled.ended.errors
    assert "Traceback" not in troubled.ended.errors
    assert "no_outcome" not in troubled.ended.counts
    outcomes = troubled.station.outcomes()
    assert {path: outcomes.get(path) for path in ENDS} == ENDS
    assert troubled.station.verify().damages == ()


def test_each_request_has_one_row(troubled: Troubled) -> None:
    assert troubled.station.rows("SELECT count(*) FROM fetch_attempt") == [(troubled.requests,)]


def test_what_may_pass_is_tried_three_times_and_counts_as_one_attempt(troubled: Troubled) -> None:
    station = troubled.station
    attempts = dict(station.rows("SELECT url, attempts FROM candidate WHERE outcome IS NULL"))
    assert set(attempts.values()) == {1}
    for path, name in FAILED.items():
        query = "SELECT outcome FROM fetch_attempt WHERE url = ? ORDER BY id"
        tries = station.rows(query, f"http://{TROUBLE}:{station.site.port}{path}")
        assert tries == [(name,)] * (1 if path == "/status/501" else 3), path


def test_what_is_cut_is_kept_and_marked(troubled: Troubled) -> None:
    rows = troubled.station.rows("SELECT url, truncated FROM capture WHERE purpose = 'page'")
    marks = {url.split("/", 3)[3]: mark for url, mark in rows}
    assert marks["cut-gzip"] == "length"
    assert marks["no-length"] is None
    # then: nothing of a body that was refused for its size is stored as a page
    assert not {name for name in marks if name.startswith(("bomb", "grow", "claims"))}


def test_each_hop_of_a_redirect_is_archived(troubled: Troubled) -> None:
    station = troubled.station
    hops = station.rows("SELECT status, extraction_outcome FROM capture WHERE url LIKE '%/redirect/ok'")
    assert hops == [(302, "not_a_document")]
    final = station.rows("SELECT hops FROM capture WHERE url LIKE '%/article/moved'")
    assert len(final) == 1
    assert "/redirect/ok" in final[0][0]
    assert station.rows("SELECT count(*) FROM capture WHERE url LIKE '%/redirect/chain/%'") == [(6,)]


def test_a_reservation_of_mining_is_stored(troubled: Troubled) -> None:
    query = "SELECT tdm_reserved, tdm_policy, tdm_stated_in FROM capture WHERE url LIKE '%/tdm-reserved'"
    ((reserved, policy, place),) = troubled.station.rows(query)
    assert (reserved, place) == (1, "header tdm-reservation")
    assert policy.endswith("/politique-tdm.json")


def test_reserved_sources_are_skipped_when_the_settings_say_so(station: Station) -> None:
    station.set_politeness(respect_tdm_opt_out=True)
    station.add_source("reserve", TROUBLE, feeds=[station.feed_of(TROUBLE, "/tdm-reserved", "/article/libre")])
    station.crawl("reserve")
    assert station.outcomes() == {"/tdm-reserved": "opted_out", "/article/libre": "fetched"}
    assert not station.rows("SELECT id FROM capture WHERE url LIKE '%/tdm-reserved'")


def test_the_same_page_at_many_addresses_is_a_wall(station: Station) -> None:
    # given
    walls = [f"/wall/human-check/{number}" for number in range(4)]
    station.add_source("mur", TROUBLE, feeds=[station.feed_of(TROUBLE, *walls, "/article/derriere")])

    # when
    station.crawl("mur")

    # then: kept raw, and none of them waits for extraction
    rows = station.rows("SELECT extraction_outcome, count(*) FROM capture WHERE url LIKE '%/wall/%' GROUP BY 1")
    assert rows == [("soft_block", 4)]
    assert station.rows("SELECT extraction_outcome FROM capture WHERE url LIKE '%/derriere'") == [(None,)]


def test_a_source_that_refuses_every_page_is_blocked(station: Station) -> None:
    walls = [f"/wall/forbidden/{number}" for number in range(4)]
    station.add_source("ferme", TROUBLE, feeds=[station.feed_of(TROUBLE, *walls)])
    station.crawl("ferme")
    assert station.rows("SELECT blocked_since IS NOT NULL FROM source WHERE id = 'ferme'") == [(1,)]
    assert station.rows("SELECT outcome FROM run WHERE source = 'ferme'") == [("blocked",)]
    assert len(station.site.requests(TROUBLE)) == len(walls) + 3  # feed, robots.txt, tdmrep.json: nothing twice


def test_robots_are_followed_whatever_their_answer(station: Station) -> None:
    # given: ten hosts, each with its own kind of robots.txt
    limits = {"request_seconds": 2, "run_seconds": 60}
    for case in CASES:
        feed = f"http://{case.address}:{station.site.port}/feed.xml"
        station.add_source(case.name, case.address, feeds=[feed], limits=limits)

    # when
    ended = station.crawl(*(case.name for case in CASES))

    # then
    assert ended.end == "finished", ended.errors
    for case in CASES:
        paths = {one.path for one in station.site.requests(case.address)} - {"/robots.txt", "/regles/robots.txt"}
        articles = paths & {"/ouvert/article", "/ferme/article"}
        assert articles == set(case.allowed or ()), case.name
        if not case.allowed:
            assert "/feed.xml" not in paths, case.name
    assert station.rows("SELECT count(*) FROM host WHERE paused_why LIKE 'robots.txt:%'") == [(4,)]
    failing = dict(station.rows("SELECT id, failing_why FROM source WHERE failing_since IS NOT NULL"))
    assert "robots_unreachable" in failing["status-500"] and "disallowed" in failing["named-ban"]


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [("7200", 7100, 7200), ("date:3600", 3500, 3601), ("soon", 250, 300), ("-1", 250, 300), ("31536000", 86000, 86400)],
)
def test_a_host_that_throttles_is_paused_as_it_asks(station: Station, asked: str, least: int, most: int) -> None:
    # given
    path = f"/status/429?retry-after={asked}"
    station.add_source("presse", TROUBLE, feeds=[station.feed_of(TROUBLE, path, "/article/apres")])

    # when
    station.crawl("presse")

    # then: nothing more is asked of it, and no attempt is used up
    (seconds,) = station.rows(
        "SELECT (julianday(paused_until) - julianday('now')) * 86400 FROM host WHERE name = ?", TROUBLE
    )[0]
    assert least <= seconds <= most
    assert set(station.rows("SELECT outcome, attempts FROM candidate WHERE url LIKE '%429%'")) == {(None, 0)}
    assert station.rows("SELECT outcome FROM run WHERE source = 'presse'") == [("throttled",)]


def test_a_short_pause_is_waited_for_and_two_in_a_row_end_the_work(station: Station) -> None:
    station.add_source(
        "presse", TROUBLE, feeds=[station.feed_of(TROUBLE, *(f"/status/503?retry-after=0&n={n}" for n in range(5)))]
    )
    station.crawl("presse")
    assert sum(1 for one in station.site.requests(TROUBLE) if one.status == 503) == 2
    assert station.rows("SELECT count(*) FROM candidate WHERE outcome IS NULL AND attempts = 0") == [(5,)]
