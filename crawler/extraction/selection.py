"""Which blocks of a page the extraction library took for the main text.

The library answers with text; the place of that text on the page is what lets neighbours be judged. Promises: a block
is selected only if its words stand in the library's answer, and no text is selected twice.
"""

from collections.abc import Iterator, Sequence

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
    keys = [key for line in lines if (key := make_key(line))]
    line_keys = set(keys)
    words = " ".join(keys).split()
    whole = f" {' '.join(words)} "
    triples = set(_triples(words))
    selected = [_is_part(block, line_keys, whole, triples) for block in blocks]
    return drop_repeated(blocks, selected)


def find_container(blocks: Sequence[Block], selected: Sequence[bool]) -> HtmlElement | None:
    """The innermost element that holds nearly all selected text."""
    weights, total = weigh(blocks, selected)
    heavy = [element for element, weight in weights.items() if weight >= MAIN_SHARE * total]
    return max(heavy, key=lambda element: sum(1 for _ in climb(element)), default=None)


def weigh(blocks: Sequence[Block], selected: Sequence[bool]) -> tuple[dict[HtmlElement, int], int]:
    """The characters of selected text within each element, and in all."""
    weights: dict[HtmlElement, int] = {}
    total = 0
    for block, chosen in zip(blocks, selected, strict=True):
        if chosen:
            total += len(block.text)
            for element in climb(block.element):
                weights[element] = weights.get(element, 0) + len(block.text)
    return weights, total


def climb(element: HtmlElement) -> Iterator[HtmlElement]:
    """The element and all that enclose it."""
    here: HtmlElement | None = element
    while here is not None:
        yield here
        here = here.getparent()


def _triples(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return zip(words, words[1:], words[2:], strict=False)


def _is_part(block: Block, line_keys: set[str], whole: str, triples: set[tuple[str, ...]]) -> bool:
    key = block.key
    if not key:
        return False
    words = key.split()
    if len(words) < FEW_WORDS:
        return key in line_keys
    if f" {key} " in whole:
        return True
    found = sum(map(triples.__contains__, _triples(words)))
    return found >= SAME_ENOUGH * (len(words) - 2)


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
