"""R1 to R7: the rules that stand behind most hazards, each looked at as a whole."""

import csv
import io
import signal
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from archive.catalogue.changes import ChangeKind
from archive.outcomes import Outcome
from archive.records import Place
from archive.warc import read_record
from config.loading import load
from config.mail import Mail
from config.models import Limits, Settings
from crawler.extraction.pool import Failure
from crawler.run import EXIT_CODES
from crawler.settings import make_settings
from indexer.alerts.wording import clean, safe_link
from tests.crawler.crawling import Station, end_of, wait_for_requests
from tests.crawler.extraction.test_pool import run
from tests.hazards.archived import SOURCE, Archived
from tests.site.server import Site
from tests.site.trouble import ADDRESSES, TROUBLE
from tests.vigie.test_crawl_keeper import DEAF, Hand, hand
from vigie.exports.tables import COLUMNS
from vigie.terminal import one_line, plain
from vigie.trying_queries import limits_of

__all__ = ["hand"]

pytestmark = pytest.mark.slow

MIB = 2**20
NAMES = """
    fetched unchanged redirected gone refused blocked soft_block throttled server_error failed too_slow too_large
    tls_failed disallowed robots_unreachable refused_private redirect_loop redirect_refused bad_url interrupted
    no_outcome not_a_feed feed_truncated no_links out_of_scope excluded too_old given_up extraction_timeout
    extraction_failed quarantined image_only not_html no_text teaser suspect
"""


def test_r1_every_limit_has_its_default_in_one_place() -> None:
    """The limits that hold where nobody writes others, as they are documented."""
    limits = Limits()

    assert (limits.body_bytes, limits.sitemap_bytes, limits.request_seconds, limits.redirects) == (
        16 * MIB, 50 * MIB, 60, 5,
    )  # fmt: skip
    assert (limits.url_characters, limits.feed_entries, limits.sitemap_urls, limits.sitemap_depth) == (
        2000, 2000, 50_000, 2,
    )  # fmt: skip
    assert (limits.listing_links, limits.run_seconds, limits.parse_seconds, limits.parse_bytes) == (
        500, 1800, 20, 1024 * MIB,
    )  # fmt: skip
    assert (limits.query_characters, limits.query_levels, limits.query_clauses) == (10_000, 50, 256)
    assert (limits.retry_attempts, limits.retry_days, Mail().lines) == (5, 7, 100)


def test_r1_the_defaults_are_what_is_passed_on() -> None:
    """What the downloader and the query language are given without a word in the settings are the documented limits."""
    made = make_settings(Settings(), {})

    assert made["DOWNLOAD_MAXSIZE"] == 16 * MIB and made["DOWNLOAD_TIMEOUT"] == 60 and made["REDIRECT_MAX_TIMES"] == 5
    assert made["URLLENGTH_LIMIT"] == 2000 and made["MEMUSAGE_LIMIT_MB"] == 1024 and made["RETRY_TIMES"] == 2
    assert made["DNS_TIMEOUT"] == 15 and made["CONCURRENT_REQUESTS"] == 64
    asked = limits_of(Limits())
    assert (asked.characters, asked.levels, asked.clauses) == (10_000, 50, 256)


def test_r1_a_source_may_have_limits_of_its_own(station: Station) -> None:
    """What a source says of its limits goes before the settings; the others stay as they are."""
    station.set_limits(feed_entries=300)
    station.add_source("grande", TROUBLE, feeds=[station.feed_of(TROUBLE, "/")], limits={"body_bytes": "2 MiB"})

    loaded = load(station.config, {})

    own = loaded.settings.limits_of(loaded.sources["grande"])
    assert (own.body_bytes, own.feed_entries, own.request_seconds) == (2 * MIB, 300, 60)


@pytest.mark.parametrize("name", NAMES.split())
def test_r2_every_end_has_its_name_in_one_enumeration(name: str) -> None:
    """Every named end has its stage and one sentence for people."""
    outcome = Outcome[name]

    assert outcome.stage and outcome.sentence.endswith(".")
    assert {"removed", "restored"} <= set(get_args(ChangeKind)), "what happens to a document is a change in the log"


