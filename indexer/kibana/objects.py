"""Saved objects of Kibana, as one line each of an NDJSON file: data views, Discover sessions, dashboards.

They are written in the shapes of old type versions on purpose. Kibana brings an older object up to date, and refuses a
whole file in which one object is newer than itself.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

DATA_VIEW, SESSION, DASHBOARD = "index-pattern", "search", "dashboard"

TYPE_VERSIONS: Mapping[str, str] = {DATA_VIEW: "8.0.0", SESSION: "8.0.0", DASHBOARD: "8.9.0"}
"""Neither older than the shapes here nor newer than what Kibana 8.12 and 9 both take."""

CORE_VERSION = "8.8.0"
_META = "kibanaSavedObjectMeta"
_SOURCE = "searchSourceJSON"
SESSION_INDEX = f"{_META}.{_SOURCE}.index"

Json = dict[str, Any]


@dataclass(frozen=True)
class Reference:
    """That an object needs another one; `name` is how its attributes speak of it."""

    kind: str
    id: str
    name: str


@dataclass(frozen=True)
class SavedObject:
    """One object; `rest` are the further keys of its line, such as versions."""

    kind: str
    id: str
    attributes: Json
    references: tuple[Reference, ...] = ()
    rest: Json = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """What Kibana tells objects apart by."""
        return self.kind, self.id

    @property
    def title(self) -> str:
        """How people call it."""
        return str(self.attributes.get("name") or self.attributes.get("title") or self.id)

    def as_line(self) -> str:
        """The object as it stands in a file."""
        references = [{"type": each.kind, "id": each.id, "name": each.name} for each in self.references]
        whole = {
            "type": self.kind,
            "id": self.id,
            "attributes": self.attributes,
            "references": references,
            **self.rest,
        }
        return to_json(whole)


def to_json(value: Any) -> str:
    """JSON on one line, as Kibana itself writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def write_file(objects: Iterable[SavedObject]) -> str:
    """The text of a file."""
    return "".join(f"{each.as_line()}\n" for each in objects)


def read_file(text: str) -> tuple[SavedObject, ...]:
    """The objects of a file, or `ValueError` with the line that is none; an export's summary line is left out."""
    lines = ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())
    read = (_read_line(number, line) for number, line in lines)
    return tuple(each for each in read if each is not None)


def _read_line(number: int, line: str) -> SavedObject | None:
    try:
        value = json.loads(line)
        if isinstance(value, dict) and "exportedCount" in value:
            return None
        kind, name = str(value.pop("type")), str(value.pop("id"))
        attributes, given = value.pop("attributes"), value.pop("references", [])
        references = tuple(Reference(each["type"], each["id"], each["name"]) for each in given)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"line {number}: expected a saved object of Kibana, got something else ({error})") from error
    if not isinstance(attributes, dict):
        raise ValueError(f"line {number}: expected a saved object of Kibana, got one without attributes")
    return SavedObject(kind, name, attributes, references, value)


def make_object(kind: str, name: str, attributes: Json, references: Iterable[Reference] = ()) -> SavedObject:
    """An object of ours, with the versions that fit its shape."""
    versions = {"coreMigrationVersion": CORE_VERSION, "typeMigrationVersion": TYPE_VERSIONS[kind], "managed": False}
    return SavedObject(kind, name, attributes, tuple(references), versions)


def make_session(
    name: str,
    title: str,
    description: str,
    data_view: str,
    *,
    columns: Sequence[str],
    sort: Sequence[tuple[str, str]],
    query: str = "",
    condition: Json | None = None,
    **further: Any,
) -> SavedObject:
    """A Discover session: a data view, what is asked of it, which fields are shown in which order.

    `query` is in the language of Lucene; `condition` is a filter made by `indexer.kibana.filters`.
    """
    references = [Reference(DATA_VIEW, data_view, SESSION_INDEX)]
    conditions = []
    if condition is not None:
        by_name = f"{_META}.{_SOURCE}.filter[0].meta.index"
        references.append(Reference(DATA_VIEW, data_view, by_name))
        conditions.append({**condition, "meta": {**condition["meta"], "indexRefName": by_name}})
    attributes = {
        "title": title,
        "description": description,
        "columns": list(columns),
        "sort": [list(each) for each in sort],
        "grid": {},
        "hideChart": False,
        "isTextBasedQuery": False,
        "timeRestore": False,
        **further,
        _META: {_SOURCE: _search_source(query, conditions, SESSION_INDEX)},
    }
    return make_object(SESSION, name, attributes, references)


def make_source() -> Json:
    """The search source of a dashboard: no query and no filter of its own."""
    return {_SOURCE: _search_source("", [])}


def _search_source(query: str, conditions: Sequence[Json], index: str | None = None) -> str:
    source: Json = {"query": {"query": query, "language": "lucene"}, "filter": list(conditions)}
    if index is not None:
        source |= {"highlightAll": True, "version": True, "indexRefName": index}
    return to_json(source)


def rename(each: SavedObject, name: str, references: Iterable[Reference], attributes: Json) -> SavedObject:
    """The same object under another id, with its references and attributes to match."""
    return replace(each, id=name, references=tuple(references), attributes=attributes)
