"""What is due, shared out by host: the crawl takes hosts here, each leased to this child, and gives them back."""

import logging
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.catalogue import hosts, sources, work
from archive.catalogue.hosts import LEASE, Host
from archive.catalogue.sources import EntryPoint
from archive.catalogue.work import DueSource
from crawler.asking import Answer
from crawler.desk import Desk
from crawler.spiders.visit import SourceVisit
from crawler.urls import host_of

logger = logging.getLogger(__name__)

REST = timedelta(seconds=60)  # a host that had nothing we may ask for is not tried again sooner
RENEWED_EVERY = LEASE / 8
VISITS_BEGUN = 500  # at one look for work: the next look is two seconds later


@dataclass(frozen=True)
class Look:
    """One look at an entry point that a visit wants; `depth` counts the indexes above it."""

    visit: SourceVisit
    point: EntryPoint
    depth: int = 0
    lastmod: str | None = None

    def child(self, point: EntryPoint, lastmod: str | None) -> "Look":
        """The look at a sitemap that this one names; the visit waits for it too."""
        self.visit.waiting += 1
        self.visit.asked.add(point.url)
        return Look(self.visit, point, self.depth + 1, lastmod)


class Plan:
    """Due work by host. `looks` holds the looks that hosts are still to make."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._looks: dict[str, deque[Look]] = defaultdict(deque)
        self._visiting: dict[str, SourceVisit] = {}
        self._ended: list[SourceVisit] = []
        self._only_looks: set[str] = set()
        self._resting: dict[str, datetime] = {}
        self._unavailable: set[str] = set()
        self._renewed_at = desk.clock()

    def looks_of(self, host: str) -> deque[Look]:
        """The looks that this host is still to make; grows while the host is asked."""
        return self._looks[host]

    async def take_hosts(self, busy: set[str], limit: int) -> list[str]:
        """At most `limit` further hosts with work due, leased to this child."""
        self._visiting = {source: visit for source, visit in self._visiting.items() if not visit.concluded}
        self._unavailable = await self._desk.recorder.read(self._read_unavailable)
        for due in await self._desk.recorder.read(self._read_due_sources):
            self._begin_visit(due, busy)
        waiting = [host for host, looks in self._looks.items() if looks]
        most = limit + len(busy)
        due_hosts = await self._desk.recorder.read(lambda: self._read_due_hosts(most))
        self._only_looks = set(waiting).difference(due_hosts) if len(due_hosts) < most else set()
        wanted = [host for host in dict.fromkeys([*waiting, *due_hosts]) if host not in busy and self._is_free(host)]
        leased = await self._lease(wanted[:limit]) if wanted else {}
        self._desk.just_leased |= leased
        await self._drop_made_looks(list(leased))
        return list(leased)

    def has_only_looks(self, host: str) -> bool:
        """True where neither candidates nor articles of the host were due when it was taken."""
        return host in self._only_looks

    async def renew(self, busy: set[str]) -> None:
        """Keep the hosts that are being asked, for longer than a lease lasts; give back those met by the way."""
        now = self._desk.clock()
        if now - self._renewed_at < RENEWED_EVERY:
            return
        self._renewed_at = now
        await self._lease(busy)

        def release() -> None:
            with self._desk.catalogue.write() as transaction:
                hosts.release_idle(transaction, self._desk.child, busy, now - REST)

        await self._desk.recorder.write(release)

    async def _drop_made_looks(self, leased: list[str]) -> None:
        """Another child may have visited a source while its looks waited here for the lease."""
        waiting = [(host, look) for host in leased for look in self._looks.get(host, ())]
        if not waiting:
            return
        last = await self._desk.recorder.read(
            lambda: self._read_last_visits({look.visit.source for _, look in waiting})
        )
        for host, look in waiting:
            if last.get(look.visit.source) != look.visit.state.last_visit_at and look.visit.good == 0:
                self._looks[host].remove(look)
                look.visit.concluded = True

    def rest(self, host: str) -> None:
        """Nothing could be asked of this host now."""
        self._resting[host] = self._desk.clock() + REST

    def finish(self, look: Look) -> None:
        """This look has ended, one way or the other; with the last one the visit waits to be concluded."""
        look.visit.waiting -= 1
        if look.visit.waiting == 0:
            self._ended.append(look.visit)

    async def conclude_visits(self, free: Sequence[str] = ()) -> None:
        """Set the state of every source whose visit has ended, and release the leases of hosts that have no more work.

        Those that ended together share a transaction, which is what a look at an unchanged feed mostly costs.
        """
        ended, self._ended = self._ended, []
        if not ended and not free:
            return

        def conclude() -> None:
            with self._desk.catalogue.write() as transaction:
                for visit in ended:
                    visit.conclude(self._desk, transaction)
                hosts.release_hosts(transaction, self._desk.child, list(free))

        await self._desk.recorder.write(conclude)
        for visit in ended:
            visit.concluded = True
            logger.info("%s: visited, %s", visit.source, dict(visit.counts) or "nothing new")

    def finish_looks(self, host: str, refusal: Answer | None = None) -> None:
        """The host's work has ended: looks not made are skipped, or met the refusal that closed the host to all."""
        self._desk.just_leased.pop(host, None)
        for look in list(self._looks.pop(host, ())):
            if refusal is None:
                look.visit.skipped += 1
            else:
                look.visit.note_answer(look.point, refusal)
            self.finish(look)

    def _read_unavailable(self) -> set[str]:
        with self._desk.catalogue.read() as transaction:
            return hosts.list_unavailable(transaction, self._desk.child, self._desk.clock())

    def _read_due_sources(self) -> list[DueSource]:
        """Of those that are configured, on, asked for and not under way."""
        chosen = self._desk.terms.sources
        ours = [name for name, source in self._desk.sources.items() if source.enabled and name not in self._visiting]
        wanted = ours if chosen is None else [name for name in ours if name in chosen]
        with self._desk.catalogue.read() as transaction:
            return work.list_due_sources(transaction, self._desk.clock(), limit=VISITS_BEGUN, among=wanted)

    def _read_due_hosts(self, limit: int) -> list[str]:
        desk = self._desk
        chosen = list(desk.terms.sources) if desk.terms.sources is not None else None
        with desk.catalogue.read() as transaction:
            return work.list_due_hosts(transaction, desk.clock(), limit=limit, sources=chosen)

    def _begin_visit(self, due: DueSource, busy: set[str]) -> None:
        """Share the source's entry points out to their hosts, unless none of these can be asked now."""
        points = [point for point in due.entry_points if self._desk.may_visit(point.url)]
        usable = [point for point in points if host_of(point.url) in busy or self._is_free(host_of(point.url))]
        if points and not usable:
            return
        visit = SourceVisit(due.id, due.state, self._desk.clock(), waiting=len(usable))
        visit.skipped = len(points) - len(usable)
        self._visiting[due.id] = visit
        visit.asked |= {point.url for point in points}
        for point in usable:
            self._looks[host_of(point.url)].append(Look(visit, point))
        if not usable:
            visit.bad.append("every address is set aside" if due.entry_points == () else "no address may be visited")
            visit.waiting = 1
            self.finish(Look(visit, _NOWHERE))

    def _read_last_visits(self, names: set[str]) -> dict[str, datetime | None]:
        with self._desk.catalogue.read() as transaction:
            states = [sources.read_source(transaction, name) for name in sorted(names)]
        return {state.id: state.last_visit_at for state in states if state is not None}

    def _is_free(self, host: str) -> bool:
        now = self._desk.clock()
        return host not in self._unavailable and self._resting.get(host, now) <= now

    async def _lease(self, wanted: Iterable[str]) -> dict[str, Host]:
        desk = self._desk

        def lease() -> dict[str, Host]:
            with desk.catalogue.write() as transaction:
                found = {host: hosts.lease_host(transaction, host, desk.child, desk.clock()) for host in wanted}
            return {host: row for host, row in found.items() if row is not None}

        return await desk.recorder.write(lease)


_NOWHERE = EntryPoint("", "", "feed", "", None, None, None, None, None, None, None, None, 0, 0, None, None)
