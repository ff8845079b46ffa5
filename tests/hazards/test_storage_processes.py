"""S2, S9 and S10: processes that are killed or meet one another, and clocks that jump."""

import contextlib
import fcntl
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.catalogue import changes, create_catalogue, open_catalogue, utc_now
from archive.locks import Stage, hold_stage
from archive.warc import WarcWriter
from config.loading import load_valid
from config.models import Clock
from tests.crawler.crawling import Station, end_of, wait_for_requests
from tests.hazards.archived import SOURCE, Archived
from tests.site.trouble import TROUBLE
from tests.vigie.test_daemon import daemon, wait_for
from tests.vigie.test_schedule import Night, night
from vigie import regular_work, stages
from vigie.clock_watch import ClockWatch, find_lag
from vigie.installation import Installation
from vigie.schedule import make_scheduler

__all__ = ["night"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

KILLS = int(os.environ.get("VIGIE_KILLS", "6"))
ARTICLES_A_KILL = 60
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_s2_a_crawl_killed_at_any_moment(station: Station) -> None:
    """A crawl that is killed again and again loses no captured page and repeats at most what was under way."""
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


@pytest.mark.parametrize("stage", ["extract", "index"])
def test_s2_a_stage_killed_at_any_moment(archived: Archived, stage: str) -> None:
    """Extraction and indexing that are killed again and again end as if nobody had killed them."""
    tables = ("document", "version", "extraction", "change")
    if stage == "extract":
        archived.execute("UPDATE capture SET extracted_by = NULL")
    else:
        archived.execute("UPDATE watermark SET seq = 0")
    before = [archived.rows(f"SELECT count(*) FROM {table}") for table in tables]
    chance = random.Random(20251125)

    for _ in range(3):
        process = subprocess.Popen(archived.words(stage), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.4, 1.6))
        process.kill()
        process.wait()
    archived.must("extract")
    archived.must("index")

    assert [archived.rows(f"SELECT count(*) FROM {table}") for table in tables] == before
    assert archived.rows("SELECT count(*) FROM capture WHERE extracted_by IS NULL") == [(0,)]
    archived.must("index", "check")


@contextlib.contextmanager
def held(archived: Archived, *names: Stage) -> Iterator[str]:
    """Locks held by a living process, this one."""
    with contextlib.ExitStack() as stack:
        for name in names:
            stack.enter_context(hold_stage(archived.data, name))
        yield f"process {os.getpid()} ("


def test_s9_a_second_daemon_leaves_at_once(archived: Archived) -> None:
    """A second daemon exits at once with code 3, naming the first by its number."""
    log = archived.folder / "daemon.log"
    with daemon(archived) as first:
        wait_for(lambda: "crawl child" in log.read_text(), "the daemon is at work")

        for command in ("run", "crawl"):
            assert f"already under way in process {first.pid} (" in archived.refuse(command, code=3)


@pytest.mark.parametrize(
    ("stage", "command"),
    [("crawl", "crawl"), ("extract", "extract"), ("project", "index"), ("match", "alerts run"), ("import", "import")],
)
def test_s9_a_stage_that_is_held(archived: Archived, stage: Stage, command: str) -> None:
    """A stage that is under way elsewhere is refused with code 3 and the holder's number; readers need no lock."""
    files = [str(next(archived.warc.iterdir()))] if stage == "import" else []
    with held(archived, stage) as holder:
        said = archived.refuse(*command.split(), *files, code=3)

        assert f"{stage}: already under way in {holder}" in said and "--wait" in said
        if stage == "project":
            assert archived.found() > 0
            assert holder in archived.must("status").out


