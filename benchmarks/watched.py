"""A process from its start to its end, with all that it starts: time, processor time, and the most memory it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

from benchmarks.memory import find_mebibytes
from benchmarks.processes import run_program
from tests.processes import children_of

SAMPLE_SECONDS = 0.1


@dataclass(frozen=True)
class Watched:
    """How it went; memory is the largest sum over the process and those below it, each by its share (PSS)."""

    seconds: float
    cpu_seconds: float
    peak_mebibytes: float
    said: dict[str, Any]


@contextmanager
def _sample_memory(pid: int, sums: list[float]) -> Iterator[None]:
    """Within, the memory of a process and of all below it is added to `sums` again and again."""
    over = Event()

    def look() -> None:
        while not over.wait(SAMPLE_SECONDS):
            sums.append(sum(find_mebibytes(one) or 0.0 for one in (pid, *children_of(pid))))

    thread = Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def run_watched(module: str, *arguments: str, log: Path) -> Watched:
    """Run a Python module to its end; `said` is the last line that it printed where that is JSON."""
    began, peaks = time.monotonic(), [0.0]
    spent = run_program(
        sys.executable, "-m", module, *arguments, log=log, beside=lambda pid: _sample_memory(pid, peaks)
    )
    return Watched(time.monotonic() - began, spent.cpu_seconds, max(peaks), spent.said)
