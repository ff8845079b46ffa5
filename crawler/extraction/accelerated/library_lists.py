"""The lists of searches inside the extraction library, and how ours take their places for the length of a call.

Promises: only expressions of the one version against which ours were compared are replaced, each known by its digest;
any other stays with lxml. After the call the library is as it was.
"""

import hashlib
import threading
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
# With precision and without images, each of these groups is taken out of a tree one right after the other, and no
# member asks for what another one takes away.
ASKED_TOGETHER = (
    ("RAW_TREE_PRUNE_XPATH", "REMOVE_COMMENTS_AND_LISTS_XPATH"),
    ("DISCARD_IMAGE_ELEMENTS", "TEASER_DISCARD_XPATH", "PRECISION_DISCARD_XPATH"),
)
# The first twelve signs of the SHA-256 of each expression, blanks as written.
KNOWN = frozenset(
    """
    01e7c660fd64 3c7afe922795 9cc18d34e6e2 5d97216ca15d a837e58a1b1e c1d5b70b8cd0 ebb02f066626
    53d31ea1df47 cb1ab981e449 caaa561ceca1 6c9b5e1fdc09 10a7ceacc0ff
    """.split()
)
# The lists are the process's: two threads must not change them at once.
_LOCK = threading.Lock()


def digest_of(path: str) -> str:
    """By what an expression is known."""
    return hashlib.sha256(path.encode()).hexdigest()[:12]


@cache
def find_replacements(precise: bool) -> tuple[tuple[list[Any], list[Any], list[Any]], ...]:
    """For each list: the list itself, what the library put into it, what stands there instead."""
    lists = {name: getattr(xpaths, name) for name in LISTS}
    ours = {name: replace_known(searches, in_turn=name == "BODY_XPATH") for name, searches in lists.items()}
    for names in ASKED_TOGETHER if precise else ():
        joined = [search for name in names for search in lists[name]]
        ours |= {name: [] for name in names} | {names[0]: replace_known(joined, in_turn=False)}
    return tuple((searches, list(searches), ours[name]) for name, searches in lists.items())


def replace_known(searches: list[Any], in_turn: bool) -> list[Any]:
    """The list with its known expressions compiled: into one, unless the library asks them `in_turn`."""
    known = [search for search in searches if isinstance(search, XPath) and digest_of(search.path) in KNOWN]
    if in_turn:
        return [CompiledSearch(search.path) if search in known else search for search in searches]
    rest = [search for search in searches if search not in known]
    return [CompiledSearch(*(search.path for search in known)), *rest] if known else rest


@contextmanager
def use_compiled_searches(precise: bool) -> Iterator[None]:
    """Within, the library's lists hold our searches, for an extraction that asks for precision or for balance."""
    with _LOCK:
        places = find_replacements(precise)
        for searches, _, ours in places:
            searches[:] = ours
        try:
            yield
        finally:
            for searches, own, _ in places:
                searches[:] = own
