"""A real OpenSearch node as a pytest fixture: one a test run, its jars fetched once and kept in `build/`."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.engines.cluster import Cluster
from tests.elasticsearch_node.fixture import place_on
from tests.node_keeper import shared_node
from tests.opensearch_node.build import fill_jars, find_java
from tests.opensearch_node.node import OpenSearchNode

TARGET = Path(__file__).parents[2] / "build" / "opensearch"


def build(data: Path) -> OpenSearchNode:
    """A node that is not started yet, or `NotBuildableError`."""
    TARGET.mkdir(parents=True, exist_ok=True)
    java = find_java()
    with (TARGET / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return OpenSearchNode(fill_jars(TARGET), java, data)


@pytest.fixture(scope="session")
def opensearch_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A running node, or the one that OPENSEARCH_URL names."""
    return os.environ.get("OPENSEARCH_URL") or shared_node("opensearch", tmp_path_factory)


@pytest.fixture
def opensearch_cluster(opensearch_url: str) -> Iterator[Cluster]:
    """A place of its own on the node, emptied afterwards."""
    with place_on(opensearch_url) as place:
        yield place
