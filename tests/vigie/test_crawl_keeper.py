"""The keeper of crawl children, with real processes that behave badly."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.loading import load_valid
from tests.site.configuration import write_configuration
from vigie import crawl_child
from vigie.crawl_child import CrawlChild, CrawlRequest
from vigie.crawl_keeper import FIRST_PAUSE, CrawlKeeper
from vigie.installation import Installation

FAILS = "import sys; sys.exit(1)"
RETIRES = """print('{"end": "retired", "counts": {"fetched": 3}}')"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"


@dataclass
class Hand:
    """A clock that is set by hand, a keeper on it, and what its children are."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    now: datetime = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    ended: list[CrawlChild] = field(default_factory=list)

    def __post_init__(self) -> None:
        loaded = load_valid(write_configuration(self.folder / "config", 8137))
        limits = loaded.settings.limits.model_copy(update={"stop_seconds": 1, "free_space_bytes": 1})
        settings = loaded.settings.model_copy(update={"limits": limits})
        (self.folder / "data").mkdir()
        self.installation = Installation(type(loaded)(loaded.folder, settings, loaded.sources), lambda: self.now)
        self.keeper = CrawlKeeper(lambda: self.installation, self.ended.append)

    def let_children_be(self, program: str) -> None:
        words = [sys.executable, "-c", program]
        self.monkeypatch.setattr(crawl_child.CrawlRequest, "arguments", lambda request, folder: words)

    def look(self) -> None:
        self.keeper.look(self.installation)

    def wait_until(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not true():
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.fixture
def hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hand:
    return Hand(tmp_path, monkeypatch)


def run_one_to_its_end(hand: Hand) -> None:
    hand.look()
    young = hand.keeper.young
    assert young is not None
    hand.wait_until(lambda: not young.running)
    hand.look()


def test_after_a_bad_end_the_pause_doubles_and_a_good_end_forgets_it(hand: Hand) -> None:
    hand.let_children_be(FAILS)
    pauses = []
    for _ in range(3):
        run_one_to_its_end(hand)
        pauses.append(hand.keeper.pause)
        hand.look()
        assert hand.keeper.young is None, "started again within the pause"
        hand.now += hand.keeper.pause
    hand.let_children_be(RETIRES)
    hand.look()
    young = hand.keeper.young
    assert young is not None
    hand.wait_until(lambda: not young.running)
    hand.let_children_be(DEAF)
    hand.look()
    successor = hand.keeper.young
    hand.keeper.stop(0, lambda: True)

    assert pauses == [FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4]
    assert hand.keeper.pause == timedelta(0)
    assert successor is not None and successor is not young


def test_a_child_that_worked_before_its_bad_end_is_followed_soon(hand: Hand) -> None:
    # given: a pause that has grown
    hand.let_children_be(FAILS)
    for _ in range(3):
        run_one_to_its_end(hand)
        hand.now += hand.keeper.pause

    # when: the next child works for longer than that, and is killed
    hand.let_children_be(DEAF)
    hand.look()
    child = hand.keeper.young
    assert child is not None
    hand.now += FIRST_PAUSE * 5
    child.kill()
    hand.wait_until(lambda: not child.running)
    hand.look()

    # then
    assert hand.keeper.pause == FIRST_PAUSE


def test_a_crawl_begins_soon_after_there_is_room_again_however_long_there_was_none(
    hand: Hand, caplog: pytest.LogCaptureFixture
) -> None:
    # given
    hand.let_children_be(DEAF)
    roomy = hand.installation
    limits = roomy.settings.limits.model_copy(update={"free_space_bytes": 1 << 60})
    settings = roomy.settings.model_copy(update={"limits": limits})
    hand.installation = Installation(
        type(roomy.loaded)(roomy.loaded.folder, settings, roomy.loaded.sources), roomy.clock
    )
    for _ in range(20):
        hand.look()
        assert hand.keeper.young is None
        hand.now += settings.clock.crawl_every

    # when
    hand.installation = roomy
    hand.look()
    started = hand.keeper.young
    hand.keeper.stop(0, lambda: True)

    # then
    assert started is not None
    assert len(caplog.messages) == len(set(caplog.messages)), "the same complaint was made twice"


def test_stopping_waits_no_longer_than_its_limit_and_leaves_nobody(hand: Hand) -> None:
    hand.let_children_be(DEAF)
    hand.look()
    child = hand.keeper.young
    assert child is not None
    time.sleep(0.5)  # until it is deaf
    began = time.monotonic()

    hand.keeper.stop(1.0, lambda: False)

    assert time.monotonic() - began < 10
    assert not child.running


def test_without_a_contact_nothing_is_started(hand: Hand) -> None:
    settings = hand.installation.settings.model_copy(update={"private_hosts": ()})
    hand.installation = Installation(
        type(hand.installation.loaded)(hand.folder, settings, hand.installation.sources), lambda: hand.now
    )

    hand.look()

    assert hand.keeper.young is None
    assert "contact" in hand.keeper.complaint


def test_a_crawl_gives_way_to_whoever_reads(hand: Hand) -> None:
    hand.let_children_be(RETIRES)
    child = CrawlChild(hand.installation.loaded, CrawlRequest(), hand.now, None)

    steps = os.getpriority(os.PRIO_PROCESS, child.pid) - os.getpriority(os.PRIO_PROCESS, 0)

    assert steps == 5
    assert child.wait(30) is not None


def test_what_a_child_says_last_is_its_end(hand: Hand) -> None:
    hand.let_children_be(RETIRES)
    child = CrawlChild(hand.installation.loaded, CrawlRequest(), hand.now, None)

    end = child.wait(30)

    assert end is not None
    assert (end.name, end.status, dict(end.counts)) == ("retired", 0, {"fetched": 3})


def test_a_fault_after_a_child_s_end_is_the_one_that_is_told(hand: Hand) -> None:
    # given: what is done after a child cannot be done
    def fail(child: CrawlChild) -> None:
        raise OSError("no room")

    hand.let_children_be(FAILS)
    hand.keeper.after = fail

    with pytest.raises(OSError, match="no room"):
        run_one_to_its_end(hand)

    # then the keeper still knows the child and its end
    hand.keeper.after = hand.ended.append
    hand.keeper.stop(0, lambda: True)
    assert [child.running for child in hand.ended] == [False]
