"""Memory and open files of the daemon over a long run: flat, or growing?

Memory is the share that each process has of its pages (PSS). The second quarter of the run is compared with the last
one, by medians; only the parent is judged, since its children are replaced by age.
"""

import statistics
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.memory import find_mebibytes

GROWTH = 1.10


@dataclass(frozen=True)
class Sample:
    """The daemon at one moment: its own memory and files, and the memory of all its processes."""

    parent_mib: float
    parent_files: int
    all_mib: float


@dataclass(frozen=True)
class Trend:
    """One figure in the second quarter and in the last one."""

    name: str
    early: float
    late: float

    @property
    def is_flat(self) -> bool:
        """Whether it grew by no more than a tenth."""
        return self.late <= GROWTH * self.early


def take_sample(roles: Mapping[int, str]) -> Sample | None:
    """Look at every process; None where the daemon is not there."""
    memory = {pid: found for pid in roles if (found := find_mebibytes(pid)) is not None}
    parent = next((pid for pid, role in roles.items() if role == "daemon"), None)
    if parent not in memory:
        return None
    with suppress(OSError):
        files = len(list(Path(f"/proc/{parent}/fd").iterdir()))
        return Sample(memory[parent], files, sum(memory.values()))
    return None


def compare(samples: list[Sample]) -> list[Trend]:
    """The trends of the whole run; empty where there are too few samples to say anything."""
    quarter = len(samples) // 4
    if not quarter:
        return []
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]
    names = {
        "parent_mib": "memory of the daemon, MiB", "parent_files": "open files of the daemon",
        "all_mib": "memory of all processes, MiB",
    }  # fmt: skip
    return [
        Trend(said, *(statistics.median(getattr(one, name) for one in part) for part in (early, late)))
        for name, said in names.items()
    ]
