"""The real node as a pytest fixture: one a session, built once and kept in `build/`; skipped by name without a JDK."""

import fcntl
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.elasticsearch_node.build import NotBuildableError, build_node, find_java
from tests.elasticsearch_node.node import Node

TARGET = Path(__file__).parents[2] / "build" / "elasticsearch"


def make_node(data: Path) -> Node:
    """A node that is not started yet; the test is skipped where none can be built."""
    TARGET.mkdir(parents=True, exist_ok=True)
    try:
        java = find_java()
        with (TARGET / ".lock").open("w") as lock:  # workers of one test run would build it at the same time
            fcntl.flock(lock, fcntl.LOCK_EX)
            return Node(build_node(TARGET, java), java, data)
    except NotBuildableError as error:
        pytest.skip(f"Elasticsearch node: {error}")


@pytest.fixture(scope="session")
def elasticsearch_node() -> Iterator[Node]:
    """A running node; what tests write in it they name apart, and take away."""
    with tempfile.TemporaryDirectory(prefix="node-", dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        # another user may have to reach it, so the folder of pytest, closed to others, will not do
        Path(folder).chmod(0o755)
        with make_node(Path(folder)) as node:
            yield node
