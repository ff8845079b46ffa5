"""The server is asked who it is no more often than need be, and never a server that has said it is Elasticsearch."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from indexer.engines.cluster import Cluster
from tests.elasticsearch_node.proxy import Proxy, refuse

OPENSEARCH = "opensearch_cluster"
ELASTICSEARCH = "cluster"


class Listener(Proxy):
    """Passes everything on and remembers what was asked, and with which credentials."""

    def __init__(self, node_url: str) -> None:
        super().__init__(node_url, everywhere=True)
        self.asked: list[str] = []
        self.credentials: set[str | None] = set()

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes, str] | None:
        self.asked.append(f"{method} {path}")
        self.credentials.add(next((value for name, value in headers.items() if name.lower() == "authorization"), None))
        return super().answer(method, path, headers, body)


@contextmanager
def listening(place: Cluster) -> Iterator[tuple[Listener, Cluster]]:
    with Listener(place.addresses[0]) as listener:
        yield listener, replace(place, addresses=(listener.url,))


@pytest.mark.parametrize(("name", "questions"), [(OPENSEARCH, 1), (ELASTICSEARCH, 0)])
def test_who_is_there_is_asked_once_and_only_where_it_is_not_said(
    request: pytest.FixtureRequest, name: str, questions: int
) -> None:
    with listening(request.getfixturevalue(name)) as (listener, place), place.connect() as client:
        index = f"{place.prefix}-one"
        client.indices.create(index=index, mappings={"properties": {"word": {"type": "keyword"}}})
        client.index(index=index, id="a", document={"word": "préavis"}, refresh=True)
        found = client.search(index=index, query={"term": {"word": "préavis"}})
        moment = client.open_point_in_time(index=index, keep_alive="1m")["id"]
        closed = client.close_point_in_time(id=moment)
    assert found["hits"]["total"]["value"] == 1
    assert moment and closed.meta.status == 200
    assert listener.asked.count("GET /") == questions


def test_a_refusal_in_front_of_the_server_is_told_and_the_server_is_found_out_later(
    opensearch_cluster: Cluster,
) -> None:
    with listening(opensearch_cluster) as (listener, place), place.connect() as client:
        listener.faults += [refuse(401, "security_exception"), refuse(503, "unavailable")]
        for status in (401, 503):
            answer = client.options(ignore_status=(401, 503)).indices.get(index=f"{place.prefix}-*")
            assert answer.meta.status == status
        assert listener.asked.count("GET /") == 0
        assert client.info()["version"]["distribution"] == "opensearch"


def test_a_login_is_sent_as_name_and_password_and_never_shown(opensearch_cluster: Cluster) -> None:
    with listening(opensearch_cluster) as (listener, place):
        place = replace(place, login="vigie:mot:secret")
        with place.connect() as client:
            client.indices.get(index=f"{place.prefix}-*")
    assert listener.credentials == {f"Basic {base64.b64encode(b'vigie:mot:secret').decode()}"}
    assert "secret" not in repr(place)
