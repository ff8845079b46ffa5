"""Revisions: what an edit changed, word by word, short enough for a mail.

Figures with their unit and quotations are compared and shown whole: `[-1 200 €-] [+1 350 €+]`, never a few digits of
one. Unchanged text stands only around the changes. Whatever two texts hold, the work and the result are bounded.
"""

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

State = Literal["kept", "removed", "added"]
Part = tuple[str, State]

TEXT_CHARACTERS = 100_000
"""As much of each text is compared; articles are a tenth of it."""

SENTENCES = 400
WORDS = 400
"""Longest stretches that are compared one by one; longer ones are shown as removed and added as a whole."""

CONTEXT_WORDS = 8
PASSAGES = 5
RUN_CHARACTERS = 400
"""A removed or added stretch is cut at a word once it is longer, and longer than a quotation may be."""

_QUOTES = r"«[^«»\n]{1,300}»|“[^“”\n]{1,300}”|\"[^\"\n]{1,300}\""
_FIGURES = r"(?:\d{1,3}(?:[  \u202f]\d{3})+(?!\d)|\d+)(?:[.,:/h]\d+)*(?:[  \u202f]?[%€])?"
_TOKEN = re.compile(rf"(?P<blank>\s*)(?P<token>{_QUOTES}|{_FIGURES}|\w+(?:[’'-]\w+)*[’']?|\S)")
_ENDS = (".", "!", "?", "…")


@dataclass(frozen=True)
class Token:
    """A word, figure, quotation or sign, and whether a blank or a line end stands before it."""

    text: str
    blank: str


@dataclass(frozen=True)
class Revision:
    """What differs: the title where it does, the first passages of the text, and how many more there are."""

    title: tuple[Part, ...] = ()
    passages: tuple[tuple[Part, ...], ...] = ()
    left_out: int = 0


UNCHANGED = Revision()

_Step = tuple[State, Sequence[Token]]


def compare(before: tuple[str, str], after: tuple[str, str]) -> Revision:
    """What changed between two wordings, each given as title and text."""
    title: tuple[Part, ...] = ()
    if before[0] != after[0]:
        title = _join(_compare_words(_cut_words(before[0]), _cut_words(after[0])))
    passages = list(_cut_passages(_compare_texts(_cut_words(before[1]), _cut_words(after[1]))))
    return Revision(title, tuple(_join(one) for one in passages[:PASSAGES]), max(0, len(passages) - PASSAGES))


def _cut_words(text: str) -> list[Token]:
    return [Token(found["token"], found["blank"]) for found in _TOKEN.finditer(text[:TEXT_CHARACTERS])]


def _cut_sentences(words: Sequence[Token]) -> list[Sequence[Token]]:
    sentences, start = [], 0
    for place, word in enumerate(words):
        ends = place and words[place - 1].text.endswith(_ENDS) and word.blank
        if place > start and (ends or "\n" in word.blank):
            sentences.append(words[start:place])
            start = place
    return [*sentences, words[start:]] if start < len(words) else sentences


def _compare_texts(before: Sequence[Token], after: Sequence[Token]) -> list[_Step]:
    """Sentence by sentence; those that differ word by word."""
    old, new = _cut_sentences(before), _cut_sentences(after)
    steps: list[_Step] = []
    for kind, left, right in _align([_texts(one) for one in old], [_texts(one) for one in new], SENTENCES):
        gone = [word for one in old[left] for word in one]
        come = [word for one in new[right] for word in one]
        if kind == "equal":
            steps.append(("kept", come))
        else:
            steps += _compare_words(gone, come)
    return _gather(steps)


def _compare_words(before: Sequence[Token], after: Sequence[Token]) -> list[_Step]:
    steps: list[_Step] = []
    for kind, left, right in _align([word.text for word in before], [word.text for word in after], WORDS):
        is_island = kind == "equal" and steps and right.stop < len(after) and _is_small(after[right])
        if kind == "equal" and not is_island:
            steps.append(("kept", after[right]))
            continue
        steps += [("removed", before[left])] if before[left] else []
        steps += [("added", after[right])] if after[right] else []
    return _gather(steps)


