"""The blocks of text that a reader sees on a page: paragraphs, headings, list items, cells, each with its place.

Promises: in the order of the page, each piece of text in exactly one block, a line break being a border too; what is no
prose (scripts, styles, form controls) is left out, what is hidden is marked, since some pages reveal their text later.
"""

import re
from dataclasses import dataclass
from functools import cached_property

import lxml.etree as etree
from lxml.html import HtmlElement

_SKIPPED = frozenset(
    (
        "script", "style", "noscript", "template", "svg", "iframe", "object", "embed", "canvas", "audio", "video",
        "map", "head", "title", "button", "input", "select", "textarea", "option", "datalist", "dialog", "nav",
        "menu", "label", "math",
    )
)  # fmt: skip
INLINE = frozenset(
    (
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
        "img", "ins", "kbd", "mark", "nobr", "q", "rb", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike",
        "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "picture", "source",
    )
)  # fmt: skip
_CELLS = frozenset(("td", "th"))
LONG_CELL = 100  # characters from which a cell is a paragraph in a table made for layout, not a piece of data
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_WORDS = re.compile(r"\w+")
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


@dataclass(eq=False)
class Block:
    """One run of text, the innermost block element around it, and how many of its characters are links."""

    text: str
    element: HtmlElement
    link_chars: int = 0
    hidden: bool = False

    @cached_property
    def key(self) -> str:
        """The words alone, for comparing."""
        return make_key(self.text)

    @property
    def is_heading(self) -> bool:
        """True for h1 to h6."""
        return self.element.tag in _HEADINGS

    @property
    def link_share(self) -> float:
        """The part of the text that is links, 0 to 1."""
        return min(1.0, self.link_chars / len(self.text))


def make_key(text: str) -> str:
    """The words of a text, case folded, with one blank between them."""
    return " ".join(_WORDS.findall(text.casefold()))


def read_blocks(root: HtmlElement) -> list[Block]:
    """The blocks of the tree under `root`, which is left as it was."""
    return _Reader().read(root)


class _Reader:
    """Collects text between the borders of block elements."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._pieces: list[str] = []
        self._link_depth = 0
        self._link_chars = 0
        self._hidden_in: HtmlElement | None = None

    def read(self, root: HtmlElement) -> list[Block]:
        open_blocks: list[HtmlElement] = [root]
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            if event == "end":
                self._leave(element, open_blocks)
            elif element.tag in _SKIPPED:
                walk.skip_subtree()
            else:
                self._enter(element, open_blocks)
        self._flush(root)
        return self._blocks

    def _enter(self, element: HtmlElement, open_blocks: list[HtmlElement]) -> None:
        tag = element.tag
        if tag in INLINE:
            self._link_depth += tag == "a"
        elif tag in _CELLS:
            self._open_cell()
            open_blocks.append(element)
        else:
            self._flush(open_blocks[-1])
            if tag != "br":
                open_blocks.append(element)
        if self._hidden_in is None and _is_hidden(element):
            self._flush(open_blocks[-1])
            self._hidden_in = element
        if text := element.text:
            self._add(text)

    def _leave(self, element: HtmlElement, open_blocks: list[HtmlElement]) -> None:
        tag = element.tag
        if tag == "a":
            self._link_depth -= 1
        elif open_blocks[-1] is element and element is not open_blocks[0]:
            open_blocks.pop()
            if tag not in _CELLS or len(element.text or "") > LONG_CELL:
                self._flush(element)
        if self._hidden_in is element:
            self._flush(open_blocks[-1])
            self._hidden_in = None
        if tail := element.tail:
            self._add(tail)

    def _open_cell(self) -> None:
        """The short cells of a row stand on one line, as they are read."""
        if any(not piece.isspace() for piece in self._pieces):
            self._pieces.append(" | ")

    def _add(self, text: str) -> None:
        self._pieces.append(text)
        if self._link_depth:
            self._link_chars += len(text.strip())

    def _flush(self, block: HtmlElement) -> None:
        if not self._pieces:
            return
        text = " ".join("".join(self._pieces).split())
        if text:
            self._blocks.append(Block(text, block, self._link_chars, self._hidden_in is not None))
        self._pieces.clear()
        self._link_chars = 0


def _is_hidden(element: HtmlElement) -> bool:
    attributes = element.attrib
    if not attributes:
        return False
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    style = attributes.get("style")
    return style is not None and _HIDDEN_STYLE.search(style) is not None
