"""Random trees over the invented entries: every node, nested, with terms that occur and terms that do not."""

import random
from datetime import timedelta

from indexer.analysis import FrenchAnalyzer
from indexer.document import FIELDS
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
from tests.indexer.engines.entries import KINDS, PEOPLE, SOURCES, START, WORDS

_KEYWORD_VALUES = {
    "sources": SOURCES, "source": SOURCES, "kind": KINDS, "authors": (*PEOPLE, "vannier", "tissot", "personne"),
    "regions": ("fr-ara", "FR-BRE", "FR-974"), "departements": ("2a", "69"), "lang": ("fr", "EN", "de"),
    "section": ("faits divers", "société", "faits"), "state": ("live", "removed"), "tags": ("police",),
    "document": ("d0007", "d9999"), "id": ("d0003.1", "d0003.2"), "date_origin": ("feed", "url"),
}  # fmt: skip


class TreeGenerator:
    """Makes trees from one seed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        analyzer = FrenchAnalyzer()
        self._terms = sorted({term.term for word in WORDS for term in analyzer.terms(word)} | {"absent"})
        self._exact = sorted({term for word in WORDS for term in analyzer.exact_terms(word)} | {"introuvable"})

    def tree(self, levels: int = 3) -> Node:
        """One tree of at most so many levels above its leaves."""
        kind = self._chance.choice(("all", "any", "best", "without", "leaf", "leaf")) if levels else "leaf"
        if kind == "leaf":
            return self._leaf()
        if kind == "without":
            return Without(self.tree(levels - 1))
        children = tuple(self.tree(levels - 1) for _ in range(self._chance.randint(1, 3)))
        if kind == "best":
            return BestOf(tuple((self._chance.choice((1.0, 2.0)), child) for child in children))
        return AllOf(children) if kind == "all" else AnyOf(children)

    def _leaf(self) -> Node:
        makers = (
            self._word, self._word, self._word, self._phrase, self._phrase, self._pattern, self._fuzzy, self._keyword,
            self._keyword, self._date, self._number, self._flag, self._exists, self._constant,
        )  # fmt: skip
        return self._chance.choice(makers)()

    def _field(self) -> str:
        return self._chance.choice(("text", "text", "title"))

    def _word(self) -> Node:
        return TermIs(self._field(), self._chance.choice(self._terms))

    def _phrase(self) -> Node:
        count = self._chance.choice((1, 2, 2, 3, 4))
        slop = self._chance.choice((0, 0, 1, 2, 3)) if count < 4 else self._chance.choice((0, 1))
        offset, terms = self._chance.choice((0, 3)), []
        for _ in range(count):
            terms.append((offset, self._chance.choice(self._terms)))
            offset += self._chance.choice((1, 1, 2))
        return PhraseIs(self._field(), tuple(terms), slop)

    def _pattern(self) -> Node:
        if self._chance.random() < 0.2:
            return PatternIs("authors", self._chance.choice(("van*", "jean-m?rc*", "aic?a*")))
        word = self._chance.choice(self._exact)
        cut = self._chance.randint(1, len(word))
        pattern = self._chance.choice((word[:cut] + "*", word[:cut] + "?", "?" + word))
        return PatternIs(f"{self._field()}_exact", pattern)

    def _fuzzy(self) -> Node:
        letters = list(self._chance.choice(self._exact))
        for _ in range(self._chance.randint(0, 2)):
            at = self._chance.randrange(len(letters))
            letters[at : at + 1] = self._chance.choice(([], ["x"], [letters[at], "é"], letters[at : at + 2][::-1]))
            letters = letters or ["x"]
        return FuzzyIs(f"{self._field()}_exact", "".join(letters), self._chance.choice((1, 2)))

    def _keyword(self) -> Node:
        name = self._chance.choice(sorted(_KEYWORD_VALUES))
        return TermIs(name, FIELDS[name].term_of(self._chance.choice(_KEYWORD_VALUES[name])))

    def _date(self) -> Node:
        name = self._chance.choice(("date", "published_at", "modified_at", "first_seen_at"))
        low = START + timedelta(days=self._chance.randrange(500), microseconds=self._chance.choice((0, 5)))
        high = low + timedelta(days=self._chance.randrange(-2, 200))
        first, last = self._chance.choice(((low, high), (low, None), (None, high)))
        return Between(name, first, last, self._chance.random() < 0.5, self._chance.random() < 0.5)

    def _number(self) -> Node:
        low = self._chance.randrange(-3, 200)
        ends = self._chance.choice(((low, low + 20), (None, low), (low, None), (-(10**30), 10**30)))
        return Between(self._chance.choice(("seq", "version", "capture")), *ends)

    def _flag(self) -> Node:
        name = self._chance.choice(("current", "edited", "paywalled"))
        return TermIs(name, self._chance.choice(("true", "false")))

    def _exists(self) -> Node:
        names = ("title", "authors", "published_at", "modified_at", "lang", "url", "current")
        return Exists(self._chance.choice(names))

    def _constant(self) -> Node:
        return self._chance.choice((Everything(), Nothing(), TermIs("has", "lead"), Everything()))
