"""One walk over a page for all who read it: walking is what costs, and holding the elements makes later searches cheap.

Promises: everything in the order of the page; the tree is left as it was.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import lxml.etree as etree

from crawler.extraction.blocks import Block, BlockReader
from crawler.extraction.shown_text import Run, ShownReader, hides

_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


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
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event == "start":
            page.elements.append(element)
            tag = element.tag
            hidden_from_blocks, hidden = _read_attributes(page, element, element.attrib)
            blocks.enter(element, tag, hidden_from_blocks)
            shown.enter(element, tag, hidden)
        elif event == "end":
            tag, tail = element.tag, element.tail
            blocks.leave(element, tag, tail)
            shown.leave(element, tag, tail)
        else:
            shown.pass_over(element.tail)
    page.blocks, page.shown = blocks.finish(root), shown.finish()
    return page


def _read_attributes(page: PageWalk, element: Any, attributes: Any) -> tuple[bool, bool]:
    """Note what is marked; whether the element is hidden, by the rule of the blocks and by that of what is shown."""
    if not attributes:
        return False, False
    if (names := attributes.get("class")) is not None:
        page.classed.append((element, names))
    if (identity := attributes.get("id")) is not None:
        page.identified.append((element, identity))
    if (prop := attributes.get("itemprop")) is not None:
        page.properties.append((element, prop))
    if attributes.get("hidden") is not None:
        return True, True
    style = attributes.get("style")
    is_aria_hidden = attributes.get("aria-hidden") == "true"
    if style is None:
        return is_aria_hidden, False
    return is_aria_hidden or _HIDDEN_STYLE.search(style) is not None, hides(style)
