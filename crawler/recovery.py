"""After a crash: what a dead crawl child left behind is closed, released and named, and then nothing is missing.

A child holds a lock on a file of its own for as long as it lives, whatever kills it; so who is dead is never guessed
from a process number that somebody else may have by now.
"""

import contextlib
import fcntl
import os
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from archive.catalogue import Catalogue, hosts, runs
from archive.layout import LOCK_FOLDER
from archive.store import repair_files

CHILDREN_FOLDER = "children"


@contextlib.contextmanager
def live_child(folder: Path) -> Iterator[str]:
    """The name of this crawl child, marked as alive for the block."""
    children = folder / LOCK_FOLDER / CHILDREN_FOLDER
    children.mkdir(parents=True, exist_ok=True)
    name = f"crawl-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    path = children / name
    with path.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield name
        finally:
            path.unlink(missing_ok=True)


def is_alive(folder: Path, child: str) -> bool:
    """True while the process of that name holds its lock."""
    path = folder / LOCK_FOLDER / CHILDREN_FOLDER / child
    try:
        file = path.open("r+", encoding="utf-8")
    except OSError:
        return False
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    path.unlink(missing_ok=True)
    return False


def recover(catalogue: Catalogue, clock: Callable[[], datetime]) -> list[str]:
    """Close the files, release the hosts and end the runs of dead children. One sentence for each thing done."""
    done = repair_files(catalogue, clock())
    with catalogue.read() as transaction:
        holders = {row.lease_holder for row in hosts.list_hosts(transaction) if row.lease_holder}
        children = holders | set(runs.list_open_children(transaction))
    for child in sorted(name for name in children if not is_alive(catalogue.folder, name)):
        with catalogue.write() as transaction:
            hosts.release_hosts(transaction, child)
            ended = runs.end_runs_of_child(transaction, child, "interrupted", clock())
        done.append(f"{child}: died; its hosts were released" + (f", {ended} runs ended" if ended else ""))
    return done
