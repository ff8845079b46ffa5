"""The French analyzer: terms for engines, tokens with offsets for highlighting, whole words for wildcards.

Order of work: find words in the text as written, then for each word fold, take acronyms and compounds apart, drop
elisions and stop words, stem. Every engine gets the same terms at the same positions, because `written` gives
them as one blank-separated string; a place without a term holds `HOLE`.

A compound is found by its parts and joined: « narco-trafic » by narco, trafic and narcotrafic. There the joined
forms stand behind the text, each once, far enough apart that no phrase reaches them.
"""

import re
from collections.abc import Callable, Iterable
from typing import Generic, NamedTuple, TypeVar

from indexer.analysis.folding import APOSTROPHES, HYPHENS, INVISIBLE, fold
from indexer.analysis.stemming import light_stem
from indexer.analysis.tables import (
    CLITICS,
    COMPOUND_MAX_PARTS,
    ELISIONS,
    HOLE,
    KEEP,
    OWN_ENDINGS,
    OWN_ENDINGS_END,
    STOP_WORDS,
    TAIL_GAP,
    TERM_MAX_CHARS,
    TEXT_MAX_CHARS,
)

_MEDIAN_DOTS = "·•‧⋅"
_INCLUSIVE = re.compile(rf"[{_MEDIAN_DOTS}(].*", re.DOTALL)
_INCLUSIVE_PARTS = frozenset({"e", "s", "es"})

_MARK = f"[\u0300-\u036f{INVISIBLE}]"
_JOINT = f"[{re.escape(APOSTROPHES + HYPHENS)}]"
_LETTERS = r"[^\W_]+"
WORD = re.compile(
    # O.Q.T.F.  C.R.S  l'I.G.P.N.
    rf"(?<!\w)(?:(?:[ldnsmtjc]|qu)[{re.escape(APOSTROPHES)}])?(?:[^\W\d_]\.){{2,}}(?:[^\W\d_](?!\w))?"
    # 12,5  1.500
    r"|\d+(?:[.,]\d+)+"
    # l'insécurité  Saint-Étienne  31; a mark alone between letters is an accent written apart
    rf"|{_LETTERS}(?:(?:{_MARK}+{_JOINT}?|{_JOINT}){_LETTERS})*"
    # policier·ère·s  agent(e)s: the endings of inclusive writing belong to the word and are no words
    rf"(?:(?:[{_MEDIAN_DOTS}][a-zà-öø-ÿœ]{{1,6}}(?![^\W_]))+"
    r"|\((?:e|s|es|ne|nes|ère|ères|rice|trice|euse|x)\)s?(?![^\W_]))?",
    re.IGNORECASE,
)
"""One word of a text, as written. A word never contains white space."""

_ELIDED = re.compile(rf"(?:{'|'.join(sorted(ELISIONS))})[{re.escape(APOSTROPHES)}](?=\w)", re.IGNORECASE)


class Term(NamedTuple):
    """An index term, its place in the text counted in words, and whether it is a compound's joined form."""

    term: str
    position: int
    joined: bool = False


class Token(NamedTuple):
    """A term and where its word stands in the text, in characters."""

    term: str
    position: int
    start: int
    end: int
    joined: bool = False


class Word(NamedTuple):
    """What one written word becomes: terms at places counted from its own, how many places it takes, exact words.

    `elided` is the number of characters before the word proper: 2 in l'insécurité.
    """

    terms: tuple[Term, ...]
    places: int
    exact: tuple[str, ...]
    elided: int


class Written(NamedTuple):
    """A text as engines take it: strings separated by blanks.

    `places` gives the terms at their places. `exact` has the folded whole words, each once, which wildcards and fuzzy
    words are compared with: without elisions and stop words; a compound as its parts, with hyphens, and joined.
    """

    places: str
    exact: str


_Chunk = tuple[str, tuple[str, ...], tuple[str, ...]]
"""The words between two blanks: their places as a string, joined forms, exact words.

A plain tuple of strings, of which the garbage collector lets go: it would walk through hundreds of thousands of objects
of a class of ours again and again, which took longer than the analysis itself.
"""

Value = TypeVar("Value")


