"""What only a cluster can do to an index: be away, overloaded, blocked, emptied, or something else altogether."""

import datetime
import http.server
import ssl
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from indexer.analysis import FrenchAnalyzer
from indexer.document import FIELDS, IndexEntry
from indexer.engines import elasticsearch as engine_module
from indexer.engines import elasticsearch_walk
from indexer.engines.base import (
    EngineAwayError,
    EngineError,
    EntriesRefusedError,
    Filters,
    IndexBusyError,
    IndexUnusableError,
    IndexWriteError,
    SearchRequest,
)  # fmt: skip
from indexer.engines.choice import current_stamp
from indexer.engines.cluster import Cluster
from indexer.engines.elasticsearch import ElasticsearchEngine
from indexer.engines.elasticsearch_mapping import FORMAT, body_of, index_body, term_field
from indexer.tree import AllOf, AnyOf, Everything, Node, TermIs, Without
from tests.elasticsearch_node.fixture import place_on
from tests.elasticsearch_node.proxy import Proxy, hang_up, refuse
from tests.indexer.engines.entries import make_entries, make_entry

PAST = Filters(past=True)


class Pauses:
    """Stands for sleeping, and remembers how long."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


@pytest.fixture(params=["elasticsearch_url", "opensearch_url"], ids=["elasticsearch", "opensearch"])
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A place on each of the servers that the engine works on."""
    with place_on(request.getfixturevalue(request.param)) as place:
        yield place


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


def open_on(cluster: Cluster, analysis: FrenchAnalyzer, pauses: Pauses | None = None) -> ElasticsearchEngine:
    return ElasticsearchEngine(cluster, current_stamp(FORMAT), analysis, sleep=pauses or Pauses())


@pytest.fixture
def engine(cluster: Cluster, analysis: FrenchAnalyzer) -> Iterator[ElasticsearchEngine]:
    opened = open_on(cluster, analysis)
    opened.swap(opened.beside(covers=0))
    yield opened
    opened.close()


@pytest.fixture
def proxied(
    engine: ElasticsearchEngine, cluster: Cluster, analysis: FrenchAnalyzer, pauses: Pauses
) -> Iterator[tuple[Proxy, ElasticsearchEngine]]:
    """The same index, reached through a proxy."""
    with Proxy(cluster.addresses[0]) as proxy:
        through = open_on(replace(cluster, addresses=(proxy.url,)), analysis, pauses)
        yield proxy, through
        through.close()


def shown(engine: ElasticsearchEngine) -> set[str]:
    return {name for _, name in engine.ids(Everything(), PAST)}


# what it is made of


def test_the_mapping_has_a_field_for_everything_and_takes_nothing_else(analysis: FrenchAnalyzer) -> None:
    properties = index_body({})["mappings"]["properties"]
    assert {term_field(name) for name, field in FIELDS.items() if field.asked} <= set(properties)
    assert index_body({})["mappings"]["dynamic"] == "strict"


class ArrivesTwice(Proxy):
    """The first request to make a base index has been done already when it comes: a killed process had sent it."""

    done = False

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes, str] | None:
        if not self.done and method == "PUT" and path.endswith("-base"):
            self.done = True
            self._ask(method, path, headers, body)
        return super().answer(method, path, headers, body)


def test_an_index_that_a_killed_process_still_makes_is_no_hindrance(cluster: Cluster, analysis: FrenchAnalyzer) -> None:
    with ArrivesTwice(cluster.addresses[0]) as proxy:
        engine = open_on(replace(cluster, addresses=(proxy.url,)), analysis)
        beside = engine.beside(covers=0)
        beside.put([make_entry("a", seq=1)])
        beside.commit(1)
        engine.swap(beside)
        assert proxy.done and shown(engine) == {"a.1"}
        engine.close()


