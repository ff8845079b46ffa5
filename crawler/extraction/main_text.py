"""The main text of an article: its lead, paragraphs, headings, lists and quotes, nothing of what stands around."""

from dataclasses import dataclass

import trafilatura
from lxml.html import HtmlElement
from trafilatura.settings import Document

from crawler.extraction.clean_text import clean_line


@dataclass(frozen=True)
class MainText:
    """The blocks of the main text in the order of the page."""

    blocks: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The blocks, one a line."""
        return "\n".join(self.blocks)


def find_main_text(root: HtmlElement) -> MainText:
    """The main text of the page under `root`, which is left as it was."""
    blocks = _extract_blocks(root, precise=True) or _extract_blocks(root, precise=False)
    return MainText(blocks)


def _extract_blocks(root: HtmlElement, *, precise: bool) -> tuple[str, ...]:
    document = trafilatura.bare_extraction(
        root, favor_precision=precise, include_comments=False, with_metadata=False, output_format="python"
    )
    lines = document.text if isinstance(document, Document) else None
    return tuple(block for line in (lines or "").splitlines() if (block := clean_line(line)))
