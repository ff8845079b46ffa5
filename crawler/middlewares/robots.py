"""robots.txt before every request to a host, in place of Scrapy's middleware; tdmrep.json beside it.

Scrapy's parses any error page, takes a 500 or a timeout for consent and does not use Crawl-delay. Ours follows
`crawler/robots.py`; one copy is kept a day in the host's row and archived; a host whose robots.txt cannot be read is
closed for this run and paused, its URLs stay queued.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler

from archive.catalogue import candidates, hosts
from archive.catalogue.hosts import Host
from archive.outcomes import Outcome
from crawler.asking import Answer, Asking
from crawler.desk import Desk
from crawler.failures import RefusedRequestError
from crawler.fetching import fetch_once
from crawler.middlewares.notes import asking_of, desk_of, note_opt_out
from crawler.redirects import ABOUT_HOST
from crawler.robots import RobotsRules
from crawler.tdm import WELL_KNOWN_PATH, TdmFile, nearest, read_tdm_file
from crawler.urls import clean

CLOSED_PAUSE = timedelta(minutes=15)  # as long as the usual interval: "closed for this run"
REOPEN_SLICE = 200


@dataclass
class HostRules:
    """What this process knows of a host's rules; `tdm` is None until it is needed."""

    robots: RobotsRules
    until: datetime
    tdm: TdmFile | None = None


class RobotsMiddleware:
    """Asks for robots.txt through all other middlewares, as any request."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._known: dict[str, HostRules] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Made by Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raise where robots.txt closes the address or cannot be read, or mining is reserved and that is respected."""
        desk, asking = desk_of(self._crawler), asking_of(request)
        if asking.purpose in ABOUT_HOST:
            return
        async with self._turns.setdefault(asking.host, asyncio.Lock()):
            rules = await self._rules_for(desk, asking)
            refusal = rules.robots.refusal(asking.url)
            if refusal is None and asking.purpose == "page" and rules.tdm is None:
                rules.tdm = await self._read_tdm(desk, asking, rules.robots)
        if refusal is not None:
            reason = rules.robots.reason if refusal is Outcome.robots_unreachable else "closed by its rules"
            raise RefusedRequestError(refusal, f"robots.txt of {asking.host}: {reason}")
        stated = nearest(rules.tdm.opt_out_for(asking.url) if rules.tdm else None, rules.robots.opt_out)
        note_opt_out(request, stated)
        if stated is not None and stated.reserved and desk.settings.politeness.respect_tdm_opt_out:
            raise RefusedRequestError(Outcome.opted_out, f"reserved in {stated.stated_in}")

    async def _rules_for(self, desk: Desk, asking: Asking) -> HostRules:
        known = self._known.get(asking.host)
        if known is not None and known.until > desk.clock():
            return known
        row = desk.just_leased.get(asking.host)
        if row is None:
            row = await desk.recorder.read(lambda: _read_row(desk, asking.host))
        url = _address(asking.url, "/robots.txt")
        kept_until = (row.robots_at or desk.clock()) + desk.settings.politeness.robots_kept
        if row.robots_at is not None and kept_until > desk.clock():
            rules = _read_rules(desk, row.robots_status, row.robots_body or b"", url)
            known = HostRules(rules, kept_until)
        else:
            known = await self._fetch_robots(desk, asking, url, row)
        self._known[asking.host] = known
        desk.crawl_delays[asking.host] = _cap(known.robots.crawl_delay, desk)
        return known

    async def _fetch_robots(self, desk: Desk, asking: Asking, url: str, row: Host) -> HostRules:
        answer = await self._ask(desk, Asking(url, "robots", asking.source, asking.via))
        if answer.outcome is Outcome.interrupted:
            raise RefusedRequestError(Outcome.interrupted, answer.detail)
        failure = f"{answer.outcome.name}: {answer.detail}" if answer.status is None else None
        body = answer.body[: desk.settings.limits.robots_bytes + 1]  # one more shows that something was cut
        rules = _read_rules(desk, answer.status, body, url, failure)
        if rules.state == "closed":
            await desk.recorder.write(lambda: _pause(desk, asking.host, rules.reason))
            return HostRules(rules, desk.clock() + CLOSED_PAUSE)
        await desk.recorder.write(lambda: _keep(desk, asking.host, answer, body, rules.crawl_delay))
        if row.robots_at is not None and row.robots_body != body:
            await self._reopen(desk, asking.host)
        return HostRules(rules, desk.clock() + desk.settings.politeness.robots_kept)

    async def _read_tdm(self, desk: Desk, asking: Asking, robots: RobotsRules) -> TdmFile:
        row = await desk.recorder.read(lambda: _read_row(desk, asking.host))
        url = _address(asking.url, WELL_KNOWN_PATH)
        if row.tdm_at is not None and row.tdm_at + desk.settings.politeness.robots_kept > desk.clock():
            return read_tdm_file(row.tdm_body or b"", url)
        if not robots.allows(url):
            return TdmFile()
        answer = await self._ask(desk, Asking(url, "tdm", asking.source, asking.via))
        if answer.outcome is Outcome.interrupted:
            raise RefusedRequestError(Outcome.interrupted, answer.detail)
        body = answer.body if answer.outcome is Outcome.fetched else b""
        await desk.recorder.write(lambda: _keep_tdm(desk, asking.host, body))
        return read_tdm_file(body, url)

    async def _ask(self, desk: Desk, asking: Asking) -> Answer:
        """One request and the redirects it leads to (RFC 9309 asks for five at least), wherever they lead."""
        answer = await self._ask_until_answered(desk, asking)
        while answer.outcome is Outcome.redirected and (target := clean(answer.location or "", asking.url)):
            asking = asking.after_redirect(target)
            answer = await self._ask_until_answered(desk, asking)
        return answer

    async def _ask_until_answered(self, desk: Desk, asking: Asking) -> Answer:
        """A connection that broke closes a host only when it breaks again and again; what hangs has had its time."""
        answer = await fetch_once(self._crawler, desk, asking)
        for _ in range(desk.settings.limits.retries):
            if answer.outcome is not Outcome.failed or desk.stopping:
                break
            answer = await fetch_once(self._crawler, desk, asking)
        return answer

    async def _reopen(self, desk: Desk, host: str) -> None:
        """The rules changed: what they closed is asked again, in slices."""

        def reopen() -> int:
            with desk.catalogue.write() as transaction:
                return candidates.reopen_disallowed(transaction, host, limit=REOPEN_SLICE)

        while await desk.recorder.write(reopen) == REOPEN_SLICE:
            pass


