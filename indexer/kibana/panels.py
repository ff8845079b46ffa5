"""The panels of a dashboard: Lens charts and tables by value, Discover sessions by reference.

Each reference is said twice, inside the panel and in the dashboard: where one is missing the panel loads for ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from indexer.kibana.objects import DATA_VIEW, SESSION, Json, Reference

GRID_COLUMNS = 48
_LAYER = "articles"
_LAYER_REFERENCE = f"indexpattern-datasource-layer-{_LAYER}"
_COUNT = "count"


@dataclass(frozen=True)
class Box:
    """Where a panel lies on the grid of 48 columns."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Panel:
    """One panel, and what the dashboard has to refer to because of it."""

    value: Json
    references: tuple[Reference, ...]


def draw_over_time(name: str, title: str, data_view: str, box: Box, *, split: Json, series: str) -> Panel:
    """Counts along the time, one series for each bucket of `split`."""
    columns = {"split": split, "time": _over_time(), _COUNT: _counted()}
    layer = {"seriesType": series, "xAccessor": "time", "accessors": [_COUNT], "splitAccessor": "split"}
    return _lens(name, title, data_view, box, columns, "lnsXY", _chart(series, layer))


def draw_ranking(name: str, title: str, data_view: str, box: Box, *, by: Json) -> Panel:
    """One horizontal bar for each value, the longest first."""
    layer = {"seriesType": "bar_horizontal", "xAccessor": "value", "accessors": [_COUNT]}
    columns = {"value": by, _COUNT: _counted()}
    return _lens(name, title, data_view, box, columns, "lnsXY", _chart("bar_horizontal", layer))


def draw_cloud(name: str, title: str, data_view: str, box: Box, *, by: Json) -> Panel:
    """The values as words, larger where there are more entries."""
    visualization = {
        "layerId": _LAYER, "layerType": "data", "tagAccessor": "value", "valueAccessor": _COUNT, "maxFontSize": 72,
        "minFontSize": 18, "orientation": "single", "showLabel": True,
    }  # fmt: skip
    return _lens(name, title, data_view, box, {"value": by, _COUNT: _counted()}, "lnsTagcloud", visualization)


def show_session(name: str, title: str, session: str, box: Box) -> Panel:
    """A Discover session as a table."""
    by_name = f"panel_{name}"
    value = {**_placed(name, title, box), "type": "search", "panelRefName": by_name}
    value["embeddableConfig"] = {"enhancements": {}}
    return Panel(value, (Reference(SESSION, session, f"{name}:{by_name}"),))


def count_by(field: str, label: str, size: int, *, others: bool = False) -> Json:
    """Buckets of the most frequent values of a field."""
    order = {"type": "column", "columnId": _COUNT}
    params = {
        "size": size, "orderBy": order, "orderDirection": "desc", "otherBucket": others, "missingBucket": False,
        "parentFormat": {"id": "terms"},
    }  # fmt: skip
    return _column(label, "string", "terms", "ordinal", bucketed=True, sourceField=field, params=params)


def count_queries(label: str, queries: Sequence[tuple[str, str]]) -> Json:
    """One bucket for each query of (label, words in Kibana's own language)."""
    made = [{"label": named, "input": {"query": words, "language": "kuery"}} for named, words in queries]
    return _column(label, "string", "filters", "ordinal", bucketed=True, params={"filters": made})


def _over_time() -> Json:
    params = {"interval": "auto", "includeEmptyRows": True, "dropPartials": False}
    return _column("Date", "date", "date_histogram", "interval", bucketed=True, sourceField="date", params=params)


def _counted() -> Json:
    params = {"emptyAsNull": True}
    return _column("Articles", "number", "count", "ratio", bucketed=False, sourceField="___records___", params=params)


def _column(label: str, data: str, operation: str, scale: str, *, bucketed: bool, **further: Any) -> Json:
    return {
        "label": label, "customLabel": True, "dataType": data, "operationType": operation, "scale": scale,
        "isBucketed": bucketed, **further,
    }  # fmt: skip


def _chart(series: str, layer: Json) -> Json:
    return {
        "preferredSeriesType": series,
        "legend": {"isVisible": True, "position": "right"},
        "valueLabels": "hide",
        "layers": [{"layerId": _LAYER, "layerType": "data", **layer}],
    }


def _lens(
    name: str, title: str, data_view: str, box: Box, columns: Json, visualization_type: str, visualization: Json
) -> Panel:
    layer = {"columnOrder": list(columns), "columns": columns, "incompleteColumns": {}}
    state = {
        "query": {"query": "", "language": "lucene"},
        "filters": [],
        "internalReferences": [],
        "adHocDataViews": {},
        "datasourceStates": {"formBased": {"layers": {_LAYER: layer}}},
        "visualization": visualization,
    }
    attributes = {
        "title": title,
        "description": "",
        "type": "lens",
        "visualizationType": visualization_type,
        "references": [{"type": DATA_VIEW, "id": data_view, "name": _LAYER_REFERENCE}],
        "state": state,
    }
    value = {**_placed(name, title, box), "type": "lens"}
    value["embeddableConfig"] = {"enhancements": {}, "attributes": attributes}
    return Panel(value, (Reference(DATA_VIEW, data_view, f"{name}:{_LAYER_REFERENCE}"),))


def _placed(name: str, title: str, box: Box) -> Json:
    grid = {"x": box.x, "y": box.y, "w": box.width, "h": box.height, "i": name}
    return {"panelIndex": name, "gridData": grid, "title": title}
