"""The one thread in which a crawl writes: WARC records, rows, marks.

Promises: the event loop never waits for the disk or for the catalogue's lock; jobs run in the order in which they were
handed over; at most `capacity` wait, and whoever hands over one more waits without blocking the loop; a job that was
handed over is finished even when its asker is cancelled, so that no response is dropped between network and disk.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

CAPACITY = 64  # one response a host: more would only fill memory while the disk is slow

T = TypeVar("T")


class Recorder:
    """Runs jobs off the event loop: writing ones in one thread, reading and computing ones in others."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._room = asyncio.Semaphore(capacity)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="record")
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="read")
        # apart from the readers, and two, so that one large sitemap holds up neither the catalogue nor other feeds
        self._computers = ThreadPoolExecutor(2, thread_name_prefix="compute")

    async def write(self, job: Callable[[], T]) -> T:
        """Run a job that writes, after all that were handed over before."""
        async with self._room:
            return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._writer, job))

    async def read(self, job: Callable[[], T]) -> T:
        """Run a job that only reads the catalogue; it never waits for the writer."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, job)

    async def compute(self, job: Callable[[], T]) -> T:
        """Run a job that decodes or parses."""
        return await asyncio.get_running_loop().run_in_executor(self._computers, job)

    def close(self) -> None:
        """Finish what was handed over. Called after the event loop has ended."""
        self._readers.shutdown(wait=True, cancel_futures=True)
        self._computers.shutdown(wait=True, cancel_futures=True)
        self._writer.shutdown(wait=True)
