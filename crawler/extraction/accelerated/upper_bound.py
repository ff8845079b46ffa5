"""How long the text can be at most that the extraction library's second opinion, readability, would find on a page.

Readability takes elements away and moves the rest: it never writes text of its own but the word it puts into videos.
What it and the library before it surely take away, by tag, class and id, is left out of the sum. Promises: never less
than the true length; None where its way over a text of markup could make more text out of tags.
"""

from collections.abc import Sequence
from functools import lru_cache

from lxml.etree import _Element, iterwalk
from lxml.html import HtmlElement
from trafilatura.readability_lxml import FRAME_TAGS, REGEXES

from crawler.extraction.accelerated.searches import CompiledSearch

# Forms are not among them: one that holds the article stays.
_TAKEN_AWAY = frozenset(("script", "style", "fencedframe", "textarea"))
# What is written as markup and read again: in these, all that follows may come back as text.
_RAW_TEXT = frozenset(("xmp", "noembed", "noframes", "plaintext", "listing"))
_MARKED = _RAW_TEXT | {"title", "iframe"}
_VIDEO_WORD = 5


def find_most_text_of_clean(tree: HtmlElement) -> int | None:
    """A higher bound, for a tree without scripts and styles: all its text. Cheap, and enough for half of pages."""
    if any(element.tag != "title" or not element.text for element in tree.iter(*_RAW_TEXT, "title")):
        return None
    videos = sum(1 for _ in tree.iter("iframe"))
    return len(" ".join(tree.text_content().split())) + videos * (_VIDEO_WORD + 1)


def find_most_text(root: _Element, discarded: Sequence[object], enough: int) -> int | None:
    """An upper bound; None where it is above `enough`, since then nothing is proven."""
    total = 0
    searches = [search for search in discarded if isinstance(search, CompiledSearch)]
    walk = iterwalk(root, events=("start",))
    for _, element in walk:
        if tail := element.tail:
            total += _length(tail)
        tag = element.tag
        if element is not root and (tag in _TAKEN_AWAY or _is_discarded(element, searches)):
            walk.skip_subtree()
            continue
        if text := element.text:
            total += _length(text)
        if tag in _MARKED:
            if tag in _RAW_TEXT or (tag == "title" and not text):
                return None
            total += _VIDEO_WORD
        if total > enough:
            return None
    return total


def _length(text: str) -> int:
    """Of the text with single blanks, and one more for the blank between it and the next."""
    return len(" ".join(text.split())) + 1


def _is_discarded(element: _Element, discarded: Sequence[CompiledSearch]) -> bool:
    names, identity = element.get("class"), element.get("id")
    if (names or identity) and _is_unlikely(names, identity) and element.tag not in FRAME_TAGS:
        return True
    return any(search.matches(element) for search in discarded)


@lru_cache(maxsize=8192)
def _is_unlikely(names: str | None, identity: str | None) -> bool:
    """Whether readability drops an element for its names alone."""
    text = " ".join(filter(None, (names, identity))).lower()
    if len(text) < 2 or REGEXES["okMaybeItsACandidateRe"].search(text):
        return False
    return REGEXES["unlikelyCandidatesRe"].search(text) is not None
