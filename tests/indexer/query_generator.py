"""Random queries: well-formed ones of every construct, and noise that looks like queries.

With the same dice the queries are the same. The contract suite of the engines and the property tests share it.
"""

import random
from collections.abc import Sequence

WORDS = (
    "police policiers grève préavis l’insécurité d'obtempérer Saint-Étienne narco-trafic C.R.S. CRS aujourd'hui cœur "
    "sans-papiers préfète syndicat manifestation 12,5 2026 communiqué commune la de été procureure agent·es"
).split()
STEMS = ("polic", "manif", "synd", "insecur", "préf", "saint-et", "l'agress")
VALUES = {
    "source": ("exemple-presse", "union-exemple", "gazette"),
    "kind": ("union", "regional_press"),
    "region": ("FR-ARA", "fr-idf"),
    "departement": ("69", "2A"),
    "author": ("durand", '"Jeanne Durand"'),
    "tag": ("police", '"faits divers"'),
    "language": ("fr",),
    "edited": ("true", "non"),
    "paywalled": ("oui",),
}
DATE_FIELDS = ("date", "published_at", "first_seen_at")
DATES = (
    "2026",
    "2026-03",
    "2026-03-14",
    '"2026-03-14 18:30"',
    "2026-03-14T18:30:00+01:00",
    "now-30d",
    "now/M",
    "now-1y/y",
)
NOISE = (
    *"()[]{}\"“”«»'’~^/\\:+-!*?&|<>=., \t\n", "&&", "||", "AND", "OR", "NOT", "TO", "OU", "police", "l'", "la", "date:",
    "title:", "source:", "nul:", "[2026 TO 2027]", "~2", "~99", "^3", "12", "\u00a0", "é", "e\u0301", "🚓", "*:*",
    "poli*", '"garde à vue"', "2026-03-14T12:00", ">=", "now-7d/d", "\u200b", "ﷺ",
)  # fmt: skip


class QueryGenerator:
    """Makes queries out of words, so that a caller can give those that its documents hold."""

    def __init__(self, seed: int, words: Sequence[str] = WORDS, stems: Sequence[str] = STEMS) -> None:
        self.dice = random.Random(seed)
        self._words = words
        self._stems = stems

    def query(self, depth: int = 3) -> str:
        """A query that the language has; it may hold stop words alone, and then it is refused."""
        kind = self.dice.randrange(10) if depth > 0 else 0
        if kind <= 3:
            return self._leaf()
        parts = [self.query(depth - 1) for _ in range(self.dice.randint(2, 3))]
        if kind <= 5:
            return self.dice.choice((" AND ", " ", "  && ")).join(f"({part})" for part in parts)
        if kind <= 7:
            return self.dice.choice((" OR ", " || ")).join(f"({part})" for part in parts)
        if kind == 8:
            return f"{self._leaf()} {self._leaf()} OR {self._leaf()}"
        return self.dice.choice(("NOT ({0})", "!({0})", "({1}) -({0})", "{1} NOT ({0})")).format(parts[0], self._leaf())

    def noise(self, length: int = 12) -> str:
        """Pieces of queries in any order."""
        return "".join(
            self.dice.choice(NOISE) + self.dice.choice(("", "", " ")) for _ in range(self.dice.randrange(1, length))
        )

    def _leaf(self) -> str:
        make = self.dice.choice(
            (
                self._word,
                self._word,
                self._phrase,
                self._pattern,
                self._fuzzy,
                self._field,
                self._value,
                self._date,
                self._number,
            )
        )
        return make()

    def _word(self) -> str:
        return self.dice.choice(self._words)

    def _phrase(self) -> str:
        count = self.dice.randint(1, 4)
        words = " ".join(self._word() for _ in range(count))
        quoted = self.dice.choice(('"{}"', "« {} »", "“{}”")).format(words)
        # compounds count twice, and long phrases may not be far apart
        return quoted + self.dice.choice(("", "", "~1", "~3" if count <= 2 else "~1"))

    def _pattern(self) -> str:
        return self.dice.choice(self._stems) + self.dice.choice(("*", "*e", "?*", "*?s"))

    def _fuzzy(self) -> str:
        long = [word for word in self._words if len(word) >= 5 and word.isalpha()]
        return self.dice.choice(long) + self.dice.choice(("~", "~1", "~2"))

    def _field(self) -> str:
        inside = self.dice.choice((self._word, self._phrase, self._pattern, self._fuzzy))
        name = self.dice.choice(("title", "text", "titre", "texte"))
        return self.dice.choice(("{}:{}", "{}:({} OR police)", "{}:(NOT {} police)")).format(name, inside())

    def _value(self) -> str:
        name = self.dice.choice(sorted(VALUES))
        return f"{name}:{self.dice.choice((*VALUES[name], '*'))}"

    def _date(self) -> str:
        name, date = self.dice.choice(DATE_FIELDS), self.dice.choice(DATES)
        forms = ["{0}:>={1}", "{0}:<{1}", "{0}:[{1} TO *]", "{0}:[* TO {1}}}", "{0}:[2020-01-01 TO {1}]"]
        if not date.startswith("now-3"):
            forms.append("{0}:{1}")
        return self.dice.choice(forms).format(name, date)

    def _number(self) -> str:
        return self.dice.choice(("version:1", "version:>=2", "version:[1 TO 3}", "seq:<100", "capture:[* TO 7]"))
