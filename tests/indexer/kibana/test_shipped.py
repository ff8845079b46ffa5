"""The objects that come with Vigie: whole, in the right versions, and about fields that the index has.

Each change that a real Kibana stores and then cannot draw must be found by the check, so each is made here once.
"""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from indexer.kibana.checking import find_faults, mapping_fields
from indexer.kibana.objects import CORE_VERSION, read_file, write_file
from indexer.kibana.shipped import hidden_fields, make_shipped

FILE = Path(__file__).parents[3] / "config" / "kibana" / "vigie.ndjson"
FIELDS = mapping_fields()
VIEW, LATEST, UNIONS, DASHBOARD = 0, 2, 3, 7

BOUNDS = {
    "index-pattern": ("7.11.0", "8.0.0"),
    "search": ("7.9.3", "8.0.0"),
    "dashboard": ("8.6.0", "8.9.0"),
}
"""From and to which version of a type both Kibana 8.12 and 9 take an object of this shape."""

Line = dict[str, Any]
Change = Callable[[list[Line]], object]


def read_lines() -> list[Line]:
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def faults_of(lines: list[Line]) -> list[str]:
    text = "\n".join(json.dumps(line) for line in lines)
    return list(find_faults(read_file(text), FIELDS))


def test_the_file_is_what_the_code_makes() -> None:
    assert FILE.read_text(encoding="utf-8") == write_file(make_shipped()), (
        "run: python -m indexer.kibana.shipped > config/kibana/vigie.ndjson"
    )


def test_nothing_is_wrong_with_the_file() -> None:
    assert faults_of(read_lines()) == []


def test_the_versions_are_those_that_kibana_8_12_and_9_take() -> None:
    for line in read_lines():
        oldest, newest = BOUNDS[line["type"]]
        assert number(oldest) <= number(line["typeMigrationVersion"]) <= number(newest), line["id"]
        assert number(line["coreMigrationVersion"]) <= number("8.8.0") == number(CORE_VERSION)


def number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def test_there_is_what_people_look_for() -> None:
    lines = read_lines()
    assert [line["type"] for line in lines] == ["index-pattern"] * 2 + ["search"] * 5 + ["dashboard"]
    assert [line["attributes"]["title"] for line in lines[:2]] == ["vigie", "vigie-all"]
    titles = [panel["title"] for panel in json.loads(lines[DASHBOARD]["attributes"]["panelsJSON"])]
    assert titles == [
        "Articles par type", "Syndicats et presse", "Mots-clés", "Articles par source", "Articles par région",
        "Derniers articles",
    ]  # fmt: skip


def test_our_own_terms_are_hidden_and_everything_shown_has_a_name() -> None:
    view = read_lines()[VIEW]["attributes"]
    hidden = {one["value"] for one in json.loads(view["sourceFilters"])}
    assert hidden == set(hidden_fields())
    assert hidden >= {"title_fr", "text_fr", "title_exact", "text_exact", "authors_terms", "has"}
    named = set(json.loads(view["fieldAttrs"]))
    assert named == {name for name in FIELDS if "." not in name} - hidden


def opened(line: Line, *path: str) -> Any:
    value: Any = line
    for key in path:
        value = value[key]
    return json.loads(value)


def within(line: int, path: tuple[str, ...], change: Callable[[Any], object]) -> Change:
    """A change inside a string that holds JSON."""

    def apply(lines: list[Line]) -> None:
        *way, last = path
        holder: Any = lines[line]
        for key in way:
            holder = holder[key]
        value = json.loads(holder[last])
        change(value)
        holder[last] = json.dumps(value)

    return apply


PANELS = ("attributes", "panelsJSON")
SOURCE = ("attributes", "kibanaSavedObjectMeta", "searchSourceJSON")


def state_of(panel: Any) -> Any:
    return panel["embeddableConfig"]["attributes"]["state"]


def columns_of(panel: Any) -> Any:
    return state_of(panel)["datasourceStates"]["formBased"]["layers"]["articles"]["columns"]


def layer_of(panel: Any) -> Any:
    return state_of(panel)["datasourceStates"]["formBased"]["layers"]["articles"]


