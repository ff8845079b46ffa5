"""Answers a query tree for one entry by looking at the entry alone, without an engine.

It reads what engines read (`flat`, `exact_terms`) and nothing else, so it says what they must answer. Slow and plain
on purpose: it is what the engines, the highlighter and the property tests are compared with.
"""

import re
from dataclasses import dataclass, field

from indexer.analysis import HOLE, FrenchAnalyzer
from indexer.proximity import placements
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


@dataclass
class Evaluator:
    """`values` holds the terms of keyword fields and the numbers and instants of the others."""

    analyzer: FrenchAnalyzer
    values: dict[str, set[object]] = field(default_factory=dict)
    places: dict[str, dict[int, str]] = field(default_factory=dict)

    def matches(self, tree: Node, *, title: str = "", text: str = "") -> bool:
        self.places = {}
        for name, written in (("title", title), ("text", text)):
            words = self.analyzer.flat(written).split()
            self.places[name] = {place: word for place, word in enumerate(words) if word != HOLE}
            self.values[name] = set(self.places[name].values())
            self.values[f"{name}_exact"] = set(self.analyzer.exact_flat(written).split())
        return self._holds(tree)

    def _holds(self, tree: Node) -> bool:
        match tree:
            case Everything():
                return True
            case Nothing():
                return False
            case AllOf():
                return all(self._holds(child) for child in tree.children)
            case AnyOf():
                return any(self._holds(child) for child in tree.children)
            case BestOf():
                return any(self._holds(child) for _, child in tree.children)
            case Without():
                return not self._holds(tree.child)
            case PhraseIs():
                return any(self._stands(phrase) for phrase in placements(tree))
        return any(fits(tree, value) for value in self.values.get(tree.field, ()))

    def _stands(self, phrase: PhraseIs) -> bool:
        places = self.places[phrase.field]
        return any(all(places.get(start + offset) == term for offset, term in phrase.terms) for start in places)


def fits(leaf: Node, value: object) -> bool:
    """Whether one value of a field satisfies a leaf."""
    match leaf:
        case TermIs():
            return value == leaf.term
        case PatternIs():
            pattern = "".join({"*": ".*", "?": "."}.get(letter) or re.escape(letter) for letter in leaf.pattern)
            return re.fullmatch(pattern, str(value), re.DOTALL) is not None
        case FuzzyIs():
            return count_edits(leaf.term, str(value)) <= leaf.distance
        case Exists():
            return True
        case Between():
            above = leaf.low is None or leaf.low < value or (leaf.include_low and leaf.low == value)  # type: ignore[operator]
            return above and (leaf.high is None or value < leaf.high or (leaf.include_high and leaf.high == value))  # type: ignore[operator]
    raise TypeError(leaf)


def count_edits(left: str, right: str) -> int:
    """Letters to insert, delete, replace or swap with their neighbour to come from one word to the other."""
    rows = [list(range(len(right) + 1))]
    for i, a in enumerate(left, 1):
        row = [i]
        for j, b in enumerate(right, 1):
            best = min(rows[-1][j] + 1, row[j - 1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]
