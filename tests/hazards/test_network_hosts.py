"""Hazards N1, N8, N10 to N13: hosts that cannot be reached, ask for a pause, show a wrong certificate, forbid, or wall
themselves in; and the end of a crawl that is told to stop."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from config.models import Limits, Politeness, Settings
from crawler.settings import make_settings
from tests.crawler.crawling import LONG_AGO, ROOT, Station, end_of, wait_for_path, wait_for_requests
from tests.hazards.bad_network import (
    OUT_OF_REACH,
    PAUSES,
    RAYS,
    RESETTING,
    SILENT_PORT,
    TLS_SOURCES,
    UNKNOWN,
    WALL,
    BadNetwork,
    Pause,
    make_bad_hosts,
)
from tests.hazards.tls_hosts import EXPIRED, MISNAMED, OLD, SOUND, UNSIGNED
from tests.site.messages import Response
from tests.site.server import Site
from tests.site.trouble import TROUBLE
from tests.site.trouble.robots import CASES, RobotsCase

pytestmark = pytest.mark.slow

# a name server that says nothing for longer than anybody waits; the machine's own cannot be told to
SILENT_NAMES = """
import socket, sys, time
known = socket.gethostbyname
socket.gethostbyname = lambda name: known(name) if name[0].isdigit() else time.sleep(3)
from crawler.run import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, running_site: Site) -> Iterator[BadNetwork]:
    """One crawl of all bad hosts, with the site's own publishers beside them."""
    with make_bad_hosts(tmp_path_factory.mktemp("hosts"), running_site) as made:
        yield made


@pytest.mark.parametrize(
    ("source", "host", "cause"),
    [
        ("inconnue", UNKNOWN, "unknown host"),
        ("muette", SILENT_PORT, "connection refused"),
        ("lointaine", OUT_OF_REACH, "the host cannot be reached"),
        ("robots-reset", "127.0.0.29", "connection closed without an answer"),
    ],
)
def test_n1_a_host_that_cannot_be_reached_is_tried_three_times_and_named(
    room: BadNetwork, source: str, host: str, cause: str
) -> None:
    """Unknown, refusing, unreachable or resetting: `failed` with its cause, two retries, and the source shows it."""
    assert make_settings(Settings(), {})["RETRY_TIMES"] == Limits().retries == 2
    query = "SELECT outcome, detail FROM fetch_attempt WHERE purpose = 'robots' AND url LIKE ?"
    assert room.station.rows(query, f"%{host}%/robots.txt") == [("failed", cause)] * 3
    assert cause in room.why_failing(source)
    shown = room.say("sources", "show", source)
    assert "failing since" in shown and cause in shown


def test_n1_a_reset_entry_point_is_tried_three_times(room: BadNetwork) -> None:
    """A feed whose connection is cut ends `failed` after three tries, and its source shows as failing."""
    query = "SELECT outcome FROM fetch_attempt WHERE purpose = 'feed' AND url = ?"
    assert room.station.rows(query, room.address("/reset", RESETTING)) == [("failed",)] * 3
    assert room.why_failing("coupee").endswith("failed (connection closed without an answer)")


def test_n1_other_sources_go_on(room: BadNetwork) -> None:
    """Beside forty bad hosts the sound publishers are read to the end."""
    assert room.ended is not None
    assert (room.ended.status, room.ended.end) == (0, "finished"), room.ended.errors
    assert "Traceback" not in room.ended.errors and "no_outcome" not in room.ended.counts
    query = "SELECT count(*) FROM capture WHERE source = ? AND purpose = 'page'"
    assert all(room.station.rows(query, source)[0][0] > 3 for source in ("rempart", "rives", "ambre"))


