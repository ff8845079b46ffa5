"""How long searches take, from the words of a query to ten hits, with the exact count, and to ten hits with snippets.

    python -m benchmarks.search FOLDER --documents 100000

Uses the index that `python -m benchmarks.indexing` made in FOLDER, and makes what is missing of it. Eleven kinds of
query, a hundred of each, after three of each to warm up; every one is parsed, compiled, searched and counted, as any
caller does it.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from benchmarks.figures import Figure, percentile, report_figures
from benchmarks.generator import DAYS, EXPRESSIONS, FIRST_DAY, MEAN_WORDS, SOURCES, Generator
from benchmarks.indexing import TextFile, fill, open_or_create
from benchmarks.sizes import read_sizes
from indexer.analysis import FrenchAnalyzer
from indexer.engines.base import Engine, Filters, SearchPage, SearchRequest
from indexer.engines.choice import ENGINES
from indexer.highlight import snippet
from indexer.query import parse
from indexer.tree import Node

NOW = FIRST_DAY + timedelta(days=DAYS)
WARM_UP = 3

P50_MS, P99_MS = 8, 20
SNIPPET_P50_MS, SNIPPET_P99_MS = 20, 40


@dataclass(frozen=True)
class Question:
    """One search as a person states it: words, and what else is asked for."""

    words: str
    request: SearchRequest = field(default_factory=SearchRequest)
    snippets: bool = False


class Questions:
    """The kinds of question, each made anew at every call from one seed."""

    def __init__(self, generator: Generator, seed: int) -> None:
        self._chance = random.Random(seed)
        vocabulary = generator.vocabulary
        self._common = vocabulary.words_in(0.10, 0.45, MEAN_WORDS)
        self._mid = vocabulary.words_in(0.01, 0.04, MEAN_WORDS)
        self._rare = vocabulary.words_in(0.0, 0.0005, MEAN_WORDS)
        self._phrases = [" ".join(words) for words in generator.expressions]

    def kinds(self) -> dict[str, Callable[[], Question]]:
        """Name and maker of each kind."""
        return {
            "one rare word": lambda: Question(self._pick(self._rare)),
            "one common word": lambda: Question(self._pick(self._common)),
            "three words OR": lambda: Question(" OR ".join(self._three())),
            "three words AND": lambda: Question(" ".join(self._three())),
            "phrase": lambda: Question(f'"{self._phrases[self._chance.randrange(EXPRESSIONS)]}"'),
            "prefix": lambda: Question(self._pick(self._mid)[:5] + "*"),
            "two words AND NOT a third": self._not,
            "word, 90 days, one source, newest": self._recent,
            "year by day, top 20 sources": self._year,
            "ten hits with snippets": self._snippets,
            "common word, newest": lambda: Question(self._pick(self._common), SearchRequest(sort="newest")),
        }

    def _pick(self, words: list[str]) -> str:
        return self._chance.choice(words)

    def _three(self) -> tuple[str, str, str]:
        return self._pick(self._common), self._pick(self._mid), self._pick(self._mid)

    def _not(self) -> Question:
        return Question(f"{self._pick(self._common)} {self._pick(self._common)} NOT {self._pick(self._common)}")

    def _recent(self) -> Question:
        since = FIRST_DAY + timedelta(days=self._chance.randrange(DAYS - 90))
        source = f"source-{self._chance.randrange(SOURCES // 4):03}"
        filters = Filters(sources=(source,), since=since, until=since + timedelta(days=90))
        return Question(self._pick(self._common), SearchRequest(filters=filters, sort="newest"))

    def _year(self) -> Question:
        since = FIRST_DAY + timedelta(days=365 * self._chance.randrange(5))
        filters = Filters(since=since, until=since + timedelta(days=365))
        return Question(
            self._pick(self._common), SearchRequest(filters=filters, facets=("sources",), histogram="day", limit=0)
        )

    def _snippets(self) -> Question:
        words = f"{self._pick(self._common)} {self._pick(self._mid)}"
        return Question(words, snippets=True)


class Texts(Protocol):
    """Where the texts are that snippets are cut from."""

    def texts(self, ids: list[str]) -> dict[str, str]:
        """The texts of these entries."""


class Bench:
    """Asks questions of one engine."""

    def __init__(self, engine: Engine, texts: Texts) -> None:
        self._engine = engine
        self._texts = texts
        self._analyzer = FrenchAnalyzer()

    def ask(self, question: Question) -> tuple[float, int]:
        """Milliseconds and the number of hits of one question."""
        began = time.perf_counter()
        tree = parse(question.words, now=NOW, analyzer=self._analyzer).tree
        page = self._engine.search(replace(question.request, tree=tree))
        if question.snippets:
            self._cut_snippets(page, tree)
        return (time.perf_counter() - began) * 1000, page.total

    def _cut_snippets(self, page: SearchPage, tree: Node) -> None:
        texts = self._texts.texts([hit.id for hit in page.hits])
        for hit in page.hits:
            snippet(texts[hit.id], tree, self._analyzer)


def measure(bench: Bench, kinds: dict[str, Callable[[], Question]], times: int) -> Iterator[Figure]:
    """The percentiles of each kind, in milliseconds, and how many hits there were in the middle."""
    for name, make in kinds.items():
        for _ in range(WARM_UP):
            bench.ask(make())
        answers = [bench.ask(make()) for _ in range(times)]
        taken = sorted(milliseconds for milliseconds, _ in answers)
        hits = sorted(total for _, total in answers)[len(answers) // 2]
        snippets = "snippets" in name
        yield Figure(f"{name}: p50", percentile(taken, 0.50), "ms", SNIPPET_P50_MS if snippets else P50_MS)
        yield Figure(f"{name}: p95", percentile(taken, 0.95), "ms")
        yield Figure(f"{name}: p99", percentile(taken, 0.99), "ms", SNIPPET_P99_MS if snippets else P99_MS)
        yield Figure(f"{name}: hits of the middle one", hits, "")


def main() -> int:
    """Build what is missing, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--times", type=int, default=100, help="questions of each kind")
    parser.add_argument("--engine", choices=ENGINES, default=ENGINES[0])
    arguments = read_sizes(parser, documents=150, times=2)
    engine, texts = open_or_create(arguments.engine, arguments.folder), TextFile(arguments.folder)
    generator = Generator(arguments.seed, arguments.documents)
    fill(engine, texts, generator)
    kinds = Questions(generator, arguments.seed).kinds()
    figures = list(measure(Bench(engine, texts), kinds, arguments.times))
    entries = engine.health().entries
    engine.close()
    figures.insert(0, Figure("entries in the index", entries, ""))
    return report_figures("search", figures, tiny=arguments.tiny, sizes=arguments.sizes)


if __name__ == "__main__":
    sys.exit(main())
