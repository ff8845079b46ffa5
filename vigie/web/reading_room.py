"""What the pages and the API read from: one installation, its catalogue, its index, opened once for all requests.

Searches run in a few threads of their own, each with an index of its own. Whoever asks waits for at most two seconds
and then gets a sentence; a search that goes on holds up its own thread alone.
"""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotDoneError
from contextlib import ExitStack
from typing import TypeVar

from archive.catalogue import Catalogue
from indexer.analysis import FrenchAnalyzer
from indexer.engines.base import Engine
from vigie.installation import Installation
from vigie.searching import Answer, Asked, search

SEARCHES_AT_ONCE = 3  # one more than the cores a small machine has, so that a slow search does not stop the others
WAITING = 60  # searches that may wait for a thread: at 50 ms each the last one still comes in time
SEARCH_SECONDS = 2.0
WORDS = 200_000  # that the analysis remembers for all searches: nearly all that ever occur, in about 60 MB

Found = TypeVar("Found")


class TooExpensiveError(Exception):
    """A search took longer than anybody may be kept waiting."""


class ReadingRoom:
    """Opened once, used by any number of threads, closed at the end."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self._opened = ExitStack()
        self._analyzer = FrenchAnalyzer(WORDS)
        self._engines: queue.SimpleQueue[Engine] = queue.SimpleQueue()
        self._waiting = threading.Semaphore(WAITING)
        self._searches = ThreadPoolExecutor(SEARCHES_AT_ONCE, thread_name_prefix="search")
        self._kept: dict[str, tuple[float, object]] = {}
        self._keeping: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()
        self.catalogue: Catalogue = self._opened.enter_context(installation.open_catalogue())
        for _ in range(SEARCHES_AT_ONCE):
            self._engines.put(self._opened.enter_context(installation.open_engine()))

    def search(self, ask: Callable[[Engine], Found], seconds: float = SEARCH_SECONDS) -> Found:
        """What `ask` finds with the search engine; raises `TooExpensiveError` where it takes too long."""
        if not self._waiting.acquire(blocking=False):
            raise TooExpensiveError("too many searches are waiting")
        try:
            work = self._searches.submit(self._with_engine, ask)
        except RuntimeError as error:  # the room is being closed
            self._waiting.release()
            raise TooExpensiveError("the page is being stopped") from error
        work.add_done_callback(lambda _: self._waiting.release())
        try:
            return work.result(timeout=seconds)
        except NotDoneError:
            work.cancel()
            raise TooExpensiveError(f"not done within {seconds:.0f} s") from None

    def ask(self, asked: Asked) -> Answer:
        """The answer to a search. Raises `QueryError`, `EngineError` or `TooExpensiveError`."""
        return self.search(lambda engine: search(self.installation, self.catalogue, engine, asked, self._analyzer))

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
        self._searches.shutdown(wait=False, cancel_futures=True)
        self._opened.close()

    def _with_engine(self, ask: Callable[[Engine], Found]) -> Found:
        engine = self._engines.get()
        try:
            return ask(engine)
        finally:
            self._engines.put(engine)