def test_n1_name_servers_that_never_answer_are_named_and_hold_up_nobody(station: Station) -> None:
    """Twelve names without an answer end `failed` after limits.dns_seconds; a source beside them is read meanwhile."""
    # given
    assert make_settings(Settings(), {})["DNS_TIMEOUT"] == Limits().dns_seconds == 15
    settings = station.config / "settings.yaml"
    settings.write_text("contact: essai@exemple.test\n" + settings.read_text(encoding="utf-8"), encoding="utf-8")
    station.set_limits(dns_seconds=1, retries=0)
    names = [f"muet-{number}" for number in range(12)]
    for name in names:
        station.add_source(name, "", homepage=f"http://{name}.test/", feeds=[f"http://{name}.test/rss"])
    station.register()

    # when
    words = [word for source in (*names, "rempart") for word in ("--source", source)]
    command = [sys.executable, "-c", SILENT_NAMES, "--config", str(station.config), "--once", *words]
    ended = end_of(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))

    # then
    assert ended.end == "finished", ended.errors
    query = "SELECT DISTINCT outcome, detail FROM fetch_attempt WHERE url LIKE '%muet%' AND purpose = 'robots'"
    assert station.rows(query) == [("failed", "no name server answered within limits.dns_seconds")]
    assert station.rows("SELECT count(*) FROM source WHERE failing_since IS NOT NULL") == [(len(names),)]
    assert ended.counts["fetched"] > 5  # look-ups of others wait for no silent one: there is a thread for each host


@pytest.mark.parametrize("pause", PAUSES, ids=lambda pause: pause.asked)
def test_n8_a_host_is_paused_as_it_asks(room: BadNetwork, pause: Pause) -> None:
    """Retry-After in seconds, as a date, 0, -1, "soon" or a year: the pause is right and its URLs stay queued."""
    query = "SELECT max(at) FROM fetch_attempt WHERE outcome = 'throttled' AND url LIKE ?"
    ((answered,),) = room.station.rows(query, f"%{pause.host}:%")
    ((until, why),) = room.station.rows("SELECT paused_until, paused_why FROM host WHERE name = ?", pause.host)
    paused = datetime.fromisoformat(until) - datetime.fromisoformat(answered)
    assert abs(paused.total_seconds() - pause.seconds) < 3
    assert why.startswith(f"answered {pause.status}, Retry-After")
    query = "SELECT count(*), sum(attempts) FROM candidate WHERE outcome IS NULL AND host = ?"
    assert room.station.rows(query, pause.host) == [(len(pause.paths), 0)]


@pytest.mark.parametrize("pause", PAUSES, ids=lambda pause: pause.asked)
def test_n8_two_in_a_row_end_the_run_throttled(room: BadNetwork, pause: Pause) -> None:
    """A short pause is waited for once; a second 429 or 503, or a long pause, ends the host's run."""
    said = [one for one in room.requests if one.host == pause.host and one.status == pause.status]
    assert len(said) == pause.said
    assert room.station.rows("SELECT outcome FROM run WHERE source = ?", pause.source) == [("throttled",)]


def test_n8_a_pause_is_at_most_a_day() -> None:
    """The longest pause that a server may ask for is a day, unless the settings say otherwise."""
    assert Politeness().max_retry_after == timedelta(days=1)


@pytest.mark.parametrize(
    ("host", "wrong"),
    [
        (EXPIRED, "the certificate has expired, or does not hold yet"),
        (UNSIGNED, "nobody who is known here vouches for the certificate"),
        (MISNAMED, "the certificate is for another name"),
        (OLD, "the host speaks no version of TLS that is still safe"),
    ],
)
def test_n10_a_wrong_certificate_is_named_with_its_host_and_not_tried_again(
    room: BadNetwork, host: str, wrong: str
) -> None:
    """Expired, signed by itself, for another name, or old TLS only: `tls_failed`, asked once, said in plain words."""
    query = "SELECT outcome, detail FROM fetch_attempt WHERE purpose = 'robots' AND url LIKE ?"
    ((outcome, detail),) = room.station.rows(query, f"https://{host}:%")
    assert outcome == "tls_failed" and detail.startswith(wrong)
    why = room.why_failing(TLS_SOURCES[host])
    assert f"robots.txt of {host}: tls_failed: {wrong}" in why
    assert room.station.rows("SELECT count(*) FROM capture WHERE url LIKE ?", f"https://{host}:%") == [(0,)]


