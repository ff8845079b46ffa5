"""A tree as a tantivy query.

Words and phrases are scored; patterns and fuzzy words count one each, everything else nothing, so that a filter never
changes the order of hits. tantivy's own query parser is not used: it reads `polic*` as the word « polic ».
"""

from collections.abc import Iterable, Iterator
from typing import Any

import tantivy

from indexer.document import FIELDS
from indexer.engines.base import inclusive_range
from indexer.engines.entry_terms import OPTIONAL
from indexer.proximity import as_pairs
from indexer.tree import (
    AllOf,
    AnyOf,
    BestOf,
    Between,
    Everything,
    Exists,
    FuzzyIs,
    Node,
    Nothing,
    PatternIs,
    PhraseIs,
    TermIs,
    Without,
)

_OTHERS_SHARE = 0.1
_SPECIAL = frozenset(r"\.+*?()|[]{}^$")
_MUST, _SHOULD, _MUST_NOT = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot


class TreeCompiler:
    """Compiles trees for one schema."""

    def __init__(self, schema: tantivy.Schema) -> None:
        self._schema = schema

    def compile(self, tree: Node) -> tantivy.Query:
        """The query that finds exactly the entries of the tree."""
        match tree:
            case Everything():
                return _unscored(tantivy.Query.all_query())
            case Nothing():
                return tantivy.Query.empty_query()
            case AllOf() | Without():
                return self._all_of(tree)
            case AnyOf(children):
                return tantivy.Query.boolean_query([(_SHOULD, self.compile(child)) for child in children])
            case BestOf(children):
                weighted = [_weighted(self.compile(child), weight) for weight, child in children]
                return tantivy.Query.disjunction_max_query(weighted, _OTHERS_SHARE)
        return self._leaf(tree)

    def _all_of(self, tree: AllOf | Without) -> tantivy.Query:
        clauses = [
            (_MUST_NOT, self.compile(part.child)) if isinstance(part, Without) else (_MUST, self.compile(part))
            for part in _flattened((tree,))
        ]
        if all(occur == _MUST_NOT for occur, _ in clauses):
            clauses.append((_MUST, _unscored(tantivy.Query.all_query())))
        return tantivy.Query.boolean_query(clauses)

    def _leaf(self, leaf: Node) -> tantivy.Query:
        match leaf:
            case TermIs(field, term):
                return self._term(field, term)
            case PhraseIs():
                return self._phrase(leaf)
            case PatternIs(field, pattern):
                return tantivy.Query.regex_query(self._schema, field, "".join(_as_regex(pattern)))
            case FuzzyIs(field, term, distance):
                return tantivy.Query.fuzzy_term_query(self._schema, field, term, distance)
            case Between():
                return self._range(leaf.field, *inclusive_range(leaf))
            case Exists(field):
                return self.compile(TermIs("has", field) if field in OPTIONAL else Everything())
        raise TypeError(f"a query tree holds {leaf!r}, which is no node")

    def _term(self, field: str, term: str) -> tantivy.Query:
        kind = FIELDS[field].kind
        if kind in ("number", "date"):
            return self._range(field, int(term), int(term))
        if kind == "text" and not field.endswith("_exact"):
            return tantivy.Query.term_query(self._schema, field, term)
        return _unscored(tantivy.Query.term_query(self._schema, field, term, index_option="basic"))

    def _phrase(self, phrase: PhraseIs) -> tantivy.Query:
        first = min(offset for offset, _ in phrase.terms)
        terms: list[Any] = [(offset - first, term) for offset, term in phrase.terms]
        if len(terms) == 1:
            return self._term(phrase.field, terms[0][1])
        if phrase.slop and (len(terms) > 2 or terms[0][1] == terms[1][1]):
            return self.compile(as_pairs(phrase))
        return tantivy.Query.phrase_query(self._schema, phrase.field, terms, phrase.slop)

    def _range(self, field: str, low: int | None, high: int | None) -> tantivy.Query:
        if low is not None and high is not None and low > high:
            return tantivy.Query.empty_query()
        low, high = _clamped(low), _clamped(high)
        if low is None and high is None:
            return self.compile(Exists(field))
        return _unscored(tantivy.Query.range_query(self._schema, field, tantivy.FieldType.Integer, low, high))


def _flattened(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        if isinstance(node, AllOf):
            yield from _flattened(node.children)
        else:
            yield node


def _unscored(query: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.const_score_query(query, 0.0)


def _weighted(query: tantivy.Query, weight: float) -> tantivy.Query:
    return query if weight == 1.0 else tantivy.Query.boost_query(query, weight)


def _clamped(number: int | None) -> int | None:
    return None if number is None else max(-(2**63) + 1, min(2**63 - 1, number))


def _as_regex(pattern: str) -> Iterator[str]:
    for char in pattern:
        if char == "*":
            yield ".*"
        elif char == "?":
            yield "."
        else:
            yield "\\" + char if char in _SPECIAL else char
