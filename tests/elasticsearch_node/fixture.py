"""The real node as a pytest fixture: one a session, built once and kept in `build/`; skipped by name without a JDK."""

import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.engines.cluster import Cluster
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
def elasticsearch_url() -> Iterator[str]:
    """A running node, or the one that ES_URL names; what tests write in it they name apart, and take away."""
    if os.environ.get("ES_URL"):
        yield os.environ["ES_URL"]
        return
    with tempfile.TemporaryDirectory(prefix="node-", dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # another user may have to reach it, for whom pytest's own folder is closed
        with make_node(Path(folder)) as node:
            yield node.url


@pytest.fixture
def cluster(elasticsearch_url: str) -> Iterator[Cluster]:
    """A place of its own on the node, emptied afterwards."""
    place = Cluster((elasticsearch_url,), prefix=f"test-{secrets.token_hex(4)}")
    yield place
    clear(place)


def clear(place: Cluster) -> None:
    """Take away everything of a prefix."""
    with place.connect() as client:
        names = list(client.indices.get(index=f"{place.prefix}-*", filter_path="*.aliases").body)
        if names:
            client.indices.delete(index=names)
        templates = client.options(ignore_status=404).indices.get_index_template(name=f"{place.prefix}-*")
        for each in templates["index_templates"]:
            client.indices.delete_index_template(name=each["name"])
