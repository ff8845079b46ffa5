"""Searching one opened tantivy index: hits, exact counts, facets and days."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import tantivy

from indexer.engines.base import Facet, Hit, SearchRequest, Sort, check_depth, narrow, ranks
from indexer.engines.embedded_query import TreeCompiler
from indexer.engines.embedded_ranking import rank
from indexer.engines.embedded_schema import CHECKPOINT_ID, register_tokenizer
from indexer.tree import AllOf, Between, Node, TermIs, Without

_ALL_VALUES = 65_000
"""Facets ask for every value, since a shorter list is counted inexactly where an index has several segments."""

IDS_PAGE = 10_000
"""How many ids are listed at once: enough to make the search behind them cheap."""

WALK_PAGE = 10_000

_NOT_RESERVED = Without(TermIs("id", CHECKPOINT_ID))


class OpenIndex:
    """One opened generation and its searches."""

    def __init__(self, index: tantivy.Index, schema: tantivy.Schema, generation: str | None, now: float) -> None:
        register_tokenizer(index)
        index.config_reader("manual")
        self.index = index
        self.generation = generation
        self._schema = schema
        self._compiler = TreeCompiler(schema)
        self.looked_at = now
        self.reload(now)

    def reload(self, now: float) -> None:
        self.index.reload()
        self.looked_at = now

    def checkpoint(self) -> int:
        searcher = self.index.searcher()
        query = tantivy.Query.term_query(self._schema, "id", CHECKPOINT_ID, index_option="basic")
        hits = searcher.search(query, limit=1, count=False).hits
        return int(searcher.doc(hits[0][1]).get_first("checkpoint") or 0) if hits else 0

    def entries(self) -> int:
        searcher = self.index.searcher()
        reserved = tantivy.Query.term_query(self._schema, "id", CHECKPOINT_ID, index_option="basic")
        return int(searcher.num_docs) - _count(searcher, reserved)

    def segments(self) -> int:
        return int(self.index.searcher().num_segments)

    def count_ids(self, ids: frozenset[str]) -> int:
        if not ids:
            return 0
        return _count(self.index.searcher(), tantivy.Query.term_set_query(self._schema, "id", sorted(ids)))

    def ids_page(self, tree: Node) -> list[tuple[int, str]]:
        searcher = self.index.searcher()
        query = self._query(tree)
        found = searcher.search(query, limit=IDS_PAGE, count=False, order_by_field="seq", order=tantivy.Order.Asc)
        return [(int(seq), _id_of(searcher, address)) for seq, address in found.hits]

    def search(
        self, request: SearchRequest
    ) -> tuple[int, tuple[Hit, ...], dict[str, tuple[Facet, ...]], list[tuple[int, int]]]:
        searcher = self.index.searcher()
        tree = narrow(request.tree, request.filters)
        query = self._query(tree)
        total, hits = _hits(searcher, query, request, ranked=ranks(request.tree))
        facets, days = _counts(searcher, query, request)
        return total, hits, facets, days

    def walk(self, request: SearchRequest) -> Iterator[Hit]:
        searcher = self.index.searcher()
        tree = narrow(request.tree, request.filters)
        if request.sort == "relevance" and ranks(request.tree):
            for score, address in rank(searcher, self._query(tree), WALK_PAGE)[1]:
                yield Hit(_id_of(searcher, address), score)
        else:
            yield from self._walk_by_date(searcher, tree, request.sort)

    def _walk_by_date(self, searcher: tantivy.Searcher, tree: Node, sort: Sort) -> Iterator[Hit]:
        rest = tree
        while True:
            query = self._query(rest)
            found = searcher.search(
                query, limit=WALK_PAGE, count=False, order_by_field="sort_key", order=_order(sort)
            ).hits
            yield from (Hit(_id_of(searcher, address)) for _, address in found)
            if len(found) < WALK_PAGE:
                return
            rest = AllOf((tree, _beyond(int(found[-1][0]), sort)))

    def _query(self, tree: Node) -> tantivy.Query:
        check_depth(tree)
        return self._compiler.compile(AllOf((tree, _NOT_RESERVED)))


def _hits(
    searcher: tantivy.Searcher, query: tantivy.Query, request: SearchRequest, *, ranked: bool
) -> tuple[int, tuple[Hit, ...]]:
    if not request.limit:
        return _count(searcher, query), ()
    if request.sort == "relevance" and ranked:
        end = request.offset + request.limit
        total, hits = rank(searcher, query, end)
        return total, tuple(Hit(_id_of(searcher, place), score) for score, place in islice(hits, request.offset, end))
    found = searcher.search(
        query, limit=request.limit, offset=request.offset, order_by_field="sort_key", order=_order(request.sort)
    )
    return _total(found), tuple(Hit(_id_of(searcher, address)) for _, address in found.hits)


def _beyond(sort_key: int, sort: Sort) -> Between:
    """What comes after the entry of that key."""
    if sort == "oldest":
        return Between("sort_key", sort_key, None, include_low=False)
    return Between("sort_key", None, sort_key, include_high=False)


def _order(sort: Sort) -> tantivy.Order:
    return tantivy.Order.Asc if sort == "oldest" else tantivy.Order.Desc


def _counts(
    searcher: tantivy.Searcher, query: tantivy.Query, request: SearchRequest
) -> tuple[dict[str, tuple[Facet, ...]], list[tuple[int, int]]]:
    wanted: dict[str, Any] = {
        name: {"terms": {"field": name, "size": _ALL_VALUES, "segment_size": _ALL_VALUES}} for name in request.facets
    }
    if request.histogram:
        wanted["day"] = {"histogram": {"field": "day", "interval": 1, "min_doc_count": 1}}
    if not wanted:
        return {}, []
    found: dict[str, Any] = searcher.aggregate(query, wanted)
    days = [(int(each["key"]), int(each["doc_count"])) for each in _buckets(found, "day")]
    return {name: _top(_buckets(found, name), request.facet_size) for name in request.facets}, days


def _buckets(found: dict[str, Any], name: str) -> Sequence[dict[str, Any]]:
    buckets: Sequence[dict[str, Any]] = found.get(name, {}).get("buckets", ())
    return buckets


def _top(buckets: Sequence[dict[str, Any]], size: int) -> tuple[Facet, ...]:
    values = (Facet(str(each["key"]), int(each["doc_count"])) for each in buckets)
    return tuple(sorted(values, key=lambda facet: (-facet.count, facet.value))[:size])


def _count(searcher: tantivy.Searcher, query: tantivy.Query) -> int:
    return _total(searcher.search(query, limit=1))


def _id_of(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> str:
    return str(searcher.doc(address).get_first("id"))


def _total(found: tantivy.SearchResult) -> int:
    total: int = found.count  # type: ignore[attr-defined]  # the library's own types leave it out
    return total