def test_n10_a_certificate_that_is_vouched_for_is_accepted(room: BadNetwork) -> None:
    """The same server with a sound certificate is read: what is refused above is refused for its fault alone."""
    query = "SELECT last_outcome FROM entry_point WHERE source = ?"
    assert room.station.rows(query, TLS_SOURCES[SOUND]) == [("read",)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_n11_robots_are_followed_whatever_their_answer(room: BadNetwork, case: RobotsCase) -> None:
    """500, 503, hang, reset close the host for this run; 403, 404, HTML open it; every encoding is read."""
    paths = {one.path for one in room.requests if one.host == case.address}
    assert paths & {"/ouvert/article", "/ferme/article"} == set(case.allowed or ())
    assert ("/feed.xml" in paths) == bool(case.allowed)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("status-500", "robots_unreachable (robots.txt of 127.0.0.20: answered 500)"),
        ("status-503", "robots_unreachable (robots.txt of 127.0.0.26: answered 503)"),
        ("hang", "robots_unreachable (robots.txt of 127.0.0.21: too_slow: longer than the limit of one request)"),
        ("reset", "robots_unreachable (robots.txt of 127.0.0.29: failed: connection closed without an answer)"),
        ("named-ban", "disallowed (robots.txt of 127.0.0.28: closed by its rules)"),
        ("private-host", "robots_unreachable (robots.txt of 127.0.0.33: refused_private: 127.0.0.1: expected a public"),
    ],
)
def test_n11_a_closed_host_says_why(room: BadNetwork, name: str, why: str) -> None:
    """The source shows whether rules closed it or rules could not be read, and how they failed."""
    assert why in room.why_failing(f"robots-{name}")


def test_n11_at_most_512_kib_are_read(room: BadNetwork) -> None:
    """Of 2 MiB the first 512 KiB count, and no more than one byte over them is kept in the catalogue."""
    ((kept,),) = room.station.rows("SELECT length(robots_body) FROM host WHERE name = '127.0.0.22'")
    assert kept == Limits().robots_bytes + 1 == 512 * 1024 + 1


def test_n11_rules_that_change_during_the_day_hold_from_the_next(station: Station) -> None:
    """One copy is kept a day; the next one closes what it forbids, and opening again asks for what was closed."""
    # given: a day on which everything is open
    open_rules, closed_rules = b"User-agent: *\nDisallow:\n", b"User-agent: *\nDisallow: /2025/\n"
    station.site.put("rempart", "/robots.txt", Response(open_rules, "text/plain"))
    station.crawl("rempart")

    # when: the rules change within the day, and new articles come
    station.site.put("rempart", "/robots.txt", Response(closed_rules, "text/plain"))
    station.site.advance("next day")
    station.crawl("rempart")
    # then: the copy of the day holds
    assert station.site.count("/robots.txt", "rempart") == 1
    assert "disallowed" not in station.outcomes().values()

    # when: the day is over
    station.execute("UPDATE host SET robots_at = ?", LONG_AGO)
    station.execute("UPDATE candidate SET outcome = NULL, next_attempt_at = NULL WHERE url LIKE '%/2025/12/%'")
    station.crawl("rempart")
    # then
    assert set(station.rows("SELECT DISTINCT outcome FROM candidate WHERE url LIKE '%/2025/12/%'")) == {("disallowed",)}


