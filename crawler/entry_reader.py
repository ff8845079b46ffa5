"""Reads entry points off the event loop: small ones in this process, larger ones in a worker that can be killed.

Promises: a body that takes too long or too much memory costs its own look, which ends as `unreadable`; neither the
crawl nor a small feed waits for it. The bodies travel, since an entry point is archived only once it was read.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from archive.outcomes import Outcome
from config.models import Limits
from crawler.extraction.pool import Failure, Pool
from crawler.reading import Reading, read_entry_point
from crawler.recording import Recorder

# Read in this process. The worst that is known of a parser, a tag whose every attribute is compared with all others,
# takes a third of a second at this size and forty seconds at ten times as much; three feeds of four are smaller.
SMALL_BYTES = 64 * 2**10
TASK = "crawler.entry_reader:read_body"


@dataclass(frozen=True)
class EntryBody:
    """The body of an entry point, and all that reading it asks for. Can be sent to another process."""

    through: str
    body: bytes
    url: str
    content_type: str | None
    limits: Limits
    in_scope: Callable[[str], bool]


def read_body(entry: EntryBody) -> Reading:
    """What the body lists; in a worker where it is large."""
    return read_entry_point(entry.through, entry.body, entry.url, entry.content_type, entry.limits, entry.in_scope)


class EntryReader:
    """One worker for all large entry points of a crawl, started when the first one comes."""

    def __init__(self, recorder: Recorder, limits: Limits) -> None:
        self._recorder = recorder
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="parse")
        self._pool = Pool(1, limits.parse_seconds, limits.parse_bytes, TASK)

    async def read(self, entry: EntryBody) -> Reading:
        """What the entry point lists, or `unreadable` and why."""
        if len(entry.body) <= SMALL_BYTES:
            return await self._recorder.compute(lambda: read_body(entry))
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._read_large, entry)

    def close(self) -> None:
        """Kill the worker. Called after the event loop has ended."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._pool.close()

    def _read_large(self, entry: EntryBody) -> Reading:
        self._pool.submit(entry, entry.limits.parse_seconds)
        reading = Reading(Outcome.unreadable)
        for job, result in self._pool.results():  # also what an earlier call left behind when no worker could start
            if job is entry:
                reading = _failed(result) if isinstance(result, Failure) else result
        return reading


def _failed(failure: Failure) -> Reading:
    return Reading(Outcome.unreadable, detail=failure.detail)
