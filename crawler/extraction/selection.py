"""Which blocks of a page the extraction library took for the main text.

The library answers with text; the place of that text on the page is what lets neighbours be judged. Promises: a block
is selected only if its words stand in the library's answer, and no text is selected twice.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property

from lxml.html import HtmlElement

from crawler.extraction.blocks import Block, make_key

# A block of so few words can stand anywhere in a text by chance: it must be a line of its own there.
FEW_WORDS = 5
# The library drops a word here and there (footnote marks, times): this part of a block's word triples must be found.
SAME_ENOUGH = 0.7
# The main container is the innermost element with this part of the selected text.
MAIN_SHARE = 0.9


def select_blocks(blocks: Sequence[Block], lines: Sequence[str]) -> list[bool]:
    """For each block, whether it is part of the text that `lines` hold."""
    keys = {line: key for line in lines if (key := make_key(line))}
    for block in blocks:
        if (known := keys.get(block.text)) is not None:  # most of the text is in the answer as it stands on the page
            block.set_key(known)
    answer = _Answer(frozenset(keys.values()), f" {' '.join(keys[line] for line in lines if line in keys)} ")
    selected = [block.text in keys or answer.holds(block.key) for block in blocks]
    return drop_repeated(blocks, selected)


def find_container(blocks: Sequence[Block], selected: Sequence[bool]) -> HtmlElement | None:
    """The innermost element that holds nearly all selected text."""
    weights, total = weigh(blocks, selected)
    heavy = [element for element, weight in weights.items() if weight >= MAIN_SHARE * total]
    return max(heavy, key=lambda element: sum(1 for _ in climb(element)), default=None)


def weigh(blocks: Sequence[Block], selected: Sequence[bool]) -> tuple[dict[HtmlElement, int], int]:
    """The characters of selected text within each element, and in all."""
    parents: dict[HtmlElement | None, int] = {}
    weights: dict[HtmlElement, int] = {}
    for block, chosen in zip(blocks, selected, strict=True):
        if chosen:
            element, weight = block.element, len(block.text)
            weights[element] = weights.get(element, 0) + weight
            parent = element.getparent()  # of most paragraphs it is the same one: it is climbed from once
            parents[parent] = parents.get(parent, 0) + weight
    for parent, weight in parents.items():
        for element in climb(parent):
            weights[element] = weights.get(element, 0) + weight
    return weights, sum(parents.values())


def climb(element: HtmlElement | None) -> Iterator[HtmlElement]:
    """The element and all that enclose it."""
    here = element
    while here is not None:
        yield here
        here = here.getparent()


class _Answer:
    """The words of the library's answer: as the keys of its lines, and all of them in order, a blank on both sides."""

    def __init__(self, keys: frozenset[str], whole: str) -> None:
        self._keys = keys
        self._whole = whole
        self._words = frozenset(whole.split())

    @cached_property
    def _triples(self) -> frozenset[tuple[str, ...]]:
        return frozenset(_make_triples(self._whole.split()))

    def holds(self, key: str) -> bool:
        """Whether a block of that key is part of it."""
        words = key.split()
        if len(words) < FEW_WORDS:
            return key in self._keys
        if f" {key} " in self._whole:
            return True
        enough = SAME_ENOUGH * (len(words) - 2)
        # No triple without its words: so most of what is no part of it is told before the triples are made.
        if sum(map(self._words.__contains__, words)) - 2 < enough:
            return False
        return sum(map(self._triples.__contains__, _make_triples(words))) >= enough


def _make_triples(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return zip(words, words[1:], words[2:], strict=False)


def drop_repeated(blocks: Sequence[Block], selected: list[bool]) -> list[bool]:
    """Of equal blocks, those within the main container stay; elsewhere only what it lacks."""
    container = find_container(blocks, selected)
    if container is None:
        return selected
    inside = set(container.iter())
    result = list(selected)
    seen: set[str] = set()
    for wanted_inside in (True, False):
        for index, block in enumerate(blocks):
            if not selected[index] or (block.element in inside) is not wanted_inside:
                continue
            is_copy = block.key in seen and (not wanted_inside or block.key.count(" ") >= FEW_WORDS - 1)
            result[index] = not is_copy
            seen.add(block.key)
    return result
