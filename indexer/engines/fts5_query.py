"""A tree as an SQL condition on the table `entry`.

FTS5 answers words and adjoining phrases by itself. What it lacks is worked out from its vocabulary: patterns and fuzzy
words become the terms they stand for, phrases with gaps or moves are compared place by place.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

import apsw

from indexer.analysis import HOLE
from indexer.document import FIELDS
from indexer.engines.base import inclusive_range
from indexer.engines.edit_distance import within
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
    children_of,
)

_LARGEST = 2**63 - 1
_ALL, _NONE = "1", "0"


class Condition(NamedTuple):
    """A piece of SQL that is true of the entries meant, with its parameters."""

    sql: str
    values: tuple[Any, ...] = ()


class ConditionCompiler:
    """Compiles trees against one open index, whose vocabulary it reads."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def compile(self, tree: Node) -> Condition:
        """The condition that holds for exactly the entries of the tree."""
        match tree:
            case Everything():
                return Condition(_ALL)
            case Nothing():
                return Condition(_NONE)
            case AllOf():
                return self._joined(" AND ", tree)
            case AnyOf() | BestOf():
                return self._joined(" OR ", tree)
            case Without(child):
                inner = self.compile(child)
                return Condition(f"NOT ({inner.sql})", inner.values)
        return self._leaf(tree)

    def _joined(self, word: str, tree: Node) -> Condition:
        parts = [self.compile(child) for child in children_of(tree)]
        values = tuple(value for part in parts for value in part.values)
        return Condition("(" + word.join(part.sql for part in parts) + ")", values)

    def _leaf(self, leaf: Node) -> Condition:
        match leaf:
            case TermIs(field, term):
                return _term(field, term)
            case PhraseIs():
                return self._phrase(leaf)
            case PatternIs(field, pattern):
                return self._pattern(field, pattern.replace("[", "[[]"))
            case FuzzyIs(field, term, distance):
                near = [known for known in self._vocabulary(field) if within(distance, term, known)]
                return _any_term(field, near)
            case Between():
                return _range(leaf.field, *inclusive_range(leaf))
            case Exists(field):
                return _term("has", field) if field in OPTIONAL else Condition(_ALL)
        raise TypeError(f"a query tree holds {leaf!r}, which is no node")

    def _pattern(self, field: str, glob: str) -> Condition:
        if field == "id":
            return Condition("entry.id GLOB ?", (glob,))
        if FIELDS[field].kind == "text":
            return _any_term(field, self._vocabulary(field, glob))
        chosen = "SELECT entry FROM keyword WHERE field = ? AND term GLOB ?"
        return Condition(f"entry.rowid IN ({chosen})", (field, glob))

    def _vocabulary(self, field: str, glob: str = "*") -> list[str]:
        if field == "id":
            rows = self._connection.execute("SELECT id FROM entry WHERE id GLOB ?", (glob,))
        elif FIELDS[field].kind == "text":
            rows = self._connection.execute(
                "SELECT term FROM vocabulary WHERE col = ? AND term GLOB ? AND term != ?", (field, glob, HOLE)
            )
        else:
            rows = self._connection.execute(
                "SELECT DISTINCT term FROM keyword WHERE field = ? AND term GLOB ?", (field, glob)
            )
        return [str(row[0]) for row in rows]

    def _phrase(self, phrase: PhraseIs) -> Condition:
        terms = sorted(phrase.terms)
        if not all(_is_term(term) for _, term in terms):
            return Condition(_NONE)
        if len(terms) == 1:
            return _term(phrase.field, terms[0][1])
        if phrase.slop and (len(terms) > 2 or terms[0][1] == terms[1][1]):
            return self.compile(as_pairs(phrase))
        adjoining = [offset - terms[0][0] for offset, _ in terms] == list(range(len(terms)))
        if adjoining and not phrase.slop:
            return _matching(phrase.field, " ".join(term for _, term in terms))
        places: dict[str, dict[int, list[int]]] = {term: self._places(phrase.field, term) for _, term in terms}
        common = set.intersection(*(set(found) for found in places.values()))
        kept = [row for row in sorted(common) if _stands(terms, phrase.slop, {t: places[t][row] for t in places})]
        return Condition("entry.rowid IN (SELECT value FROM json_each(?))", (json.dumps(kept),))

    def _places(self, field: str, term: str) -> dict[int, list[int]]:
        places: dict[int, list[int]] = {}
        rows = self._connection.execute("SELECT doc, offset FROM instance WHERE term = ? AND col = ?", (term, field))
        for row, offset in rows:
            places.setdefault(int(row), []).append(int(offset))
        return places


def scoring_match(tree: Node) -> str | None:
    """The FTS5 query by which entries are ranked: every word and phrase that the tree looks for, or None."""
    return " OR ".join(dict.fromkeys(_scored(tree))) or None


def _scored(tree: Node) -> Iterator[str]:
    match tree:
        case TermIs(field, term) if FIELDS[field].kind == "text":
            yield f"{field} : {_quoted(term)}"
        case PhraseIs(field, terms):
            yield f"{field} : ({' AND '.join(_quoted(term) for _, term in terms)})"
        case Without():
            return
        case _:
            for child in children_of(tree):
                yield from _scored(child)


def _stands(terms: Sequence[tuple[int, str]], slop: int, places: dict[str, list[int]]) -> bool:
    """Whether the words stand at their places, or, two words, at most `slop` places out of line."""
    if not slop:
        return bool(set.intersection(*({place - offset for place in places[term]} for offset, term in terms)))
    for chosen in product(*(places[term] for _, term in terms)):
        moves = [place - offset for place, (offset, _) in zip(chosen, terms, strict=True)]
        if max(moves) - min(moves) <= slop:
            return True
    return False


def _term(field: str, term: str) -> Condition:
    kind = FIELDS[field].kind
    if kind in ("number", "date"):
        return _range(field, int(term), int(term))
    if field == "id":
        return Condition("entry.id = ?", (term,))
    if kind == "text":
        return _matching(field, term) if _is_term(term) else Condition(_NONE)
    return Condition("entry.rowid IN (SELECT entry FROM keyword WHERE field = ? AND term = ?)", (field, term))


def _matching(field: str, words: str) -> Condition:
    chosen = "SELECT rowid FROM words WHERE words MATCH ?"
    return Condition(f"entry.rowid IN ({chosen})", (f"{field} : {_quoted(words)}",))


def _is_term(term: str) -> bool:
    """False for what FTS5 would take for several words, and for the mark of an empty place."""
    return term.split() == [term] and term != HOLE


def _any_term(field: str, terms: Sequence[str]) -> Condition:
    if field == "id":
        return Condition("entry.id IN (SELECT value FROM json_each(?))", (json.dumps(terms),))
    if FIELDS[field].kind == "text":
        chosen = "SELECT doc FROM instance WHERE term IN (SELECT value FROM json_each(?)) AND col = ?"
    else:
        chosen = "SELECT entry FROM keyword WHERE term IN (SELECT value FROM json_each(?)) AND field = ?"
    return Condition(f"entry.rowid IN ({chosen})", (json.dumps(terms), field))


def _range(field: str, low: int | None, high: int | None) -> Condition:
    first = -_LARGEST if low is None else max(-_LARGEST, min(_LARGEST, low))
    last = _LARGEST if high is None else max(-_LARGEST, min(_LARGEST, high))
    if low is not None and high is not None and low > high:
        return Condition(_NONE)
    return Condition(f"(entry.{field} IS NOT NULL AND entry.{field} BETWEEN ? AND ?)", (first, last))


def _quoted(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'
