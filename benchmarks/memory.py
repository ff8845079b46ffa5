"""What a process takes of memory."""

from contextlib import suppress
from pathlib import Path


def read_mebibytes(pid: int) -> float:
    """Its share of the pages that others use too (PSS), in MiB. Raises `OSError` or `ValueError` where it is gone."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    (line,) = [line for line in rollup.splitlines() if line.startswith("Pss:")]
    return int(line.split()[1]) / 1024


def find_mebibytes(pid: int) -> float | None:
    """The same; None where the process is gone."""
    with suppress(OSError, ValueError):
        return read_mebibytes(pid)
    return None
