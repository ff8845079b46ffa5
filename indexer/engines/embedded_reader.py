"""Searching one opened tantivy index: hits, exact counts, facets and days."""

from collections.abc import Sequence
from typing import Any

import tantivy

from indexer.engines.base import Facet, Hit, SearchRequest, check_depth, narrow, ranks
from indexer.engines.embedded_query import TreeCompiler
from indexer.engines.embedded_schema import CHECKPOINT_ID, register_tokenizer
from indexer.tree import AllOf, Node, TermIs, Without

_ALL_VALUES = 65_000
"""Facets ask for every value, since a shorter list is counted inexactly where an index has several segments."""

IDS_PAGE = 10_000
"""How many ids are listed at once: enough to make the search behind them cheap."""

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

    def _query(self, tree: Node) -> tantivy.Query:
        check_depth(tree)
        return self._compiler.compile(AllOf((tree, _NOT_RESERVED)))


def _hits(
    searcher: tantivy.Searcher, query: tantivy.Query, request: SearchRequest, *, ranked: bool
) -> tuple[int, tuple[Hit, ...]]:
    if not request.limit:
        return _count(searcher, query), ()
    if request.sort == "relevance" and ranked:
        found = searcher.search(query, limit=request.limit, offset=request.offset)
        return _total(found), _ranked(searcher, [(float(score), address) for score, address in found.hits])
    order = tantivy.Order.Asc if request.sort == "oldest" else tantivy.Order.Desc
    found = searcher.search(query, limit=request.limit, offset=request.offset, order_by_field="sort_key", order=order)
    return int(_total(found)), tuple(Hit(_id_of(searcher, address)) for _, address in found.hits)


def _ranked(searcher: tantivy.Searcher, hits: list[tuple[float, tantivy.DocAddress]]) -> tuple[Hit, ...]:
    """The hits of a page by score, the newer first where scores are equal."""
    keys = searcher.fast_field_values("sort_key", [address for _, address in hits])
    order = sorted(range(len(hits)), key=lambda at: (hits[at][0], keys[at]), reverse=True)
    return tuple(Hit(_id_of(searcher, hits[at][1]), hits[at][0]) for at in order)


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
