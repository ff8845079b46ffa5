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
    gone: list[_Token] = []
    added: list[_Token] = []
    for kind, old, new in _list_stretches(SequenceMatcher(None, one, other, autojunk=False), before, after):
        if kind != "same":  # neighbours in change are told as one: first all that went, then all that came
            gone += old
            added += new
            continue
        yield from _tell(gone, added)
        gone, added = [], []
        yield from (("same", token) for token in new)
    yield from _tell(gone, added)


def _tell(gone: list[_Token], added: list[_Token]) -> Iterator[tuple[Kind, _Token]]:
    yield from (("gone", token) for token in gone)
    yield from (("added", token) for token in added)


def _list_stretches(
    matcher: "SequenceMatcher[str]", before: list[_Token], after: list[_Token]
) -> Iterator[tuple[Literal["same", "changed"], list[_Token], list[_Token]]]:
    """Unchanged and changed stretches in order. Words that happen to stand in two longer changes are no common ground:
    a stretch shorter than the changes on both its sides counts as changed, so that whole phrases can be read."""
    codes = matcher.get_opcodes()
    sizes = [max(_size(before[a:b]), _size(after[c:d])) for _, a, b, c, d in codes]
    for at, (kind, start, end, to_start, to_end) in enumerate(codes):
        beside = [sizes[at - 1], sizes[at + 1]] if 0 < at < len(codes) - 1 else [0]
        is_island = kind == "equal" and sizes[at] < min(beside)
        same = kind == "equal" and not is_island
        yield "same" if same else "changed", before[start:end], after[to_start:to_end]


def _size(tokens: list[_Token]) -> int:
    return sum(len(token.text) for token in tokens)


def _join(tokens: Iterator[tuple[Kind, _Token]]) -> Iterator[Piece]:
    """Neighbours of one kind together; what is unchanged is never telling."""
    for (kind, telling), group in groupby(tokens, key=lambda pair: (pair[0], pair[0] != "same" and pair[1].telling)):
        yield Piece(kind, "".join(token.text for _, token in group), telling)
