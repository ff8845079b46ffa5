"""The second reading of a query: luqum builds the tree, and what it built is taken over into our own.

The only module that knows luqum. Whatever luqum would read and the language does not have was refused before
(`indexer/query/scanning.py`); what is left is checked once more here, since a parser may change.
"""

import re
from typing import Any

from luqum import tree as luqum
from luqum.exceptions import ParseError
from luqum.thread import parse as parse_luqum

from indexer.query import syntax
from indexer.query.errors import QueryError
from indexer.query.fields import resolve_field
from indexer.query.scanning import Scanned

_PROTECTED = re.compile(r"\\(.)", re.DOTALL)
_WILDCARD = re.compile(r"(?:[^\\*?]|\\.)*[*?]", re.DOTALL)


def read_syntax(scanned: Scanned) -> syntax.Syntax:
    """The syntax tree of a query that passed the first reading."""
    try:
        parsed = parse_luqum(scanned.spelled)
    except ParseError as error:
        place = re.search(r"position (\d+)", str(error))
        raise QueryError(
            "this cannot be read", scanned.origin(int(place[1])) if place else None,
            "Put unusual signs in quotation marks",
        ) from error  # fmt: skip
    return _Reader(scanned).read(parsed, None)


class _Reader:
    """Takes luqum's nodes over; `field` is that of the parentheses around."""

    def __init__(self, scanned: Scanned) -> None:
        self._scanned = scanned

    def read(self, node: Any, field: str | None) -> syntax.Syntax:
        match node:
            case luqum.BaseGroup():
                return self.read(node.expr, field)
            case luqum.SearchField():
                return self._read_field(node, field)
            case luqum.AndOperation() | luqum.UnknownOperation():
                return syntax.conjoin([self.read(child, field) for child in node.children])
            case luqum.OrOperation():
                return syntax.disjoin([self.read(child, field) for child in node.children])
            case luqum.Not():
                return syntax.negate(self.read(node.a, field))
            case _:
                return self._read_leaf(node, field, self._position(node))

    def _read_field(self, node: Any, field: str | None) -> syntax.Syntax:
        position = self._position(node)
        if field is not None:
            raise QueryError(
                "a field inside a field", position, "Write each field with its own words, joined by AND or OR"
            )
        return self.read(node.expr, resolve_field(node.name, position).name)

    def _read_leaf(self, node: Any, field: str | None, position: int) -> syntax.Syntax:
        match node:
            case luqum.Word():
                return _read_word(node.value, field, position)
            case luqum.Phrase():
                return syntax.Phrase(field, position, _unprotect(node.value[1:-1]).strip())
            case luqum.Proximity():
                return syntax.Phrase(field, position, _unprotect(node.term.value[1:-1]).strip(), int(node.degree))
            case luqum.Fuzzy():
                return _read_fuzzy(node, field, position)
            case luqum.Range():
                return _read_range(node, field, position)
            case luqum.From():
                return syntax.Range(field, position, _bound(node.a), None, bool(node.include), True)
            case luqum.To():
                return syntax.Range(field, position, None, _bound(node.a), True, bool(node.include))
        raise QueryError(f"{type(node).__name__} is not part of the language", position)

    def _position(self, node: Any) -> int:
        while isinstance(node, luqum.BaseOperation):
            node = node.children[0]
        return self._scanned.origin(node.pos) or 0


def _read_word(value: str, field: str | None, position: int) -> syntax.Syntax:
    if value == "*":
        return syntax.Star(field, position)
    if _WILDCARD.match(value):
        return syntax.Pattern(field, position, value)
    return syntax.Word(field, position, _unprotect(value))


def _read_fuzzy(node: Any, field: str | None, position: int) -> syntax.Syntax:
    value = node.term.value
    if _WILDCARD.match(value):
        raise QueryError("~ after a word with * or ?", position, "Use one of the two")
    distance = int(node.degree)  # luqum gives 0.5 where no number is written
    return syntax.Fuzzy(field, position, _unprotect(value), distance or None)


def _read_range(node: Any, field: str | None, position: int) -> syntax.Syntax:
    low, high = _bound(node.low), _bound(node.high)
    if low is None and high is None:
        return syntax.Star(field, position)
    return syntax.Range(
        field, position, low, high, low is None or bool(node.include_low), high is None or bool(node.include_high)
    )


def _bound(node: Any) -> str | None:
    return None if node.value == "*" else str(node.value).strip('"').strip()


def _unprotect(text: str) -> str:
    return _PROTECTED.sub(r"\1", text)
