"""A corpus of invented articles for benchmarks: the same documents for the same seed, as many as asked for.

250 to 600 words and about 3.4 KB each, fixed expressions so that phrases occur, 100 sources, five years of dates of
which a tenth arrive out of order.
"""

import hashlib
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from benchmarks.vocabulary import Vocabulary, build_vocabulary
from indexer.document import IndexEntry

FORMS = 160_000
EXPRESSIONS = 6_000
SOURCES = 100
MEAN_WORDS = 425
FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)
DAYS = 5 * 365

_KINDS = ("union", "association", "federation", "regional_press", "local_press", "broadcaster")
_REGION_CODES = "ARA BFC BRE CVL COR GES HDF IDF NOR NAQ OCC PDL PAC 971 972 973 974 976"
_REGIONS = tuple(f"FR-{code}" for code in _REGION_CODES.split())
_LANGUAGES = ("fr",) * 96 + ("en", "de", "es", "it")


class Generator:
    """Makes the articles of one seed. `number` alone decides what an article holds, so that any part can be remade."""

    def __init__(self, seed: int = 7, documents: int = 1_000_000) -> None:
        self.seed = seed
        self.documents = documents
        self.vocabulary: Vocabulary = build_vocabulary(seed, FORMS)
        self.expressions = self._make_expressions()

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[IndexEntry]:
        """The articles from number `start` up to but not including `stop`."""
        for number in range(start, self.documents if stop is None else stop):
            yield self.entry(number)

    def entry(self, number: int) -> IndexEntry:
        """One article."""
        chance = random.Random(self.seed << 32 | number)
        source = min(int(chance.expovariate(4 / SOURCES)), SOURCES - 1)
        words = self._words(chance, chance.randint(250, 600))
        text = self._print(chance, words, curly=source % 2 == 0)
        date = self._date(chance, number)
        region = _REGIONS[source % len(_REGIONS)]
        return IndexEntry(
            document=f"{number:08x}", version=1, seq=number + 1, source=f"source-{source:03}",
            sources=(f"source-{source:03}",), source_name=f"Source {source}", kind=_KINDS[source % len(_KINDS)],
            url=f"https://source-{source:03}.test/articles/{date:%Y/%m/%d}/{number}", text=text, date=date,
            date_origin="json_ld", date_precision="second", published_at=date, first_seen_at=date,
            capture=number + 1, content_hash=hashlib.sha256(text.encode()).hexdigest(),
            title=self._title(chance, source), regions=(region,), lang=_LANGUAGES[chance.randrange(100)],
            authors=(f"{self._name(chance)} {self._name(chance)}",),
        )  # fmt: skip

    def _words(self, chance: random.Random, count: int) -> list[str]:
        population, cumulated = self.vocabulary.running
        words = chance.choices(population, cum_weights=cumulated, k=count)
        for _ in range(count // 60):
            expression = self._expression(chance)
            at = chance.randrange(count - len(expression))
            words[at : at + len(expression)] = expression
        return words

    def _expression(self, chance: random.Random) -> tuple[str, ...]:
        return self.expressions[int(EXPRESSIONS * chance.random() ** 2)]

    def _print(self, chance: random.Random, words: list[str], *, curly: bool) -> str:
        sentences, at = [], 0
        while at < len(words):
            length = chance.randint(9, 28)
            sentence = " ".join(words[at : at + length]).replace("' ", "'").rstrip("'")
            sentences.append(sentence[:1].upper() + sentence[1:] + ".")
            at += length
        paragraphs = (" ".join(sentences[at : at + 4]) for at in range(0, len(sentences), 4))
        text = "\n\n".join(paragraphs)
        return text.replace("'", "’") if curly else text

    def _title(self, chance: random.Random, source: int) -> str:
        return self._print(chance, self._words(chance, chance.randint(6, 11))[:9], curly=source % 2 == 0)[:-1]

    def _name(self, chance: random.Random) -> str:
        return self.vocabulary.words[int(chance.paretovariate(0.4)) % 2_000].capitalize()

    def _date(self, chance: random.Random, number: int) -> datetime:
        place = chance.random() if chance.random() < 0.1 else number / self.documents
        return FIRST_DAY + timedelta(seconds=int(place * DAYS * 86_400) + chance.randrange(3_600))

    def _make_expressions(self) -> list[tuple[str, ...]]:
        chance = random.Random(self.seed + 1)
        usual = self.vocabulary.words[200:20_000]
        made: dict[tuple[str, ...], None] = {}
        while len(made) < EXPRESSIONS:
            words = chance.choices(usual, k=chance.choice((2, 2, 3)))
            middle = (chance.choice(("de", "des", "à", "du")),) if chance.random() < 0.6 else ()
            made[(words[0], *middle, *words[1:])] = None
        return list(made)
