"""Writers of all processes take turns: who asks first writes soon, whoever else is at work.

SQLite lets a writer that finds the lock taken sleep longer and longer, up to a tenth of a second, and whoever wakes
first has it: beside two busy writers a third one waits for seconds. Here the one that is next holds the gate, so that
none passes it, and looks every millisecond. The locks are flocks and die with their holder; SQLite's own lock is
taken all the same, so that a writer which knows nothing of turns does no harm.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

GATE, TURN = "catalogue.next", "catalogue.turn"
POLL_SECONDS = 0.001  # a transaction lasts five to fifty times as long; looking costs a few microseconds


class TurnTimeoutError(Exception):
    """Others have been writing for as long as one is willing to wait."""


class NoTurnError(Exception):
    """The lock files cannot be made: a full or read-only disk, a folder that is gone."""


@contextlib.contextmanager
def take_turn(folder: Path, seconds: float) -> Iterator[None]:
    """The turn to write for the block. `folder` holds the lock files; raises `TurnTimeoutError` and `NoTurnError`."""
    deadline = time.monotonic() + seconds
    with _open(folder / TURN) as turn:
        with _open(folder / GATE) as gate:
            _lock(gate, deadline)
            _lock(turn, deadline)
        yield


@contextlib.contextmanager
def _open(path: Path) -> Iterator[int]:
    """A handle of its own for each block: flocks belong to handles, so that threads take turns too."""
    try:
        path.parent.mkdir(exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise NoTurnError(f"{path}: {error.strerror}") from error
    try:
        yield handle
    finally:
        os.close(handle)


def _lock(handle: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TurnTimeoutError from None
            time.sleep(POLL_SECONDS)
