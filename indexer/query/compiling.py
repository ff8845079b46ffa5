"""From the syntax tree to the tree that engines are asked: analysis, dates, values, and what each field can do.

A word that is too common to be indexed is left out, with a note; a query of nothing else is refused.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime

from indexer.analysis import FrenchAnalyzer, Term, fold
from indexer.analysis.folding import APOSTROPHES, HYPHENS, INVISIBLE
from indexer.analysis.french import WORD, split_word
from indexer.analysis.tables import STOP_WORDS
from indexer.document import FIELDS, Field
from indexer.proximity import MAX_SLOP, count_phrases
from indexer.query import syntax
from indexer.query.dates import is_moment, read_stretch
from indexer.query.errors import Limits, QueryError
from indexer.query.fields import TEXT_FIELDS
from indexer.query.values import check_value
from indexer.tree import (
    AllOf,
    AnyOf,
    BestOf,
    Between,
    Everything,
    Exists,
    FuzzyIs,
    Node,
    PatternIs,
    PhraseIs,
    TermIs,
    Without,
)

LETTERS_BEFORE_WILDCARD = 3
"""Fewer would make an engine walk through a large part of its dictionary."""

WILDCARDS_IN_A_WORD = 8
"""Each multiplies the states that an engine's automaton may need."""

LOOSE_PAIRS_IN_A_QUERY = 200
"""Pairs of words for which all loose phrases of a query stand; each is a search of its own for the engine."""

_YES = frozenset({"true", "yes", "oui", "vrai", "1"})
_NO = frozenset({"false", "no", "non", "faux", "0"})
_NUMBER = re.compile(r"\d{1,18}")


