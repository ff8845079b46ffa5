"""Sloppy phrases as the pairs for which they stand."""

from indexer.proximity import as_pairs, count_phrases, pair_phrases
from indexer.tree import AllOf, AnyOf, PhraseIs


def test_each_two_words_are_asked_for() -> None:
    phrase = PhraseIs("text", ((0, "a"), (1, "b"), (3, "c")), 2)
    assert as_pairs(phrase) == AllOf((
        PhraseIs("text", ((0, "a"), (1, "b")), 2),
        PhraseIs("text", ((0, "a"), (3, "c")), 2),
        PhraseIs("text", ((0, "b"), (2, "c")), 2),
    ))  # fmt: skip


def test_equal_words_need_two_places() -> None:
    phrase = PhraseIs("text", ((0, "a"), (2, "a")), 3)
    exact = tuple(PhraseIs("text", ((0, "a"), (places, "a"))) for places in (1, 2, 3, 4, 5))
    assert as_pairs(phrase) == AnyOf(exact)


def test_the_count_is_never_less_than_what_is_asked() -> None:
    for words in ("ab", "abc", "aba", "aaaa", "abab"):
        for slop in (1, 2, 7):
            phrase = PhraseIs("text", tuple(enumerate(words)), slop)
            assert len(list(pair_phrases(phrase))) <= count_phrases(words, slop)
