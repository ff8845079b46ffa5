"""What « within n moves » means for a phrase, said once for every engine.

A phrase is found with slop n where each of its words stands, each at a place of its own, and no word is displaced
against another by more than n places. Engines agree on that for two words only; a longer phrase is therefore asked as
the exact phrases it stands for, and one that stands for too many is refused when the query is read.
"""

from collections.abc import Iterator
from itertools import product

from indexer.tree import PhraseIs

MAX_PLACEMENTS = 400
"""Three words within 10 moves make 331 exact phrases, four within 4 make 369: about as much as one search should be."""


def count_placements(words: int, slop: int) -> int:
    """The number of exact phrases for which a phrase of so many words stands."""
    return int((slop + 1) ** words - slop**words)


def widest_slop(words: int) -> int:
    """The largest slop that a phrase of so many words may have."""
    slop = 0
    while slop < MAX_PLACEMENTS and count_placements(words, slop + 1) <= MAX_PLACEMENTS:
        slop += 1
    return slop


def placements(phrase: PhraseIs) -> Iterator[PhraseIs]:
    """The exact phrases for which a sloppy one stands: every displacement of its words by at most `slop` places."""
    for moves in product(range(phrase.slop + 1), repeat=len(phrase.terms)):
        if min(moves) > 0:
            continue
        moved = sorted((offset + move, term) for (offset, term), move in zip(phrase.terms, moves, strict=True))
        first = moved[0][0]
        if len({place for place, _ in moved}) == len(moved):
            yield PhraseIs(phrase.field, tuple((place - first, term) for place, term in moved))
