"""Writers take turns: none is passed by one that was just at work, and the dead hold nobody up."""

import fcntl
import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, create_catalogue
from archive.catalogue.turns import GATE, TurnTimeoutError, take_turn
from archive.errors import CatalogueError

PATIENCE = 20.0


def wait_until_somebody_is_next(folder: Path) -> None:
    with (folder / GATE).open("a") as gate:
        while True:
            try:
                fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            fcntl.flock(gate, fcntl.LOCK_UN)
            time.sleep(0.001)


def test_whoever_waits_comes_before_one_that_has_just_written(tmp_path: Path) -> None:
    for _ in range(50):
        order: list[str] = []

        def wait(order: list[str] = order) -> None:
            with take_turn(tmp_path, PATIENCE):
                order.append("the one that waited")

        with take_turn(tmp_path, PATIENCE):
            waiting = threading.Thread(target=wait)
            waiting.start()
            wait_until_somebody_is_next(tmp_path)
            order.append("first")
        with take_turn(tmp_path, PATIENCE):
            order.append("first again")
        waiting.join()
        assert order == ["first", "the one that waited", "first again"]


def hold_for_ever(folder: Path, entered: str) -> None:
    with take_turn(folder, PATIENCE):
        Path(entered).touch()
        time.sleep(600)


def test_a_killed_writer_gives_its_turn_back(tmp_path: Path) -> None:
    entered = tmp_path / "entered"
    holder = multiprocessing.get_context("spawn").Process(target=hold_for_ever, args=(tmp_path, str(entered)))
    holder.start()
    while not entered.exists():
        time.sleep(0.01)
    with pytest.raises(TurnTimeoutError), take_turn(tmp_path, 0.05):
        pass
    assert holder.pid is not None
    os.kill(holder.pid, signal.SIGKILL)
    holder.join()
    with take_turn(tmp_path, PATIENCE):
        pass


def test_who_waits_in_vain_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue: Catalogue = create_catalogue(tmp_path)
    monkeypatch.setattr("archive.catalogue.catalogue.BUSY_SECONDS", 0.05)
    with (
        catalogue.write(),
        pytest.raises(CatalogueError, match="another process has been writing for"),
        catalogue.write(),
    ):
        pass
    catalogue.close()


def test_a_block_that_raises_gives_the_turn_back(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), take_turn(tmp_path, PATIENCE):
        raise ZeroDivisionError
    with take_turn(tmp_path, 0.05):
        pass
