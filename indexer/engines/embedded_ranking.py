"""Hits by relevance in the order of the contract: by score, and the newest first where scores are equal.

tantivy leaves hits of one score in the order in which they lie in its files. So they are read until the score changes
and put in order before the first of them is shown: where a page ends does not change what comes before or after it.
"""

from collections.abc import Iterator
from itertools import chain, groupby, islice, repeat
from operator import itemgetter
from typing import Any, NamedTuple

import tantivy

MOST_EQUAL = 10_000
"""Hits of one score that are put in order together. Of more, each ten thousand are in order by themselves, in every
page alike: a single word in a million short texts would otherwise cost a second."""

_SPARE = 64
"""Hits read beyond a page in the same go: mostly enough to see where the last hits of one score end."""

_FURTHER = 1_000
"""Hits read at once after that, the first time; then ten thousand."""

Ranked = tuple[float, tantivy.DocAddress]


class _Found(NamedTuple):
    """One hit as it is read: the score, what orders equal scores, and where the entry lies."""

    score: float
    sort_key: int
    address: tantivy.DocAddress


def rank(searcher: tantivy.Searcher, query: tantivy.Query, at_first: int) -> tuple[int, Iterator[Ranked]]:
    """The number of hits, and every hit with its score; beyond `at_first` they are read when they are asked for."""
    size = at_first + _SPARE
    first = searcher.search(query, limit=size)
    total: int = first.count  # type: ignore[attr-defined]  # the library's own types leave it out
    return total, _in_order(chain(_found(searcher, first), _read_on(searcher, query, size, total)))


def _in_order(hits: Iterator[_Found]) -> Iterator[Ranked]:
    for _, group in groupby(hits, key=itemgetter(0)):
        while equal := list(islice(group, MOST_EQUAL)):
            equal.sort(key=itemgetter(1), reverse=True)
            yield from ((found.score, found.address) for found in equal)


def _read_on(searcher: tantivy.Searcher, query: tantivy.Query, offset: int, total: int) -> Iterator[_Found]:
    for size in chain((_FURTHER,), repeat(MOST_EQUAL)):
        if offset >= total:
            return
        yield from _found(searcher, searcher.search(query, limit=size, offset=offset, count=False))
        offset += size


def _found(searcher: tantivy.Searcher, result: tantivy.SearchResult) -> Iterator[_Found]:
    keys: list[Any] = searcher.fast_field_values("sort_key", [address for _, address in result.hits])
    for (score, address), key in zip(result.hits, keys, strict=True):
        yield _Found(float(score), int(key), address)
