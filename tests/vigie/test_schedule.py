"""The daemon's clock with its real scheduler: a digest of the night comes once, whatever clocks do that night."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, create_catalogue
from config.loading import load_valid
from config.models import Clock
from vigie import regular_work, stages
from vigie.installation import Installation
from vigie.schedule import call_soon, make_scheduler

TURN = timedelta(milliseconds=20)
STEP = timedelta(minutes=10)  # what the passed-in clock moves at each turn
PATIENCE = 60.0


@dataclass
class Night:
    """An installation with one digest at 02:30, matched by the scheduler while a passed-in clock runs fast."""

    config: Path
    catalogue: Catalogue
    now: datetime
    done: threading.Event = field(default_factory=threading.Event)

    def run_until(self, end: datetime) -> None:
        """The scheduler's own turns, each ten minutes later, until that moment."""
        installation = Installation(load_valid(self.config), clock=lambda: self.now)
        self.done.clear()

        def turn() -> None:
            regular_work.match_waiting(installation, self.catalogue, stages.never)
            self.now += STEP
            if self.now >= end:
                self.done.set()

        scheduler = make_scheduler(Clock().model_copy(update={"match_every": TURN}), {"match": turn})
        scheduler.start()
        try:
            assert self.done.wait(PATIENCE), f"the turns stand still at {self.now}"
        finally:
            scheduler.shutdown()

    def turns_made(self) -> list[str]:
        with self.catalogue.read() as transaction:
            return list(transaction.exec_driver_sql("SELECT due_at FROM digest ORDER BY id").scalars())

    def messages_made(self) -> int:
        with self.catalogue.read() as transaction:
            return int(transaction.exec_driver_sql("SELECT count(*) FROM message").scalar_one())


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    config = tmp_path / "config"
    for name in ("sources", "queries"):
        (config / name).mkdir(parents=True)
    (config / "settings.yaml").write_text("data_folder: ../data\n", encoding="utf-8")
    query = {"title": "police", "query": "police", "recipients": ["redaction@exemple.test"]}
    query |= {"schedule": "daily 02:30", "when_empty": "say_so"}
    (config / "queries" / "police.yaml").write_text(json.dumps(query), encoding="utf-8")
    with closing(create_catalogue(tmp_path / "data")) as catalogue:
        yield Night(config, catalogue, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("evening", [datetime(2026, 3, 27, 20, tzinfo=UTC), datetime(2026, 10, 23, 20, tzinfo=UTC)])
def test_a_daemon_that_was_off_makes_up_for_all_it_missed_once(night: Night, evening: datetime) -> None:
    night.now = evening
    night.run_until(evening + timedelta(hours=1))
    night.now = evening + timedelta(days=3)  # over both nights and a third one

    night.run_until(night.now + timedelta(hours=2))

    assert len(night.turns_made()) == night.messages_made() == 1


def test_a_job_is_called_now_when_it_is_asked_for() -> None:
    called = threading.Event()
    scheduler = make_scheduler(Clock().model_copy(update={"send_every": timedelta(hours=1)}), {"send": called.set})
    scheduler.start()
    try:
        assert not called.wait(0.2)
        call_soon(scheduler, "send")
        assert called.wait(10)
    finally:
        scheduler.shutdown()
