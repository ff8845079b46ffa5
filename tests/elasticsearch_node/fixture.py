"""The real node as a pytest fixture: one a test run, built once and kept in `build/`; skipped by name without a JDK."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from indexer.engines.cluster import Cluster
from tests.elasticsearch_node.build import NotBuildableError, build_node, find_java
from tests.elasticsearch_node.node import Node
from tests.node_keeper import shared_node

TARGET = Path(__file__).parents[2] / "build" / "elasticsearch"


def build(data: Path) -> Node:
    """A node that is not started yet, or `NotBuildableError`."""
    TARGET.mkdir(parents=True, exist_ok=True)
    java = find_java()
    with (TARGET / ".lock").open("w") as lock:  # workers of one test run would build it at the same time
        fcntl.flock(lock, fcntl.LOCK_EX)
        return Node(build_node(TARGET, java), java, data)


def make_node(data: Path) -> Node:
    """A node of the test's own that is not started yet; the test is skipped where none can be built."""
    try:
        return build(data)
    except NotBuildableError as error:
        pytest.skip(f"Elasticsearch node: {error}")


@pytest.fixture(scope="session")
def elasticsearch_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A running node, or the one that ES_URL names; what tests write in it they name apart, and take away."""
    return os.environ.get("ES_URL") or shared_node("elasticsearch", tmp_path_factory)


@pytest.fixture
def cluster(elasticsearch_url: str) -> Iterator[Cluster]:
    """A place of its own on the node, emptied afterwards."""
    with place_on(elasticsearch_url, **credentials()) as place:
        yield place


def credentials() -> dict[str, str]:
    """What the cluster of ES_URL asks for: its variables are those of `make acceptance`."""
    names = {"api_key": "ES_API_KEY", "ca_file": "ES_CA_FILE", "fingerprint": "ES_FINGERPRINT"}
    return {name: found for name, variable in names.items() if (found := os.environ.get(variable))}


@contextmanager
def place_on(url: str, **credentials: str) -> Iterator[Cluster]:
    """A place under a prefix of its own, of which nothing is left afterwards."""
    place = Cluster((url,), prefix=f"test-{secrets.token_hex(4)}", **credentials)
    try:
        yield place
    finally:
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