def test_r2_every_request_and_every_candidate_has_one_end(station: Station) -> None:
    """Redirects in circles, refusals, broken and good answers end by name, one row for each request that was made."""
    paths = [
        "/redirect/self",
        "/redirect/ring",
        "/redirect/chain/9",
        "/article/1",
        "/status/404",
        "/status/503",
        "/reset",
    ]
    station.set_limits(request_seconds=3)
    station.add_source("melee", TROUBLE, feeds=[station.feed_of(TROUBLE, *paths)])

    ended = station.crawl("melee")

    assert ended.counts.get("no_outcome", 0) == 0, ended.errors
    names = {name for (name,) in station.rows("SELECT DISTINCT outcome FROM fetch_attempt")}
    assert names <= set(Outcome.__members__) and len(names) > 3
    made = [one for one in station.site.requests(TROUBLE) if one.path != "/robots.txt"]
    ((attempts,),) = station.rows("SELECT count(*) FROM fetch_attempt WHERE url LIKE ? AND url NOT LIKE '%/robots.txt'",
                                  f"http://{TROUBLE}%")  # fmt: skip
    assert attempts == len(made), "a request without a row, or a row without a request"
    ends = {name for (name,) in station.rows("SELECT DISTINCT outcome FROM candidate WHERE outcome IS NOT NULL")}
    assert ends and all(Outcome[name].final for name in ends)
    # what a paused host still owes waits for it, and is asked for once the pause is over
    station.execute("UPDATE host SET paused_until = NULL")
    station.execute("UPDATE candidate SET next_attempt_at = NULL WHERE outcome IS NULL")
    waiting = {url for (url,) in station.rows("SELECT url FROM candidate WHERE outcome IS NULL")}
    ((last,),) = station.rows("SELECT max(id) FROM fetch_attempt")
    station.crawl("melee")
    again = {url for (url,) in station.rows("SELECT url FROM fetch_attempt WHERE id > ?", last)}
    assert waiting and waiting & again


def test_r3_no_row_points_to_bytes_that_are_not_there_yet(station: Station) -> None:
    """Whoever sees the row of a capture can read its record whole at that very moment, while the crawl goes on."""
    paths = [f"/article/{number}" for number in range(80)]
    station.add_source("suivie", TROUBLE, feeds=[station.feed_of(TROUBLE, *paths)])
    station.register()
    process = station.start("--once", "--source", "suivie")
    read, seen_while_running = 0, 0

    while process.poll() is None or seen_while_running != read:
        running = process.poll() is None
        for number, name, offset, length in station.rows(
            "SELECT id, warc_file, offset, length FROM capture WHERE id > ? ORDER BY id", read
        ):
            assert read_record(station.data / "warc", Place(name, offset, length)).payload is not None
            read = number
            seen_while_running = read if running else seen_while_running
        if not running:
            break

    assert end_of(process).end == "finished"
    assert seen_while_running > len(paths) / 4, "nothing was seen while the crawl ran"


def test_r3_every_step_can_run_twice(archived: Archived) -> None:
    """A second run of any step changes nothing that the first one made."""
    (archived.config / "queries").mkdir(exist_ok=True)
    query = "title: police\nquery: police\nrecipients: [redaction@exemple.test]\nsince: 2020-01-01\n"
    (archived.config / "queries" / "police.yaml").write_text(query, encoding="utf-8")
    for command in ("crawl --due", "extract", "index", "alerts run"):
        archived.must(*command.split())
    tables = ("capture", "extraction", "document", "version", "change", "match", "digest", "letter", "message")
    before = {table: archived.rows(f"SELECT count(*) FROM {table}") for table in tables}
    assert before["message"] != [(0,)]

    for command in ("extract", "index", "alerts run", "crawl --due"):
        archived.must(*command.split())

    assert {table: archived.rows(f"SELECT count(*) FROM {table}") for table in tables} == before


def test_r3_a_second_run_over_the_same_captures_makes_no_second_document(archived: Archived) -> None:
    """Captures that are read once more, as after a kill between reading and noting it, make nothing new."""
    before = [archived.rows(f"SELECT count(*) FROM {table}") for table in ("document", "version", "alias")]
    archived.execute("UPDATE capture SET extracted_by = NULL")

    archived.must("extract")

    assert [archived.rows(f"SELECT count(*) FROM {table}") for table in ("document", "version", "alias")] == before


