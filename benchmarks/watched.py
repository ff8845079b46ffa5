"""A process from its start to its end, with all that it starts: time, processor time, and the most memory it took."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

from benchmarks.memory import read_mebibytes

SAMPLE_SECONDS = 0.1


@dataclass(frozen=True)
class Watched:
    """How it went; memory is the largest sum over the process and those below it, each by its share (PSS)."""

    seconds: float
    cpu_seconds: float
    peak_mebibytes: float
    said: dict[str, Any]


class _Sampler(Thread):
    """Looks at the memory of a process and of all below it until it is told to end."""

    def __init__(self, pid: int) -> None:
        super().__init__()
        self.peak = 0.0
        self._pid = pid
        self._over = Event()

    def run(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, sum(_read_or_nothing(pid) for pid in list_family(self._pid)))

    def end(self) -> None:
        """Take no more samples."""
        self._over.set()
        self.join()


def run_watched(module: str, *arguments: str, log: Path) -> Watched:
    """Run a Python module to its end; `said` is the last line that it printed where that is JSON."""
    began = time.monotonic()
    with log.open("ab") as errors:
        words = [sys.executable, "-m", module, *arguments]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=errors)
        sampler = _Sampler(process.pid)
        sampler.start()
        assert process.stdout is not None
        lines = process.stdout.read().decode().splitlines()
        sampler.end()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{module} {' '.join(arguments)} ended with {process.returncode}; see {log}")
    said = next((line for line in reversed(lines) if line.startswith("{")), "{}")
    return Watched(time.monotonic() - began, used.ru_utime + used.ru_stime, sampler.peak, json.loads(said))


def list_family(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in listed.read_text().split():
                yield from list_family(int(child))


def _read_or_nothing(pid: int) -> float:
    """The memory of a process; nothing where it ended meanwhile."""
    with suppress(OSError, ValueError):
        return read_mebibytes(pid)
    return 0.0
