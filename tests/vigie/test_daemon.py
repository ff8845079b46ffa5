"""The daemon as a real process: it finds news by itself, stops in good order, and survives being killed."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes import children_of
from tests.site.articles import DAYS
from tests.site.expected import CHANGES
from tests.site.server import Site
from tests.vigie.program import Program

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

PATIENCE = 90.0  # for things that take seconds on an idle machine
QUICK = """
clock:
  extract_every: 1s
  project_every: 1s
  interval_bounds: [1s, 1h]
limits:
  stop_seconds: 20
"""
NEWS = next(change for change in CHANGES[DAYS[1]] if change.kind == "new" and change.publisher == "rempart")


@pytest.fixture
def quick(program: Program) -> Program:
    """An installation whose sources are visited every two seconds."""
    quicken(program)
    program.must("init")
    return program


def quicken(program: Program) -> None:
    settings = program.config / "settings.yaml"
    settings.write_text(settings.read_text() + QUICK)
    for file in (program.config / "sources").glob("*.yaml"):
        text = file.read_text().replace("  delay: 0s", "  delay: 0s\n  interval: 2s\n  interval_bounds: [2s, 2s]")
        file.write_text(text)


@contextlib.contextmanager
def daemon(program: Program) -> Iterator["subprocess.Popen[bytes]"]:
    """A running daemon; at the end of the block neither it nor a child of it is left."""
    with (program.folder / "daemon.log").open("ab") as log:
        process = subprocess.Popen(program.words("run"), stdout=log, stderr=log, process_group=0)
        try:
            yield process
        finally:
            below = children_of(process.pid)
            process.kill()
            process.wait()
            for pid in below:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def wait_for(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} s: {what}"
        time.sleep(0.5)


def find_crawl(daemon: int) -> int:
    (crawl,) = [pid for pid in children_of(daemon) if b"crawler.run" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return crawl


def is_found(program: Program, words: str) -> bool:
    done = program.run("search", words, "--json", "--limit", "1")
    return done.code == 0 and done.json["total"] > 0


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_news_becomes_searchable_by_the_clock_and_one_sigterm_stops_all(quick: Program, site: Site) -> None:
    with daemon(quick) as process:
        wait_for(lambda: is_found(quick, "obtempérer"), "the first day is searchable")
        site.advance(DAYS[1])
        wait_for(lambda: is_found(quick, f'url:"{site.url(NEWS.publisher, NEWS.path)}"'), "the next day's article")
        running = quick.must("status", "--json").json["running"]
        second, by_hand = quick.run("run"), quick.run("crawl")
        below = children_of(process.pid)

        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=30)

    assert code == 0
    assert set(running) >= {"daemon", "crawl"} and str(process.pid) in running["daemon"]
    assert second.code == by_hand.code == 3
    assert str(process.pid) in by_hand.err
    assert below and not any(is_alive(pid) for pid in below)
    assert not list((quick.data / "warc").glob("*.open"))
    assert quick.must("verify", "--json").json["damages"] == []


def test_a_killed_daemon_leaves_nobody_behind_and_goes_on(quick: Program, site: Site) -> None:
    with daemon(quick) as process:
        wait_for(lambda: bool(site.requests()), "the first request")
        below = children_of(process.pid)
        process.kill()
        process.wait()
        wait_for(lambda: not any(is_alive(pid) for pid in below), "the children notice that their parent is gone")

    with daemon(quick) as process:
        wait_for(lambda: is_found(quick, "obtempérer"), "the restarted daemon goes on")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0

    verdict = quick.must("verify", "--json").json
    assert verdict["damages"] == []
    assert verdict["captures"] > 40


def test_a_killed_crawl_child_is_replaced(quick: Program, site: Site) -> None:
    with daemon(quick) as process:
        wait_for(lambda: bool(site.requests()), "the first request")
        os.kill(find_crawl(process.pid), signal.SIGKILL)
        wait_for(lambda: is_found(quick, "obtempérer"), "a new child does the work")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def test_files_of_a_dead_child_that_cannot_be_closed_now_are_closed_later(quick: Program, site: Site) -> None:
    log = quick.folder / "daemon.log"
    in_the_way = quick.data / "warc" / "in-the-way.warc.gz.open"
    with daemon(quick) as process:
        wait_for(lambda: bool(site.requests()), "the first request")
        in_the_way.mkdir(parents=True)
        os.kill(find_crawl(process.pid), signal.SIGKILL)
        wait_for(lambda: "are not closed yet" in log.read_text(), "it says what does not work")
        in_the_way.rmdir()
        wait_for(lambda: "closed after its writer died" in log.read_text(), "the files are closed all the same")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def test_a_request_left_for_the_daemon_is_done(quick: Program, site: Site) -> None:
    with daemon(quick) as process:
        wait_for(lambda: is_found(quick, "obtempérer"), "the first day is searchable")
        left = quick.must("crawl", "ambre", "--since", "2005-01-01", "--json").json
        again = quick.must("extract", "--again", "--json").json
        wait_for(lambda: quick.must("status", "--json").json["errands"] == [], "the errands are done")
        wait_for(lambda: site.count("/archives/la-fete-des-moissons-2009.htm") == 1, "the old article is fetched")
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)

    assert left["errand"] < again["errand"]


def test_a_configuration_that_breaks_while_running_changes_nothing(quick: Program, site: Site) -> None:
    log = quick.folder / "daemon.log"
    with daemon(quick) as process:
        wait_for(lambda: bool(site.requests()), "the first request")
        source = quick.config / "sources" / "site.yaml"
        good = source.read_text()
        source.write_text(good + "- id: [")
        process.send_signal(signal.SIGHUP)
        wait_for(lambda: "last good one stays in force" in log.read_text(), "the fault is named")
        site.forget_requests()
        wait_for(lambda: bool(site.requests()), "the crawl goes on")
        source.write_text(good.replace("name: Radio Estuaire", "name: Radio Grand Estuaire"))
        process.send_signal(signal.SIGHUP)
        wait_for(lambda: log.read_text().count("configuration read") == 2, "the good one is taken")
        wait_for(lambda: is_found(quick, 'source_name:"Radio Grand Estuaire"'), "documents have their new label")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def test_a_stop_while_pages_are_being_read_waits_for_them_and_ends(quick: Program, site: Site) -> None:
    with daemon(quick) as process:
        wait_for(lambda: b"crawler.extraction" in _commands_below(process.pid), "a worker reads pages")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


def _commands_below(pid: int) -> bytes:
    commands = b""
    for child in children_of(pid):
        with contextlib.suppress(OSError):
            commands += Path(f"/proc/{child}/cmdline").read_bytes()
    return commands