@pytest.mark.parametrize("job", [("hang", 60), ("hang_in_c", 200_000)], ids=["sleep", "inside-c"])
def test_r4_what_hangs_in_a_parser_is_stopped_from_outside(job: tuple[str, Any]) -> None:
    """A job that hangs, even deep in C code, is stopped at its limit, and its neighbours are done."""
    started = time.monotonic()

    results = run(("echo", 1), job, ("echo", 2), seconds=1.0)

    assert results == {
        ("echo", 1): 1,
        job: Failure(Outcome.extraction_timeout, "stopped after 1 s"),
        ("echo", 2): 2,
    }
    assert time.monotonic() - started < 30


def test_r4_a_crawl_that_will_not_end_is_killed_at_its_limit(hand: Hand) -> None:
    """A crawl child that is deaf to signals drains beside its successor and is killed at its limit and some grace."""
    hand.let_children_be(DEAF)
    hand.look()
    old = hand.keeper.young
    assert old is not None
    limits = hand.installation.settings.limits

    hand.now += timedelta(seconds=limits.child_seconds + 1)
    hand.look()
    both = (hand.keeper.draining, hand.keeper.young)
    hand.now += timedelta(seconds=limits.stop_seconds + 20)
    hand.look()
    hand.wait_until(lambda: not old.running)
    hand.look()
    hand.keeper.stop(0, lambda: True)

    assert both[0] is old and both[1] not in (None, old)
    assert old in hand.ended


def test_r5_every_end_of_a_crawl_has_its_code(station: Station) -> None:
    """Finished, refused and interrupted crawls are told apart by their last line and their exit code."""
    assert EXIT_CODES == {"finished": 0, "retired": 0, "failed": 1, "disk_full": 4, "interrupted": 5}
    station.add_source("lente", TROUBLE, feeds=[station.feed_of(TROUBLE, "/hang", "/article/1")])
    station.set_limits(stop_seconds=2, request_seconds=20)

    refused = end_of(station.start("--once", "--source", "inconnue"))
    finished = station.crawl(SOURCE)
    station.register()
    process = station.start("--once", "--source", "lente")
    wait_for_requests(station, 2)
    process.send_signal(signal.SIGTERM)
    interrupted = end_of(process)

    assert (refused.status, refused.end) == (2, "refused")
    assert (finished.status, finished.end) == (0, "finished")
    assert (interrupted.status, interrupted.end) == (5, "interrupted"), interrupted.errors


def test_r5_an_archive_that_cannot_be_written_ends_the_crawl_as_failed(site: Site, tmp_path: Path) -> None:
    """A crawl that cannot keep what it fetches ends `failed` before it asks for more."""
    # given: something else stands where the folder of the WARC files should be
    station = Station(tmp_path, site, ADDRESSES)
    (station.data / "warc").write_text("")

    # when
    ended = station.crawl("rempart")

    # then: no fault of the publisher's, and nothing was asked that could not be kept
    assert (ended.status, ended.end) == (1, "failed"), ended.errors
    assert "warc" in ended.errors and "Traceback" not in ended.errors
    assert [one.path for one in site.requests("rempart")] == ["/robots.txt"]
    assert station.rows("SELECT count(*) FROM fetch_attempt") == [(0,)]


HOSTILE = "=1+1\x1b[31m<script>alert(1)</script>\r\nBcc: victime@exemple.test\x00\u202e\u200b\ud800"


@pytest.mark.parametrize("show", [plain, one_line, clean], ids=["terminal", "table", "mail header"])
def test_r6_no_sequence_of_a_page_acts_where_it_is_shown(show: Any) -> None:
    """A terminal, a table and the header of a mail get no control, direction or half character, and no second line."""
    shown = show(HOSTILE)

    assert not set(shown) & set("\x1b\x00\r\u202e\u200b\ud800")
    assert "\n" not in shown or show is plain
    shown.encode("utf-8")


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//exemple.test/", "https://a b/"]
)
def test_r6_only_addresses_of_the_web_become_links(link: str) -> None:
    """What may run or read something is text without a link."""
    assert safe_link(link) is None
    assert safe_link("https://exemple.test/a?b=c") == "https://exemple.test/a?b=c"


