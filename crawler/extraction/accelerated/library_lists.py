"""The lists of searches inside the extraction library, and how ours take their places for the length of a call.

Promises: only expressions of the one version against which ours were compared are replaced, each known by its digest;
any other stays with lxml. After the call the library is as it was.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from lxml.etree import XPath
from trafilatura import xpaths

from crawler.extraction.accelerated.searches import CompiledSearch

LISTS = (
    "RAW_TREE_PRUNE_XPATH",
    "REMOVE_COMMENTS_AND_LISTS_XPATH",
    "REMOVE_COMMENTS_XPATH",
    "OVERALL_DISCARD_XPATH",
    "TEASER_DISCARD_XPATH",
    "PRECISION_DISCARD_XPATH",
    "DISCARD_IMAGE_ELEMENTS",
    "BODY_XPATH",
)
# The first twelve signs of the SHA-256 of each expression, blanks as written.
KNOWN = frozenset(
    """
    01e7c660fd64 3c7afe922795 9cc18d34e6e2 5d97216ca15d a837e58a1b1e c1d5b70b8cd0 ebb02f066626
    53d31ea1df47 cb1ab981e449 caaa561ceca1 6c9b5e1fdc09 10a7ceacc0ff
    """.split()
)


def digest_of(path: str) -> str:
    """By what an expression is known."""
    return hashlib.sha256(path.encode()).hexdigest()[:12]


@cache
def find_replacements() -> tuple[tuple[list[Any], int, XPath, CompiledSearch], ...]:
    """Each replaced place: the list, the index in it, the library's own search, ours."""
    return tuple(
        (searches, index, search, CompiledSearch(search.path))
        for searches in (getattr(xpaths, name) for name in LISTS)
        for index, search in enumerate(searches)
        if isinstance(search, XPath) and digest_of(search.path) in KNOWN
    )


@contextmanager
def use_compiled_searches() -> Iterator[None]:
    """Within, the library's lists hold our searches."""
    places = find_replacements()
    for searches, index, _, ours in places:
        searches[index] = ours
    try:
        yield
    finally:
        for searches, index, own, _ in places:
            searches[index] = own