BREAKS: dict[str, tuple[Change, str]] = {
    "two of one id": (lambda lines: lines.append(copy.deepcopy(lines[LATEST])), "stands 2 times"),
    "a data view that is not there": (lambda lines: lines.pop(VIEW), "which the file does not hold"),
    "no title": (lambda lines: lines[VIEW]["attributes"].pop("title"), "has no title"),
    "a time field that is none": (
        lambda lines: lines[VIEW]["attributes"].update(timeFieldName="title"), "expected date",
    ),
    "a list as it is": (lambda lines: lines[VIEW]["attributes"].update(fields=[]), "expected a list as a string"),
    "broken JSON": (lambda lines: lines[VIEW]["attributes"].update(fieldAttrs="{"), "fieldAttrs: expected an object"),
    "a label of no field": (
        within(VIEW, ("attributes", "fieldAttrs"), lambda value: value.update(titel={})), 'no field "titel"',
    ),
    "a hidden field that is none": (
        within(VIEW, ("attributes", "sourceFilters"), lambda value: value.append({"value": "warc"})), 'no field "warc"',
    ),
    "a column that is none": (lambda lines: lines[LATEST]["attributes"]["columns"].append("titel"), 'no field "titel"'),
    "sorted by a text": (
        lambda lines: lines[LATEST]["attributes"].update(sort=[["title", "asc"]]), '"title" is a field of type text',
    ),
    "sorted without a direction": (
        lambda lines: lines[LATEST]["attributes"].update(sort=[["date"]]), "expected a field and asc or desc",
    ),
    "a session without a data view": (
        within(LATEST, SOURCE, lambda value: value.pop("indexRefName")), "names no data view",
    ),
    "a session's reference of another name": (
        lambda lines: lines[LATEST]["references"][0].update(name="index"), "no reference is named",
    ),
    "a query about a field that is none": (
        within(UNIONS, SOURCE, lambda value: value["query"].update(query="type:union")), 'no field "type"',
    ),
    "parentheses": (within(UNIONS, SOURCE, lambda value: value["query"].update(query="(grève")), "do not match"),
    "a quotation mark": (within(UNIONS, SOURCE, lambda value: value["query"].update(query='"grève')), "never closed"),
    "another language": (
        within(UNIONS, SOURCE, lambda value: value["query"].update(language="sql")), "expected the language",
    ),
    "KQL that is none": (
        within(UNIONS, SOURCE, lambda value: value["query"].update(query="kind : (union", language="kuery")),
        "never closed",
    ),
    "a filter on a field that is none": (
        within(UNIONS, SOURCE, lambda value: value.update(filter=[{"meta": {}, "query": {"term": {"texte": "a"}}}])),
        'no field "texte"',
    ),
    "a breakdown by a text": (
        lambda lines: lines[5]["attributes"].update(breakdownField="title"), '"title" is a field of type text',
    ),
    "a reference missing outside": (
        lambda lines: lines[DASHBOARD]["references"].pop(0), "so it would load for ever",
    ),
    "a reference missing inside": (
        within(DASHBOARD, PANELS, lambda value: value[0]["embeddableConfig"]["attributes"].update(references=[])),
        "has no reference to a data view",
    ),
    "a reference to another one inside": (
        within(
            DASHBOARD, PANELS,
            lambda value: value[0]["embeddableConfig"]["attributes"]["references"][0].update(id="vigie-all"),
        ),
        "means vigie-all inside and vigie outside",
    ),
    "a reference that nothing uses": (
        lambda lines: lines[DASHBOARD]["references"].append({"type": "search", "id": "vigie.presse", "name": "x:y"}),
        "nothing uses the reference",
    ),
    "a session panel without its reference": (
        within(DASHBOARD, PANELS, lambda value: value[5].update(panelRefName="panel_x")),
        "the dashboard has no reference named",
    ),
    "both ways at once": (
        within(DASHBOARD, PANELS, lambda value: value[0].update(panelRefName="panel_derniers")), "one of them alone",
    ),
    "two panels of one name": (
        within(DASHBOARD, PANELS, lambda value: value.append(value[0])), "is used 2 times",
    ),
    "a bar for each word": (
        within(DASHBOARD, PANELS, lambda value: columns_of(value[3])["value"].update(sourceField="text")),
        '"text" is a field of type text',
    ),
    "time without a date": (
        within(DASHBOARD, PANELS, lambda value: columns_of(value[0])["time"].update(sourceField="seq")),
        "expected date",
    ),
    "the metric first": (
        within(DASHBOARD, PANELS, lambda value: layer_of(value[0])["columnOrder"].reverse()), "metric before a bucket",
    ),
    "a column out of order": (
        within(DASHBOARD, PANELS, lambda value: layer_of(value[0])["columnOrder"].pop()), "not name exactly",
    ),
    "ordered by nothing": (
        within(
            DASHBOARD, PANELS,
            lambda value: columns_of(value[3])["value"]["params"]["orderBy"].update(columnId="nombre"),
        ),
        "which the layer lacks",
    ),
    "a column that is not drawn": (
        within(DASHBOARD, PANELS, lambda value: state_of(value[0])["visualization"]["layers"][0].pop("splitAccessor")),
        'the column "split" is not drawn',
    ),
    "a drawing of nothing": (
        within(
            DASHBOARD, PANELS,
            lambda value: state_of(value[0])["visualization"]["layers"][0].update(xAccessor="jour"),
        ),
        'draws the column "jour"',
    ),
    "another layer": (
        within(DASHBOARD, PANELS, lambda value: state_of(value[2])["visualization"].update(layerId="autre")),
        'draws the layer "autre"',
    ),
    "a bucket about a field that is none": (
        within(
            DASHBOARD, PANELS,
            lambda value: columns_of(value[1])["split"]["params"]["filters"][0]["input"].update(query="sorte : union"),
        ),
        'no field "sorte"',
    ),
    "a list of words": (
        within(
            DASHBOARD, ("attributes", "controlGroupInput", "panelsJSON"),
            lambda value: value["kind"]["explicitInput"].update(fieldName="text"),
        ),
        "control kind",
    ),
    "a list without a data view": (
        lambda lines: lines[DASHBOARD]["references"].pop(), "control source_name: no reference is named",
    ),
    "a time that is not said": (lambda lines: lines[DASHBOARD]["attributes"].pop("timeFrom"), "timeRestore needs"),
    "another shape": (lambda lines: lines[DASHBOARD]["attributes"].update(panelsJSON="[1]"), "is not in the shape"),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_what_kibana_would_draw_wrong_is_found_before(name: str) -> None:
    change, said = BREAKS[name]
    lines = read_lines()
    change(lines)
    found = faults_of(lines)
    assert any(said in fault for fault in found), found


def test_a_line_that_is_no_object_is_named() -> None:
    with pytest.raises(ValueError, match="line 2: expected a saved object"):
        read_file('{"type":"search","id":"a","attributes":{}}\n{"type":"search"}\n')


def test_the_summary_of_an_export_is_left_out() -> None:
    assert len(read_file(FILE.read_text(encoding="utf-8") + '{"exportedCount":8,"missingRefCount":0}\n')) == 8
