"""What a tree means, worked out entry by entry without any index: the judge of the engines."""

import re
from collections.abc import Sequence
from itertools import combinations, product

from indexer.document import FIELDS, IndexEntry
from indexer.engines.base import Analysis, inclusive_range
from indexer.engines.edit_distance import within
from indexer.engines.entry_terms import entry_flags, entry_keywords, entry_numbers, entry_texts
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
)  # fmt: skip


class Oracle:
    """Holds entries as terms and answers trees by looking at each."""

    def __init__(self, entries: Sequence[IndexEntry], analysis: Analysis) -> None:
        self._read = {entry.id: _ReadEntry(entry, analysis) for entry in entries}

    def ids(self, tree: Node) -> set[str]:
        return {name for name, entry in self._read.items() if entry.satisfies(tree)}


class _ReadEntry:
    def __init__(self, entry: IndexEntry, analysis: Analysis) -> None:
        self._entry = entry
        self._places = {name: text.split(" ") for name, text in entry_texts(entry, analysis)}
        self._terms: dict[str, set[str]] = {name: set(words) - {"·", ""} for name, words in self._places.items()}
        for name, term in (*entry_keywords(entry), *entry_flags(entry)):
            self._terms.setdefault(name, set()).add(term)
        self._numbers = dict(entry_numbers(entry))

    def satisfies(self, tree: Node) -> bool:
        match tree:
            case Everything():
                return True
            case Nothing():
                return False
            case AllOf(children):
                return all(self.satisfies(child) for child in children)
            case AnyOf(children):
                return any(self.satisfies(child) for child in children)
            case BestOf(children):
                return any(self.satisfies(child) for _, child in children)
            case Without(child):
                return not self.satisfies(child)
            case TermIs(field, term):
                return term in self._terms.get(field, ())
            case PhraseIs():
                return self._has_phrase(tree)
            case PatternIs(field, pattern):
                shape = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern)
                return any(re.fullmatch(shape, term, re.DOTALL) for term in self._terms.get(field, ()))
            case FuzzyIs(field, term, distance):
                return any(within(distance, term, known) for known in self._terms.get(field, ()))
            case Between():
                low, high = inclusive_range(tree)
                value = self._numbers.get(tree.field)
                return value is not None and (low is None or value >= low) and (high is None or value <= high)
            case Exists(field):
                return FIELDS[field].kind == "flag" or getattr(self._entry, field) not in (None, (), "")

    def _has_phrase(self, phrase: PhraseIs) -> bool:
        words = self._places.get(phrase.field, [])
        spots = [(offset, [i for i, word in enumerate(words) if word == term]) for offset, term in phrase.terms]
        if phrase.slop == 0 or len(spots) == 1:
            return _line_up(spots, 0)
        return all(_line_up(pair, phrase.slop) for pair in combinations(spots, 2))


def _line_up(spots: Sequence[tuple[int, list[int]]], slop: int) -> bool:
    for chosen in product(*(places for _, places in spots)):
        moves = [place - offset for place, (offset, _) in zip(chosen, spots, strict=True)]
        if max(moves) - min(moves) <= slop and len(set(chosen)) == len(chosen):
            return True
    return False