def test_entries_lie_in_the_year_in_which_their_document_was_first_seen(
    engine: ElasticsearchEngine, cluster: Cluster
) -> None:
    engine.put([
        make_entry("old", seq=1, first_seen_at=datetime.datetime(2019, 12, 31, 23, 59, tzinfo=datetime.UTC)),
        make_entry("new", seq=2, first_seen_at=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)),
    ])  # fmt: skip
    engine.commit(2)
    with cluster.connect() as client:
        found = client.search(index=f"{cluster.prefix}-all", source=False)["hits"]["hits"]
    assert {(hit["_id"], hit["_index"][-4:]) for hit in found} == {("old.1", "2019"), ("new.1", "2020")}


def test_people_see_current_entries_and_ask_for_the_past_by_name(engine: ElasticsearchEngine, cluster: Cluster) -> None:
    engine.put([make_entry("a", 1, 1, current=False), make_entry("a", 2, 2)])
    engine.commit(2)
    with cluster.connect() as client:
        assert client.count(index=cluster.prefix)["count"] == 1
        assert client.count(index=f"{cluster.prefix}-all")["count"] == 2


def test_what_people_type_is_read_in_french(engine: ElasticsearchEngine, cluster: Cluster) -> None:
    text = "Les policières du C.R.S. ont suivi l’affaire de narco-trafic à Saint-Étienne."
    engine.put([make_entry("a", text=text, title="Le préavis", authors=("Élodie Vannier",))])
    engine.commit(1)
    with cluster.connect() as client:
        for typed in ("policier", "CRS", "narcotrafic", '"saint etienne"', "affaires", "title:preavis", "préavis"):
            query = {"query_string": {"query": typed, "default_operator": "AND"}}
            assert client.count(index=cluster.prefix, query=query)["count"] == 1, typed
        source = client.search(index=cluster.prefix)["hits"]["hits"][0]["_source"]
    assert source["authors"] == ["Élodie Vannier"]
    assert not [name for name in source if name.endswith(("_fr", "_exact", "_terms"))]


@pytest.mark.parametrize("levels", [10, 50, 120])
def test_queries_deeper_than_elasticsearch_takes_are_answered(engine: ElasticsearchEngine, levels: int) -> None:
    engine.put([make_entry("a"), make_entry("b", seq=2, kind="broadcaster")])
    engine.commit(2)
    tree: Node = TermIs("kind", "union")
    for level in range(levels):
        tree = AnyOf((TermIs("kind", "none"), tree)) if level % 2 else AllOf((Everything(), tree))
    assert engine.count(tree, PAST) == 1
    assert engine.count(Without(tree), PAST) == 1


# a cluster that says no, or nothing


def test_a_busy_cluster_is_asked_again_with_growing_pauses(
    proxied: tuple[Proxy, ElasticsearchEngine], pauses: Pauses
) -> None:
    proxy, engine = proxied
    proxy.faults += [refuse(429, "es_rejected_execution_exception"), refuse(503, "unavailable"), hang_up]
    engine.put(make_entries(20))
    counted = engine.commit(99)
    assert counted.put == counted.entries == len(shown(engine))
    assert pauses.taken == sorted(pauses.taken) and len(pauses.taken) == 3


def test_a_cluster_that_stays_busy_keeps_the_checkpoint(
    proxied: tuple[Proxy, ElasticsearchEngine], engine: ElasticsearchEngine
) -> None:
    proxy, through = proxied
    proxy.faults += [refuse(429, "es_rejected_execution_exception")] * 20
    through.put([make_entry("a")])
    with pytest.raises(EngineAwayError, match="overloaded"):
        through.commit(1)
    assert engine.checkpoint() == 0
    proxy.faults.clear()
    through.put([make_entry("a")])
    assert through.commit(1).entries == 1


def test_only_the_items_that_were_refused_for_now_are_sent_again(
    proxied: tuple[Proxy, ElasticsearchEngine], pauses: Pauses
) -> None:
    def refuse_first(answer: dict[str, Any]) -> dict[str, Any]:
        item = next(iter(answer["items"][0].values()))
        item.update(status=429, error={"type": "es_rejected_execution_exception", "reason": ""})
        return {**answer, "errors": True}

    proxy, engine = proxied
    proxy.changes += [refuse_first]
    engine.put([make_entry(f"d{n}", seq=n + 1) for n in range(5)])
    assert engine.commit(5).entries == 5
    assert (proxy.bulks, len(pauses.taken)) == (2, 1)