def _read_rules(desk: Desk, status: int | None, body: bytes, url: str, failure: str | None = None) -> RobotsRules:
    settings = desk.settings
    token, most_bytes = settings.politeness.user_agent, settings.limits.robots_bytes
    return RobotsRules.from_response(status, body, url, failure, token, most_bytes)


def _address(url: str, path: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{path}"


def _cap(seconds: float | None, desk: Desk) -> timedelta:
    return min(timedelta(seconds=seconds or 0.0), desk.settings.politeness.max_crawl_delay)


def _read_row(desk: Desk, host: str) -> Host:
    with desk.catalogue.read() as transaction:
        return hosts.read_host(transaction, host)


def _pause(desk: Desk, host: str, reason: str) -> None:
    with desk.catalogue.write() as transaction:
        hosts.pause_host(transaction, host, desk.clock() + CLOSED_PAUSE, f"robots.txt: {reason}")


def _keep(desk: Desk, host: str, answer: Answer, body: bytes, crawl_delay: float | None) -> None:
    with desk.catalogue.write() as transaction:
        hosts.update_host(
            transaction,
            host,
            robots_at=desk.clock(),
            robots_status=answer.status,
            robots_body=body,
            robots_capture=answer.capture,
            crawl_delay_seconds=crawl_delay,
        )


def _keep_tdm(desk: Desk, host: str, body: bytes) -> None:
    with desk.catalogue.write() as transaction:
        hosts.update_host(transaction, host, tdm_at=desk.clock(), tdm_body=body or None)
