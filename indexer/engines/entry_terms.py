"""An entry as the terms and numbers that are written, the same for every engine.

`has` names the optional fields that hold a value, for queries that ask whether there is one.
"""

from collections.abc import Iterator
from dataclasses import fields

from indexer.document import FIELDS, IndexEntry, seconds_of
from indexer.engines.base import Analysis

OPTIONAL = frozenset(field.name for field in fields(IndexEntry) if field.default in (None, ()))
"""The fields that may be empty; every other field of every entry holds a value."""

_OPTIONAL_IN_ORDER = tuple(sorted(OPTIONAL))
"""An entry must come to the same in every process, or what one has stored would look wrong to another."""

_KEYWORDS = tuple(
    field for field in FIELDS.values() if field.asked and field.kind in ("keyword", "keywords") and field.name != "id"
)
_FLAGS = tuple(field.name for field in FIELDS.values() if field.kind == "flag")
_DATES = tuple(field.name for field in FIELDS.values() if field.kind == "date")
_NUMBERS = tuple(field.name for field in FIELDS.values() if field.kind == "number")


def entry_texts(entry: IndexEntry, analysis: Analysis) -> Iterator[tuple[str, str]]:
    """(field, terms separated by blanks) of the analysed fields."""
    for name, text in (("title", entry.title), ("text", entry.text)):
        if text:
            places, exact = analysis.written(text)
            yield name, places
            yield f"{name}_exact", exact


def entry_keywords(entry: IndexEntry) -> Iterator[tuple[str, str]]:
    """(field, term) of the fields that are not analysed, with the id and the fields that hold a value."""
    yield "id", entry.id
    for field in _KEYWORDS:
        value = getattr(entry, field.name)
        if not value:
            continue
        for one in (value,) if field.kind == "keyword" else value:
            for term in field.terms_of(one):
                yield field.name, term
    for name in _OPTIONAL_IN_ORDER:
        if getattr(entry, name) not in (None, "", ()):
            yield "has", name


def entry_flags(entry: IndexEntry) -> Iterator[tuple[str, str]]:
    """(field, "true" or "false")."""
    for name in _FLAGS:
        yield name, flag_term(getattr(entry, name))


def entry_numbers(entry: IndexEntry) -> Iterator[tuple[str, int]]:
    """(field, whole number) of numbers and dates, dates in seconds since 1970."""
    for name in _NUMBERS:
        yield name, getattr(entry, name)
    for name in _DATES:
        instant = getattr(entry, name)
        if instant is not None:
            yield name, seconds_of(instant)


def flag_term(value: bool) -> str:
    """The term of a flag."""
    return "true" if value else "false"