def test_an_answer_for_fewer_entries_than_were_sent_is_no_success(
    proxied: tuple[Proxy, ElasticsearchEngine], engine: ElasticsearchEngine
) -> None:
    proxy, through = proxied
    proxy.changes += [lambda answer: {**answer, "items": answer["items"][:-1]}]
    through.put([make_entry("a"), make_entry("b", seq=2)])
    with pytest.raises(IndexWriteError, match="1 entries less"):
        through.commit(2)
    assert engine.checkpoint() == 0
    through.put([make_entry("a"), make_entry("b", seq=2)])
    assert through.commit(2).entries == 2


def test_an_entry_the_cluster_refuses_is_named_and_the_others_can_be_sent(
    engine: ElasticsearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(entry: IndexEntry, analysis: Any) -> bytes:
        body = body_of(entry, analysis)
        return body[:-1] + b',"unknown":1}' if entry.document == "bad" else body

    monkeypatch.setattr(engine_module, "body_of", spoil)
    engine.put([make_entry("good"), make_entry("bad", seq=2)])
    with pytest.raises(EntriesRefusedError) as caught:
        engine.commit(2)
    assert caught.value.refused == {"bad.1": "strict_dynamic_mapping_exception"}
    assert engine.checkpoint() == 0


def test_a_blocked_index_is_left_alone_and_goes_on_when_the_block_is_lifted(
    engine: ElasticsearchEngine, cluster: Cluster
) -> None:
    engine.put([make_entry("a")])
    engine.commit(1)
    with cluster.connect() as client:
        client.indices.put_settings(index=f"{cluster.prefix}-all", settings={"blocks.read_only_allow_delete": True})
        engine.put([make_entry("b", seq=2)])
        with pytest.raises(EngineAwayError, match=r"blocked writing.*never lifts it"):
            engine.commit(2)
        assert (engine.checkpoint(), shown(engine)) == (1, {"a.1"})
        client.indices.put_settings(
            index=f"{cluster.prefix}-all", settings={"index.blocks.read_only_allow_delete": None}
        )
    engine.put([make_entry("b", seq=2)])
    assert engine.commit(2).entries == 2


@pytest.mark.parametrize(
    ("status", "kind", "sentence"),
    [
        (401, "security_exception", "does not accept the key.*VIGIE_ELASTICSEARCH_API_KEY"),
        (403, "security_exception", "not the right to"),
        (503, "master_not_discovered_exception", "overloaded or starting"),
    ],
)
def test_a_refusal_is_one_sentence_without_the_key(
    cluster: Cluster, analysis: FrenchAnalyzer, status: int, kind: str, sentence: str
) -> None:
    with Proxy(cluster.addresses[0], everywhere=True) as proxy:
        proxy.faults += [refuse(status, kind)]
        engine = open_on(replace(cluster, addresses=(proxy.url,), api_key="c2VjcmV0OmtleQ=="), analysis)
        with pytest.raises(EngineAwayError, match=sentence) as caught:
            engine.health()
        engine.close()
    assert proxy.faults == [], "one request was refused, and no other was sent"
    assert "c2VjcmV0" not in str(caught.value) + repr(engine._cluster)


def test_nobody_at_the_address_is_one_sentence(analysis: FrenchAnalyzer) -> None:
    engine = open_on(Cluster(("http://127.0.0.1:9",)), analysis)
    for attempt in (engine.health, engine.checkpoint, lambda: engine.search(SearchRequest())):
        with pytest.raises(EngineAwayError, match=r"cannot be reached.*elasticsearch.addresses"):
            attempt()
    engine.close()


def test_another_server_at_the_address_is_one_sentence(analysis: FrenchAnalyzer) -> None:
    with _other_server() as port:
        engine = open_on(Cluster((f"http://127.0.0.1:{port}",)), analysis)
        with pytest.raises(EngineError, match="not Elasticsearch"):
            engine.health()
        engine.close()


def test_an_unknown_certificate_is_one_sentence(analysis: FrenchAnalyzer, tmp_path: Path) -> None:
    with _other_server(_certificate(tmp_path)) as port:
        engine = open_on(Cluster((f"https://127.0.0.1:{port}",)), analysis)
        with pytest.raises(EngineAwayError, match=r"certificate.*elasticsearch.ca_file"):
            engine.health()
        engine.close()


@contextmanager
def _other_server(certificate: Path | None = None) -> Iterator[int]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    class Quiet(http.server.ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that turns away is what the test is about."""

    server = Quiet(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _certificate(folder: Path) -> Path:
    """A certificate that nobody has signed, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


# an index that is not what it was


def test_a_deleted_year_is_noticed(engine: ElasticsearchEngine, cluster: Cluster) -> None:
    engine.put([make_entry("a")])
    engine.commit(1)
    with cluster.connect() as client:
        client.indices.delete(index=f"{cluster.prefix}-v1-000001-2023")
    with pytest.raises(IndexUnusableError, match=r"2023 was deleted or made anew.*vigie rebuild"):
        engine.put([make_entry("b", seq=2)])
        engine.commit(2)
    with pytest.raises(IndexUnusableError, match="vigie rebuild"):
        engine.checkpoint()


def test_what_is_written_to_a_deleted_year_is_refused_or_noticed(
    engine: ElasticsearchEngine, cluster: Cluster, request: pytest.FixtureRequest
) -> None:
    engine.put([make_entry("a")])
    engine.commit(1)
    with cluster.connect() as client:
        client.indices.delete(index=f"{cluster.prefix}-v1-000001-2023")
        written: list[dict[str, Any]] = [
            {"index": {"_index": f"{cluster.prefix}-v1-000001-2023", "_id": "x"}},
            {"id": "x"},
        ]
        status = client.bulk(operations=written)["items"][0]["index"]["status"]
    # Elasticsearch is told not to make up an index of ours; OpenSearch cannot be told
    assert status == (404 if "elasticsearch" in request.node.name else 201)
    with pytest.raises(IndexUnusableError, match=r"2023 was deleted or made anew.*vigie rebuild"):
        engine.checkpoint()


def test_a_walk_that_is_left_lets_go_of_what_it_held(
    engine: ElasticsearchEngine, cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    engine.put(make_entries(10))
    engine.commit(10)

    def held() -> int:
        with cluster.connect() as client:
            stats = client.indices.stats(index=f"{cluster.prefix}-all", metric="search")
        return int(stats["_all"]["primaries"]["search"]["open_contexts"])

    hits = engine.walk(SearchRequest(filters=PAST))
    next(hits)
    assert held() > 0
    assert isinstance(hits, Generator)
    hits.close()
    assert held() == 0
    assert "not ended in order" not in caplog.text


def test_a_walk_that_the_cluster_has_forgotten_is_begun_again_and_blames_no_index(
    engine: ElasticsearchEngine, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elasticsearch_walk, "PAGE_HITS", 4)
    engine.put(make_entries(10))
    engine.commit(10)
    hits = engine.walk(SearchRequest(filters=PAST))
    next(hits)
    with cluster.connect() as client:
        client.indices.close(index=f"{cluster.prefix}-all")
        client.indices.open(index=f"{cluster.prefix}-all")
    with pytest.raises(EngineAwayError, match=r"no longer holds the listing.*Begin the listing again"):
        list(hits)


def test_what_is_left_of_a_damaged_index_is_not_searched_after_a_rebuild(
    engine: ElasticsearchEngine, cluster: Cluster
) -> None:
    engine.put([make_entry("a")])
    engine.commit(1)
    with cluster.connect() as client:
        client.indices.delete(index=f"{cluster.prefix}-v1-000001-base")
    with pytest.raises(IndexUnusableError, match="base index is missing"):
        engine.checkpoint()
    engine.swap(engine.beside(covers=0))
    assert shown(engine) == set()
    engine.put([make_entry("b", seq=2)])
    assert engine.commit(2).entries == 1


def test_missing_entries_are_noticed(engine: ElasticsearchEngine, cluster: Cluster) -> None:
    engine.put([make_entry("a"), make_entry("b", seq=2)])
    engine.commit(2)
    with cluster.connect() as client:
        client.delete(index=f"{cluster.prefix}-v1-000001-2023", id="a.1", refresh=True)
    with pytest.raises(IndexUnusableError, match="holds 1 entries where the last commit left 2"):
        engine.checkpoint()


def test_an_index_of_another_schema_is_not_searched(cluster: Cluster, analysis: FrenchAnalyzer) -> None:
    older = ElasticsearchEngine(cluster, replace(current_stamp(FORMAT), analysis="1-old"), analysis)
    older.swap(older.beside(covers=0))
    older.close()
    engine = open_on(cluster, analysis)
    with pytest.raises(IndexUnusableError, match=r"analysis 1-old; this version needs .*vigie rebuild"):
        engine.search(SearchRequest())
    engine.swap(engine.beside(covers=0))
    assert engine.health().entries == 0
    engine.close()


def test_no_index_yet_says_what_to_do(cluster: Cluster, analysis: FrenchAnalyzer) -> None:
    engine = open_on(cluster, analysis)
    for attempt in (engine.health, engine.checkpoint, lambda: engine.put([make_entry()])):
        with pytest.raises(IndexUnusableError, match="vigie rebuild"):
            attempt()
    engine.close()


def test_a_second_writer_in_the_middle_of_a_commit_is_told(
    engine: ElasticsearchEngine, cluster: Cluster, analysis: FrenchAnalyzer, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = open_on(cluster, analysis)
    real = other._begin

    def begin_late(*arguments: Any) -> Any:
        state = real(*arguments)
        engine.put([make_entry("a")])
        engine.commit(1)
        return state

    monkeypatch.setattr(other, "_begin", begin_late)
    other.put([make_entry("b", seq=2)])
    with pytest.raises(IndexBusyError, match="Another process is writing"):
        other.commit(2)
    assert (engine.checkpoint(), shown(engine)) == (1, {"a.1"})
    other.close()


def test_a_write_that_arrives_late_takes_nobodys_place(engine: ElasticsearchEngine) -> None:
    engine.put([make_entry("a", text="nouveau")])
    engine.commit(7)
    engine.put([make_entry("a", text="ancien")])
    engine.commit(5)
    assert engine.count(TermIs("text_exact", "nouveau"), PAST) == 1


def test_a_rebuild_switches_both_aliases_and_keeps_the_index_before(
    engine: ElasticsearchEngine, cluster: Cluster, analysis: FrenchAnalyzer
) -> None:
    reader = open_on(cluster, analysis)
    for generation in range(3):
        beside = engine.beside(covers=0)
        beside.put(make_entries(5, seed=generation))
        total = beside.commit(99).entries
        assert reader.count(Everything(), PAST) != total or generation
        engine.swap(beside)
        reader.refresh()
        assert reader.count(Everything(), PAST) == total
    with cluster.connect() as client:
        numbers = {name.split("-")[3] for name in client.indices.get(index=f"{cluster.prefix}-v*").body}
        aliases = client.indices.get_alias(name=f"{cluster.prefix}*").body
    assert numbers == {"000003", "000004"}
    assert {name.split("-")[3] for name, said in aliases.items() if said["aliases"]} == {"000004"}
    reader.close()


def test_an_interrupted_rebuild_is_taken_up_again(
    engine: ElasticsearchEngine, cluster: Cluster, analysis: FrenchAnalyzer
) -> None:
    first = engine.beside(covers=90)
    first.put(make_entries(10))
    first.commit(10)
    first.close()
    again = open_on(cluster, analysis).beside(covers=500)
    assert (again.checkpoint(), again.covers) == (10, 90)
    engine.swap(again)
    assert engine.checkpoint() == 10
