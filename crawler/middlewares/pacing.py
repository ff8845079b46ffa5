"""One request at a time to a host, and a pause between two, across crawl children.

Scrapy's slots hold both inside one process; the time of the last request and the lease in the host's row hold them from
one child to the next. Waiting happens here, before the slot, so that a stop ends it at once.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler

from archive.catalogue import hosts
from archive.catalogue.hosts import Host
from archive.outcomes import Outcome
from crawler.desk import Desk
from crawler.failures import RefusedRequestError
from crawler.middlewares.notes import desk_of, note_sent
from crawler.urls import host_of

TRUSTED_FOR = timedelta(seconds=30)  # after a longer silence the lease is asked for anew: it may have been given back
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class PacingMiddleware:
    """Last of the middlewares before the network."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._free_at: dict[str, datetime] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Made by Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Wait for this host's turn; raises where the crawl stops meanwhile or another child has the host."""
        desk, host = desk_of(self._crawler), host_of(request.url)
        async with self._turns.setdefault(host, asyncio.Lock()):
            if self._free_at.get(host, LONG_AGO) < desk.clock() - TRUSTED_FOR:
                self._free_at[host] = await self._take_host(desk, host)
            await self._wait_until(desk, self._free_at[host])
            self._free_at[host] = desk.clock() + self._pause_of(desk, host)
        note_sent(request)

    async def _take_host(self, desk: Desk, host: str) -> datetime:
        """Lease the host, which a redirect may have led to; the instant from which it may be asked."""

        def take() -> Host | None:
            with desk.catalogue.write() as transaction:
                return hosts.lease_host(transaction, host, desk.child, desk.clock())

        found = desk.just_leased.pop(host, None) or await desk.recorder.write(take)
        if found is None:
            raise RefusedRequestError(Outcome.interrupted, f"{host}: another crawl process is asking this host")
        return (found.last_request_at or LONG_AGO) + self._pause_of(desk, host)

    def _pause_of(self, desk: Desk, host: str) -> timedelta:
        """The longest of our delay, the host's Crawl-delay and what AutoThrottle reckons from its slowness."""
        crawl_delay = desk.crawl_delays.get(host, timedelta(0))
        slot = self._crawler.engine.downloader.slots.get(host)
        slowness = timedelta(seconds=slot.delay) if slot is not None else timedelta(0)
        return max(desk.delay_of(host), crawl_delay, slowness)

    async def _wait_until(self, desk: Desk, moment: datetime) -> None:
        if not await desk.wait((moment - desk.clock()).total_seconds()):
            raise RefusedRequestError(Outcome.interrupted, "the crawl stops")
