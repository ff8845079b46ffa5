"""A secured cluster: certificates, API keys, and the role of the documents, which suffices and holds nothing more."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from archive.catalogue import create_catalogue
from indexer.document import FACETS
from indexer.engines.base import EngineAwayError, Filters, SearchRequest
from indexer.engines.choice import open_engine
from indexer.engines.cluster import Cluster
from indexer.projection import follow, rebuild
from indexer.repairing import repair
from indexer.tree import Everything
from tests.elasticsearch_node.authority import Authority, Issued
from tests.elasticsearch_node.gate import Gate, encode_key
from tests.elasticsearch_node.privileges import CONTAINED, Role, need_of
from tests.indexer.newsroom import Newsroom

DOCUMENT = Path(__file__).parents[2] / "docs" / "elasticsearch.md"
KEY = encode_key("vigie")
ANYTHING = Role({"cluster": ["monitor", "manage_index_templates"], "indices": [
    {"names": ["*"], "privileges": ["manage", "read", "write"]},
]})  # fmt: skip


def read_role(prefix: str) -> Role:
    """The role of the documents, for another prefix."""
    (said,) = re.findall(r"```json\n(\{.*?\n\})\n```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    role = json.loads(said)["role_descriptors"]["vigie"]
    for each in role["indices"]:
        each["names"] = [re.sub(r"^vigie\b", prefix, name) for name in each["names"]]
    return Role(role)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def issued(authority: Authority) -> Issued:
    return authority.issue()


@pytest.fixture
def gate(cluster: Cluster, issued: Issued) -> Iterator[Gate]:
    """The node behind https, which knows one key."""
    with Gate(cluster.addresses[0], issued.file) as opened:
        opened.roles[KEY] = ANYTHING
        yield opened


@pytest.fixture
def secured(cluster: Cluster, gate: Gate, authority: Authority) -> Cluster:
    return replace(cluster, addresses=(gate.url,), api_key=KEY, ca_file=str(authority.file))


def ask(place: Cluster) -> int:
    """How many entries there are, which takes a look at the aliases too."""
    engine = open_engine("elasticsearch", Path(), cluster=place)
    try:
        engine.swap(engine.beside(0))
        return engine.health().entries
    finally:
        engine.close()


def refusal(place: Cluster) -> str:
    with pytest.raises(EngineAwayError) as caught:
        ask(place)
    assert KEY not in str(caught.value) and "vigie:" not in str(caught.value)
    return str(caught.value)


def test_a_key_goes_over_https_with_the_authority_known(secured: Cluster, gate: Gate) -> None:
    assert ask(secured) == 0
    assert set(gate.seen) == {f"ApiKey {KEY}"}


def test_a_fingerprint_takes_the_place_of_the_authority(secured: Cluster, gate: Gate, issued: Issued) -> None:
    colons = ":".join(re.findall("..", issued.authority_fingerprint)).upper()
    for fingerprint in (issued.fingerprint, issued.authority_fingerprint, colons):
        assert ask(replace(secured, ca_file=None, fingerprint=fingerprint)) == 0


def test_another_authority_is_refused_before_the_key_is_sent(secured: Cluster, gate: Gate, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "stranger")
    assert re.search(r"certificate.*elasticsearch\.ca_file", refusal(replace(secured, ca_file=str(stranger.file))))
    assert gate.seen == []


def test_no_authority_at_all_means_those_of_the_system(secured: Cluster, gate: Gate) -> None:
    assert "elasticsearch.ca_file" in refusal(replace(secured, ca_file=None))
    assert gate.seen == []


def test_another_fingerprint_is_refused_before_the_key_is_sent(secured: Cluster, gate: Gate) -> None:
    said = refusal(replace(secured, ca_file=None, fingerprint="ab" * 32))
    assert "elasticsearch.fingerprint" in said
    assert gate.seen == []


def test_an_expired_certificate_is_refused(cluster: Cluster, secured: Cluster, authority: Authority) -> None:
    late = authority.issue("late", until=datetime.now(UTC) - timedelta(hours=1))
    with Gate(cluster.addresses[0], late.file) as gate:
        said = refusal(replace(secured, addresses=(gate.url,)))
    assert "expired" in said and gate.seen == []


def _without(secured: Cluster, gate: Gate) -> Cluster:
    return replace(secured, api_key=None)


def _unknown(secured: Cluster, gate: Gate) -> Cluster:
    return replace(secured, api_key=encode_key("somebody"))


def _expired(secured: Cluster, gate: Gate) -> Cluster:
    gate.expired.add(KEY)
    return secured


@pytest.mark.parametrize("make", [_without, _unknown, _expired])
def test_a_key_that_is_not_accepted_is_one_sentence_and_one_request(
    secured: Cluster, gate: Gate, make: Callable[[Cluster, Gate], Cluster]
) -> None:
    assert "VIGIE_ELASTICSEARCH_API_KEY" in refusal(make(secured, gate))
    assert len(gate.seen) == 1


def test_a_right_that_is_missing_is_one_sentence(secured: Cluster, gate: Gate) -> None:
    gate.roles[KEY] = Role({"cluster": ["monitor"], "indices": ANYTHING.indices})
    assert re.search(r"not the right to make an index.*docs/elasticsearch\.md", refusal(secured))


def test_a_reader_can_search_and_not_write(secured: Cluster, gate: Gate, tmp_path: Path) -> None:
    ask(secured)
    looks = {"names": [f"{secured.prefix}*"], "privileges": ["read", "view_index_metadata"]}
    gate.roles[KEY] = Role({"cluster": ["monitor"], "indices": [looks]})
    engine = open_engine("elasticsearch", tmp_path, cluster=secured)
    assert engine.search(SearchRequest()).total == 0
    with pytest.raises(EngineAwayError, match="not the right to write"):
        engine.commit(1)
    engine.close()


def test_the_role_of_the_documents_suffices_and_holds_nothing_more(
    secured: Cluster, gate: Gate, tmp_path: Path
) -> None:
    role = gate.roles[KEY] = read_role(secured.prefix)
    live_through_everything(secured, tmp_path)

    on_cluster = {need.right for need in gate.needed if need.names is None}
    on_indices = {need.right for need in gate.needed if need.names is not None}
    given = {right for each in role.indices for right in each["privileges"]}
    assert set(role.cluster) == on_cluster, "the role gives rights on the cluster that nothing takes, or lacks some"
    unused = {right for right in given if not on_indices & {right, *CONTAINED.get(right, ())}}
    doubled = {right for right in given for other in given if right in CONTAINED.get(other, ())}
    assert not unused and not doubled


def live_through_everything(place: Cluster, folder: Path) -> None:
    """Whatever Vigie does with a cluster."""
    catalogue = create_catalogue(folder / "data")
    newsroom = Newsroom(catalogue)
    engine = open_engine("elasticsearch", folder, cluster=place)
    rebuild(catalogue, engine)
    for name in ("a", "b", "c"):
        newsroom.publish(name, f"Le préavis de la section {name}.")
    follow(catalogue, engine)
    newsroom.edit("a", "Une suite.")
    newsroom.withdraw("b")
    follow(catalogue, engine)
    engine.refresh()
    assert engine.search(SearchRequest(facets=FACETS, histogram="month")).total == 2
    assert len([*engine.walk(SearchRequest(sort="newest"))]) == 2
    assert len([*engine.ids(Everything(), Filters(past=True))]) == 3
    engine.remove(["c.1"])
    engine.commit(engine.checkpoint())
    assert repair(catalogue, engine, chance=Random(1)).mended == 1
    engine.beside(0).discard()
    for _ in range(2):  # the second one removes the generation before the last
        rebuild(catalogue, engine)
    assert engine.health().entries == 3
    engine.close()
    catalogue.close()


def test_a_request_that_no_right_is_known_for_is_named() -> None:
    with pytest.raises(LookupError, match=r"POST /vigie/_forcemerge: which right"):
        need_of("POST", "/vigie/_forcemerge?x=1", b"")
