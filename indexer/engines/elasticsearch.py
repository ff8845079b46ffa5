"""The engine on an Elasticsearch cluster, with the same contract and the same answers as the embedded one.

What is pending waits in memory and is sent with the commit: entries with the checkpoint as their external version, so
that a write which arrives late never takes the place of a newer one; then the indices are shown anew, what was sent is
counted in them, and only then is the checkpoint written. A commit that fails leaves the old checkpoint, and part of the
batch in indices that nobody is shown before the next commit; sent again, it comes to the same.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Self

from indexer.document import IndexEntry
from indexer.engines import elasticsearch_mending as mending
from indexer.engines.base import (
    Analysis,
    Committed,
    EngineAwayError,
    EngineError,
    EntriesRefusedError,
    Facet,
    Filters,
    Health,
    Hit,
    IndexBusyError,
    IndexUnusableError,
    IndexWriteError,
    Said,
    SearchPage,
    SearchRequest,
    check_depth,
    narrow,
    ranks,
    roll_up,
)
from indexer.engines.cluster import Cluster
from indexer.engines.comparing import differing_by_asking
from indexer.engines.elasticsearch_bulk import Action, BulkSender
from indexer.engines.elasticsearch_errors import REBUILD, border
from indexer.engines.elasticsearch_generations import Generation, Generations, State
from indexer.engines.elasticsearch_mapping import body_of
from indexer.engines.elasticsearch_query import compile_tree
from indexer.engines.elasticsearch_walk import hit_of, walk_hits
from indexer.engines.folder import Stamp
from indexer.tree import AllOf, Between, Everything, Node

REFRESH_SECONDS = 1.0
"""How long a look at the generations is believed; it costs two small requests."""

IDS_PAGE = 10_000
_COUNTED_IDS = 10_000
"""Ids asked for at once; Elasticsearch takes 65,536 terms."""

_FACET_VALUES = 10_000
"""Facets ask for every value, since a shorter list is counted inexactly over several indices."""


@dataclass(frozen=True)
class _Target:
    """The generation meant, its state, and the indices or alias by which it is asked."""

    generation: Generation
    state: State
    index: str
    looked_at: float


class ElasticsearchEngine:
    """An index on a cluster: the one that is searched, or, with `building`, one that is made beside it."""

    name = "elasticsearch"

    def __init__(
        self,
        cluster: Cluster,
        stamp: Stamp,
        analysis: Analysis,
        *,
        building: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._cluster = cluster
        self._stamp = stamp
        self._analysis = analysis
        self._building = building
        self._clock = clock
        self._sleep = sleep
        self._client = cluster.connect()
        self._generations = Generations(self._client, cluster, stamp)
        self._target: _Target | None = None
        self._put: dict[str, tuple[str, bytes]] = {}
        self._removed: set[str] = set()

    # writing

    def put(self, entries: Iterable[IndexEntry]) -> None:
        self._fresh()
        for entry in entries:
            body = body_of(entry, self._analysis)
            self._put[entry.id] = (f"{entry.first_seen_at.year:04}", body)
            self._removed.discard(entry.id)

    def remove(self, ids: Iterable[str]) -> None:
        for entry_id in ids:
            self._put.pop(entry_id, None)
            self._removed.add(entry_id)

    def commit(self, checkpoint: int) -> Committed:
        put, removed = self._put, self._removed
        self.rollback()
        with self._writing():
            target = self._look()
            number = target.generation.number
            state = self._generations.write_state(number, self._begin(target, put))
            refused = self._send(self._actions(number, state, put, removed, checkpoint))
            if refused:
                raise EntriesRefusedError(refused)
            self._client.indices.refresh(index=self._generations.pattern(number))
            self._compare(target.index, put, removed)
            entries = self._count(target.index)
            finished = replace(state, checkpoint=checkpoint, entries=entries, writing=False)
            self._generations.write_state(number, finished)
            self._target = None
            return Committed(len(put), len(removed), entries, checkpoint)

    def rollback(self) -> None:
        self._put, self._removed = {}, set()

    def _begin(self, target: _Target, put: Mapping[str, tuple[str, bytes]]) -> State:
        """The state as it is while the batch is written, with an index for each year that it needs."""
        number, indices = target.generation.number, dict(target.state.indices)
        for year in sorted({year for year, _ in put.values()}):
            if self._generations.index_name(number, year) not in indices:
                name, uuid = self._generations.add_year(number, year, searched=target.generation.searched)
                indices[name] = uuid
        return replace(target.state, indices=indices, writing=True)

    def _actions(
        self,
        number: int,
        state: State,
        put: Mapping[str, tuple[str, bytes]],
        removed: Collection[str],
        version: int,
    ) -> Iterator[Action]:
        """What is sent. Which year an entry to be removed lies in is not known, so it is removed from all."""
        common = {"version": version, "version_type": "external_gte"}
        for entry_id, (year, body) in put.items():
            index = self._generations.index_name(number, year)
            yield {"_op_type": "index", "_index": index, "_id": entry_id, "_source": body, **common}
        for index in state.indices:
            for entry_id in sorted(removed):
                yield {"_op_type": "delete", "_index": index, "_id": entry_id, **common}

    def _send(self, actions: Iterator[Action]) -> Mapping[str, str]:
        return BulkSender(self._client, self._cluster.where, self._sleep).send(tuple(actions))

    def _compare(self, index: str, put: Iterable[str], removed: Iterable[str]) -> None:
        """Count what was sent in the index itself."""
        wanted, gone = sorted(put), sorted(removed)
        found = sum(self._count(index, _ids(part)) for part in _sliced(wanted))
        left = sum(self._count(index, _ids(part)) for part in _sliced(gone))
        if found != len(wanted) or left:
            raise IndexWriteError(
                f"{self._cluster.where}: of {len(wanted)} entries sent the index holds {found}, and of {len(gone)} "
                f"removed still {left}. They must be sent again."
            )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with border("write", self._cluster.where):
                yield
        except (EngineAwayError, IndexBusyError, IndexUnusableError, IndexWriteError):
            raise
        except EngineError as error:
            raise IndexWriteError(f"{error} What was pending is forgotten and must be sent again.") from error

    def forget(self, ids: Sequence[str]) -> None:
        with self._writing():
            target = self._look()
            mending.forget(self._client, self._cluster.where, sorted(target.generation.uuids), ids, self._sleep)

    # reading

    def checkpoint(self) -> int:
        with border("read the checkpoint", self._cluster.where):
            return self._checked()[0].state.checkpoint

    def said(self) -> Said:
        with border("read the checkpoint", self._cluster.where):
            state = self._look().state
            return Said(state.checkpoint, None if state.writing else state.entries)

    def differing(self, entries: Sequence[IndexEntry]) -> Iterator[tuple[str, tuple[str, ...]]]:
        asked = dict(differing_by_asking(self, entries, self._analysis))
        with border("read entries", self._cluster.where):
            stored = mending.read_sources(self._client, self._fresh().index, [entry.id for entry in entries])
        for entry in entries:
            fields = [*asked.get(entry.id, ())]
            if entry.id in stored:
                fields += mending.other_fields(body_of(entry, self._analysis), stored[entry.id])
            if fields:
                yield entry.id, tuple(dict.fromkeys(fields))

    def search(self, request: SearchRequest) -> SearchPage:
        started = time.perf_counter()
        check_depth(request.tree)
        query = compile_tree(narrow(request.tree, request.filters))
        with border("search", self._cluster.where):
            found = self._search(query, **_page(request), **_counted(request))
        facets = {name: _top(_buckets(found, name), request.facet_size) for name in request.facets}
        days = ((int(each["key"]), int(each["doc_count"])) for each in _buckets(found, "day"))
        histogram = roll_up(days, request.histogram) if request.histogram else ()
        total, hits = int(found["hits"]["total"]["value"]), tuple(map(hit_of, found["hits"]["hits"]))
        return SearchPage(total, hits, facets, histogram, (time.perf_counter() - started) * 1000)

    def ids(
        self, tree: Node, filters: Filters, after_seq: int = 0, up_to_seq: int | None = None
    ) -> Iterator[tuple[int, str]]:
        check_depth(tree)
        narrowed = narrow(tree, filters)
        while True:
            query = compile_tree(AllOf((narrowed, Between("seq", after_seq + 1, up_to_seq))))
            with border("list entries", self._cluster.where):
                found = self._search(query, size=IDS_PAGE, sort=[{"seq": "asc"}], track_total_hits=False)
            page = [(int(hit["sort"][0]), str(hit["_id"])) for hit in found["hits"]["hits"]]
            yield from page
            if len(page) < IDS_PAGE:
                return
            after_seq = page[-1][0]

    def walk(self, request: SearchRequest) -> Iterator[Hit]:
        check_depth(request.tree)
        query, index = compile_tree(narrow(request.tree, request.filters)), self._fresh().index
        yield from walk_hits(self._client, self._cluster.where, index, query, _order(request))

    def count(self, tree: Node, filters: Filters) -> int:
        check_depth(tree)
        with border("count entries", self._cluster.where):
            return self._count(self._fresh().index, compile_tree(narrow(tree, filters)))

    def health(self) -> Health:
        with border("look at the index", self._cluster.where):
            target, entries = self._checked()
            number = target.generation.number
            stats = self._client.indices.stats(index=self._generations.pattern(number), metric=["segments", "store"])
        totals = stats["_all"]["primaries"]
        segments, size = int(totals["segments"]["count"]), int(totals["store"]["size_in_bytes"])
        return Health(self.name, entries, target.state.checkpoint, segments, size, f"{number:06}")

    def refresh(self) -> None:
        with border("look at the index", self._cluster.where):
            self._look()

    def _search(self, query: Mapping[str, Any], **options: Any) -> Any:
        return self._client.search(
            index=self._fresh().index, query=query, source=False, allow_partial_search_results=False, **options
        ).body

    def _count(self, index: str, query: Mapping[str, Any] | None = None) -> int:
        return int(self._client.count(index=index, query=query or compile_tree(Everything()))["count"])

    def _checked(self) -> tuple[_Target, int]:
        """The generation and its entries; `IndexUnusableError` where they are not those of the last commit."""
        while True:
            target = self._look()
            entries = self._count(target.index)
            if target.state.writing or entries == target.state.entries:
                return target, entries
            if self._look().state.place == target.state.place:
                raise IndexUnusableError(
                    f"{self._cluster.where}: the index holds {entries} entries where the last commit left "
                    f"{target.state.entries}: something else has changed it. {REBUILD}"
                )

    def _fresh(self) -> _Target:
        target = self._target
        if target is None or self._clock() - target.looked_at >= REFRESH_SECONDS:
            with border("look at the index", self._cluster.where):
                return self._look()
        return target

    def _look(self) -> _Target:
        if self._building is None:
            generation, index = self._generations.find_searched(), self._generations.all_alias
        else:
            generation, index = self._built(self._building), self._generations.pattern(self._building)
        self._target = _Target(generation, self._generations.read_state(generation), index, self._clock())
        return self._target

    def _built(self, number: int) -> Generation:
        found = self._generations.find_all().get(number)
        if found is None:
            raise IndexUnusableError(f"{self._cluster.where}: the index that was being built is gone. {REBUILD}")
        return self._generations.check(found)

    # generations

    @property
    def covers(self) -> int:
        with border("look at the index", self._cluster.where):
            return self._fresh().generation.stamp.covers

    def beside(self, covers: int) -> Self:
        with border("make an index", self._cluster.where):
            number = self._generations.begin(covers)
        return type(self)(
            self._cluster, self._stamp, self._analysis, building=number, clock=self._clock, sleep=self._sleep
        )

    def swap(self, to: Self) -> None:
        if to._building is None:
            raise EngineError("Only an index made by `beside` can take the place of the current one.")
        to.health()
        with border("switch the aliases", self._cluster.where):
            self._generations.switch(to._building)
        to.close()
        self._target = None

    def discard(self) -> None:
        if self._building is None:
            raise EngineError("Only an index made by `beside` can be discarded.")
        with border("remove an index", self._cluster.where):
            self._generations.remove(self._building)
        self.close()

    def close(self) -> None:
        self.rollback()
        self._target = None
        self._client.close()


def _page(request: SearchRequest) -> dict[str, Any]:
    return {"from_": request.offset, "size": request.limit, "track_total_hits": True, **_order(request)}


def _order(request: SearchRequest) -> dict[str, Any]:
    """In which order; the scores of all indices are reckoned from one count of words."""
    if request.sort == "relevance" and ranks(request.tree):
        return {"sort": [{"_score": "desc"}, {"sort_key": "desc"}], "search_type": "dfs_query_then_fetch"}
    return {"sort": [{"sort_key": "asc" if request.sort == "oldest" else "desc"}]}


def _counted(request: SearchRequest) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        name: {"terms": {"field": name, "size": _FACET_VALUES, "shard_size": _FACET_VALUES}} for name in request.facets
    }
    if request.histogram:
        wanted["day"] = {"histogram": {"field": "day", "interval": 1, "min_doc_count": 1}}
    return {"aggs": wanted} if wanted else {}


def _buckets(found: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    buckets: Sequence[Mapping[str, Any]] = found.get("aggregations", {}).get(name, {}).get("buckets", ())
    return buckets


def _top(buckets: Sequence[Mapping[str, Any]], size: int) -> tuple[Facet, ...]:
    values = (Facet(str(each["key"]), int(each["doc_count"])) for each in buckets)
    return tuple(sorted(values, key=lambda facet: (-facet.count, facet.value))[:size])


def _ids(ids: Sequence[str]) -> dict[str, Any]:
    return {"terms": {"id": list(ids)}}


def _sliced(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _COUNTED_IDS):
        yield ids[start : start + _COUNTED_IDS]
