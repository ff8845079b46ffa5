"""One walk over a page for all who read it: walking is what costs, and holding the elements makes later searches cheap.

Promises: everything in the order of the page; the tree is left as it was.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import lxml.etree as etree

from crawler.extraction.blocks import Block, BlockReader
from crawler.extraction.shown_text import Run, ShownReader, hides

_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_MARKS = {"id": attrgetter("identified"), "itemprop": attrgetter("properties")}
# Whether a value hides its element from the blocks of the main text, and from what is shown.
_HIDING: dict[str, Callable[[str], tuple[bool, bool]]] = {
    "hidden": lambda value: (True, True),
    "aria-hidden": lambda value: (value == "true", False),
    "style": lambda value: (_HIDDEN_STYLE.search(value) is not None, hides(value)),
}


@dataclass
class PageWalk:
    """All elements; the blocks among which the main text is looked for; what is shown; the marked elements.

    `classed`, `identified` and `properties` are elements with a class, an id, an itemprop, and its value.
    """

    elements: list[Any] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    shown: list[Run] = field(default_factory=list)
    classed: list[tuple[Any, str]] = field(default_factory=list)
    identified: list[tuple[Any, str]] = field(default_factory=list)
    properties: list[tuple[Any, str]] = field(default_factory=list)


def walk_page(root: Any) -> PageWalk:
    """Walk the tree under `root` once."""
    page, blocks, shown = PageWalk(), BlockReader(root), ShownReader(root)
    elements, classed = page.elements, page.classed
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        tag = element.tag
        if event == "start":
            elements.append(element)
            hidden_from_blocks = hidden = False
            for name, value in element.items():  # all at once: to ask for six of them one by one costs twice as much
                if name == "class":
                    classed.append((element, value))
                elif name in _MARKS:
                    _MARKS[name](page).append((element, value))
                elif name in _HIDING:
                    in_blocks, in_all = _HIDING[name](value)
                    hidden_from_blocks, hidden = hidden_from_blocks or in_blocks, hidden or in_all
            if blocks.skipped is None:
                blocks.enter(element, tag, hidden_from_blocks)
            if shown.skipped is None:
                shown.enter(element, tag, hidden)
        elif event == "end":
            tail = element.tail
            if blocks.skipped is None or blocks.skipped is element:
                blocks.leave(element, tag, tail)
            if shown.skipped is None or shown.skipped is element:
                shown.leave(element, tag, tail)
        else:
            shown.pass_over(element.tail)
    page.blocks, page.shown = blocks.finish(root), shown.finish()
    return page
