"""Hazards N2 to N7 and N9: pages that are slow, endless, cut, packed to burst, refused or redirected in circles."""

import gzip
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from archive.outcomes import Outcome
from config.models import Limits, Settings
from crawler.handlers import HEAD_SETTING
from crawler.settings import make_settings
from tests.crawler.crawling import ROOT
from tests.hazards.bad_network import CLOSED, ENDS, FIRST, SECOND, BadNetwork, make_bad_answers
from tests.site.server import Site
from tests.site.trouble import NEIGHBOURS, TROUBLE

pytestmark = pytest.mark.slow

TRIED_THREE_TIMES = 3
REDIRECTS = [path for path in ENDS if path.startswith("/redirect/")]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, running_site: Site) -> BadNetwork:
    """One crawl of a source whose feed lists every fault, and of two more."""
    return make_bad_answers(tmp_path_factory.mktemp("answers"), running_site)


@pytest.mark.parametrize("path", ENDS)
def test_n6_each_bad_answer_has_one_named_outcome(room: BadNetwork, path: str) -> None:
    """Whatever a server answers, its address ends by name or waits for the next attempt."""
    assert room.outcome_of(path) == ENDS[path]


def test_n6_nothing_ends_in_a_traceback_or_without_a_name(room: BadNetwork) -> None:
    """No fault of a server shows as a fault of ours: no traceback, one row a request, an archive that reads back."""
    assert room.ended is not None
    assert (room.ended.status, room.ended.end) == (0, "finished"), room.ended.errors
    assert "Traceback" not in room.ended.errors and "no_outcome" not in room.ended.counts
    assert room.station.rows("SELECT count(*) FROM fetch_attempt") == [(len(room.requests),)]
    names = {name for (name,) in room.station.rows("SELECT DISTINCT outcome FROM fetch_attempt")}
    assert names <= {outcome.name for outcome in Outcome}
    assert room.station.verify().damages == ()
    details = [detail for (detail,) in room.station.rows("SELECT detail FROM fetch_attempt WHERE detail IS NOT NULL")]
    assert not [detail for detail in details if "Error" in detail or "twisted" in detail]


def test_n6_three_tries_in_a_run_count_as_one_attempt(room: BadNetwork) -> None:
    """What may pass is asked three times within a run and uses up one of the five attempts of its address."""
    query = "SELECT DISTINCT attempts FROM candidate WHERE outcome IS NULL"
    assert room.station.rows(query) == [(1,)]
    assert room.attempts_at("/status/501") == [("server_error", "")]  # a server that cannot does not learn it meanwhile
    assert len(room.attempts_at("/flaky/2/x")) == 3


@pytest.mark.parametrize("path", ["/hang", "/hang-in-body", "/drip?pause=0.5"])
def test_n2_what_drips_or_hangs_ends_at_the_time_limit(room: BadNetwork, path: str) -> None:
    """A body that never ends is cut when the time of one request is over, whatever still comes."""
    assert room.attempts_at(path) == [("too_slow", "longer than the limit of one request")] * TRIED_THREE_TIMES
    assert room.captures_of(path) == []


@pytest.mark.parametrize("path", ["/grow?mib=300", "/claims-10-gib"])
def test_n2_what_is_too_large_ends_at_the_size_limit(room: BadNetwork, path: str) -> None:
    """300 MiB without a length and an announcement of 10 GiB end at the size limit, asked for once."""
    assert room.attempts_at(path) == [("too_large", "the body is larger than the limit")]
    assert room.captures_of(path) == []


def test_n2_the_limits_of_a_request_are_passed_on() -> None:
    """The defaults reach the downloader: 60 seconds a request, 16 MiB a body, 256 KiB a head."""
    limits, made = Limits(), make_settings(Settings(), {})
    assert (limits.request_seconds, limits.body_bytes, limits.head_bytes) == (60, 16 * 2**20, 256 * 2**10)
    assert made["DOWNLOAD_TIMEOUT"] == limits.request_seconds
    assert made["DOWNLOAD_MAXSIZE"] == limits.body_bytes
    assert made[HEAD_SETTING] == limits.head_bytes


@pytest.mark.parametrize("coding", ["gzip", "br", "gzip, gzip"])
def test_n3_bombs_are_refused_at_the_limit_and_not_archived(room: BadNetwork, coding: str) -> None:
    """A small answer that unpacks to 200 MiB is refused at the limit; none of its bytes are kept as a page."""
    path = f"/bomb?mib=200&coding={coding}"
    assert room.attempts_at(path) == [("too_large", "")]
    assert room.captures_of(path) == []


def test_n3_a_coding_we_do_not_speak_is_never_unpacked(room: BadNetwork) -> None:
    """zstd is not asked for and not unpacked, so a bomb in it is some small bytes: `bad_encoding`, kept as received.

    Decided otherwise than `refused at the limit`: nothing is unpacked, so no limit is met.
    """
    path = "/bomb?mib=200&coding=zstd"
    assert room.attempts_at(path) == [("bad_encoding", "")]
    ((size,),) = room.station.rows("SELECT payload_bytes FROM capture WHERE url = ?", room.address(path))
    assert size < 10_000