def test_r6_one_hostile_title_through_everything_that_shows_it(archived: Archived) -> None:
    """A hostile title reaches terminal, table, page of a press review and programs without doing anything there."""
    title = HOSTILE.replace("\ud800", "").replace("\x00", "")
    ((document,),) = archived.rows("SELECT id FROM document ORDER BY first_seen_at LIMIT 1")
    archived.execute("UPDATE extraction SET title = ?", title)
    archived.must("rebuild")

    shown = archived.must("search", "police").out
    assert "\x1b" not in shown and "\u202e" not in shown and "\r" not in shown
    assert title in archived.must("search", "police", "--json").json["hits"][0]["title"]
    archived.must("export", "police", "--format", "csv", "--output", str(archived.folder / "hits.csv"))
    rows = list(csv.DictReader(io.StringIO((archived.folder / "hits.csv").read_text(encoding="utf-8-sig"))))
    assert rows and all(not row["title"].startswith("=") for row in rows) and set(rows[0]) <= set(COLUMNS)
    archived.must("export", "police", "--format", "review-html", "--output", str(archived.folder / "hits.html"))
    assert "<script>alert(1)" not in (archived.folder / "hits.html").read_text(encoding="utf-8")
    assert "\x1b" not in archived.must("show", document).out


@pytest.fixture
def told(archived: Archived) -> Archived:
    """An archive of which a saved query has told."""
    (archived.config / "queries").mkdir(exist_ok=True)
    query = "title: police\nquery: police\nrecipients: [un@exemple.test, deux@exemple.test]\nsince: 2020-01-01\n"
    (archived.config / "queries" / "police.yaml").write_text(query, encoding="utf-8")
    archived.must("alerts", "run")
    return archived


def test_r7_one_match_a_version_and_one_message_a_recipient(told: Archived) -> None:
    """However often it is matched and sent, a version matches a query once and a digest goes once to each recipient."""
    counts = ("SELECT count(*), count(DISTINCT query || document || version) FROM match",
              "SELECT count(*), count(DISTINCT digest || recipient) FROM message")  # fmt: skip
    before = [told.rows(query) for query in counts]
    assert all(one == other > 0 for ((one, other),) in before)

    told.execute("UPDATE source_facts SET name = name")
    told.must("rebuild")
    told.must("alerts", "run")

    assert [told.rows(query) for query in counts] == before
    mails = list((told.data / "mail").rglob("*.eml"))
    assert len(mails) == before[1][0][0]


def test_r7_a_version_is_matched_by_its_number_and_never_by_its_date(told: Archived) -> None:
    """An article whose date lies years back is matched as soon as its change is read, once."""
    told.site.advance("next day")
    ((last,),) = told.rows("SELECT max(seq) FROM change")
    told.must("crawl", SOURCE)
    told.must("extract")
    told.execute("UPDATE change SET at = '1999-01-01T00:00:00.000000Z' WHERE seq > ?", last)
    told.execute("UPDATE extraction SET published_at = '1998-01-01T00:00:00.000000Z' "
                 "WHERE id IN (SELECT extraction FROM change WHERE seq > ?)", last)  # fmt: skip

    told.must("alerts", "run")

    new = "SELECT count(*) FROM match WHERE seq > ?"
    assert told.rows(new, last)[0][0] > 0
    before = told.rows(new, last)
    told.must("alerts", "run")
    assert told.rows(new, last) == before


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO match SELECT * FROM match LIMIT 1",
        "INSERT INTO message (digest, letter, recipient, queries, message_id, state, made_at, attempts, uncertain) "
        "SELECT digest, letter, recipient, queries, 'other', state, made_at, 0, 0 FROM message LIMIT 1",
    ],
)
def test_r7_the_catalogue_itself_refuses_a_second_one(told: Archived, statement: str) -> None:
    """Not even a faulty program can note a match or a message twice."""
    with pytest.raises(Exception, match="UNIQUE constraint failed"):
        told.execute(statement)
