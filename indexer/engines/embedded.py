"""The embedded engine: tantivy in this process, on a folder or in memory.

The reserved checkpoint entry is written in the same commit as the entries it speaks of. After each commit the entries
are counted in the index: a writer that was once handed a bad value may go on saying yes and store nothing. An error
or a panic of the engine ends as an `EngineError`, with the writer thrown away and the last commit in place.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Self

import tantivy

from indexer.document import IndexEntry
from indexer.engines.base import (
    Analysis,
    Committed,
    EngineAwayError,
    EngineError,
    Filters,
    Health,
    Hit,
    IndexBusyError,
    IndexUnusableError,
    IndexWriteError,
    Said,
    SearchPage,
    SearchRequest,
    narrow,
    roll_up,
)
from indexer.engines.comparing import differing_by_asking
from indexer.engines.embedded_errors import border, find_hindrance, speaks_of_refusal
from indexer.engines.embedded_reader import IDS_PAGE, OpenIndex
from indexer.engines.embedded_schema import build_schema, document_of
from indexer.engines.embedded_writer import IndexWriter
from indexer.engines.folder import Slot
from indexer.tree import AllOf, Between, Node

FORMAT = "tantivy-0.27"

HEAP_BYTES = 128_000_000
"""The writer's arena: a segment is flushed when it is full, so a smaller one makes more and smaller segments."""

MEMORY_HEAP_BYTES = 15_000_000
"""The least that tantivy takes; enough for the batch on which saved queries are matched."""

REFRESH_SECONDS = 1.0
"""A reader looks for new commits at most this often; a look costs half a millisecond."""