def test_n3_a_packed_sitemap_is_refused_at_its_own_limit_within_the_memory(tmp_path: Path, running_site: Site) -> None:
    """A gzipped sitemap of 200 MiB ends `too_large`, kept packed as it came; the crawl goes on."""
    room = BadNetwork(tmp_path, running_site)
    room.station.set_limits(child_bytes="300 MiB", sitemap_bytes="50 MiB")
    sitemap = f"http://{TROUBLE}:{running_site.port}/sitemap/bomb.xml.gz?mib=200"
    room.add("bombe", TROUBLE, "/bomb?mib=200", "/article/apres", sitemaps=[sitemap], limits={})
    ended = room.crawl("bombe")
    assert (ended.end, ended.counts["fetched"]) == ("finished", 1), ended.errors
    query = "SELECT last_outcome FROM entry_point WHERE url = ?"
    assert room.station.rows(query, sitemap) == [("too_large",)]
    assert "bomb.xml.gz" in room.why_failing("bombe")
    assert room.station.rows("SELECT count(*) FROM capture WHERE purpose = 'page' AND url LIKE '%bomb%'") == [(0,)]
    ((size,),) = room.station.rows("SELECT payload_bytes FROM capture WHERE purpose = 'sitemap'")
    assert size < 2**20


def test_n3_many_large_answers_at_once_share_the_memory(tmp_path: Path, running_site: Site) -> None:
    """Ten hosts that stop after 15 MiB each are cut to a share of the child's memory; pages beside them are read."""
    room = BadNetwork(tmp_path, running_site)
    room.station.set_limits(child_bytes="320 MiB")
    limits = {"request_seconds": 2, "run_seconds": 60}
    for number, host in enumerate(NEIGHBOURS[:10]):
        room.add(f"lourde-{number}", host, "/stall?mib=15", limits=limits)
    room.add("legere", NEIGHBOURS[10], *(f"/article/{number}" for number in range(5)), limits=limits)
    ended = room.crawl(*(f"lourde-{number}" for number in range(10)), "legere")
    assert (ended.end, ended.counts["fetched"]) == ("finished", 5), ended.errors
    ends = Counter(room.attempts_at("/stall?mib=15", host)[-1] for host in NEIGHBOURS[:10])
    assert ends["failed", "too many large answers at once"] > 0
    assert set(ends) <= {
        ("failed", "too many large answers at once"),
        ("too_slow", "longer than the limit of one request"),
    }


@pytest.mark.parametrize("path", ["/endless-headers?lines=400000", "/long-header?kib=100"])
def test_n4_a_head_without_end_is_cut(room: BadNetwork, path: str) -> None:
    """400,000 header lines and one line of 100 KB end `failed` before they fill the memory."""
    assert room.attempts_at(path) == [("failed", "the head of the answer is too long")] * TRIED_THREE_TIMES


@pytest.mark.parametrize("path", ["/short", "/cut-chunked"])
def test_n5_fewer_bytes_than_announced_are_no_page(room: BadNetwork, path: str) -> None:
    """A body shorter than its Content-Length and a cut chunked one are incomplete, retried, never kept as a page."""
    incomplete = ("failed", "incomplete: the connection ended before the body did")
    assert room.attempts_at(path) == [incomplete] * TRIED_THREE_TIMES
    assert room.captures_of(path) == []


def test_n5_a_cut_packed_body_is_kept_marked_and_not_indexed_as_whole(room: BadNetwork) -> None:
    """Half of a gzip stream is archived with a mark, and its extraction ends `truncated_body`."""
    assert room.captures_of("/cut-gzip") == [(200, "length")]
    room.say("extract")
    query = "SELECT extraction_outcome, document FROM capture WHERE url = ?"
    assert room.station.rows(query, room.address("/cut-gzip")) == [("truncated_body", None)]
    assert room.station.rows(query, room.address("/article/sain"))[0][0] == "new_document"


def test_n5_a_body_that_ends_with_the_connection_is_kept_and_the_record_says_so(room: BadNetwork) -> None:
    """Without a length nobody can tell whether the page is whole: it is kept, and its record says how it ended."""
    assert room.captures_of("/no-length") == [(200, None)]
    stored = gzip.decompress(b"".join(path.read_bytes() for path in (room.station.data / "warc").glob("*.gz")))
    said = [one for one in stored.split(b"WARC/1.1\r\n") if b"delimited: by the close of the connection" in one]
    assert len(said) == 1 and b"/no-length" in said[0]


@pytest.mark.parametrize(("path", "why"), [("/greeting", "not HTTP"), ("/two-lengths", "not proper HTTP")])
def test_n6_what_is_no_http_says_so(room: BadNetwork, path: str, why: str) -> None:
    """An SMTP greeting and two lengths that differ are named for what they are."""
    assert room.attempts_at(path) == [("failed", why)] * TRIED_THREE_TIMES


