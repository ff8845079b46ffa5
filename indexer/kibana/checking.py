"""Objects checked before they are sent: the import of Kibana proves nothing.

It opens none of the strings that hold JSON, compares no field with the index, and stores the rest of a file in which
it refused one object. What is wrong is then seen, or not, by whoever opens the object.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from indexer.engines.elasticsearch_mapping import index_body
from indexer.kibana.checking_lens import find_lens_faults
from indexer.kibana.checking_queries import AGGREGATED, find_filter_faults, find_query_faults, judge_field
from indexer.kibana.objects import DASHBOARD, DATA_VIEW, SESSION, Json, Reference, SavedObject

_JSON_OF_DATA_VIEW = {
    "fields": list,
    "fieldAttrs": dict,
    "fieldFormatMap": dict,
    "sourceFilters": list,
    "runtimeFieldMap": dict,
    "typeMeta": dict,
}
_SOURCE_PLACE = "kibanaSavedObjectMeta.searchSourceJSON"

Fields = Mapping[str, str]
Faults = Iterator[str]


def mapping_fields() -> dict[str, str]:
    """Every field of our indices with its type, those inside other fields among them."""
    fields: dict[str, str] = {}
    for name, said in index_body({})["mappings"]["properties"].items():
        fields[name] = said["type"]
        fields |= {f"{name}.{inner}": each["type"] for inner, each in said.get("fields", {}).items()}
    return fields


def find_faults(objects: Sequence[SavedObject], fields: Fields) -> Faults:
    """Sentences on everything that Kibana would refuse, or could not draw, or would draw wrong."""
    known = {each.key for each in objects}
    for (kind, name), times in Counter(each.key for each in objects).items():
        if times > 1:
            yield f"{kind} {name}: stands {times} times in the file; an id must be the only one of its type"
    for each in objects:
        try:
            yield from (f"{each.kind} {each.id}: {fault}" for fault in _find_in_object(each, known, fields))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            # a list where an object belongs, a missing key: anybody may have edited the file
            yield f"{each.kind} {each.id}: is not in the shape that Kibana writes ({error!r})"


def _find_in_object(each: SavedObject, known: set[tuple[str, str]], fields: Fields) -> Faults:
    for name, times in Counter(reference.name for reference in each.references).items():
        if times > 1:
            yield f'{times} references are named "{name}"'
    for reference in each.references:
        if (reference.kind, reference.id) not in known:
            yield f'"{reference.name}" refers to the {reference.kind} {reference.id}, which the file does not hold'
    if each.kind == DATA_VIEW:
        yield from _find_in_data_view(each.attributes, fields)
    elif each.kind == SESSION:
        yield from _find_in_session(each, fields)
    elif each.kind == DASHBOARD:
        yield from _find_in_dashboard(each, fields)


def _find_in_data_view(attributes: Json, fields: Fields) -> Faults:
    if not attributes.get("title"):
        yield "has no title, which names the alias that is asked"
    yield from judge_field(attributes.get("timeFieldName"), "timeFieldName", fields, ("date",))
    for key, kind in _JSON_OF_DATA_VIEW.items():
        value, faults = _open(attributes.get(key), kind, key)
        yield from faults
        if key in ("fieldAttrs", "fieldFormatMap"):
            for name in value or ():
                yield from judge_field(name, key, fields)
        elif key == "sourceFilters":
            for one in value or ():
                yield from judge_field(one.get("value"), key, fields)


def _find_in_session(each: SavedObject, fields: Fields) -> Faults:
    if "tabs" in each.attributes:
        return  # exported from a later Kibana, which knows better
    used: set[str] = set()
    yield from _find_in_source(each.attributes, each.references, used, fields, needs_index=True)
    for name in each.attributes.get("columns", ()):
        yield from judge_field(name, "columns", fields)
    for pair in each.attributes.get("sort", ()):
        if not (isinstance(pair, list) and len(pair) == 2 and pair[1] in ("asc", "desc")):
            yield f"sort: expected a field and asc or desc, got {json.dumps(pair)}"
        else:
            yield from judge_field(pair[0], "sort", fields, AGGREGATED)
    yield from judge_field(each.attributes.get("breakdownField"), "breakdownField", fields, AGGREGATED)
    yield from _find_unused(each.references, used)


def _find_in_source(
    attributes: Json, references: Iterable[Reference], used: set[str], fields: Fields, *, needs_index: bool
) -> Faults:
    given = attributes.get("kibanaSavedObjectMeta", {}).get("searchSourceJSON")
    source, faults = _open(given, dict, _SOURCE_PLACE)
    yield from faults
    if source is None:
        return
    names = {reference.name for reference in references}
    yield from find_query_faults(source.get("query"), f"{_SOURCE_PLACE}.query", fields)
    yield from find_filter_faults(source.get("filter", []), f"{_SOURCE_PLACE}.filter", fields)
    asked = [source.get("indexRefName"), *(one["meta"].get("indexRefName") for one in source.get("filter", []))]
    for name in filter(None, asked):
        used.add(name)
        if name not in names:
            yield f'{_SOURCE_PLACE}: no reference is named "{name}"'
    if needs_index and not source.get("indexRefName"):
        yield f"{_SOURCE_PLACE}: names no data view (indexRefName)"


def _find_in_dashboard(each: SavedObject, fields: Fields) -> Faults:
    attributes, used = each.attributes, set[str]()
    yield from _find_in_source(attributes, each.references, used, fields, needs_index=False)
    if attributes.get("timeRestore") and not (attributes.get("timeFrom") and attributes.get("timeTo")):
        yield "timeRestore needs timeFrom and timeTo"
    _, faults = _open(attributes.get("optionsJSON"), dict, "optionsJSON")
    yield from faults
    panels, faults = _open(attributes.get("panelsJSON"), list, "panelsJSON")
    yield from faults
    for name, times in Counter(panel.get("panelIndex") for panel in panels or ()).items():
        if times > 1:
            yield f"panel {name}: its panelIndex is used {times} times"
    for panel in panels or ():
        for fault in _find_in_panel(panel, each.references, used, fields):
            yield f"panel {panel.get('panelIndex')}: {fault}"
    yield from _find_in_controls(attributes.get("controlGroupInput", {}), each.references, used, fields)
    yield from _find_unused(each.references, used)


def _find_in_panel(panel: Json, references: Iterable[Reference], used: set[str], fields: Fields) -> Faults:
    prefix = f"{panel.get('panelIndex')}:"
    outer = {one.name.removeprefix(prefix): one for one in references if one.name.startswith(prefix)}
    inside = panel.get("embeddableConfig", {}).get("attributes")
    by_name = panel.get("panelRefName")
    if by_name is not None:
        used.add(prefix + by_name)
        if by_name not in outer:
            yield f'the dashboard has no reference named "{prefix}{by_name}"'
        elif outer[by_name].kind != panel.get("type"):
            yield f"is of type {panel.get('type')} and refers to a {outer[by_name].kind}"
    if (inside is None) == (by_name is None):
        yield "expected either attributes or a reference, and one of them alone"
    for one in (inside or {}).get("references", ()):
        used.add(prefix + one["name"])
        found = outer.get(one["name"])
        if found is None:
            yield f'the dashboard has no reference named "{prefix}{one["name"]}", so it would load for ever'
        elif (found.kind, found.id) != (one["type"], one["id"]):
            yield f'"{one["name"]}" means {one["id"]} inside and {found.id} outside'
    if inside is not None and panel.get("type") == "lens":
        yield from find_lens_faults(inside, fields)


def _find_in_controls(group: Json, references: Iterable[Reference], used: set[str], fields: Fields) -> Faults:
    if "panelsJSON" not in group:
        return
    names = {reference.name for reference in references}
    controls, faults = _open(group["panelsJSON"], dict, "controlGroupInput.panelsJSON")
    yield from faults
    for name, control in (controls or {}).items():
        given = control.get("explicitInput", {})
        if given.get("id") != name:
            yield f'control {name}: explicitInput.id is "{given.get("id")}"'
        yield from judge_field(given.get("fieldName"), f"control {name}", fields, AGGREGATED)
        reference = f"controlGroup_{name}:optionsListDataView"
        used.add(reference)
        if control.get("type") == "optionsListControl" and reference not in names:
            yield f'control {name}: no reference is named "{reference}"'


def _find_unused(references: Iterable[Reference], used: set[str]) -> Faults:
    for reference in references:
        if reference.name not in used and reference.kind != "tag":
            yield f'nothing uses the reference "{reference.name}"'


def _open(text: Any, kind: type, where: str) -> tuple[Any, list[str]]:
    """The value in a string that holds JSON, and what is wrong with it; None where the string is missing."""
    if text is None:
        return None, []
    expected = "a list" if kind is list else "an object"
    try:
        value = json.loads(text)
    except (ValueError, TypeError):
        return None, [f"{where}: expected {expected} as a string of JSON"]
    return (value, []) if isinstance(value, kind) else (None, [f"{where}: expected {expected} as a string of JSON"])