def test_s9_who_waits_has_its_turn(archived: Archived) -> None:
    """With `--wait` a command begins as soon as the other one ended."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(held(archived, "extract"))
        release = threading.Timer(3, stack.pop_all().close)
        release.start()
        began = time.monotonic()

        archived.must("extract", "--wait")

    assert time.monotonic() - began > 2.5
    release.join()


def test_s9_beside_a_daemon_a_request_is_left(archived: Archived) -> None:
    """`crawl --since` and `extract --again` beside a daemon leave their request with it."""
    with held(archived, "daemon", "crawl") as holder:
        for command in (("crawl", SOURCE, "--since", "2025-01-01"), ("extract", "--again")):
            assert f"Left with the running daemon, {holder}" in archived.must(*command).out

    assert archived.rows("SELECT kind FROM errand WHERE done_at IS NULL ORDER BY id") == [
        ("crawl_since",),
        ("extract_again",),
    ]


def test_s9_a_dead_holder_blocks_nobody(archived: Archived) -> None:
    """A lock dies with the process that held it, whatever killed it."""
    code = "import sys, time; from pathlib import Path; from archive.locks import Stage, hold_stage\n"
    code += "with hold_stage(Path(sys.argv[1]), 'extract'): print('held', flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", code, str(archived.data)], stdout=subprocess.PIPE)
    assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
    archived.refuse("extract", code=3)

    holder.kill()
    holder.communicate()

    archived.must("extract")


def test_s9_the_engines_own_lock_is_never_shown_raw(archived: Archived) -> None:
    """Where somebody else writes the index, it is said in our words, with code 3."""
    archived.execute("UPDATE watermark SET seq = 0")
    archived.site.advance("next day")
    for command in ("crawl", "extract"):
        archived.must(command)
    with (archived.generation / ".tantivy-writer.lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        said = archived.refuse("index", code=3)

    assert said == "Another process is writing the search index; wait for it or stop it."
    archived.must("index")


CLOCKS = (
    timedelta(),
    timedelta(hours=3),  # ahead
    timedelta(hours=2),  # an hour back
    datetime(1970, 1, 1, tzinfo=UTC) - NOW,  # at boot, before a time server answers
    timedelta(minutes=1),
)


def test_s10_numbers_keep_their_order_whatever_the_clock_says(tmp_path: Path) -> None:
    """The log's numbers rise in the order of commits while the clock goes ahead, back and to 1970."""
    with contextlib.closing(create_catalogue(tmp_path)) as catalogue:
        for number, offset in enumerate(CLOCKS):
            with catalogue.write() as transaction:
                changes.append_change(transaction, "new", f"d{number}", at=NOW + offset, via="live")
        with catalogue.read() as transaction:
            log = changes.read_changes(transaction, after=0, limit=10)

    assert [one.document for one in log] == [f"d{number}" for number in range(len(CLOCKS))]
    assert [one.seq for one in log] == sorted(one.seq for one in log)


def test_s10_names_of_files_stay_unique(tmp_path: Path) -> None:
    """Files that are begun at one and the same moment of the clock have different names."""
    writers = [WarcWriter(tmp_path, software="Vigie/essai", operator=None, now=NOW) for _ in range(20)]

    assert len({writer.close().name for writer in writers}) == len(list(tmp_path.iterdir())) == 20


@pytest.mark.parametrize("ahead", [timedelta(hours=3), timedelta(days=5)])
def test_s10_a_clock_that_was_ahead_doubles_no_digest_and_loses_none(night: Night, ahead: timedelta) -> None:
    """A digest made by a clock that was ahead is not made again, and those of the days it jumped over come."""
    installation = Installation(load_valid(night.config), clock=lambda: night.now)
    hours = (NOW + timedelta(hours=hour) for hour in range(1, 130))
    for night.now in (NOW, NOW + ahead, NOW - timedelta(hours=1), *hours):
        regular_work.match_waiting(installation, night.catalogue, stages.never)

    days = sorted(turn[:10] for turn in night.turns_made())

    assert days == [f"2026-03-0{day}" for day in range(3, 8)]
    assert night.messages_made() == len(days)


def test_s10_a_clock_that_jumps_is_said() -> None:
    """A clock that goes ahead, back or to 1970 is one warning each; one that is merely corrected is none."""
    wall, steady = [NOW], [0.0]
    watch = ClockWatch(lambda: wall[0], lambda: steady[0])
    said = []
    for jump in (
        timedelta(seconds=20),
        timedelta(hours=3),
        timedelta(hours=-1),
        datetime(1970, 1, 1, tzinfo=UTC) - NOW,
    ):
        wall[0] += timedelta(seconds=5) + jump
        steady[0] += 5
        said.append(watch.look())

    assert said[0] is None
    assert said[1] is not None and "went ahead by 3 h" in said[1]
    assert said[2] is not None and "went back by 60 min" in said[2]
    assert said[3] is not None and "went back by 20514 days" in said[3]


def test_s10_a_clock_before_the_archive_is_said_at_start(archived: Archived) -> None:
    """A daemon that starts with a clock before the newest entry of the archive says so and works all the same."""
    with contextlib.closing(open_catalogue(archived.data)) as catalogue:
        assert find_lag(catalogue, utc_now()) is None
        said = find_lag(catalogue, datetime(1970, 1, 1, tzinfo=UTC))
    assert said is not None and "says 1970-01-01 00:00 UTC" in said and said.endswith("Is it set?")
    archived.execute("UPDATE change SET at = '2099-01-01T00:00:00.000000Z' WHERE seq = (SELECT max(seq) FROM change)")

    log = archived.folder / "daemon.log"
    with daemon(archived):
        wait_for(lambda: "crawl child" in log.read_text(), "the daemon is at work")

    assert "before what was recorded last (2099-01-01 00:00 UTC)" in log.read_text()


def test_s10_a_late_turn_is_no_lost_turn() -> None:
    """A job that is late is not dropped, several missed turns become one, and no job runs twice at once."""
    scheduler = make_scheduler(Clock(), {"match": stages.never})

    (job,) = scheduler.get_jobs()
    assert job.id == "match" and Clock().misfire >= timedelta(minutes=1)
    assert scheduler._job_defaults == {
        "misfire_grace_time": Clock().misfire.total_seconds(),
        "coalesce": True,
        "max_instances": 1,
    }
