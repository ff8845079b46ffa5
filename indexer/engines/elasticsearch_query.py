"""A tree as Elasticsearch's query DSL: finished terms only, nothing that its analysis could read another way.

Words and phrases are scored; patterns and fuzzy words count one each, everything else nothing, as on the embedded
engine. Elasticsearch refuses queries of more than thirty levels; deeper ones are handed over in wrappings, each of
which it reads by itself.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from indexer.analysis import HOLE
from indexer.document import FIELDS
from indexer.engines.base import inclusive_range
from indexer.engines.elasticsearch_mapping import instant_of, term_field
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

Query = dict[str, Any]

LEVELS_IN_A_WRAPPING = 8
"""Levels of the tree; each takes at most three of the thirty levels of the query."""

_OTHERS_SHARE = 0.1
_LARGEST = 2**63 - 1
_ALL: Query = {"bool": {"filter": [{"match_all": {}}]}}
_NONE: Query = {"match_none": {}}


def compile_tree(tree: Node, level: int = 1) -> Query:
    """The query that finds exactly the entries of the tree."""
    if level % LEVELS_IN_A_WRAPPING == 0:
        return _wrapped(_compile(tree, level))
    return _compile(tree, level)


def _compile(tree: Node, level: int) -> Query:
    match tree:
        case Everything():
            return _ALL
        case Nothing():
            return _NONE
        case AllOf() | Without():
            return _all_of(tree, level + 1)
        case AnyOf(children):
            return {"bool": {"should": [compile_tree(child, level + 1) for child in children]}}
        case BestOf(children):
            queries = [_weighted(compile_tree(child, level + 1), weight) for weight, child in children]
            return {"dis_max": {"queries": queries, "tie_breaker": _OTHERS_SHARE}}
    return _leaf(tree)


def _all_of(tree: AllOf | Without, level: int) -> Query:
    clauses: dict[str, list[Query]] = {}
    for part in _flattened((tree,)):
        if isinstance(part, Without):
            clauses.setdefault("must_not", []).append(compile_tree(part.child, level))
        else:
            clauses.setdefault("must", []).append(compile_tree(part, level))
    if "must" not in clauses:
        clauses["filter"] = [{"match_all": {}}]
    return {"bool": clauses}


def _leaf(leaf: Node) -> Query:
    match leaf:
        case TermIs(field, term):
            return _term(field, term)
        case PhraseIs():
            return _phrase(leaf)
        case PatternIs(field, pattern):
            value = {"value": pattern.replace("\\", "\\\\"), "rewrite": "constant_score"}
            return {"wildcard": {term_field(field): value}}
        case FuzzyIs():
            return _fuzzy(leaf)
        case Between():
            return _range(leaf.field, *inclusive_range(leaf))
        case Exists(field):
            return _unscored({"term": {"has": field}}) if field in OPTIONAL else _ALL
    raise TypeError(f"a query tree holds {leaf!r}, which is no node")


def _term(field: str, term: str) -> Query:
    kind = FIELDS[field].kind
    if kind in ("number", "date"):
        return _range(field, int(term), int(term))
    if kind == "flag" and term not in ("true", "false"):
        return _NONE
    asked = {"term": {term_field(field): {"value": term}}}
    return asked if kind == "text" and not field.endswith("_exact") else _unscored(asked)


def _phrase(phrase: PhraseIs) -> Query:
    terms = sorted(phrase.terms)
    if not all(_is_term(term) for _, term in terms):
        return _NONE
    if len(terms) == 1:
        return _term(phrase.field, terms[0][1])
    if phrase.slop and (len(terms) > 2 or terms[0][1] == terms[1][1]):
        return compile_tree(as_pairs(phrase))
    if any(one == other for (one, _), (other, _) in pairwise(terms)):
        return _at_one_place(phrase)
    words = " ".join(_spaced(terms))
    asked = {"query": words, "analyzer": "terms", "slop": phrase.slop}
    return {"match_phrase": {term_field(phrase.field): asked}}


def _spaced(terms: Iterable[tuple[int, str]]) -> Iterator[str]:
    """The terms in order of place, with a hole at each place between them that is left open."""
    before: int | None = None
    for place, term in terms:
        if before is not None:
            yield from (HOLE for _ in range(place - before - 1))
        yield term
        before = place


def _at_one_place(phrase: PhraseIs) -> Query:
    """Two different words never stand at one place, but may stand near each other."""
    (_, one), (_, other) = phrase.terms[:2]
    apart = range(1, phrase.slop + 1)
    pairs = [((0, first), (places, last)) for places in apart for first, last in ((one, other), (other, one))]
    if not pairs:
        return _NONE
    return {"bool": {"should": [_phrase(PhraseIs(phrase.field, pair)) for pair in pairs]}}


def _is_term(term: str) -> bool:
    return term.split() == [term] and term != HOLE


def _fuzzy(leaf: FuzzyIs) -> Query:
    """Lucene leaves out words that would be edited from end to end; those are asked for beside it."""
    field = term_field(leaf.field)
    value = {"value": leaf.term, "fuzziness": leaf.distance, "rewrite": "constant_score", "transpositions": True}
    near: Query = {"fuzzy": {field: value}}
    shapes = _shapes(leaf.term, leaf.distance) if len(leaf.term) <= 2 * leaf.distance else ()
    short = sorted({_regexp(shape) for shape in shapes if 0 < min(len(shape), len(leaf.term)) <= leaf.distance})
    if not short:
        return near
    patterns = [{"regexp": {field: {"value": pattern, "flags": "NONE"}}} for pattern in short]
    return {"constant_score": {"filter": {"bool": {"should": [near, *patterns]}}}}


_ANY = None
Shape = tuple[str | None, ...]


def _shapes(word: str, edits: int) -> Iterator[Shape]:
    """Every word within so many edits, letter by letter, None for any letter; a swapped pair is not edited again."""
    if not word:
        yield from ((_ANY,) * count for count in range(edits + 1))
        return
    yield from ((word[0], *rest) for rest in _shapes(word[1:], edits))
    if not edits:
        return
    yield from ((_ANY, *rest) for rest in _shapes(word, edits - 1))
    yield from _shapes(word[1:], edits - 1)
    yield from ((_ANY, *rest) for rest in _shapes(word[1:], edits - 1))
    if len(word) > 1:
        yield from ((word[1], word[0], *rest) for rest in _shapes(word[2:], edits - 1))


def _regexp(shape: Shape) -> str:
    return "".join("." if letter is _ANY else letter if letter.isalnum() else f"\\{letter}" for letter in shape)


def _range(field: str, low: int | None, high: int | None) -> Query:
    if low is not None and high is not None and low > high:
        return _NONE
    if low is None and high is None:
        return _leaf(Exists(field))
    ends: Query = {}
    for name, number in (("gte", low), ("lte", high)):
        if number is not None:
            as_date = FIELDS[field].kind == "date"
            ends[name] = instant_of(number) if as_date else max(-_LARGEST, min(_LARGEST, number))
    return _unscored({"range": {field: ends}})


def _flattened(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        if isinstance(node, AllOf):
            yield from _flattened(node.children)
        else:
            yield node


def _unscored(query: Query) -> Query:
    return {"bool": {"filter": [query]}}


def _weighted(query: Query, weight: float) -> Query:
    return query if weight == 1.0 else {"bool": {"must": [query], "boost": weight}}


def _wrapped(query: Query) -> Query:
    return {"wrapper": {"query": base64.b64encode(json.dumps(query).encode()).decode("ascii")}}
