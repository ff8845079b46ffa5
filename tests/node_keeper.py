"""Search nodes that all workers of one test run share: started by the first that asks, ended with the run.

    python -m tests.node_keeper KIND RUN

A process of its own keeps a node. It prints where the node answers, or why there is none, and ends the node when the
process RUN is gone, whatever became of the worker that asked first.
"""

import contextlib
import fcntl
import importlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.elasticsearch_node.build import NotBuildableError

LOOK_SECONDS = 0.5
_CANNOT = "cannot: "
_NAMES = {"elasticsearch": "Elasticsearch", "opensearch": "OpenSearch"}


def shared_node(kind: str, factory: pytest.TempPathFactory) -> str:
    """The address of the run's node of that kind; the test is skipped where none can be had."""
    place, run = factory.getbasetemp(), os.getpid()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place, run = place.parent, os.getppid()
    noted = place / f"{kind}.address"
    with (place / f"{kind}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not noted.exists():
            noted.write_text(_start_keeper(kind, run), encoding="utf-8")
    said = noted.read_text(encoding="utf-8")
    if said.startswith(_CANNOT):
        pytest.skip(said.removeprefix(_CANNOT))
    return said


def _start_keeper(kind: str, run: int) -> str:
    command = [sys.executable, "-m", "tests.node_keeper", kind, str(run)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as keeper:
        assert keeper.stdout is not None
        said = keeper.stdout.readline().strip()
    assert said, f"the node was not started; its keeper says why: {' '.join(command)}"
    return said


@contextlib.contextmanager
def _running(kind: str) -> Iterator[str]:
    fixture = importlib.import_module(f"tests.{kind}_node.fixture")
    # another user may have to reach it, for whom pytest's own folder is closed
    with tempfile.TemporaryDirectory(prefix="node-", dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with fixture.build(Path(folder)) as node:
            yield node.url


def main() -> None:
    """Keep the node until the run has ended."""
    kind, run = sys.argv[1], int(sys.argv[2])
    if os.fork():
        os._exit(0)  # who asked waits for the first line, and need not wait for the end
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    try:
        with _running(kind) as url:
            _say(url)
            while _is_running(run):
                time.sleep(LOOK_SECONDS)
    except NotBuildableError as error:
        _say(f"{_CANNOT}{_NAMES[kind]} node: {error}")


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _say(line: str) -> None:
    """Print the one line, and let go of the pipe, so that its reader sees the end."""
    print(line, flush=True)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _leave(*_: Any) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