class Compiler:
    """Compiles one query. `notes` say what was left out, in the order in which it was met."""

    def __init__(self, analyzer: FrenchAnalyzer, now: datetime, limits: Limits) -> None:
        self._analyzer = analyzer
        self._now = now
        self._limits = limits
        self._terms = 0
        self._loose_pairs = 0
        self.notes: list[str] = []

    def compile(self, tree: syntax.Syntax) -> Node | None:
        """The tree for the engines; None where nothing is left to look for."""
        if isinstance(tree, syntax.Not):
            child = self.compile(tree.child)
            return None if child is None else Without(child)
        if isinstance(tree, syntax.And):
            return _combine(AllOf, [self.compile(child) for child in tree.children])
        if isinstance(tree, syntax.Or):
            return _combine(AnyOf, [self.compile(child) for child in tree.children])
        return self._leaf(tree)

    def _leaf(self, leaf: syntax.Leaf) -> Node | None:
        if isinstance(leaf, syntax.Star):
            return Everything() if leaf.field is None else Exists(leaf.field)
        self._count(1, leaf)
        field = None if leaf.field is None else FIELDS[leaf.field]
        if field is None or field.kind == "text":
            return self._text(leaf)
        if field.kind == "date":
            return self._date(field, leaf)
        if field.kind == "number":
            return self._number(field, leaf)
        if field.kind == "flag":
            return self._flag(field, leaf)
        return self._keyword(field, leaf)

    def _count(self, terms: int, leaf: syntax.Leaf) -> None:
        self._terms += terms
        if self._terms > self._limits.clauses:
            raise QueryError(
                f"more than {self._limits.clauses} words and conditions, those of phrases included", leaf.position,
                "Shorten a phrase, or make several queries of it",
            )  # fmt: skip

    # words in title and text

    def _text(self, leaf: syntax.Leaf) -> Node | None:
        if isinstance(leaf, syntax.Word):
            return self._words(leaf, leaf.text, 0)
        if isinstance(leaf, syntax.Phrase):
            return self._words(leaf, leaf.text, leaf.slop)
        if isinstance(leaf, syntax.Pattern):
            pattern = _exact_pattern(leaf)
            return _in_text(leaf, lambda name: PatternIs(f"{name}_exact", pattern))
        if isinstance(leaf, syntax.Fuzzy):
            word = _exact_word(leaf)
            distance = _distance(leaf, word)
            return _in_text(leaf, lambda name: FuzzyIs(f"{name}_exact", word, distance))
        raise QueryError(
            "a range of words", leaf.position, "Ranges are for dates and numbers: date:[2026-01 TO 2026-03]"
        )

    def _words(self, leaf: syntax.Leaf, text: str, slop: int) -> Node | None:
        terms = self._analyzer.terms(text)
        self._count(max(0, len(terms) - 1), leaf)
        compound = _joined(text, terms)
        sequence = [term for term in terms if not term.joined]
        if not sequence and compound is None:
            self.notes.append(f"« {text.strip()[:60]} » was left out: it holds only words too common to be indexed.")
            return None
        self._check_slop(leaf, [term.term for term in sequence], slop)
        return _in_text(leaf, lambda name: _word_node(name, sequence, compound, slop))

    def _check_slop(self, leaf: syntax.Leaf, terms: list[str], slop: int) -> None:
        if slop == 0 or len(terms) < 2:
            return
        if slop > MAX_SLOP:
            raise QueryError(
                f"the words of a phrase may be at most ~{MAX_SLOP} apart, not ~{slop}", leaf.position,
                "Lower the number, or join its words with AND",
            )  # fmt: skip
        self._loose_pairs += count_phrases(terms, slop)
        if self._loose_pairs > LOOSE_PAIRS_IN_A_QUERY:
            raise QueryError("too many phrases with ~ and a number", leaf.position, "Shorten them, or use fewer")

    # values of other fields

    def _keyword(self, field: Field, leaf: syntax.Leaf) -> Node:
        if isinstance(leaf, syntax.Pattern):
            return PatternIs(field.name, _keyword_pattern(field, leaf))
        if isinstance(leaf, syntax.Fuzzy):
            if field.form != "folded":
                raise QueryError(
                    f"{field.name} holds fixed values", leaf.position, "Leave ~ out, or use a star at the end"
                )
            word = field.term_of(leaf.text)
            return FuzzyIs(field.name, word, _distance(leaf, word))
        return TermIs(field.name, check_value(field, self._value(field, leaf), leaf.position))

    def _value(self, field: Field, leaf: syntax.Leaf) -> str:
        if isinstance(leaf, syntax.Word) or (isinstance(leaf, syntax.Phrase) and leaf.slop == 0):
            return field.term_of(leaf.text)
        if isinstance(leaf, syntax.Phrase):
            raise QueryError(f"{field.name} holds whole values", leaf.position, "Leave ~ and the number out")
        raise QueryError(
            f"{field.name} takes one value, not a range or pattern", leaf.position, f"Write {field.name}:value"
        )

    def _flag(self, field: Field, leaf: syntax.Leaf) -> Node:
        value = fold(self._value(field, leaf))
        if value not in _YES | _NO:
            raise QueryError(f"{field.name} is true or false", leaf.position, f"Write {field.name}:true")
        return TermIs(field.name, "true" if value in _YES else "false")

    def _number(self, field: Field, leaf: syntax.Leaf) -> Node:
        if isinstance(leaf, syntax.Range):
            low, high = (_read_number(field, bound, leaf) for bound in (leaf.low, leaf.high))
            if low is not None and high is not None and low > high:
                raise QueryError("this range ends before it begins", leaf.position, "Write the smaller number first")
            return Between(field.name, low, high, leaf.include_low or low is None, leaf.include_high or high is None)
        number = _read_number(field, self._value(field, leaf), leaf)
        return Between(field.name, number, number)

    def _date(self, field: Field, leaf: syntax.Leaf) -> Node:
        if not isinstance(leaf, syntax.Range):
            written = self._value(field, leaf)
            if is_moment(written):
                raise QueryError(
                    f"{written[:40]} is a single second",
                    leaf.position,
                    f"Write {field.name}:>={written[:40]} for the time since",
                )
            low, high = read_stretch(written, self._now, leaf.position)
            return Between(field.name, low, high, include_high=False)
        return self._date_range(field, leaf)

    def _date_range(self, field: Field, leaf: syntax.Range) -> Node:
        start = end = None
        if leaf.low is not None:
            first, after = read_stretch(leaf.low, self._now, leaf.position)
            start = first if leaf.include_low else after
        if leaf.high is not None:
            first, after = read_stretch(leaf.high, self._now, leaf.position)
            end = after if leaf.include_high else first
        if start is not None and end is not None and start >= end:
            raise QueryError("this range ends before it begins", leaf.position, "Write the earlier date first")
        return Between(field.name, start, end, include_high=end is None)


def _combine(kind: type[AllOf] | type[AnyOf], children: list[Node | None]) -> Node | None:
    kept = tuple(child for child in children if child is not None)
    if len(kept) <= 1:
        return kept[0] if kept else None
    return kind(kept)


def _in_text(leaf: syntax.Leaf, make: Callable[[str], Node]) -> Node:
    if leaf.field is not None:
        return make(leaf.field)
    return BestOf(tuple((weight, make(name)) for name, weight in TEXT_FIELDS))


def _joined(text: str, terms: list[Term]) -> Term | None:
    """The joined form, where the text is one compound word and nothing else."""
    return next((term for term in terms if term.joined), None) if len(WORD.findall(text)) == 1 else None


