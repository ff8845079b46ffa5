"""What goes wrong beside the site: processes are killed, the disk fills, servers stop, the index cannot be read.

Each fault comes by chance from a seed and, where it lasts, ends by itself after some seconds; `mend` ends all.
"""

import errno
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from benchmarks.long_life.dwelling import Dwelling
from benchmarks.long_life.postmaster import Postmaster
from benchmarks.long_life.service import Service

LASTS_SECONDS = (4.0, 15.0)
PAUSE_SECONDS = (4.0, 16.0)  # between the beginnings of two faults
LEFT_FREE = 48 * 1024  # of a full disk: some writes still fit, so that each kind of write meets the end once
WEIGHTS = {
    "kill_daemon": 3, "kill_everything": 2, "stop_daemon": 2, "kill_crawl": 3, "stop_crawl": 1, "kill_worker": 3,
    "kill_page": 1, "fill_disk": 3, "stop_mail": 3, "close_index": 2, "stop_search": 2,
}  # fmt: skip
ON_THE_DAEMON = frozenset({"kill_daemon", "kill_everything", "stop_daemon"})


class SearchNode(Protocol):
    """A search server that can be killed and started again on its data."""

    def start(self) -> None: ...
    def kill(self) -> None: ...


class Faults:
    """Does what is due at each `step`."""

    def __init__(
        self, dwelling: Dwelling, service: Service, postmaster: Postmaster, seed: int, *,
        pause: tuple[float, float] = PAUSE_SECONDS, node: SearchNode | None = None,
    ) -> None:  # fmt: skip
        self._dwelling = dwelling
        self._service = service
        self._postmaster = postmaster
        self._node = node
        self._chance = random.Random(seed)
        self._pause = pause
        self._next = 0.0
        self._lasting: dict[str, tuple[float, Callable[[], None]]] = {}
        self.counts: Counter[str] = Counter()
        self.left_out = self._find_left_out()

    def step(self, now: float, *, spare_the_daemon: bool) -> None:
        """End what has lasted long enough, begin what is due."""
        self._end(now)
        if now < self._next:
            return
        self._next = now + self._chance.uniform(*self._pause)
        barred = self.left_out.keys() | self._lasting.keys() | (ON_THE_DAEMON if spare_the_daemon else set())
        names = [name for name in WEIGHTS if name not in barred]
        (name,) = self._chance.choices(names, [WEIGHTS[one] for one in names])
        if self._begin(name, now):
            self.counts[name] += 1

    def mend(self) -> None:
        """End everything that lasts."""
        self._end(float("inf"))

    def _find_left_out(self) -> Mapping[str, str]:
        """Faults that cannot be produced here, each with its reason."""
        found = {}
        if not self._dwelling.disk_is_own:
            found["fill_disk"] = "no file system of our own can be mounted here"
        if self._node is None:
            found["stop_search"] = "no search server was asked for (NODE=1)"
        else:
            found["close_index"] = "the index lies on the search server"
        if not self._dwelling.permissions_bind:
            found["close_index"] = "permissions do not bind this user and setpriv is missing"
        return found

    def _begin(self, name: str, now: float) -> bool:
        quick: dict[str, Callable[[], bool]] = {
            "kill_daemon": lambda: self._service.hit(signal.SIGKILL),
            "kill_everything": lambda: self._service.hit(signal.SIGKILL, all_below=True),
            "stop_daemon": lambda: self._service.hit(signal.SIGTERM),
            "kill_crawl": lambda: self._service.hit_child("crawl", signal.SIGKILL),
            "stop_crawl": lambda: self._service.hit_child("crawl", signal.SIGTERM),
            "kill_worker": lambda: self._service.hit_child("worker", signal.SIGKILL),
            "kill_page": lambda: self._service.hit_child("page", signal.SIGKILL),
        }
        if name in quick:
            return quick[name]()
        lasting: dict[str, Callable[[], Callable[[], None] | None]] = {
            "fill_disk": self._fill_disk,
            "stop_mail": self._stop_mail,
            "close_index": self._close_index,
            "stop_search": self._stop_search,
        }
        undo = lasting[name]()
        if undo is None:
            return False
        self._lasting[name] = (now + self._chance.uniform(*LASTS_SECONDS), undo)
        return True

    def _end(self, now: float) -> None:
        for name in [name for name, (until, _) in self._lasting.items() if until <= now]:
            self._lasting.pop(name)[1]()

    def _fill_disk(self) -> Callable[[], None]:
        ballast = self._dwelling.disk / "ballast"
        fill(ballast, LEFT_FREE)
        self._service.disk_is_full = True
        return lambda: self._free_disk(ballast)

    def _free_disk(self, ballast: Path) -> None:
        ballast.unlink()
        self._service.disk_is_full = False

    def _stop_mail(self) -> Callable[[], None]:
        self._postmaster.close()
        return self._postmaster.open

    def _close_index(self) -> Callable[[], None] | None:
        folder = self._dwelling.data / "index"
        if not folder.exists():
            return None
        mode = folder.stat().st_mode & 0o7777
        folder.chmod(0)
        return lambda: folder.chmod(mode)

    def _stop_search(self) -> Callable[[], None]:
        assert self._node is not None
        self._node.kill()
        return self._node.start


def fill(ballast: Path, left_free: int) -> None:
    """Take what is free on the disk of `ballast`, less about `left_free` bytes, whoever else writes meanwhile."""
    room = os.statvfs(ballast.parent)
    size = room.f_bavail * room.f_frsize - left_free
    with ballast.open("wb") as file:
        while size > 0:
            try:
                os.posix_fallocate(file.fileno(), 0, size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size -= left_free
            else:
                return
