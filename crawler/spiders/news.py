"""The one spider: takes hosts with due work from the catalogue, talks to each, and ends by name.

What differs from publisher to publisher is data in the configuration; there is no class per source.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Collection
from typing import Any

from scrapy import Spider, signals

from archive.catalogue import sources as source_rows
from archive.store import check_free_space
from crawler.desk import Desk
from crawler.failures import StorageError, is_storage_fault
from crawler.memory import peak_bytes
from crawler.spiders.conversation import HostConversation
from crawler.spiders.plan import Plan

logger = logging.getLogger(__name__)

LOOK_FOR_WORK_SECONDS = 2.0  # how soon work that became due is taken up
IDLE_HOSTS = 4  # times hosts_at_once: as many more are asked while the others keep us waiting, a hundred dead ones too
CUT_BEFORE_SECONDS = 10.0  # of the stop's limit: kept for writing what was cut and closing the WARC file


class NewsSpider(Spider):
    """Runs until nothing is due (once), it is retired, or it is told to stop."""

    name = "news"

    def __init__(self, desk: Desk, when_running: Callable[[], None] = lambda: None, **options: Any) -> None:
        super().__init__(**options)
        self.desk = desk
        self._when_running = when_running
        self._plan = Plan(desk)
        self._can_write = True
        self._tasks: dict[asyncio.Task[None], HostConversation] = {}
        self._looked_at = -LOOK_FOR_WORK_SECONDS
        self._may_have_more = True

    async def start(self) -> AsyncIterator[Any]:
        """Scrapy's entry. Nothing is yielded: requests go to the downloader, so that each ends by name."""
        self._when_running()
        self.crawler.signals.connect(self.desk.receiving.note_bytes, signals.bytes_received)
        ageing = asyncio.get_running_loop().call_later(self.desk.settings.limits.child_seconds, self._retire)
        if self.desk.terms.once:
            ageing.cancel()  # somebody waits for its end
        try:
            await self._work()
        except asyncio.CancelledError:
            self.desk.stop("retired", "Scrapy's guard over memory or time ended it")
        except Exception as error:  # noqa: BLE001 - the stage's boundary: every end has a name, hosts are given back
            self._end_by(error)
        finally:
            ageing.cancel()
            await self._drain()
        nothing: tuple[Any, ...] = ()
        for request in nothing:
            yield request

    async def _work(self) -> None:
        limits = self.desk.settings.limits
        while not self.desk.stopping:
            check_free_space(self.desk.catalogue.folder, limits.free_space_bytes)
            await self._plan.renew(self._busy())
            self._retire_if_large()
            free = self._count_free(limits.hosts_at_once)
            taken = await self._take_hosts(free) if free > 0 and self._is_time_to_look() else []
            for host in taken:
                self._begin(host)
            await self._plan.conclude_visits()
            if not self._tasks and not taken and self.desk.terms.once:
                self.desk.stop("finished")
                return
            await self._wait_for_change()

    async def _take_hosts(self, free: int) -> list[str]:
        self._looked_at = time.monotonic()
        taken = await self._plan.take_hosts(self._busy(), free)
        self._may_have_more = len(taken) == free
        return taken

    def _is_time_to_look(self) -> bool:
        """Where the last look took all that was due, the next one has time: most hosts are done much sooner."""
        return self.desk.terms.once or self._may_have_more or self._until_next_look() == 0

    def _until_next_look(self) -> float:
        return max(0.0, self._looked_at + LOOK_FOR_WORK_SECONDS - time.monotonic())

    def _count_free(self, hosts_at_once: int) -> int:
        """How many hosts may begin now: hosts that hang take no room from those that answer."""
        lively = sum(not conversation.is_idle for conversation in self._tasks.values())
        return min(hosts_at_once - lively, IDLE_HOSTS * hosts_at_once - len(self._tasks))

    def _busy(self) -> set[str]:
        return {conversation.host for conversation in self._tasks.values()}

    def _begin(self, host: str) -> None:
        conversation = HostConversation(self.crawler, self.desk, host, self._plan)
        self._tasks[asyncio.create_task(conversation.run())] = conversation

    async def _wait_for_change(self) -> None:
        """Until a host is done, the crawl is to stop, or it is time to look for due work again."""
        stop = asyncio.create_task(self.desk.stop_asked.wait())
        try:
            waited = {*self._tasks, stop}
            timeout = self._until_next_look() or LOOK_FOR_WORK_SECONDS
            done, _ = await asyncio.wait(waited, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
        await self._finish(done - {stop})

    async def _finish(self, tasks: Collection["asyncio.Task[Any]"]) -> None:
        """The work of some hosts ended: end the runs that no other host works on, give the hosts back."""
        ended = [await self._conclude(task) for task in tasks]
        if ended and self._can_write:
            await self._plan.conclude_visits(free=ended)

    async def _conclude(self, task: "asyncio.Task[Any]") -> str:
        conversation = self._tasks.pop(task)
        failure = None if task.cancelled() else task.exception()
        if failure is not None and (isinstance(failure, StorageError) or is_storage_fault(failure)):
            self._end_by(failure)
        elif failure is not None:
            logger.error("%s: a fault of ours ended this host's work", conversation.host, exc_info=failure)
            self.desk.counts["host_failed"] += 1
            conversation.end = "failed"
        if conversation.settled == 0 or conversation.end != "finished":
            self._plan.rest(conversation.host)
        if self._can_write:
            self._plan.finish_looks(conversation.host, conversation.refusal)
            await self._close_runs(conversation)
        return conversation.host

    async def _close_runs(self, conversation: HostConversation) -> None:
        still = {source for other in self._tasks.values() for source in other.sources}
        desk = self.desk
        ended = sorted((conversation.sources - still).intersection(desk.book.list_open()))
        end = {"interrupted": "interrupted", "failed": "failed"}.get(desk.end or "") or conversation.end

        def close() -> None:
            now = desk.clock()
            with desk.catalogue.write() as transaction:
                for source in ended:
                    run = desk.book.close(transaction, source, now, None if end == "finished" else end)
                    if run is not None and run.counts["fetched"]:
                        source_rows.update_source(transaction, source, last_new_document_at=now, blocked_since=None)
                    elif run is not None and run.end == "blocked":
                        source_rows.update_source(transaction, source, blocked_since=now)

        if ended:
            await desk.recorder.write(close)

    def _end_by(self, error: BaseException) -> None:
        """What went wrong decides how the crawl ends."""
        storage = error if isinstance(error, StorageError) else StorageError(error)
        if isinstance(error, StorageError) or is_storage_fault(error):
            logger.error("%s", error)
            self._can_write = False
        else:
            logger.error("a fault of ours ended the crawl", exc_info=error)
        self.desk.stop("disk_full" if storage.is_full else "failed", f"{type(error).__name__}: {error}")

    def _retire_if_large(self) -> None:
        """Memory that the interpreter does not give back is given back by a fresh process."""
        peak = peak_bytes()
        if peak > self.desk.settings.limits.child_bytes:
            self.desk.stop("retired", f"used {peak >> 20} MiB, more than limits.child_bytes")

    def _retire(self) -> None:
        self.desk.stop("retired")

    async def _drain(self) -> None:
        """Let what is under way end; cut what is not done when the time to stop is nearly over."""
        if self._tasks:
            patience = max(1.0, self.desk.settings.limits.stop_seconds - CUT_BEFORE_SECONDS)
            _, late = await asyncio.wait(self._tasks, timeout=patience)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=CUT_BEFORE_SECONDS / 2)
        await self._finish({task for task in self._tasks if task.done()})