def _word_node(field: str, sequence: list[Term], compound: Term | None, slop: int) -> Node:
    if compound is not None:
        joined = TermIs(field, compound.term)
        return AnyOf((_phrase(field, sequence, slop), joined)) if len(sequence) > 1 else joined
    return _phrase(field, sequence, slop)


def _phrase(field: str, sequence: list[Term], slop: int) -> Node:
    if len(sequence) == 1:
        return TermIs(field, sequence[0].term)
    first = sequence[0].position
    return PhraseIs(field, tuple((term.position - first, term.term) for term in sequence), slop)


def _exact_word(leaf: syntax.Fuzzy) -> str:
    if len(WORD.findall(leaf.text)) != 1:
        raise QueryError(
            f"~ after {leaf.text[:40]!r}, which is not one word", leaf.position, "Put ~ after a single word"
        )
    word = "-".join(split_word(leaf.text))
    if word in STOP_WORDS:
        raise QueryError(f"« {leaf.text} » is too common to be indexed", leaf.position, "Leave it out")
    return word


def _distance(leaf: syntax.Fuzzy, word: str) -> int:
    distance = leaf.distance or (1 if len(word) < 6 else 2)
    needed = 3 if distance == 1 else 5
    if len(word) < needed:
        raise QueryError(
            f"~{distance} after a word of fewer than {needed} letters", leaf.position, "Write the word alone"
        )
    return distance


def _exact_pattern(leaf: syntax.Pattern) -> str:
    """The pattern in the spelling of the exact words: folded, without elision and apostrophes."""
    pieces = _pattern_pieces(leaf.text)
    odd = next((piece for piece in pieces if piece not in "*?" and not _is_word_letter(piece)), None)
    if odd is not None:
        raise QueryError(
            f"{odd!r} in a word with * or ?", leaf.position, "Such a word holds letters, digits and hyphens"
        )
    pattern = _drop_pattern_elision("".join(piece if piece in "*?" else fold(piece) for piece in pieces))
    _check_wildcards(leaf, pattern)
    return pattern


def _is_word_letter(letter: str) -> bool:
    """Whether an exact word may hold it; an accent written apart counts as part of its letter."""
    if len(letter) > 1:  # a protected sign
        return False
    return letter.isalnum() or letter in APOSTROPHES + HYPHENS + INVISIBLE or unicodedata.combining(letter) > 0


def _drop_pattern_elision(pattern: str) -> str:
    before, apostrophe, after = pattern.partition("'")
    if apostrophe and not set(before) & set("*?"):
        pattern = split_word(f"{before}'a")[0][:-1] + after
    return pattern.replace("'", "")


def _keyword_pattern(field: Field, leaf: syntax.Pattern) -> str:
    pieces = _pattern_pieces(leaf.text)
    if any(piece in ("\\*", "\\?") for piece in pieces):
        raise QueryError(
            "a protected * or ? beside a free one", leaf.position, "Put the whole value in quotation marks"
        )
    segments = re.split(r"([*?])", "".join(piece.removeprefix("\\") for piece in pieces))
    pattern = "".join(segment if segment in ("*", "?") else field.term_of(segment) for segment in segments)
    _check_wildcards(leaf, pattern)
    return pattern


def _pattern_pieces(text: str) -> list[str]:
    """The characters, protected ones with their backslash; stars in a row are one."""
    return re.findall(r"\\.|\*(?!\*)|[^*\\]", text, re.DOTALL)


def _check_wildcards(leaf: syntax.Pattern, pattern: str) -> None:
    if len(re.findall(r"[*?]", pattern)) > WILDCARDS_IN_A_WORD:
        raise QueryError(f"more than {WILDCARDS_IN_A_WORD} * or ? in one word", leaf.position, "Use fewer of them")
    letters = sum(1 for letter in re.split(r"[*?]", pattern)[0] if letter.isalnum())
    if letters < LETTERS_BEFORE_WILDCARD:
        raise QueryError(
            f"« {leaf.text[:40]} » has fewer than {LETTERS_BEFORE_WILDCARD} letters before its first * or ?",
            leaf.position, "Write more letters first, or put a question mark that ends a sentence in quotation marks",
        )  # fmt: skip


def _read_number(field: Field, written: str | None, leaf: syntax.Leaf) -> int | None:
    if written is None:
        return None
    if not _NUMBER.fullmatch(written.strip()) or not written.strip().isascii():
        raise QueryError(
            f"{field.name} takes a whole number, not {written[:40]!r}", leaf.position, f"Write {field.name}:2"
        )
    return int(written)
