"""The processes that answer the page's searches: a few, each killed and replaced when a search takes too long.

An engine's code cannot be interrupted, and marking the hits of an absurd query keeps Python busy for many seconds; in
threads, three such searches would hold up all others. Promises: whoever asks has an answer or a named end within
`SEARCH_SECONDS` and what starting needs; a search that is given up stops costing anything at once; queries with many
wildcards or misspellings share one process, so that however many are asked, the others are free for everybody else.
"""

import logging
import os
import queue
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from crawler.extraction.wire import Ready, encode, send, take_message
from indexer.engines.base import EngineError
from indexer.query import Query
from indexer.tree import FuzzyIs, Node, PatternIs, children_of
from vigie.installation import Installation
from vigie.searching import Answer, Asked
from vigie.web.search_child import Ask, Fault, Opening, Refusal

logger = logging.getLogger(__name__)

PROCESSES = 3  # one more than the cores a small machine has, so that a slow search does not stop the others
WAITING = 25  # searches under way or waiting; the server has forty threads, and the other pages need some
SEARCH_SECONDS = 2.0
PLACE_SECONDS = 1.0  # of these, for a process to become free: a busy page says so while there is time for an answer
COSTLY_PARTS = 40  # twenty wildcards and misspelt words, in title and text; each is held against every word of a hit
START_SECONDS = 60.0  # loading takes about one; a busy machine may need many more
PAUSE_SECONDS = 5.0  # before another try to start one
_CHUNK = 1 << 16


class TooExpensiveError(Exception):
    """A search took longer than anybody may be kept waiting."""


class BusyError(Exception):
    """More is being asked than can be answered now; the same search may be answered in a moment."""

    def __init__(self) -> None:
        super().__init__("Too many searches are being made at the moment. Ask again in a few seconds.")


class Searchers:
    """Used by any number of threads. Raises `EngineError` where no search process can be started."""

    def __init__(self, installation: Installation, processes: int = PROCESSES) -> None:
        self._installation = installation
        self._hello = encode(Opening(installation.loaded, SEARCH_SECONDS))
        self._room = threading.Semaphore(WAITING)
        self._costly = threading.Semaphore(1)
        self._idle: queue.SimpleQueue[_Searcher] = queue.SimpleQueue()
        self._alive: set[_Searcher] = set()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._idle.put(self._start())
        for _ in range(processes - 1):
            self._replace()

    @property
    def idle(self) -> int:
        """How many processes wait for a search."""
        return self._idle.qsize()

    def ask(self, asked: Asked, query: Query, seconds: float = SEARCH_SECONDS) -> Answer:
        """The answer. Raises `QueryError`, `EngineError`, `ArchiveError`, `TooExpensiveError` or `BusyError`."""
        deadline = time.monotonic() + seconds
        with self._place(query, min(seconds, PLACE_SECONDS)) as searcher:
            found = searcher.ask(Ask(asked, self._installation.clock()), deadline)
            if isinstance(found, Answer):
                return found
            if isinstance(found, Refusal):
                raise found.error
            raise RuntimeError(f"a search ended with {found.kind}")

    def close(self) -> None:
        """End the processes; a search that is under way is not waited for."""
        with self._lock:
            self._closed.set()
            for searcher in self._alive:
                searcher.kill()
        with suppress(queue.Empty):
            while True:
                self._forget(self._idle.get_nowait())

    @contextmanager
    def _place(self, query: Query, seconds: float) -> Iterator["_Searcher"]:
        """A process for one search, in turn; it is replaced when the search left it unusable."""
        until = time.monotonic() + seconds
        costly = is_costly(query.tree)
        if not self._room.acquire(blocking=False):
            raise BusyError
        try:
            if costly and not self._costly.acquire(timeout=seconds):
                raise BusyError
            try:
                with self._borrow(until) as searcher:
                    yield searcher
            finally:
                if costly:
                    self._costly.release()
        finally:
            self._room.release()

    @contextmanager
    def _borrow(self, until: float) -> Iterator["_Searcher"]:
        searcher = self._take(until)
        try:
            yield searcher
        finally:
            if searcher.is_usable:
                self._idle.put(searcher)
            else:
                self._forget(searcher)
                self._replace()

    def _take(self, until: float) -> "_Searcher":
        """The next idle one that lives."""
        while True:
            try:
                searcher = self._idle.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                raise BusyError from None
            if searcher.is_usable:
                return searcher
            self._forget(searcher)
            self._replace()

    def _replace(self) -> None:
        """Start one more while others go on."""
        threading.Thread(target=self._start_in_time, name="search-start", daemon=True).start()

    def _start_in_time(self) -> None:
        while not self._closed.is_set():
            try:
                self._idle.put(self._start())
                return
            except (EngineError, OSError) as error:
                if not self._closed.wait(PAUSE_SECONDS):
                    logger.error("%s", error)

    def _start(self) -> "_Searcher":
        """A process that is ready for questions."""
        with self._lock:
            if self._closed.is_set():
                raise EngineError("The page is being stopped.")
            searcher = _Searcher()
            self._alive.add(searcher)
        try:
            searcher.open(self._hello)
        except BaseException:
            self._forget(searcher)
            raise
        return searcher

    def _forget(self, searcher: "_Searcher") -> None:
        with self._lock:
            self._alive.discard(searcher)
        searcher.close()


class _Searcher:
    """One search process; used by one thread at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "vigie.web.search_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._input, self._output = self._process.stdin, self._process.stdout
        self._buffer = bytearray()

    @property
    def is_usable(self) -> bool:
        """Whether it lives."""
        return self._process.poll() is None

    def open(self, hello: bytes) -> None:
        """Tell it what it searches and wait until it is ready."""
        send(self._input, hello)
        said = self._receive(time.monotonic() + START_SECONDS)
        if not isinstance(said, Ready):
            raise EngineError(f"A search process {self._describe_end()} before its first search; its message is above.")

    def ask(self, ask: Ask, deadline: float) -> Answer | Refusal | Fault:
        """The answer; whoever is late is killed."""
        send(self._input, encode(ask))
        said = self._receive(deadline)
        if isinstance(said, Answer | Refusal | Fault):
            return said
        raise EngineError(f"The search process {self._describe_end()} over this search; make the search simpler.")

    def kill(self) -> None:
        """End it from whatever thread; one that waits for its answer sees the end."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End it and give its pipes back; for the thread that uses it."""
        self.kill()
        self._input.close()
        self._output.close()

    def _receive(self, deadline: float) -> Any | None:
        """Its next message, or None where it ended. Raises `TooExpensiveError`, and kills it, where it is late."""
        place = self._output.fileno()
        while (message := take_message(self._buffer)) is None:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([place], [], [], left)[0]:
                self.kill()
                raise TooExpensiveError("not done within the time that a reader may be kept waiting")
            chunk = os.read(place, _CHUNK)
            if not chunk:
                self._process.wait()
                return None
            self._buffer += chunk
        return message

    def _describe_end(self) -> str:
        status = self._process.returncode
        return f"was ended by signal {-status}" if status is not None and status < 0 else f"ended with status {status}"


def is_costly(tree: Node) -> bool:
    """Whether a query has so many wildcards and misspelt words that reading its hits takes seconds."""
    count, level = 0, [tree]
    while level and count <= COSTLY_PARTS:
        count += sum(isinstance(node, FuzzyIs | PatternIs) for node in level)
        level = [child for node in level for child in children_of(node)]
    return count > COSTLY_PARTS
