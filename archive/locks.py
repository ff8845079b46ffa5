"""One lock file per writing stage, so that two processes never do the same work.

The lock is an flock: it dies with its holder, whatever kills it. The file names the holder for people.
"""

import contextlib
import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from archive.errors import ArchiveError, StageBusyError, WaitEndedError
from archive.layout import LOCK_FOLDER

LOOK_SECONDS = 0.2  # who asks for the holder has the lock itself for a moment: that is no holder
Stage = Literal["daemon", "crawl", "import", "extract", "project", "match", "send", "seal", "backup", "pack"]


@contextlib.contextmanager
def hold_stage(
    folder: Path, stage: Stage, *, wait: bool = False, stop: Callable[[], bool] = lambda: False
) -> Iterator[None]:
    """Hold the stage's lock for the block. Raises `StageBusyError` naming the holder, unless `wait` is set.

    Who waits does so until `stop` says so, and then gets `WaitEndedError`.
    """
    if not folder.is_dir():
        raise ArchiveError(f"{folder}: no data folder here. Run `vigie init` to make one, or check data_folder.")
    locks = folder / LOCK_FOLDER
    locks.mkdir(exist_ok=True)
    path = locks / f"{stage}.lock"
    with path.open("a+", encoding="utf-8") as file:
        patience = time.monotonic() + LOOK_SECONDS
        while not _try_lock(file.fileno()):
            if not wait and time.monotonic() > patience:
                holder = read_holder(path)
                raise StageBusyError(f"{stage}: already under way in {holder}. Wait for it, or add --wait.", holder)
            if stop():
                raise WaitEndedError(f"{stage}: stopped while waiting for {read_holder(path)}; nothing was done.")
            time.sleep(0.05)
        file.truncate(0)
        file.write(f"process {os.getpid()} ({' '.join(sys.argv)[:120]})")
        file.flush()
        yield
        file.truncate(0)


def find_holder(folder: Path, stage: Stage) -> str | None:
    """Who holds the stage's lock right now, or None."""
    path = folder / LOCK_FOLDER / f"{stage}.lock"
    if not path.exists():
        return None
    with path.open("a+", encoding="utf-8") as file:
        if _try_lock(file.fileno()):
            return None
    return read_holder(path)


def read_holder(path: Path) -> str:
    """What the holder wrote about itself."""
    return path.read_text(encoding="utf-8").strip() or "another process"


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