class _Cache(dict[str, Value], Generic[Value]):
    """Remembers what `make` returned, bounded: long strings are not kept, and words that were not asked for go.

    It fills to half of `entries`, then becomes the elder and an empty one takes its place; what is asked for again
    comes over from the elder. The words that every text has are so made once.
    """

    def __init__(self, make: Callable[[str], Value], entries: int) -> None:
        super().__init__()
        self._make = make
        self._half = max(1, entries // 2)
        self._elder: dict[str, Value] = {}

    def __missing__(self, key: str) -> Value:
        value = self._elder.get(key)
        if value is None:
            value = self._make(key)
        if len(key) <= 64:
            if len(self) >= self._half:
                self._elder = dict(self)
                self.clear()
            self[key] = value
        return value


class FrenchAnalyzer:
    """Analyses French text. One object a process is enough: it only holds caches, of `cache_entries` words each."""

    def __init__(self, cache_entries: int = 200_000) -> None:
        self._words = _Cache(analyse_word, cache_entries)
        self._chunks = _Cache(_analyse_chunk, cache_entries)

    def terms(self, text: str) -> list[Term]:
        """The terms in reading order; a compound's joined form follows its first part."""
        found: list[Term] = []
        position = 0
        for written in WORD.findall(clip_text(text)):
            word = self._words[written]
            found.extend(Term(term.term, position + term.position, term.joined) for term in word.terms)
            position += word.places
        return found

    def tokens(self, text: str) -> list[Token]:
        """The terms with the offsets of their words in `text`; what is elided before a word is not part of it."""
        found: list[Token] = []
        position = 0
        for match in WORD.finditer(clip_text(text)):
            word = self._words[match.group()]
            start, end = match.start() + word.elided, match.end()
            for term, place, joined in word.terms:
                found.append(Token(term, position + place, start, end, joined))
            position += word.places
        return found

    def written(self, text: str) -> Written:
        """The text as two strings for a white-space tokenizer."""
        pieces = clip_text(text).split()
        chunks = self._chunks
        places = [place for piece in pieces if (place := chunks[piece][0])]
        once = [chunks[piece] for piece in dict.fromkeys(pieces)]
        gap = f" {HOLE}" * TAIL_GAP
        places.extend(f"{gap[1:]} {term}" for term in _unique(term for chunk in once for term in chunk[1]))
        return Written(" ".join(places), " ".join(_unique(word for chunk in once for word in chunk[2])))

    def exact_terms(self, text: str) -> list[str]:
        """The whole words of `Written.exact`."""
        return self.written(text).exact.split()


def clip_text(text: str) -> str:
    """The part of a text that is analysed; it ends between two words."""
    if len(text) <= TEXT_MAX_CHARS:
        return text
    end = TEXT_MAX_CHARS
    while end > TEXT_MAX_CHARS - 1_000 and not text[end].isspace():
        end -= 1
    return text[:end]


def _analyse_chunk(piece: str) -> _Chunk:
    if piece.isalpha():  # one word, and no compound
        word = analyse_word(piece)
        return (word.terms[0].term if word.terms else HOLE), (), word.exact
    places: list[str] = []
    joined: list[str] = []
    exact: list[str] = []
    for written in WORD.findall(piece):
        word = analyse_word(written)
        row = [HOLE] * word.places
        for term in word.terms:
            if term.joined:
                joined.append(term.term)
            else:
                row[term.position] = term.term
        places += row
        exact += word.exact
    return " ".join(places), tuple(joined), tuple(exact)


def analyse_word(written: str) -> Word:
    """What one word, as `WORD` finds it, becomes."""
    if written.isalpha():  # nearly every word: no elision, no compound, no inclusive ending
        return _analyse_simple(fold(written), written, 0)
    parts = split_word(written)
    head = _ELIDED.match(written)
    elided = head.end() if head else 0
    return _analyse_simple(parts[0], written, elided) if len(parts) == 1 else _analyse_compound(parts, elided)


def split_word(written: str) -> tuple[str, ...]:
    """The folded parts of a word, without elision, apostrophes, dots of acronyms and inclusive endings."""
    folded = fold(_INCLUSIVE.sub("", written))
    if "." in folded and not folded[0].isdigit():
        return (_drop_elision(folded).replace(".", ""),)
    parts = [_drop_elision(part) for part in folded.split("-")]
    while len(parts) > 1 and parts[-1] in _INCLUSIVE_PARTS:
        parts.pop()
    return tuple(part for part in parts if part) or ("",)


def stem_word(folded: str) -> str:
    """The index term of a folded word; words with digits are not stemmed."""
    kept = KEEP.get(folded)
    if kept is not None:
        return kept
    if not folded.isalpha():
        return folded
    if folded.endswith(OWN_ENDINGS_END):
        for ending, replacement in OWN_ENDINGS:
            folded = ending.sub(replacement, folded)
    return light_stem(folded, folded=True)


def is_compound(parts: tuple[str, ...]) -> bool:
    """Whether the parts are also indexed as one word: not for dit-il, 2024-2025 and very long ones."""
    return (
        1 < len(parts) <= COMPOUND_MAX_PARTS
        and parts[-1] not in CLITICS
        and not all(part.isdigit() for part in parts)
        and sum(map(len, parts)) <= TERM_MAX_CHARS
    )


def _analyse_simple(part: str, written: str, elided: int) -> Word:
    kept = bool(part) and len(part) <= TERM_MAX_CHARS and (part not in STOP_WORDS or "." in written)
    return Word((Term(stem_word(part), 0),) if kept else (), 1, (part,) if kept else (), elided)


def _analyse_compound(parts: tuple[str, ...], elided: int) -> Word:
    kept = [(place, part) for place, part in enumerate(parts) if part not in STOP_WORDS and len(part) <= TERM_MAX_CHARS]
    terms = [Term(stem_word(part), place) for place, part in kept]
    exact = [part for _, part in kept]
    if is_compound(parts):
        joined = "".join(parts)
        first = sum(1 for place, _ in kept if place == 0)
        terms.insert(first, Term(stem_word(joined), 0, joined=True))
        exact += ["-".join(parts), joined]
    return Word(tuple(terms), len(parts), tuple(word for word in exact if len(word) <= TERM_MAX_CHARS), elided)


def _drop_elision(part: str) -> str:
    before, apostrophe, after = part.partition("'")
    if apostrophe and before in ELISIONS:
        part = after
    return part.replace("'", "")


def _unique(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
