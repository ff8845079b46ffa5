"""The surroundings of the headline: where a byline, a dateline and a standfirst are looked for.

Pages list other articles with bylines and dates of their own; what stands far away, to the side, or in another
article's card says nothing about this one.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any
from unicodedata import is_normalized

from crawler.extraction.metadata.evidence import Block
from crawler.extraction.metadata.wording import comparable
from crawler.extraction.shown_text import INLINE

HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
# Parts of a page that are never the article itself.
ASIDE_TAGS = frozenset({"nav", "aside", "footer", "form", "button"})
# How far from the headline a byline or dateline is looked for, in blocks: the standfirst, a picture with its caption
# and a row of share links lie between.
BLOCKS_BEFORE = 12
BLOCKS_AFTER = 30


class Surroundings:
    """The blocks around the headline of a page, and where any element stands among them."""

    def __init__(self, blocks: tuple[Block, ...], title: str | None) -> None:
        self.blocks = blocks
        self.title = title
        self.headline = headline_number(blocks, title)
        self.near = range(max(0, self.headline - BLOCKS_BEFORE), min(len(blocks), self.headline + 1 + BLOCKS_AFTER))

    @cached_property
    def numbers(self) -> dict[Any, int]:
        """The first block that begins inside each block element."""
        numbers: dict[Any, int] = {}
        for number, block in enumerate(self.blocks):
            for element in (block.element, *block.element.iterancestors()):
                if element in numbers:
                    break
                numbers[element] = number
        return numbers

    def number_of(self, element: Any) -> int:
        """The number of the block in which an element stands or begins; -1 where it shows nothing."""
        for candidate in (element, *element.iterancestors()):
            if candidate in self.numbers:
                return self.numbers[candidate]
            if candidate.tag not in INLINE:
                break
        return -1

    @cached_property
    def own_articles(self) -> frozenset[Any]:
        """The `<article>` elements around the headline; else those around the first block after it that is in one."""
        for block in self.blocks[self.headline :]:
            around = frozenset(articles_around(block.element))
            if around and not stands_aside(block.element):
                return around
        return frozenset()

    def is_elsewhere(self, element: Any) -> bool:
        """True to the side of the page, or in the `<article>` of something else."""
        if stands_aside(element):
            return True
        innermost = next(articles_around(element), None)
        return innermost is not None and innermost not in self.own_articles


def articles_around(element: Any) -> Iterator[Any]:
    """The `<article>` elements in which an element stands, innermost first."""
    if element.tag == "article":
        yield element
    yield from element.iterancestors("article")


def stands_aside(element: Any) -> bool:
    """True inside navigation, side columns, footers and forms."""
    return element.tag in ASIDE_TAGS or next(element.iterancestors(ASIDE_TAGS), None) is not None


def may_hold(text: str, word: str) -> bool:
    """False where a comparable word is surely not in a text; cheaper than the text's comparable form."""
    return word in text.casefold() or not is_normalized("NFKC", text)


def headline_number(blocks: tuple[Block, ...], title: str | None) -> int:
    """The first heading equal to the title, else any equal block, a heading with most of it, or the first h1."""
    wanted = comparable(title)
    first_word = wanted.partition(" ")[0]
    equal: list[int] = []
    holding: list[int] = []
    for number, block in enumerate(blocks):
        heading = block.element.tag in HEADINGS
        if wanted and len(block.text) < 2 * len(title or "") + 20 and (heading or may_hold(block.text, first_word)):
            words = block.words
            if words == wanted:
                equal.append(number)
            elif heading and (wanted in words or (words in wanted and 2 * len(words) > len(wanted))):
                holding.append(number)
    in_heading = [number for number in equal if blocks[number].element.tag in HEADINGS]
    first_h1 = (number for number, block in enumerate(blocks) if block.element.tag == "h1")
    return next(iter((*in_heading, *equal, *holding, *first_h1)), 0)
