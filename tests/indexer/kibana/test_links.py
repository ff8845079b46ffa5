"""Links into Discover: well-formed, and showing exactly what a search finds."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest

from indexer.analysis import FrenchAnalyzer
from indexer.document import IndexEntry
from indexer.engines.base import Engine, Filters
from indexer.engines.choice import open_engine
from indexer.engines.cluster import Cluster
from indexer.kibana.links import make_link, to_rison
from indexer.kibana.placing import Place
from indexer.query import Query, parse
from tests.elasticsearch_node.fixture import place_on
from tests.indexer.engines.entries import START, make_entries
from tests.indexer.engines.oracle import Oracle
from tests.indexer.query_generator import QueryGenerator
from tests.rison import read_rison

NOW = datetime(2024, 6, 1, tzinfo=UTC)
ANALYZER = FrenchAnalyzer()
ADDRESS = "https://kibana.exemple.test/vue"
ENTRIES = make_entries(250, seed=11)


def ask(words: str) -> Query:
    return parse(words, now=NOW, analyzer=ANALYZER)


def read_link(link: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """What stands before the `#`, and the two values behind it."""
    before, _, behind = link.partition("#")
    first, _, second = behind.removeprefix("/?").partition("&")
    assert first.startswith("_g=") and second.startswith("_a=")
    return before, read_rison(unquote(first[3:])), read_rison(unquote(second[3:]))


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, 0, -12, 0.1, 1e30, "", "grève", "d'obtempérer !", "a:b,c(d)", {}, [],
        {"$state": {"store": "appState"}, "a b": [1, [2, {"c": None}]], "0": "x", "-": "y"},
        {"deux mots": "it's !important"}, "« guillemets » & ’apostrophe’ \n 100 %", {"query": {"bool": {"must": []}}},
    ],
)  # fmt: skip
def test_a_value_in_rison_is_read_as_it_was(value: object) -> None:
    assert read_rison(to_rison(value)) == value


def test_a_link_is_one_word_that_no_mail_program_breaks() -> None:
    link = make_link(ADDRESS, Place(), ask('"refus d\'obtempérer" OR (grève! AND préavis)').tree, Filters(), "d'où (!)")
    assert link.isascii() and not set(link) & set(" '\"()!<>*,;")
    assert link.startswith(f"{ADDRESS}/app/discover#/?_g=")


def test_a_link_says_data_view_columns_order_and_words() -> None:
    before, _, page = read_link(make_link(ADDRESS, Place("vigie", "presse"), ask("grève").tree, Filters(), "grève"))
    assert before == f"{ADDRESS}/s/presse/app/discover"
    assert page["index"] == page["filters"][0]["meta"]["index"] == "vigie_presse"
    assert page["columns"][0] == "title" and page["sort"] == [["date", "desc"]]
    assert page["query"] == {"language": "lucene", "query": ""}
    (condition,) = page["filters"]
    assert condition["meta"]["alias"] == "Vigie : grève"
    assert json.loads(condition["meta"]["value"]) == condition["query"]


def test_earlier_versions_have_a_data_view_of_their_own() -> None:
    _, _, page = read_link(make_link(ADDRESS, Place(), ask("grève").tree, Filters(past=True), "grève"))
    assert page["index"] == "vigie-all"


def test_the_time_of_a_search_is_the_time_range_of_the_page() -> None:
    filters = Filters(since=datetime(2026, 3, 13, 23, tzinfo=UTC), until=datetime(2026, 3, 14, 23, tzinfo=UTC))
    _, around, _ = read_link(make_link(ADDRESS, Place(), ask("grève").tree, filters, "grève"))
    assert around["time"] == {"from": "2026-03-13T23:00:00.000Z", "to": "2026-03-14T22:59:59.999Z"}


def test_without_a_time_everything_is_in_range() -> None:
    _, around, _ = read_link(make_link(ADDRESS, Place(), ask("grève").tree, Filters(), "grève"))
    assert around["time"]["from"] < "1600-01-02" and around["time"]["to"] > "2200-12-31"


def test_a_long_query_is_shortened_on_its_label_alone() -> None:
    words = " OR ".join(f"mot{number}" for number in range(200))
    _, _, page = read_link(make_link(ADDRESS, Place(), ask(words).tree, Filters(), words))
    (condition,) = page["filters"]
    assert len(condition["meta"]["alias"]) < 140 and "mot199" in json.dumps(condition["query"])


# on a real node


@pytest.fixture(scope="module")
def filled(elasticsearch_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Cluster]]:
    """An index of invented articles, read by all tests of this file."""
    with place_on(elasticsearch_url) as place:
        engine = open_engine("elasticsearch", tmp_path_factory.mktemp("engine"), ANALYZER, place)
        engine.swap(engine.beside(covers=0))
        engine.put(ENTRIES)
        engine.commit(len(ENTRIES))
        yield engine, place
        engine.close()


def show_in_discover(place: Cluster, link: str) -> set[str]:
    """What Discover asks the node when the link is opened: time range and filters as conditions, on the alias."""
    _, around, page = read_link(link)
    span = {"gte": around["time"]["from"], "lte": around["time"]["to"], "format": "strict_date_optional_time"}
    conditions = [{"range": {"date": span}}, *(one["query"] for one in page["filters"])]
    with place.connect() as client:
        found = client.search(index=page["index"], query={"bool": {"filter": conditions}}, size=1000, source=False)
    return {hit["_id"] for hit in found["hits"]["hits"]}


MIDDLE = START + timedelta(days=250)
QUERIES = (
    "policier", "policière AND grève", '"gardien de la paix"', '"refus d\'obtempérer"~3', "narco-trafic OR CRS",
    "NOT syndicat", "saint-eti*", "obtemperr~", "author:vannier", "region:FR-BRE -paywalled:true", "date:2024-02",
    "title:préavis", "*", "12,5", "(policier OR préfet) AND (nuit OR (quartier AND -tribunal))",
    "((((((((((policier OR (nuit AND (grève OR (préfet AND (CRS OR enquête))))))))))))))",
)  # fmt: skip


@pytest.mark.parametrize("words", QUERIES)
@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(past=True),
        Filters(since=MIDDLE),
        Filters(since=START, until=MIDDLE, kinds=("union", "broadcaster"), states=("live",)),
    ],
    ids=["all", "past", "since", "narrowed"],
)
def test_discover_shows_what_the_search_finds(filled: tuple[Engine, Cluster], words: str, filters: Filters) -> None:
    engine, place = filled
    tree = ask(words).tree
    link = make_link(ADDRESS, Place(place.prefix), tree, filters, words)
    assert show_in_discover(place, link) == {name for _, name in engine.ids(tree, filters)}


def test_generated_queries_show_the_same_too(filled: tuple[Engine, Cluster]) -> None:
    engine, place = filled
    generator = QueryGenerator(5)
    answered = 0
    for _ in range(100):
        words = generator.query()
        tree = ask(words).tree
        found = {name for _, name in engine.ids(tree, Filters())}
        answered += bool(found)
        assert show_in_discover(place, make_link(ADDRESS, Place(place.prefix), tree, Filters(), words)) == found, words
    assert answered >= 50


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_the_ends_of_a_time_are_the_same_to_the_second(filled: tuple[Engine, Cluster], seconds: int) -> None:
    _, place = filled
    at = _one(ENTRIES, "d0007").date.replace(microsecond=0) + timedelta(seconds=seconds)
    for filters in (Filters(since=at), Filters(until=at)):
        tree = ask("*").tree
        link = make_link(ADDRESS, Place(place.prefix), tree, filters, "*")
        current = Oracle(ENTRIES, ANALYZER).ids(tree)
        kept = {entry.id for entry in ENTRIES if entry.id in current and entry.current and _inside(entry, filters)}
        assert show_in_discover(place, link) == kept


def _one(entries: list[IndexEntry], document: str) -> IndexEntry:
    return next(entry for entry in entries if entry.document == document)


def _inside(entry: IndexEntry, filters: Filters) -> bool:
    date = entry.date.replace(microsecond=0)
    return (filters.since is None or date >= filters.since) and (filters.until is None or date < filters.until)
