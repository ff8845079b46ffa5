"""An invented French vocabulary: function words at their real proportions, and forms built as French builds them.

No word list is shipped. Stems are made of syllables and take the endings of French nouns, verbs and adjectives, so
that stemming, folding and wildcards meet families of words. The frequencies follow Zipf and Mandelbrot.
"""

import random
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

FUNCTION_SHARE = 0.44
"""Of a hundred words of French running text, so many are articles, prepositions, pronouns and auxiliaries."""

_FUNCTION_WORDS = (
    ("de", 52), ("la", 33), ("le", 26), ("l'", 24), ("et", 23), ("les", 22), ("à", 21), ("des", 19), ("d'", 15),
    ("en", 15), ("un", 12), ("du", 12), ("une", 11), ("est", 10), ("dans", 9), ("que", 8), ("qui", 8), ("pour", 8),
    ("il", 7), ("a", 7), ("au", 7), ("par", 7), ("sur", 7), ("qu'", 5), ("pas", 5), ("s'", 5), ("plus", 5),
    ("se", 5), ("ce", 4), ("avec", 4), ("ne", 4), ("son", 4), ("n'", 4), ("sont", 3), ("aux", 3), ("ont", 3),
    ("cette", 3), ("ses", 3), ("ou", 3), ("mais", 3), ("elle", 2), ("nous", 2), ("été", 2), ("comme", 2), ("sa", 2),
    ("on", 2), ("leur", 2), ("tout", 2), ("était", 2), ("ces", 2), ("même", 1), ("fait", 1), ("après", 1),
    ("sans", 1), ("aussi", 1), ("entre", 1), ("deux", 1), ("vous", 1),
)  # fmt: skip
_ONSETS = "b c d f g j l m n p r s t v br cr dr fr gr pr tr bl cl fl pl ch ph qu gu".split()
_VOWELS = "a a a e e e i i o o u é é ai an au en in on ou eu oi".split()
_CODAS = ("", "", "", "r", "l", "n", "s", "t", "c", "m")
_ENDINGS = (
    "e", "es", "er", "é", "ée", "és", "ées", "ant", "ent", "ait", "aient", "ation", "ations", "ement", "ements", "eur",
    "eurs", "euse", "ateur", "ateurs", "ique", "iques", "ité", "ités", "able", "ables", "isme", "iste", "istes", "ier",
    "ière", "iers",
)  # fmt: skip
_ZIPF_SHIFT = 2.7


@dataclass(frozen=True)
class Vocabulary:
    """Content words from the most frequent to the rarest, of one seed."""

    words: tuple[str, ...]

    @cached_property
    def probabilities(self) -> list[float]:
        """The share of each content word in running text."""
        weights = [1 / (rank + _ZIPF_SHIFT) for rank in range(1, len(self.words) + 1)]
        scale = (1 - FUNCTION_SHARE) / sum(weights)
        return [weight * scale for weight in weights]

    @cached_property
    def running(self) -> tuple[list[str], list[float]]:
        """All words and their cumulated shares, function words first, ready for a weighted choice."""
        total = sum(weight for _, weight in _FUNCTION_WORDS)
        shares = [weight / total * FUNCTION_SHARE for _, weight in _FUNCTION_WORDS] + self.probabilities
        return [word for word, _ in _FUNCTION_WORDS] + list(self.words), list(accumulate(shares))

    def words_in(self, low: float, high: float, words_a_document: int) -> list[str]:
        """The content words that a document of that length holds with a probability between the two."""
        chosen = []
        for word, share in zip(self.words, self.probabilities, strict=True):
            found = 1 - (1 - share) ** words_a_document
            if low <= found <= high:
                chosen.append(word)
        return chosen


def build_vocabulary(seed: int, forms: int) -> Vocabulary:
    """`forms` distinct words; the short ones tend to be the frequent ones, as in any language."""
    chance = random.Random(seed)
    made: dict[str, None] = {}
    while len(made) < forms:
        stem = _stem(chance)
        for ending in chance.sample(_ENDINGS, 14):
            made[stem + ending] = None
    words = list(made)[:forms]
    order = {word: len(word) + chance.random() * 60 for word in words}
    return Vocabulary(tuple(sorted(words, key=order.__getitem__)))


def _stem(chance: random.Random) -> str:
    syllables = chance.choice((2, 2, 2, 3))
    body = "".join(chance.choice(_ONSETS) + chance.choice(_VOWELS) for _ in range(syllables))
    return body + chance.choice(_CODAS) + chance.choice(_ONSETS)
