"""Fields, queries and filters of objects, held against the fields of the index."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from indexer.kibana.kql import KqlError, read_fields

AGGREGATED = ("keyword", "long", "boolean", "date")
"""Types whose values Elasticsearch can count and sort; of texts it cannot."""

_NO_FIELDS = frozenset({"_source", "_id", "_index", "_score", "___records___"})
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_LUCENE_FIELD = re.compile(r"(?:^|[\s(+\-!])([A-Za-z_][\w.]*):(\w*)")

Fields = Mapping[str, str]


def judge_field(name: Any, where: str, fields: Fields, types: Iterable[str] = ()) -> Iterator[str]:
    """What is wrong with the name of a field; nothing where none is given."""
    if name is None or name in _NO_FIELDS:
        return
    if name not in fields:
        yield f'{where}: the index has no field "{name}"'
    elif types and fields[name] not in types:
        yield f'{where}: "{name}" is a field of type {fields[name]}, expected {" or ".join(types)}'


def find_query_faults(query: Any, where: str, fields: Fields) -> Iterator[str]:
    """What is wrong with a query as Kibana keeps it: its words and their language."""
    if query is None:
        return
    if not isinstance(query, dict) or not isinstance(query.get("query"), str):
        yield f"{where}: expected the words of a query and their language"
    elif query.get("language") == "kuery":
        try:
            named = read_fields(query["query"])
        except KqlError as error:
            yield f"{where}: {error}"
            return
        for name in named:
            yield from judge_field(name, where, fields)
    elif query.get("language") == "lucene":
        yield from _find_in_lucene(query["query"], where, fields)
    else:
        yield f"{where}: expected the language kuery or lucene, got {query.get('language')!r}"


def _find_in_lucene(words: str, where: str, fields: Fields) -> Iterator[str]:
    bare = _QUOTED.sub("", re.sub(r"\\.", "", words))
    if '"' in bare:
        yield f"{where}: a quotation mark is never closed"
    if bare.count("(") != bare.count(")"):
        yield f"{where}: parentheses do not match"
    for name, value in _LUCENE_FIELD.findall(bare):
        yield from judge_field(value if name == "_exists_" else name, where, fields)


def find_filter_faults(filters: Any, where: str, fields: Fields) -> Iterator[str]:
    """What is wrong with a list of filters: each must hold a query whose fields the index has."""
    for number, one in enumerate(filters):
        place = f"{where}[{number}]"
        if not isinstance(one.get("query"), dict) or not isinstance(one.get("meta"), dict):
            yield f"{place}: expected a filter with meta and query"
            continue
        for name in _asked_fields(one["query"]):
            yield from judge_field(name, place, fields)


_ASKS_FIELD = frozenset({"term", "terms", "match", "match_phrase", "range", "wildcard", "fuzzy", "regexp", "prefix"})


def _asked_fields(query: Any) -> Iterator[str]:
    """The fields that a query of Elasticsearch names; wrapped ones are its own business."""
    if isinstance(query, list):
        for each in query:
            yield from _asked_fields(each)
    elif isinstance(query, dict):
        for kind, inside in query.items():
            if kind in _ASKS_FIELD and isinstance(inside, dict):
                yield from (name for name in inside if name != "boost")
            elif kind == "exists":
                yield inside["field"]
            else:
                yield from _asked_fields(inside)
