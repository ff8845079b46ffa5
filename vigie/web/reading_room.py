"""What the pages and the API read from: one installation, its catalogue, its index, opened once for all requests.

Searches are answered by processes of their own (`searchers.py`). What else needs the index, exports and trials of
saved queries, has two threads, each with an index of its own. Whoever asks waits for a bounded time and then gets a
sentence.
"""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotDoneError
from contextlib import ExitStack, closing
from typing import TypeVar

from archive.catalogue import Catalogue
from indexer.analysis import FrenchAnalyzer
from indexer.engines.base import Engine
from vigie.installation import Installation
from vigie.searching import Answer, Asked, understand
from vigie.web.searchers import BusyError, Searchers, TooExpensiveError

OTHERS_AT_ONCE = 2  # exports and trials: seldom, and each may take seconds
WAITING = 8  # of them
SEARCH_SECONDS = 2.0
WORDS = 60_000  # that the analysis remembers for reading queries

Found = TypeVar("Found")


class ReadingRoom:
    """Opened once, used by any number of threads, closed at the end."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self._opened = ExitStack()
        self._analyzer = FrenchAnalyzer(WORDS)
        self._engines: queue.SimpleQueue[Engine] = queue.SimpleQueue()
        self._waiting = threading.Semaphore(WAITING)
        self._others = ThreadPoolExecutor(OTHERS_AT_ONCE, thread_name_prefix="search")
        self._kept: dict[str, tuple[float, object]] = {}
        self._keeping: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()
        self.catalogue: Catalogue = self._opened.enter_context(installation.open_catalogue())
        self._searchers = self._opened.enter_context(closing(Searchers(installation)))
        for _ in range(OTHERS_AT_ONCE):
            self._engines.put(self._opened.enter_context(installation.open_engine()))

    def ask(self, asked: Asked) -> Answer:
        """The answer to a search. Raises `QueryError`, `EngineError`, `TooExpensiveError` or `BusyError`."""
        query = understand(self.installation, asked.query, self._analyzer)
        return self._searchers.ask(asked, query)

    @property
    def idle_searchers(self) -> int:
        """How many search processes have nothing to do."""
        return self._searchers.idle

    def use_engine(self, work: Callable[[Engine], Found], seconds: float = SEARCH_SECONDS) -> Found:
        """What `work` makes with the search engine; raises `TooExpensiveError` where it takes too long."""
        if not self._waiting.acquire(blocking=False):
            raise BusyError
        try:
            done = self._others.submit(self._with_engine, work)
        except RuntimeError as error:  # the room is being closed
            self._waiting.release()
            raise BusyError from error
        done.add_done_callback(lambda _: self._waiting.release())
        try:
            return done.result(timeout=seconds)
        except NotDoneError:
            done.cancel()
            raise TooExpensiveError(f"not done within {seconds:.0f} s") from None

    def keep(self, name: str, seconds: float, make: Callable[[], Found]) -> Found:
        """What `make` gives, made again when it is older than that; one thread makes it while the others wait."""
        with self._lock:
            making = self._keeping.setdefault(name, threading.Lock())
        with making:
            found = self._kept.get(name)
            if found is None or time.monotonic() - found[0] > seconds:
                found = self._kept[name] = (time.monotonic(), make())
        return found[1]  # type: ignore[return-value]  # kept under a name that says what it is

    def close(self) -> None:
        """Give back files and connections; a search that is still under way is not waited for."""
        self._others.shutdown(wait=False, cancel_futures=True)
        self._opened.close()

    def _with_engine(self, work: Callable[[Engine], Found]) -> Found:
        engine = self._engines.get()
        try:
            return work(engine)
        finally:
            self._engines.put(engine)