def test_n12_the_same_page_at_many_addresses_is_a_wall(room: BadNetwork) -> None:
    """A human check with status 200 at many addresses is `soft_block`: kept raw, never extracted."""
    room.say("extract")
    query = (
        "SELECT extraction_outcome, document, count(*) FROM capture WHERE url LIKE ? AND purpose = 'page' GROUP BY 1, 2"
    )
    assert room.station.rows(query, f"%{WALL}:%/wall/%") == [("soft_block", None, 4)]
    assert room.outcome_of("/article/derriere", WALL) == "fetched"
    assert room.station.rows("SELECT count(*) FROM document WHERE host = ?", WALL) == [(1,)]


def test_n12_walls_that_differ_in_a_number_make_no_document(room: BadNetwork) -> None:
    """A human check with a number of its own on each page has no equal digest: its words make it `not_an_article`.

    Decided otherwise than `soft_block` for equal titles: some unions give all their pages one title, and a rule on
    titles alone would drop their articles. What counts is kept: the raw page stays, nothing is indexed or mailed.
    """
    room.say("extract")
    query = (
        "SELECT extraction_outcome, document, count(*) FROM capture WHERE url LIKE ? AND purpose = 'page' GROUP BY 1, 2"
    )
    assert room.station.rows(query, f"%{RAYS}:%/wall/%") == [("not_an_article", None, 4)]
    assert room.station.rows("SELECT count(*) FROM document WHERE host = ?", RAYS) == [(0,)]


def test_n13_one_sigterm_ends_a_crawl_in_order(station: Station) -> None:
    """SIGTERM in a run: no new request, runs end `interrupted`, the WARC file is closed, every request has its row."""
    # given: a crawl under way that waits for a slow answer
    paths = [f"/article/{number}" for number in range(600)]
    feeds = [station.feed_of(TROUBLE, *paths[start : start + 60]) for start in range(0, len(paths), 60)]
    station.add_source("longue", TROUBLE, feeds=feeds)
    station.register()
    process = station.start("--once", "--source", "longue")
    wait_for_requests(station, 10)

    # when
    process.send_signal(signal.SIGTERM)
    ended = end_of(process, 30)

    # then
    assert (ended.status, ended.end) == (5, "interrupted"), ended.errors
    assert station.rows("SELECT DISTINCT outcome FROM run") == [("interrupted",)]
    assert station.rows("SELECT count(*) FROM warc_file WHERE state = 'open'") == [(0,)]
    assert station.rows("SELECT count(*) FROM host WHERE lease_holder IS NOT NULL") == [(0,)]
    assert station.verify().damages == ()
    # then: what was asked was recorded
    rows = station.rows("SELECT count(*) FROM fetch_attempt")
    assert rows == [(len(station.site.requests(TROUBLE)),)]


def test_n13_what_hangs_is_cut_when_the_time_to_stop_is_over(station: Station) -> None:
    """A request that hangs is cut within limits.stop_seconds and recorded `interrupted`; its URL stays queued."""
    assert Limits().stop_seconds == 90
    station.set_limits(stop_seconds=12)
    station.add_source("lente", TROUBLE, feeds=[station.feed_of(TROUBLE, "/hang")])
    station.register()
    process = station.start("--once", "--source", "lente")
    wait_for_path(station, "/hang")
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    ended = end_of(process, 30)
    assert ended.end == "interrupted", ended.errors
    assert time.monotonic() - started < 12
    # then: the request has its end, the URL stays queued without an attempt used up
    assert station.rows("SELECT outcome FROM fetch_attempt WHERE url LIKE '%/hang'") == [("interrupted",)]
    assert station.rows("SELECT outcome, attempts FROM candidate") == [(None, 0)]


def test_n13_a_second_sigterm_ends_it_at_once_and_nothing_is_lost(station: Station) -> None:
    """A second SIGTERM ends the process within a second; the archive reads back."""
    station.add_source("lente", TROUBLE, feeds=[station.feed_of(TROUBLE, "/hang", "/article/a")])
    station.register()
    process = station.start("--once", "--source", "lente")
    wait_for_path(station, "/hang")
    for _ in range(2):
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
    assert end_of(process, 10).status == 5
    assert station.verify().damages == ()
