"""What « within n moves » means for a phrase, said once for every engine and for the highlighter.

A phrase is found with slop n where each two of its words stand, somewhere in the field, at most n places out of line
with each other; equal words each need a place of their own. Engines agree on that for two different words only (of
longer phrases one of them misses and invents matches), so a longer phrase is asked pair by pair.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

from indexer.tree import AllOf, AnyOf, Node, PhraseIs

MAX_SLOP = 50
"""Words that stand further apart than a long sentence have no more to do with each other than with AND."""

Placed = tuple[int, str]


def as_pairs(phrase: PhraseIs) -> Node:
    """The condition for which a sloppy phrase stands, in phrases that all engines answer alike."""
    pairs = (_pair(phrase.field, one, other, phrase.slop) for one, other in combinations(phrase.terms, 2))
    nodes = tuple(pair[0] if len(pair) == 1 else AnyOf(pair) for pair in pairs)
    return nodes[0] if len(nodes) == 1 else AllOf(nodes)


def pair_phrases(phrase: PhraseIs) -> Iterator[PhraseIs]:
    """All phrases that the condition is made of."""
    for one, other in combinations(phrase.terms, 2):
        yield from _pair(phrase.field, one, other, phrase.slop)


def count_phrases(terms: Sequence[str], slop: int) -> int:
    """How many phrases engines are asked for one of these words: what it costs."""
    return sum(1 if one != other else 2 * slop + 1 for one, other in combinations(terms, 2))


def _pair(field: str, one: Placed, other: Placed, slop: int) -> tuple[PhraseIs, ...]:
    """Two words as the phrases of which one must be there: one with slop, or, of equal words, the exact ones."""
    (first, term), (second, against) = sorted((one, other))
    distance = second - first
    if term != against:
        return (PhraseIs(field, ((0, term), (distance, against)), slop),)
    apart = range(max(1, distance - slop), distance + slop + 1)
    return tuple(PhraseIs(field, ((0, term), (places, term))) for places in apart)
