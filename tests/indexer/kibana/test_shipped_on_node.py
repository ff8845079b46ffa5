"""What the shipped sessions and panels ask, asked of a real node: it takes every request and answers as it should."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from indexer.analysis import FrenchAnalyzer
from indexer.document import IndexEntry
from indexer.engines.choice import open_engine
from indexer.engines.cluster import Cluster
from indexer.kibana.objects import DASHBOARD, SESSION, SavedObject
from indexer.kibana.placing import Place, place_objects
from indexer.kibana.shipped import make_shipped
from indexer.kibana.space_settings import QUERY_STRING_OPTIONS
from tests.elasticsearch_node.fixture import place_on
from tests.indexer.engines.entries import make_entries

ENTRIES = make_entries(200, seed=3)
CURRENT = [entry for entry in ENTRIES if entry.current]
PRESS = ("regional_press", "local_press", "broadcaster")


@dataclass(frozen=True)
class Looked:
    """The objects as they stand over one index."""

    cluster: Cluster
    objects: dict[str, SavedObject]

    def ask(self, name: str, **body: Any) -> Any:
        with self.cluster.connect() as client:
            return client.search(index=self.objects[name].attributes["title"], **body).body


@pytest.fixture(scope="module")
def looked(elasticsearch_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Looked]:
    with place_on(elasticsearch_url) as cluster:
        engine = open_engine("elasticsearch", tmp_path_factory.mktemp("engine"), FrenchAnalyzer(), cluster)
        engine.swap(engine.beside(covers=0))
        engine.put(ENTRIES)
        engine.commit(len(ENTRIES))
        engine.close()
        place = Place(cluster.prefix)
        names = (each.id for each in make_shipped())
        yield Looked(cluster, dict(zip(names, place_objects(make_shipped(), place), strict=True)))


Judge = Callable[[IndexEntry], bool]
SESSIONS: dict[str, Judge] = {
    "vigie.derniers": lambda entry: True,
    "vigie.syndicats": lambda entry: entry.kind == "union",
    "vigie.presse": lambda entry: entry.kind in PRESS,
    "vigie.par-region": lambda entry: bool(entry.regions),
    "vigie.modifies": lambda entry: entry.edited,
}


def test_every_session_is_tried() -> None:
    assert set(SESSIONS) == {each.id for each in make_shipped() if each.kind == SESSION}


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_shows_what_it_is_called(looked: Looked, name: str) -> None:
    session = looked.objects[name].attributes
    source = json.loads(session["kibanaSavedObjectMeta"]["searchSourceJSON"])
    words = source["query"]["query"] or "*"
    found = looked.ask(
        "vigie", query={"query_string": {"query": words, **QUERY_STRING_OPTIONS}},
        sort=[{field: {"order": order, "unmapped_type": "boolean"}} for field, order in session["sort"]],
        fields=session["columns"], source=False, size=1000,
    )  # fmt: skip
    ids = [hit["_id"] for hit in found["hits"]["hits"]]
    assert set(ids) == {entry.id for entry in CURRENT if SESSIONS[name](entry)}
    assert len(set(ids)) == len(ids) > 0
    if name == "vigie.derniers":
        dates = {entry.id: entry.date.replace(microsecond=0) for entry in CURRENT}
        assert [dates[one] for one in ids] == sorted(dates.values(), reverse=True)


def test_the_other_data_view_shows_earlier_versions_too(looked: Looked) -> None:
    found = looked.ask("vigie-all", query={"match_all": {}}, source=False, size=1000)
    assert {hit["_id"] for hit in found["hits"]["hits"]} == {entry.id for entry in ENTRIES}


def read_columns() -> dict[str, dict[str, Any]]:
    """The columns of each chart, by the panel's name."""
    dashboard = next(each for each in make_shipped() if each.kind == DASHBOARD)
    panels = json.loads(dashboard.attributes["panelsJSON"])
    states = {one["panelIndex"]: one["embeddableConfig"].get("attributes", {}).get("state") for one in panels}
    return {
        name: state["datasourceStates"]["formBased"]["layers"]["articles"]["columns"]
        for name, state in states.items()
        if state
    }


@pytest.mark.parametrize(("panel", "field"), [("temps", "kind"), ("sources", "source_name"), ("regions", "regions")])
def test_a_chart_counts_every_article_of_a_value(looked: Looked, panel: str, field: str) -> None:
    columns = read_columns()[panel]
    (column,) = (each for each in columns.values() if each["operationType"] == "terms")
    assert column["sourceField"] == field
    counted = {"values": {"terms": {"field": field, "size": column["params"]["size"]}}}
    found = looked.ask("vigie", query={"match_all": {}}, size=0, aggs=counted)
    expected: dict[str, int] = {}
    for entry in CURRENT:
        value = getattr(entry, field)
        for one in value if isinstance(value, tuple) else (value,):
            expected[one] = expected.get(one, 0) + 1
    assert {one["key"]: one["doc_count"] for one in found["aggregations"]["values"]["buckets"]} == expected


def test_every_field_of_every_chart_can_be_counted(looked: Looked) -> None:
    aggregations: dict[str, Any] = {}
    for panel, columns in read_columns().items():
        for name, column in columns.items():
            if column["operationType"] == "terms":
                aggregations[f"{panel}-{name}"] = {"terms": {"field": column["sourceField"]}}
            elif column["operationType"] == "date_histogram":
                aggregations[f"{panel}-{name}"] = {
                    "date_histogram": {"field": column["sourceField"], "calendar_interval": "day"}
                }
    found = looked.ask("vigie", query={"match_all": {}}, size=0, aggs=aggregations)
    assert set(found["aggregations"]) == set(aggregations) >= {"temps-split", "temps-time", "mots-value"}
    assert all(each["buckets"] for each in found["aggregations"].values())


def test_unions_and_press_together_are_everything() -> None:
    filters = read_columns()["syndicats-presse"]["split"]["params"]["filters"]
    kinds = [set(one["input"]["query"].removeprefix("kind : (").removesuffix(")").split(" or ")) for one in filters]
    assert kinds == [{"union", "association", "federation"}, set(PRESS)]
