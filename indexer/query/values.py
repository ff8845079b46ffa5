"""Fields whose values are a fixed list: a value outside it would find nothing without a word, so it is refused."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import get_args

from archive.records import Origin, Precision
from config.source import Kind
from config.territories import DEPARTEMENTS, REGIONS
from indexer.analysis import fold
from indexer.document import Field
from indexer.query.errors import QueryError


def _plain(*values: str) -> dict[str, str]:
    return {value: value for value in values}


FIXED_VALUES: Mapping[str, Mapping[str, str]] = {
    "state": _plain("live", "removed"),
    "kind": _plain(*get_args(Kind)),
    "regions": REGIONS,
    "departements": _plain(*sorted(DEPARTEMENTS)),
    "date_origin": _plain(*get_args(Origin), "first_seen"),
    "date_precision": _plain(*get_args(Precision)),
}
"""The values of a field, each with a name that people may write instead of it and are told the value for."""


def check_value(field: Field, value: str, position: int | None) -> str:
    """The value, or `QueryError` with the nearest one where the field has no such value."""
    values = FIXED_VALUES.get(field.name)
    if values is None or value in values:
        return value
    raise QueryError(f"{field.name} has no value {value[:40]!r}", position, _suggest(field.name, value, values))


def _suggest(name: str, value: str, values: Mapping[str, str]) -> str:
    codes = {_key(title): code for code, title in values.items()} | {_key(code): code for code in values}
    codes |= {_key(code).removeprefix("fr"): code for code in values} | {
        _key(code).lstrip("0"): code for code in values
    }
    near = get_close_matches(_key(value), codes, 1)
    if near:
        return f"Did you mean {name}:{codes[near[0]]}?"
    if len(values) <= 10:
        return f"There are {', '.join(values)}"
    return f"Its values are codes such as {next(iter(values))}"


def _key(text: str) -> str:
    return "".join(letter for letter in fold(text) if letter.isalnum())
