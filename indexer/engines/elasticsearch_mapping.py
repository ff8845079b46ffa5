"""The index schema on Elasticsearch: mapping, analysis, index template, and an entry as the body that is sent.

Compiled queries ask fields that hold our own finished terms, cut at blanks only, so that every engine finds the same:
`title_fr`, `text_fr` and the exact fields, and, for keywords that are asked without capitals and accents, a `..._terms`
field beside the one that shows the value as it was written. `title`, `lead` and `text` carry Elasticsearch's own
French analysis, for what people type in Kibana.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from indexer.analysis import clip_text
from indexer.document import FIELDS, KEYWORD_MAX_CHARS, Field, IndexEntry
from indexer.engines.base import MAX_WINDOW, Analysis, EntryRefusedError
from indexer.engines.elasticsearch_analysis import ANALYSIS
from indexer.engines.entry_terms import entry_flags, entry_keywords, entry_numbers, entry_texts

FORMAT = "elasticsearch-2"

_TERM_FIELDS = {"title": "title_fr", "text": "text_fr"}
_MAX_NUMBER = 2**63 - 1

Body = dict[str, Any]


def term_field(name: str) -> str:
    """The field of the mapping that holds our terms of a field of the schema."""
    if FIELDS[name].form == "folded":
        return f"{name}_terms"
    return _TERM_FIELDS.get(name, name)


def is_stored(name: str) -> bool:
    """Tell whether a field of the mapping is kept as it was sent; our terms are made again from the catalogue."""
    return not name.endswith(("_fr", "_exact", "_terms"))


def index_body(meta: Body) -> Body:
    """Settings and mapping of one index; `meta` says what it was made with."""
    return {"settings": _settings(), "mappings": {**_mapping(), "_meta": meta}}


def template_body(pattern: str) -> Body:
    """The index template. It keeps Elasticsearch from making up an index where one of ours was deleted."""
    return {
        "index_patterns": [pattern],
        "priority": 500,
        "allow_auto_create": False,
        "template": {"settings": _settings(), "mappings": _mapping()},
    }


def _settings() -> Body:
    return {
        "index": {
            "number_of_shards": 1,
            "auto_expand_replicas": "0-1",  # a copy where there is a second node, no yellow index where not
            "refresh_interval": -1,  # a commit shows what it holds, whole; nothing is to be seen before
            "max_result_window": MAX_WINDOW,
            "codec": "best_compression",
            "query": {"default_field": ["title^3", "lead^2", "text"]},
        },
        "analysis": ANALYSIS,
    }


def _mapping() -> Body:
    properties: dict[str, Body] = {}
    for field in FIELDS.values():
        properties.update(_properties(field))
    ours = [name for name in properties if not is_stored(name)]
    return {
        "dynamic": "strict",
        "date_detection": False,
        "_source": {"excludes": ours},
        "properties": properties,
    }


def _properties(field: Field) -> Iterator[tuple[str, Body]]:
    if field.kind == "text" and field.shown:
        yield field.name, _native_text()
        if field.asked:
            yield _TERM_FIELDS[field.name], {"type": "text", "analyzer": "terms"}
    elif field.kind == "text":
        yield field.name, {"type": "text", "analyzer": "terms", "index_options": "docs", "norms": False}
    elif field.kind in ("keyword", "keywords"):
        yield field.name, {"type": "keyword"}
        if field.form == "folded":
            yield term_field(field.name), {"type": "keyword", "doc_values": False}
    else:
        yield field.name, {"type": {"date": "date", "number": "long", "flag": "boolean"}[field.kind]}


def _native_text() -> Body:
    exact = {"type": "text", "analyzer": "fr_exact", "norms": False, "index_options": "offsets"}
    return {
        "type": "text",
        "analyzer": "fr_index",
        "search_analyzer": "fr_search",
        "search_quote_analyzer": "fr_phrase",
        "index_options": "offsets",
        "fields": {"exact": exact},
    }


def body_of(entry: IndexEntry, analysis: Analysis) -> bytes:
    """The entry as it is sent, or `EntryRefusedError` for a value that no index could hold."""
    try:
        body = dict(_values(entry, analysis))
        return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        raise EntryRefusedError(entry.id, str(error)) from error


def _values(entry: IndexEntry, analysis: Analysis) -> Iterator[tuple[str, Any]]:
    for name, text in entry_texts(entry, analysis):
        yield term_field(name), text
    for name in ("title", "lead", "text"):
        if getattr(entry, name):
            yield name, clip_text(getattr(entry, name))
    yield from _gathered_keywords(entry)
    for name, flag in entry_flags(entry):
        yield name, flag == "true"
    for name, number in entry_numbers(entry):
        yield name, instant_of(number) if FIELDS[name].kind == "date" else _whole(number)


def _gathered_keywords(entry: IndexEntry) -> Iterator[tuple[str, Any]]:
    terms: dict[str, list[str]] = {}
    for name, term in entry_keywords(entry):
        terms.setdefault(name, []).append(term)
    for name, found in terms.items():
        yield term_field(name), found if FIELDS[name].kind == "keywords" or len(found) > 1 else found[0]
        if FIELDS[name].form == "folded":
            yield name, _as_written(getattr(entry, name))
    yield "content_hash", _as_written(entry.content_hash)


def _as_written(value: str | tuple[str, ...]) -> str | list[str]:
    if isinstance(value, str):
        return value[:KEYWORD_MAX_CHARS]
    return [one[:KEYWORD_MAX_CHARS] for one in value]


def _whole(number: int) -> int:
    if not isinstance(number, int) or not -_MAX_NUMBER <= number <= _MAX_NUMBER:
        raise ValueError(f"expected a whole number of at most 64 bits, got {number!r:.40}")
    return number


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = int((datetime.min.replace(tzinfo=UTC) - _EPOCH).total_seconds())
_LAST = int((datetime.max.replace(tzinfo=UTC, microsecond=0) - _EPOCH).total_seconds())


def instant_of(seconds: int) -> str:
    """Seconds since 1970 as Elasticsearch reads an instant; what no calendar has is the nearest that one has."""
    instant = _EPOCH + timedelta(seconds=max(_FIRST, min(_LAST, seconds)))
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)
