"""Workers that stay between two turns of the daemon, and end when nobody needs them."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from config.models import Limits, Settings
from tests.processes import children_of
from vigie.warm_workers import KEPT, WarmWorkers

NOON = datetime(2026, 4, 18, 12, tzinfo=UTC)


@pytest.fixture
def workers() -> Iterator[WarmWorkers]:
    found = WarmWorkers()
    yield found
    found.close()


def start(workers: WarmWorkers, settings: Settings) -> set[int]:
    """Give the workers a job that cannot succeed: what matters is that one was started for it."""
    before = children_of(os.getpid())
    pool = workers.take(settings, NOON)
    pool.submit("no job")
    assert len(list(pool.results())) == 1
    return children_of(os.getpid()) - before


def test_a_worker_stays_for_the_next_turn_and_ends_when_nothing_comes(workers: WarmWorkers) -> None:
    started = start(workers, Settings())

    assert len(started) == 1
    assert start(workers, Settings()) == set()
    workers.let_go(NOON + KEPT)
    assert started <= children_of(os.getpid())
    workers.let_go(NOON + KEPT + timedelta(seconds=1))
    assert not started & children_of(os.getpid())


def test_other_settings_get_other_workers(workers: WarmWorkers) -> None:
    first = start(workers, Settings())

    second = start(workers, Settings(limits=Limits(parse_seconds=5)))

    assert len(second) == 1
    assert not first & children_of(os.getpid())
