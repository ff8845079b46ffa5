"""What changed between two states of a text, word by word, with changed figures and quotations told apart.

Paragraphs are aligned first, so that one that moved on does not make everything behind it look new; only those that
differ are compared by words.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

Kind = Literal["same", "gone", "added"]

WORDS_COMPARED = (
    4_000_000  # product of both sides' words: about a second; beyond it the whole stretch counts as changed
)
_TOKEN = re.compile(r"\d+(?:[\u202f\u00a0 .,]\d+)*|\w+|\s+|[^\w\s]")
_FIGURE = re.compile(r"\d+(?:[\u202f\u00a0 .,]\d+)*(?:[\u202f\u00a0 ]?%)?")
_QUOTATION = re.compile(r"«[^«»]*»|“[^“”]*”|\"[^\"\n]*\"")


@dataclass(frozen=True)
class Piece:
    """A stretch of text that both states have, or one of them; `telling` where it holds a figure or a quotation."""

    kind: Kind
    text: str
    telling: bool = False


@dataclass(frozen=True)
class Difference:
    """How one text became another: all of it in order, and the figures and quotations that only one of them has."""

    pieces: tuple[Piece, ...]
    figures_gone: tuple[str, ...]
    figures_added: tuple[str, ...]
    quotations_gone: tuple[str, ...]
    quotations_added: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """True where both texts are the same."""
        return all(piece.kind == "same" for piece in self.pieces)


@dataclass(frozen=True)
class _Token:
    text: str
    telling: bool


def compare_texts(before: str, after: str) -> Difference:
    """The difference of two texts."""
    pieces = tuple(_join(_compare_paragraphs(_mark(before), _mark(after))))
    return Difference(
        pieces,
        *_compare_lists(_FIGURE.findall(before), _FIGURE.findall(after)),
        *_compare_lists(_QUOTATION.findall(before), _QUOTATION.findall(after)),
    )


def _compare_lists(before: Sequence[str], after: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    gone, added = Counter(before) - Counter(after), Counter(after) - Counter(before)
    return tuple(gone), tuple(added)


def _mark(text: str) -> list[list[_Token]]:
    """The words of each line, line ends with the line before; each with whether a change of it would be telling."""
    quoted = [match.span() for match in _QUOTATION.finditer(text)]
    lines: list[list[_Token]] = []
    place = 0
    for line in text.splitlines(keepends=True):
        lines.append([_make_token(match, place, quoted) for match in _TOKEN.finditer(line)])
        place += len(line)
    return lines


def _make_token(match: re.Match[str], place: int, quoted: Sequence[tuple[int, int]]) -> _Token:
    at = place + match.start()
    word = match[0]
    is_quoted = not word.isspace() and any(start <= at < end for start, end in quoted)
    return _Token(word, is_quoted or word[0].isdigit())


def _compare_paragraphs(before: list[list[_Token]], after: list[list[_Token]]) -> Iterator[tuple[Kind, _Token]]:
    one, other = ([tuple(token.text for token in line) for line in side] for side in (before, after))
    for kind, start, end, to_start, to_end in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        left = [token for line in before[start:end] for token in line]
        right = [token for line in after[to_start:to_end] for token in line]
        if kind == "equal":
            yield from (("same", token) for token in right)
        else:
            yield from _compare_words(left, right)


def _compare_words(before: list[_Token], after: list[_Token]) -> Iterator[tuple[Kind, _Token]]:
    if len(before) * len(after) > WORDS_COMPARED:
        yield from (("gone", token) for token in before)
        yield from (("added", token) for token in after)
        return
    one, other = ([token.text for token in side] for side in (before, after))
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    stretches = [
        _Stretch(kind == "equal", before[start:end], after[to_start:to_end])
        for kind, start, end, to_start, to_end in matcher.get_opcodes()
    ]
    for stretch in _drown_islands(stretches):
        if stretch.is_same:
            yield from (("same", token) for token in stretch.new)
        else:
            yield from (("gone", token) for token in stretch.old)
            yield from (("added", token) for token in stretch.new)


@dataclass
class _Stretch:
    """Neighbouring words that both texts have, or that one has in place of the other's."""

    is_same: bool
    old: list[_Token]
    new: list[_Token]

    @property
    def size(self) -> int:
        return max(sum(len(token.text) for token in side) for side in (self.old, self.new))


def _drown_islands(stretches: list[_Stretch]) -> list[_Stretch]:
    """Words that happen to stand in two rewritten phrases are no common ground: what is shorter than the changes on
    both its sides counts as changed with them, until nothing is, so that whole phrases can be read."""
    while True:
        sizes = [stretch.size for stretch in stretches]
        kept: list[_Stretch] = []
        for at, stretch in enumerate(stretches):
            inside = 0 < at < len(stretches) - 1
            is_island = stretch.is_same and inside and sizes[at] <= min(sizes[at - 1], sizes[at + 1])
            if kept and not kept[-1].is_same and (is_island or not stretch.is_same):
                kept[-1] = _Stretch(False, kept[-1].old + stretch.old, kept[-1].new + stretch.new)
            else:
                kept.append(stretch)
        if len(kept) == len(stretches):
            return kept
        stretches = kept


def _join(tokens: Iterator[tuple[Kind, _Token]]) -> Iterator[Piece]:
    """Neighbours of one kind together; what is unchanged is never telling."""
    for (kind, telling), group in groupby(tokens, key=lambda pair: (pair[0], pair[0] != "same" and pair[1].telling)):
        yield Piece(kind, "".join(token.text for _, token in group), telling)
