"""All that is asked of one host in one crawl, one request after the other.

Order: entry points of due sources, then pending candidates (live before back-fill, newest first), then articles to look
at again, which never take more than their share of the host's requests.
"""

import logging
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from scrapy.crawler import Crawler

from archive.catalogue import captures, hosts, sources, work
from archive.catalogue.candidates import Candidate
from archive.catalogue.documents import Document
from archive.catalogue.hosts import Host
from archive.outcomes import Outcome
from crawler.asking import Answer, Asking
from crawler.desk import Desk
from crawler.discovery.sitemap import ChildSitemap
from crawler.fetching import fetch
from crawler.looks import GOOD, ask_entry_point, complain_of, conclude_look
from crawler.responses import LEFT_PENDING
from crawler.sights import horizon_of, take_entries
from crawler.spiders.children import choose_children
from crawler.spiders.plan import Look, Plan
from crawler.urls import host_of

logger = logging.getLogger(__name__)

PAGE = 10  # candidates read at once: few, so that a newer one overtakes soon
LOOKS_FLOOR = 5  # a day and host: so that an article is looked at again also where nothing else is asked
ASKED_FLOOR = 50  # the same for articles that a feed says moved or a person asks for: few hosts have more in a day
IDLE_FROM = timedelta(seconds=10)  # after this long without an answer others may begin in the host's place
IDLE_BYTES = 2**18  # of a body that drips: a larger one fills memory and keeps its place
SHORT_PAUSE_SECONDS = 30.0  # a pause that is waited for; a longer one ends the host's work


