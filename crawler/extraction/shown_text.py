"""The runs of text that a page shows, cut at block elements: where a byline, a dateline, a notice are looked for.

Not the blocks of the main text (`blocks.py`): here nothing hidden counts, and each cell, label and menu stands alone.
Promises: in reading order, each run with the innermost block element around it, in the form in which text is kept.
"""

import re
from typing import Any

from crawler.extraction.clean_text import clean

SILENT = frozenset({"script", "style", "noscript", "template", "svg", "iframe", "object", "head", "select", "textarea"})
INLINE = frozenset(
    """
    a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q s small span strike strong
    sub sup time tt u var wbr
    """.split()
)
# A long live blog has about 3,000 runs; the headline never stands behind the first few hundred.
MAX_RUNS = 6_000
_NO_DISPLAY = re.compile(r"display\s*:\s*none")

# The element in which a run stands, and its text.
Run = tuple[Any, str]


class ShownReader:
    """Collects the runs; told of each start and end in the order of the page.

    While something is `skipped`, it wants to know of that element's end and of nothing before.
    """

    def __init__(self, root: Any) -> None:
        self.runs: list[Run] = []
        self._root = root
        self._pieces: list[str] = []
        self._open: list[Any] = [root]
        self.skipped: Any = None

    def enter(self, element: Any, tag: Any, is_hidden: bool) -> None:
        """An element starts."""
        if tag not in INLINE:
            if self._pieces:
                self._flush()
            self._open.append(element)
        if is_hidden or tag in SILENT:
            self.skipped = element
        elif text := element.text:
            self._pieces.append(text)

    def leave(self, element: Any, tag: Any, tail: str | None) -> None:
        """An element ends."""
        self.skipped = None
        if tag not in INLINE:
            if self._pieces:
                self._flush()
            if len(self._open) > 1:
                self._open.pop()
        if tail and element is not self._root:
            self._pieces.append(tail)

    def pass_over(self, tail: str | None) -> None:
        """A comment or an instruction, which shows nothing, and what stands behind it."""
        if tail and self.skipped is None:
            self._pieces.append(tail)

    def finish(self) -> list[Run]:
        """The runs, after the last end."""
        self._flush()
        return self.runs

    def _flush(self) -> None:
        text = clean("".join(self._pieces))
        self._pieces.clear()
        if text and len(self.runs) < MAX_RUNS:
            self.runs.append((self._open[-1], text))


def is_hidden(element: Any) -> bool:
    """True where the page itself says that nobody sees this element."""
    return element.get("hidden") is not None or hides(element.get("style"))


def hides(style: str | None) -> bool:
    """Whether a style takes its element off the page."""
    return style is not None and "none" in style and _NO_DISPLAY.search(style) is not None
