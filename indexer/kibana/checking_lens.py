"""Lens panels: their layers have columns, and what is drawn is drawn from those."""

from collections.abc import Iterator, Mapping
from typing import Any

from indexer.kibana.checking_queries import AGGREGATED, find_filter_faults, find_query_faults, judge_field
from indexer.kibana.objects import Json

_ONE_COLUMN = (
    "xAccessor", "splitAccessor", "tagAccessor", "valueAccessor", "metricAccessor", "breakdownByAccessor",
    "secondaryMetricAccessor", "maxAccessor", "accessor",
)  # fmt: skip
_SEVERAL_COLUMNS = ("accessors", "metrics", "primaryGroups", "secondaryGroups", "groups")
_TYPES = {"terms": AGGREGATED, "date_histogram": ("date",)}


def find_lens_faults(attributes: Json, fields: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a panel by value."""
    state = attributes.get("state", {})
    if not attributes.get("visualizationType") or "visualization" not in state:
        yield "names no visualization"
        return
    yield from find_query_faults(state.get("query"), "query", fields)
    yield from find_filter_faults(state.get("filters", []), "filters", fields)
    layers = state.get("datasourceStates", {}).get("formBased", {}).get("layers", {})
    names = {one["name"] for one in attributes.get("references", ())}
    for name, layer in layers.items():
        if f"indexpattern-datasource-layer-{name}" not in names:
            yield f"layer {name} has no reference to a data view"
        yield from (f"layer {name}: {fault}" for fault in _find_in_layer(layer, fields))
    yield from _find_in_drawing(state["visualization"], layers)


def _find_in_layer(layer: Json, fields: Mapping[str, str]) -> Iterator[str]:
    columns, order = layer.get("columns", {}), layer.get("columnOrder", [])
    if sorted(order) != sorted(columns):
        yield "columnOrder does not name exactly the columns"
        return
    buckets = [bool(columns[name].get("isBucketed")) for name in order]
    if buckets != sorted(buckets, reverse=True):
        yield "columnOrder names a metric before a bucket"
    for name, column in columns.items():
        yield from (f"column {name}: {fault}" for fault in _find_in_column(column, columns, fields))


def _find_in_column(column: Json, columns: Json, fields: Mapping[str, str]) -> Iterator[str]:
    operation, params = column.get("operationType"), column.get("params", {})
    if not (isinstance(operation, str) and isinstance(column.get("label"), str) and "dataType" in column):
        yield "expected operationType, label and dataType"
        return
    yield from judge_field(column.get("sourceField"), operation, fields, _TYPES.get(operation, ()))
    by = params.get("orderBy", {})
    if by.get("type") == "column" and by.get("columnId") not in columns:
        yield f'is ordered by the column "{by.get("columnId")}", which the layer lacks'
    for one in params.get("filters", ()) if operation == "filters" else ():
        yield from find_query_faults(one.get("input"), "filters", fields)


def _find_in_drawing(drawing: Json, layers: Json) -> Iterator[str]:
    drawn = drawing.get("layers", [drawing])
    for one in drawn:
        layer = layers.get(str(one.get("layerId")))
        if layer is None:
            yield f'draws the layer "{one.get("layerId")}", which there is none of'
            continue
        used = set(_drawn_columns(one))
        for name in sorted(used - set(layer.get("columns", {}))):
            yield f'draws the column "{name}", which the layer lacks'
        for name in sorted(set(layer.get("columns", {})) - used):
            yield f'the column "{name}" is not drawn'
    for name in sorted(set(layers) - {one.get("layerId") for one in drawn}):
        yield f"layer {name} is not drawn"


def _drawn_columns(drawing: Json) -> Iterator[Any]:
    yield from (drawing[key] for key in _ONE_COLUMN if drawing.get(key))
    for key in _SEVERAL_COLUMNS:
        yield from drawing.get(key, ())
    yield from (one["columnId"] for one in drawing.get("columns", ()))