class HostConversation:
    """One host's work from first to last request; `settled` says how many things ended."""

    def __init__(self, crawler: Crawler, desk: Desk, host: str, plan: Plan) -> None:
        self.host = host
        self.settled = 0
        self.sources: set[str] = set()
        self.end = "finished"
        self.refusal: Answer | None = None  # the answer that closed the host for this crawl
        self._asked_at: datetime | None = None
        self._crawler = crawler
        self._desk = desk
        self._plan = plan
        self._page: deque[Candidate] = deque()
        self._left: set[int] = set()
        self._throttled = 0
        self._looks_over = False
        self._has_only_looks = plan.has_only_looks(host)

    @property
    def is_idle(self) -> bool:
        """True while a request, or the pause before it, takes so long that it costs hardly anything but time."""
        if self._asked_at is None or self._desk.clock() - self._asked_at <= IDLE_FROM:
            return False
        return self._desk.receiving.held_for(self.host) <= IDLE_BYTES

    async def run(self) -> None:
        """Ask until nothing is due, the host wants a pause, its time is over, or the crawl stops.

        A host whose time is over comes again after those that wait: a long back-fill holds up nobody.
        """
        over_at = self._desk.clock() + timedelta(seconds=self._desk.settings.limits.run_seconds)
        while not self._desk.stopping and self.end == "finished" and self._desk.clock() < over_at:
            if looks := self._plan.looks_of(self.host):
                await self._look(looks.popleft())
                continue
            found = await self._next_work()
            if found is None:
                return
            await (self._fetch_candidate(found) if isinstance(found, Candidate) else self._look_again(found))

    async def _look(self, look: Look) -> None:
        """One entry point: read it, take its entries in, and note last what the next look is compared with."""
        asking = ask_entry_point(self._desk, look.visit.source, look.point, look.lastmod)
        last, answer = await self._ask(asking)
        if answer.reading is not None:
            self._has_only_looks = False  # its entries may be due at once
            last_good = look.visit.state.last_good_visit_at
            horizon = horizon_of(self._desk, look.visit.source, last_good)
            entries = answer.reading.entries
            counts = await take_entries(self._desk, look.visit.source, entries, horizon, asking.url)
            look.visit.note_entries(counts, len(answer.reading.faults))
            for complaint in complain_of(answer.reading):
                logger.warning("%s %s: %s", look.visit.source, asking.url, complaint)
            if look.depth < self._desk.limits_of(look.visit.source).sitemap_depth:
                await self._add_children(look, answer.reading.children, horizon.since or horizon.oldest)
        if last.hops and answer.outcome is not Outcome.redirected:
            hint = "the configuration may be edited" if answer.outcome in GOOD else f"which ended {answer.outcome.name}"
            logger.warning("%s %s: moved to %s; %s", look.visit.source, asking.url, last.url, hint)
        if answer.outcome is not Outcome.same:  # that one was concluded with its answer
            await self._conclude(look, last, answer)
        look.visit.note_answer(look.point, answer)
        self._plan.finish(look)

    async def _conclude(self, look: Look, last: Asking, answer: Answer) -> None:
        if await self._desk.recorder.write(lambda: conclude_look(self._desk, last, answer)):
            logger.warning("%s %s: set aside (%s)", look.visit.source, look.point.url, answer.outcome.name)

    async def _add_children(self, look: Look, named: Sequence[ChildSitemap], oldest: datetime) -> None:
        """The sitemaps of an index are looked at in the same visit, as entry points of their own.

        Only those chosen now get a row: an index may name thousands, and one transaction for all would hold up others.
        """
        desk = self._desk
        children = [child for child in named if self._is_wanted(child.url, look)]
        if not children:
            return

        def read_known() -> dict[str, sources.EntryPoint]:
            with desk.catalogue.read() as transaction:
                return sources.read_children(transaction, look.visit.source)

        known = await desk.recorder.read(read_known)
        chosen = choose_children([(child, known.get(child.url)) for child in children], oldest)

        def add() -> list[sources.EntryPoint]:
            with desk.catalogue.write() as transaction:
                return [sources.add_child(transaction, look.point, child.url, host_of(child.url)) for child in chosen]

        points = await desk.recorder.write(add) if chosen else []
        for child, point in zip(chosen, points, strict=True):
            self._plan.looks_of(host_of(child.url)).append(look.child(point, child.lastmod))

    def _is_wanted(self, url: str, look: Look) -> bool:
        """Once a visit, and on hosts of the source alone: an index may name any address."""
        return url not in look.visit.asked and host_of(url) in self._desk.sources[look.visit.source].hosts

    async def _fetch_candidate(self, candidate: Candidate) -> None:
        via = "backfill" if candidate.via == "backfill" else "live"
        asking = Asking(candidate.url, "page", candidate.source, via, candidate=candidate.id)  # type: ignore[arg-type]
        _, answer = await self._ask(asking)
        if answer.outcome in LEFT_PENDING:
            self._left.add(candidate.id)

    async def _look_again(self, document: Document) -> None:
        desk = self._desk

        def find_latest() -> captures.Capture | None:
            with desk.catalogue.read() as transaction:
                return captures.find_latest_of_document(transaction, document.id)

        latest = await desk.recorder.read(find_latest)
        same = latest is not None and latest.url == document.url
        asking = Asking(
            document.url,
            "page",
            document.source,
            candidate=latest.candidate if latest else None,
            document=document,
            latest=latest,
            etag=latest.etag if latest and same else None,
            last_modified=latest.last_modified if latest and same else None,
        )
        _, answer = await self._ask(asking)
        if answer.outcome is Outcome.interrupted:
            self._looks_over = True  # it could not be asked and is still due: another try now would end the same

    async def _ask(self, asking: Asking) -> tuple[Asking, Answer]:
        """Fetch, and draw from the answer what it means for the rest of this host's work."""
        self.sources.add(asking.source)
        self._asked_at = self._desk.clock()
        last, answer = await fetch(self._crawler, self._desk, asking)
        self._asked_at = None
        self.settled += answer.outcome not in LEFT_PENDING
        self._desk.retire_if_old()
        logger.info("%s %s %s %s", answer.outcome.name, answer.status or "-", asking.source, last.url)
        if answer.outcome is Outcome.throttled:
            self._throttled += 1
            await self._rest(answer)
        elif answer.outcome is Outcome.robots_unreachable:
            self._close(answer)
        elif answer.outcome is not Outcome.interrupted:
            self._throttled = 0
        return last, answer

    def _close(self, refusal: Answer) -> None:
        """Nothing more is asked of this host now, and those who wait for it are told why."""
        self.end, self.refusal = refusal.outcome.name, refusal

    async def _rest(self, answer: Answer) -> None:
        """After a 429 or 503: a short pause is waited for once; a second one, or a long one, ends the host's work."""
        row = await self._read_host()
        seconds = ((row.paused_until or self._desk.clock()) - self._desk.clock()).total_seconds()
        if self._throttled > 1 or seconds > SHORT_PAUSE_SECONDS:
            self._close(answer)
            return
        await self._desk.wait(seconds)

    async def _next_work(self) -> Candidate | Document | None:
        """The next pending candidate; where none waits, an article whose turn it is to be looked at again."""
        if not self._page and not self._has_only_looks:
            page, document = await self._desk.recorder.read(self._read_work)
            if document is not None:
                return document
            self._page.extend(page)
        return self._page.popleft() if self._page else None

    def _read_work(self) -> tuple[list[Candidate], Document | None]:
        """A page of candidates, or one document within the share of the host's requests that looks may take."""
        desk, now = self._desk, self._desk.clock()
        chosen = list(desk.terms.sources) if desk.terms.sources is not None else None
        limit = PAGE + len(self._left)
        with desk.catalogue.read() as transaction:
            found = work.list_due_candidates(transaction, self.host, now, limit=limit, sources=chosen)
            page = [candidate for candidate in found if candidate.id not in self._left]
            if page or self._looks_over:
                return page, None
            row, share = hosts.read_host(transaction, self.host), desk.settings.limits.look_again_share
            if not may_look(row, now, share, ASKED_FLOOR):
                return [], None
            asked_only = not may_look(row, now, share, LOOKS_FLOOR)
            due = work.list_due_looks(transaction, self.host, now, limit=1, sources=chosen, asked_only=asked_only)
        return [], next(iter(due), None)

    async def _read_host(self) -> Host:
        def read() -> Host:
            with self._desk.catalogue.read() as transaction:
                return hosts.read_host(transaction, self.host)

        return await self._desk.recorder.read(read)


def may_look(host: Host, now: datetime, share: float, floor: int) -> bool:
    """True while looks at known articles are within their share of the host's requests of today (UTC)."""
    if share <= 0:
        return False
    if host.day != now.astimezone(UTC).date().isoformat():
        return True
    return host.looks_today < max(floor, share * host.requests_today)
