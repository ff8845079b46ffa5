"""Sloppy phrases as the exact phrases for which they stand."""

from indexer.proximity import MAX_PLACEMENTS, count_placements, placements, widest_slop
from indexer.tree import PhraseIs


def test_two_words_within_one_move() -> None:
    phrase = PhraseIs("text", ((0, "a"), (1, "b")), 1)
    assert {exact.terms for exact in placements(phrase)} == {((0, "a"), (1, "b")), ((0, "a"), (2, "b"))}
    wider = PhraseIs("text", ((0, "a"), (1, "b")), 2)
    assert ((0, "b"), (1, "a")) in {exact.terms for exact in placements(wider)}


def test_counts_are_those_of_what_is_made_but_for_words_on_one_place() -> None:
    for words in (2, 3, 4):
        for slop in range(4):
            phrase = PhraseIs("text", tuple(enumerate("abcd"[:words])), slop)
            made = [exact.terms for exact in placements(phrase)]
            assert len(set(made)) == len(made) <= count_placements(words, slop)
            assert all(len({place for place, _ in terms}) == words for terms in made)


def test_the_widest_slop_is_the_last_that_fits() -> None:
    assert {words: widest_slop(words) for words in (3, 4, 5, 6, 20)} == {3: 11, 4: 4, 5: 2, 6: 1, 20: 0}
    for words in range(2, 9):
        assert count_placements(words, widest_slop(words)) <= MAX_PLACEMENTS
        assert count_placements(words, widest_slop(words) + 1) > MAX_PLACEMENTS
