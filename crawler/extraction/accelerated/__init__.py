"""The extraction library's answer at a fraction of its cost: one door, `extract_lines`.

Promises: the same lines as `trafilatura.bare_extraction` gives with our options, on every page. The room reaches into
the library's parts, so it is open for one version of it alone; with any other it asks the library itself.
"""

import trafilatura
from lxml.html import HtmlElement
from trafilatura.settings import Document

from crawler.extraction.accelerated.library_lists import use_compiled_searches
from crawler.extraction.accelerated.link_density import ask_links_once
from crawler.extraction.accelerated.quick import extract_precisely, make_options

# The version whose steps and expressions were compared, see the tests of this room.
COMPARED_VERSION = "2.3.1"

__all__ = ["extract_lines", "extract_lines_plainly"]


def extract_lines(root: HtmlElement, *, precise: bool) -> list[str]:
    """The lines of the main text; `root` is left as it was."""
    if trafilatura.__version__ != COMPARED_VERSION:
        return extract_lines_plainly(root, precise=precise)
    with use_compiled_searches(precise), ask_links_once():
        text = extract_precisely(root) if precise else None
        if text is None:
            document = trafilatura.bare_extraction(root, options=make_options(precise))
            text = document.text if isinstance(document, Document) else None
    return (text or "").splitlines()


def extract_lines_plainly(root: HtmlElement, *, precise: bool) -> list[str]:
    """The same by the library alone."""
    document = trafilatura.bare_extraction(
        root, favor_precision=precise, include_comments=False, with_metadata=False, output_format="python"
    )
    text = document.text if isinstance(document, Document) else None
    return (text or "").splitlines()
