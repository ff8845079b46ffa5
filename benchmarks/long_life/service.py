"""The daemon as a service manager keeps it: started, started again when it ends, stopped in good order at the end.

Every end is noted: those that were asked for (a signal of ours) and those that were not.
"""

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.long_life.dwelling import Dwelling
from tests.processes import children_of
from vigie.exits import ExitCode

RESTART_SECONDS = 1.0
STOP_SECONDS = 60.0
STARTING_SECONDS = 30.0  # on a busy machine; later a full disk is no reason to end
# how each process below the daemon is known
ROLES = {"crawl": "crawler.run", "page": "vigie.web.server", "worker": "crawler.extraction"}
_FAULTS = re.compile(r"Traceback \(most recent call last\)|a fault of the program itself")


@dataclass
class Service:
    """One daemon at a time; `step` is called often."""

    dwelling: Dwelling
    clock: Callable[[], float]
    unasked: list[str] = field(default_factory=list)
    refused: int = 0
    """Starts on a full disk, which the daemon refuses in one sentence."""
    disk_is_full: bool = False
    starts: int = 0
    _process: "subprocess.Popen[bytes] | None" = None
    _started_at: float = 0.0
    _met_full_disk: bool = False
    _asked: signal.Signals | None = None
    _asked_at: float = 0.0
    _again_at: float = 0.0

    @property
    def pid(self) -> int | None:
        """Of the daemon, while it lives."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def step(self) -> None:
        """Note an end, start again."""
        now = self.clock()
        if self._process is not None and self._process.poll() is not None:
            self._note_end(self._process.returncode)
            self._process, self._asked, self._again_at = None, None, now + RESTART_SECONDS
        if self._process is not None and self._asked is not None and now > self._asked_at + STOP_SECONDS:
            self.unasked.append(f"the daemon did not end within {STOP_SECONDS:.0f} s of a SIGTERM")
            self.kill()
        if self._process is None and now >= self._again_at:
            with self.dwelling.log.open("ab") as log:
                self._process = subprocess.Popen(self.dwelling.words("run"), stdout=log, stderr=log, process_group=0)
            self.starts += 1
            self._started_at, self._met_full_disk = now, False
        self._met_full_disk |= self.disk_is_full

    def _note_end(self, code: int) -> None:
        starting = self.clock() - self._started_at < STARTING_SECONDS
        if code == ExitCode.unusable and starting and self._met_full_disk:
            self.refused += 1
        elif self._asked is None or code not in (0, -self._asked):
            self.unasked.append(f"the daemon ended with {code}: {self._last_words()}")

    def hit(self, number: signal.Signals, *, all_below: bool = False) -> bool:
        """Send a signal to the daemon, with everything below it or alone; false where none lives."""
        if self.pid is None or self._process is None:
            return False
        below = children_of(self.pid) if all_below else set()
        self._asked, self._asked_at = number, self.clock()
        self._process.send_signal(number)
        for pid in below:
            _signal(pid, number)
        if number == signal.SIGKILL:
            self._process.wait()
        return True

    def hit_child(self, role: str, number: signal.Signals) -> bool:
        """Send a signal to one process of that role; false where there is none."""
        found = self.find(role)
        return bool(found) and _signal(found[0], number)

    def find(self, role: str) -> list[int]:
        """The processes of a role."""
        return [pid for pid, its in self.list_roles().items() if its == role]

    def list_roles(self) -> dict[int, str]:
        """Every process of the daemon, itself included, with its role."""
        if self.pid is None:
            return {}
        return {self.pid: "daemon"} | {pid: role_of(pid) for pid in children_of(self.pid)}

    def stop(self) -> int | None:
        """One SIGTERM; the exit code, None where it had to be killed."""
        if self._process is None:
            return None
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            return None
        finally:
            self.kill()

    def kill(self) -> None:
        """Leave nobody behind."""
        if self.pid is not None:
            self.hit(signal.SIGKILL, all_below=True)

    def list_faults(self) -> list[str]:
        """Lines of the log that only a fault of the program itself can write."""
        text = self.dwelling.log.read_text(encoding="utf-8", errors="replace") if self.dwelling.log.exists() else ""
        return [line for line in text.splitlines() if _FAULTS.search(line)]

    def _last_words(self) -> str:
        lines = self.dwelling.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return lines[-1] if lines else "nothing"


def role_of(pid: int) -> str:
    """What a process is there for, by its command line."""
    with contextlib.suppress(OSError):
        line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return next((role for role, words in ROLES.items() if words in line), "other")
    return "gone"


def _signal(pid: int, number: signal.Signals) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
        return True
    return False