@pytest.mark.parametrize("status", [401, 402, 403, 404, 410, 451])
def test_n7_refusals_are_recorded_and_asked_once(room: BadNetwork, status: int) -> None:
    """A server's no is archived with its status and not asked for again in the run."""
    path = f"/status/{status}"
    assert room.captures_of(path) == [(status, None)]
    assert len(room.attempts_at(path)) == 1
    assert sum(one.path == path for one in room.requests) == 1


def test_n7_a_challenge_on_every_page_marks_the_source_blocked(room: BadNetwork) -> None:
    """Challenges on all pages are not worked around: each asked once, the source shows as blocked."""
    paths = [f"/wall/forbidden/{number}" for number in range(4)]
    assert {room.outcome_of(path, CLOSED) for path in paths} == {"blocked"}
    assert room.station.rows("SELECT outcome FROM run WHERE source = 'fermee'") == [("blocked",)]
    asked = [one.path for one in room.requests if one.host == CLOSED]
    assert len(asked) == len(paths) + 3  # feed, robots.txt, tdmrep.json: nothing twice
    assert "blocked" in room.say("sources", "show", "fermee")


@pytest.mark.parametrize("path", REDIRECTS)
def test_n9_each_hop_is_archived_and_has_one_end(room: BadNetwork, path: str) -> None:
    """A redirect is followed, ends as a loop or is refused; its answer is kept, however it ends."""
    (status, _), *more = room.captures_of(path)
    assert status == (200 if path == "/redirect/to-self-by-meta" else 302) and not more
    assert len(room.attempts_at(path)) == 1


def test_n9_a_chain_of_21_ends_after_five(room: BadNetwork) -> None:
    """Of 21 redirects six are asked: the first and the five that are followed."""
    assert make_settings(Settings(), {})["REDIRECT_MAX_TIMES"] == Limits().redirects == 5
    hops = room.station.rows("SELECT url FROM capture WHERE url LIKE '%/redirect/chain/%'")
    assert len(hops) == 6
    ((detail,),) = room.station.rows("SELECT detail FROM fetch_attempt WHERE url LIKE '%/redirect/chain/16'")
    assert "after 6 redirects" in detail


@pytest.mark.parametrize(("name", "article"), [("non-ascii", "caf%C3%A9"), ("utf-8", "%C3%A9t%C3%A9")])
def test_n9_a_location_with_accents_leads_where_it_says(room: BadNetwork, name: str, article: str) -> None:
    """A Location that is not ASCII is read as UTF-8 where it is that, else as Latin-1, and followed."""
    target = room.address(f"/article/{article}")
    assert room.attempts_at(f"/redirect/{name}") == [("redirected", target)]
    assert room.station.rows("SELECT status FROM capture WHERE url = ?", target) == [(200,)]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/redirect/empty", "the Location is no usable http or https URL"),
        ("/redirect/javascript", "the Location is no usable http or https URL"),
        ("/redirect/file", "the Location is no usable http or https URL"),
        ("/redirect/elsewhere", "outside every source: https://ailleurs.exemple.test/accueil"),
        ("/redirect/slashes", "outside every source: http://ailleurs.exemple.test/accueil"),
    ],
)
def test_n9_a_redirect_that_is_refused_says_where_it_led(room: BadNetwork, path: str, why: str) -> None:
    """Another registered domain, no address at all or a script are refused with the reason."""
    assert room.attempts_at(path) == [("redirect_refused", why)]
    query = "SELECT count(*) FROM fetch_attempt WHERE url LIKE '%ailleurs%' OR url LIKE '%hostname%'"
    assert room.station.rows(query) == [(0,)]


def test_n9_robots_are_asked_of_a_new_host(room: BadNetwork) -> None:
    """A redirect to another host of the source is followed, after the robots.txt of that host."""
    assert room.outcome_of("/redirect/next-host", FIRST) == "fetched"
    asked = [one.path for one in room.requests if one.host == SECOND]
    assert asked.index("/robots.txt") < asked.index("/article/next-host")


def test_n4_the_memory_of_a_child_stays_flat_under_heads_without_end(tmp_path: Path, running_site: Site) -> None:
    """Two million header lines cost a crawl no more than its own start; before, each hundred thousand took 40 MB."""
    room = BadNetwork(tmp_path, running_site)
    room.add("tetes", TROUBLE, *(f"/endless-headers?lines=2000000&n={number}" for number in range(3)))
    room.station.register()
    code = (
        "import sys, crawler.run, crawler.memory as memory\n"
        "status = crawler.run.main(sys.argv[1:])\n"
        "print(memory.peak_bytes() >> 20)\n"
        "sys.exit(status)"
    )
    words = ["--config", str(room.station.config), "--once", "--source", "tetes"]
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout.splitlines()[-1]) < 160