def _is_small(words: Sequence[Token]) -> bool:
    """One short word between two changes reads better as a part of them."""
    return len(words) == 1 and len(words[0].text) <= 3 and not words[0].text.isdigit()


def _gather(steps: Sequence[_Step]) -> list[_Step]:
    """Neighbouring stretches of one kind as one; where removed and added words meet, the removed first."""
    gathered: list[_Step] = []
    gone: list[Token] = []
    come: list[Token] = []
    for state, words in [*steps, ("kept", ())]:
        if state == "removed":
            gone += words
        elif state == "added":
            come += words
        else:
            gathered += [("removed", gone)] if gone else []
            gathered += [("added", come)] if come else []
            if words and gathered and gathered[-1][0] == "kept":
                gathered[-1] = ("kept", [*gathered[-1][1], *words])
            elif words:
                gathered.append(("kept", words))
            gone, come = [], []
    return gathered


def _align(before: Sequence[Hashable], after: Sequence[Hashable], limit: int) -> Iterator[tuple[str, slice, slice]]:
    """Stretches that are equal or differ; what both begin and end with is set apart first: most edits are small."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    tail = 0
    while tail < min(len(before), len(after)) - start and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    left, right = len(before) - tail, len(after) - tail
    if start:
        yield "equal", slice(0, start), slice(0, start)
    if left > start or right > start:
        if max(left, right) - start > limit:
            yield "replace", slice(start, left), slice(start, right)
        else:
            matcher = SequenceMatcher(None, before[start:left], after[start:right])
            for kind, i, j, k, m in matcher.get_opcodes():
                yield kind, slice(start + i, start + j), slice(start + k, start + m)
    if tail:
        yield "equal", slice(left, len(before)), slice(right, len(after))


def _texts(words: Sequence[Token]) -> tuple[str, ...]:
    return tuple(word.text for word in words)


def _cut_passages(steps: Sequence[_Step]) -> Iterator[list[_Step]]:
    """The changes with a few words around them; those that are near each other share a passage."""
    passage: list[_Step] = []
    for place, (state, words) in enumerate(steps):
        if state != "kept":
            passage.append((state, words))
            continue
        is_last = place == len(steps) - 1
        if not passage:
            passage = [("kept", [_dots(words), *words[-CONTEXT_WORDS:]] if len(words) > CONTEXT_WORDS else words)]
        elif is_last or len(words) > 2 * CONTEXT_WORDS:
            end = [*words[:CONTEXT_WORDS], _dots(words)] if len(words) > CONTEXT_WORDS else words
            yield [*passage, ("kept", end)]
            passage = [] if is_last else [("kept", [_dots(words), *words[-CONTEXT_WORDS:]])]
        else:
            passage.append(("kept", words))
    if any(state != "kept" for state, _ in passage):
        yield passage


def _dots(words: Sequence[Token]) -> Token:
    return Token("…", words[0].blank)


def _join(steps: Sequence[_Step]) -> tuple[Part, ...]:
    """Steps as text; a blank before a stretch stands outside its marks."""
    parts: list[Part] = []
    for state, words in steps:
        text = "".join(f"{' ' if word.blank else ''}{word.text}" for word in words)
        if state != "kept" and len(text) > RUN_CHARACTERS:
            text = f"{text[:RUN_CHARACTERS].rpartition(' ')[0] or text[:RUN_CHARACTERS]} …"
        blank = " " if text.startswith(" ") or (parts and parts[-1][1] == "removed" and state == "added") else ""
        if blank and parts:
            parts.append((blank, "kept"))
        parts.append((text.removeprefix(" "), state))
    return tuple(parts)