class EmbeddedEngine:
    """A tantivy index; without a folder it lives in memory and dies with this object."""

    name = "embedded"

    def __init__(
        self,
        slot: Slot | None,
        analysis: Analysis,
        *,
        heap_bytes: int = HEAP_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._slot = slot
        self._analysis = analysis
        self._heap_bytes = heap_bytes
        self._clock = clock
        self._lock = threading.RLock()
        self._open: OpenIndex | None = None
        self._writer: IndexWriter | None = None

    @classmethod
    def in_memory(cls, analysis: Analysis) -> Self:
        """An empty index in memory, for matching saved queries on a batch."""
        return cls(None, analysis, heap_bytes=MEMORY_HEAP_BYTES)

    # writing

    def put(self, entries: Iterable[IndexEntry]) -> None:
        for entry in entries:
            document = document_of(entry, self._analysis)
            with self._writing("put an entry"):
                self._writer_now().put(entry.id, document)

    def remove(self, ids: Iterable[str]) -> None:
        with self._writing("remove entries"):
            for entry_id in ids:
                self._writer_now().remove(entry_id)

    def commit(self, checkpoint: int) -> Committed:
        with self._writing("commit"):
            writer = self._writer_now()
            before = self._opened().checkpoint()
            put, removed = writer.commit(checkpoint)
            self.refresh()
            counted = self._counted(put, removed, checkpoint)
            if counted is None:
                self._go_back(before)
                raise IndexWriteError(f"The search index does not hold the batch up to {checkpoint} that it took.")
            return counted

    def rollback(self) -> None:
        if self._writer is not None:
            self._writer.abandon()
            self._writer = None

    def _counted(self, put: frozenset[str], removed: frozenset[str], checkpoint: int) -> Committed | None:
        """What the index now holds of the batch, or None if it is not what was sent."""
        opened = self._opened()
        held = (opened.count_ids(put), opened.count_ids(removed), opened.checkpoint())
        if held != (len(put), 0, checkpoint):
            return None
        return Committed(len(put), len(removed), opened.entries(), checkpoint)

    def _go_back(self, checkpoint: int) -> None:
        """Let the index say that it has not applied what it did not keep."""
        self.rollback()
        self._writer_now().commit(checkpoint)
        self.refresh()

    def _writer_now(self) -> "IndexWriter":
        if self._writer is None:
            self.refresh()  # another process may have swapped since the last look
            self._writer = IndexWriter(self._opened().index, self._heap_bytes)
        return self._writer

    @contextmanager
    def _writing(self, doing: str) -> Iterator[None]:
        try:
            with border(doing):
                yield
        except EngineError as error:
            self.rollback()
            if isinstance(error, IndexBusyError | IndexUnusableError | IndexWriteError):
                raise
            if hindrance := find_hindrance(str(error), self._slot.folder.root if self._slot else None):
                raise EngineAwayError(hindrance) from error
            raise IndexWriteError(f"{error} What was pending is forgotten and must be sent again.") from error

    def forget(self, ids: Sequence[str]) -> None:
        self.remove(ids)
        self.commit(self.checkpoint())

    # reading

    def checkpoint(self) -> int:
        with border("read the checkpoint"):
            return self._fresh().checkpoint()

    def said(self) -> Said:
        return Said(self.checkpoint())

    def differing(self, entries: Sequence[IndexEntry]) -> Iterator[tuple[str, tuple[str, ...]]]:
        return differing_by_asking(self, entries, self._analysis)

    def search(self, request: SearchRequest) -> SearchPage:
        started = time.perf_counter()
        with border("search"):
            found = self._fresh().search(request)
        total, hits, facets, days = found
        histogram = roll_up(days, request.histogram) if request.histogram else ()
        return SearchPage(total, hits, facets, histogram, (time.perf_counter() - started) * 1000)

    def ids(
        self, tree: Node, filters: Filters, after_seq: int = 0, up_to_seq: int | None = None
    ) -> Iterator[tuple[int, str]]:
        opened = self._fresh()
        while True:
            with border("list entries"):
                page = opened.ids_page(AllOf((narrow(tree, filters), Between("seq", after_seq + 1, up_to_seq))))
            yield from page
            if len(page) < IDS_PAGE:
                return
            after_seq = page[-1][0]

    def walk(self, request: SearchRequest) -> Iterator[Hit]:
        hits = self._fresh().walk(request)
        while True:
            with border("list hits"):
                hit = next(hits, None)
            if hit is None:
                return
            yield hit

    def count(self, tree: Node, filters: Filters) -> int:
        return self.search(SearchRequest(tree, filters, limit=0)).total

    def health(self) -> Health:
        with border("look at the index"):
            opened = self._fresh()
            size = self._slot.folder.size_bytes(opened.generation) if self._slot and opened.generation else 0
            return Health(self.name, opened.entries(), opened.checkpoint(), opened.segments(), size, opened.generation)

    def refresh(self) -> None:
        with self._lock, border("look for new commits"):
            named = self._slot.generation() if self._slot else None
            if self._open is not None and self._open.generation == named:
                self._open.reload(self._clock())
            else:
                self._open = self._open_now()

    def _fresh(self) -> "OpenIndex":
        opened = self._open
        if opened is None or self._clock() - opened.looked_at >= REFRESH_SECONDS:
            self.refresh()
        return self._opened()

    def _opened(self) -> "OpenIndex":
        if self._open is None:
            self.refresh()
        assert self._open is not None
        return self._open

    def _open_now(self) -> OpenIndex:
        schema = build_schema()
        if self._slot is None:
            return OpenIndex(tantivy.Index(schema), schema, None, self._clock())
        generation = self._slot.generation()
        path = self._slot.usable_path(generation, "meta.json")
        try:
            with border("open the index"):
                return OpenIndex(tantivy.Index(schema, path=str(path)), schema, generation, self._clock())
        except EngineError as error:
            said = str(error)
            if speaks_of_refusal(said):
                raise EngineError(f"{path}: the search index cannot be used. Check its owner and mount.") from error
            raise IndexUnusableError(f"{path}: {said[:1].lower()}{said[1:]}") from error

    # generations

    @property
    def covers(self) -> int:
        return self._slot.covers() if self._slot else 0

    def beside(self, covers: int) -> Self:
        if self._slot is None:
            raise EngineError("An index in memory is not rebuilt beside itself; make another one.")
        return type(self)(self._slot.beside(covers), self._analysis, heap_bytes=self._heap_bytes, clock=self._clock)

    def swap(self, to: Self) -> None:
        if self._slot is None or to._slot is None:
            raise EngineError("An index in memory cannot take the place of another.")
        to.health()
        to.close()
        self.close()
        self._slot.swap(to._slot)

    def discard(self) -> None:
        self.rollback()
        self._open = None
        if self._slot is not None:
            self._slot.discard()

    def close(self) -> None:
        """Let merges end, so that the next opening does not find an index of many small segments."""
        if self._writer is not None:
            writer, self._writer = self._writer, None
            with border("close the index"):
                writer.close()
        self._open = None
