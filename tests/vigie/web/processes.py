"""The search processes of a page, found and treated as an operating system does: stopped, killed."""

import time
from collections.abc import Collection
from pathlib import Path

PATIENCE = 30.0


def find_searchers(parent: int) -> set[int]:
    """The numbers of the search processes that this process has."""
    children = {int(number) for file in Path(f"/proc/{parent}/task").glob("*/children") for number in _read(file)}
    return {child for child in children if b"vigie.web.search_child" in _read_command(child)}


def wait_for_searchers(parent: int, count: int, but: Collection[int] = ()) -> set[int]:
    """So many of them, none of `but`, as soon as they are there."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = find_searchers(parent)
        if len(found) == count and not found.intersection(but):
            return found
        time.sleep(0.05)
    raise AssertionError(f"expected {count} search processes")


def _read(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:  # the thread has ended meanwhile
        return []


def _read_command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""
