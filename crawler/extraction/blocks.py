"""The blocks of text that a reader sees on a page: paragraphs, headings, list items, cells, each with its place.

Promises: in the order of the page, each piece of text in exactly one block, a line break being a border too; what is no
prose (scripts, styles, form controls) is left out, what is hidden is marked, since some pages reveal their text later.
"""

import re
from dataclasses import dataclass

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


@dataclass(eq=False)
class Block:
    """One run of text, the innermost block element around it, and how many of its characters are links."""

    text: str
    element: HtmlElement
    link_chars: int = 0
    hidden: bool = False
    _key: str | None = None

    @property
    def key(self) -> str:
        """The words alone, for comparing."""
        if self._key is None:
            self._key = make_key(self.text)
        return self._key

    def set_key(self, key: str) -> None:
        """What `make_key` gives for the text, where somebody has it already."""
        self._key = key

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


class BlockReader:
    """Collects text between the borders of block elements; told of each start and end in the order of the page.

    While something is `skipped`, it wants to know of that element's end and of nothing before.
    """

    def __init__(self, root: HtmlElement) -> None:
        self.blocks: list[Block] = []
        self._open = [root]
        self._pieces: list[str] = []
        self._link_depth = 0
        self._link_chars = 0
        self._hidden_in: HtmlElement | None = None
        self.skipped: HtmlElement | None = None

    def enter(self, element: HtmlElement, tag: str, is_hidden: bool) -> None:
        """An element starts."""
        if tag in INLINE:
            self._link_depth += tag == "a"
        elif tag in _SKIPPED:
            self.skipped = element
            return
        else:
            self._open_block(element, tag)
        if is_hidden and self._hidden_in is None:
            self._flush(self._open[-1])
            self._hidden_in = element
        if text := element.text:
            self._pieces.append(text)
            if self._link_depth:
                self._link_chars += len(text.strip())

    def leave(self, element: HtmlElement, tag: str, tail: str | None) -> None:
        """An element ends."""
        if self.skipped is not None:
            self.skipped = None
        elif tag == "a":
            self._link_depth -= 1
        elif self._open[-1] is element and len(self._open) > 1:
            self._open.pop()
            if self._pieces and (tag not in _CELLS or len(element.text or "") > LONG_CELL):
                self._flush(element)
        if self._hidden_in is element:
            self._flush(self._open[-1])
            self._hidden_in = None
        if tail:
            self._pieces.append(tail)
            if self._link_depth:
                self._link_chars += len(tail.strip())

    def finish(self, root: HtmlElement) -> list[Block]:
        """The blocks, after the last end."""
        self._flush(root)
        return self.blocks

    def _open_block(self, element: HtmlElement, tag: str) -> None:
        """A border; but the short cells of a row stand on one line, as they are read."""
        if tag not in _CELLS:
            if self._pieces:
                self._flush(self._open[-1])
        elif any(not piece.isspace() for piece in self._pieces):
            self._pieces.append(" | ")
        if tag != "br":
            self._open.append(element)

    def _flush(self, block: HtmlElement) -> None:
        if not self._pieces:
            return
        text = " ".join("".join(self._pieces).split())
        if text:
            self.blocks.append(Block(text, block, self._link_chars, self._hidden_in is not None))
        self._pieces.clear()
        self._link_chars = 0
