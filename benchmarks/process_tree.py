"""A daemon and all below it: the memory of each process, and the processor time of all together."""

import os
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from benchmarks.long_life.service import role_of
from benchmarks.memory import find_mebibytes
from tests.processes import children_of

PARENT = "parent"


def read_processor_seconds(pid: int) -> float:
    """Of the tree, and of all that have ended in it and were waited for."""
    ticks = 0
    for one in (pid, *children_of(pid)):
        with suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


class MemoryPeaks:
    """The most that a process of each role was seen to take, in MiB (PSS)."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.by_role: dict[str, float] = defaultdict(float)

    def look(self) -> None:
        """Note what each process takes now."""
        roles = {self._pid: PARENT} | {pid: role_of(pid) for pid in children_of(self._pid)}
        for pid, role in roles.items():
            if (found := find_mebibytes(pid)) is not None:
                self.by_role[role] = max(self.by_role[role], found)
