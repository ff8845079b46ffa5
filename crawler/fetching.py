"""One address to its one end: through retries and redirects, each request recorded under its own name.

Requests go straight to Scrapy's downloader with all its middlewares and not through its queue: there a duplicate, a
long URL or a redirect seen before vanishes without callback or errback, and every request must end by name.
"""

import asyncio
from dataclasses import replace

from scrapy import Request
from scrapy.crawler import Crawler

from archive.outcomes import Outcome
from crawler.answers import is_worth_a_retry
from crawler.asking import Answer, Asking
from crawler.desk import Desk
from crawler.failures import StorageError, is_storage_fault, name_failure
from crawler.middlewares.notes import answer_of, note_asking, was_sent
from crawler.responses import record_failure
from crawler.urls import clean


async def fetch_once(crawler: Crawler, desk: Desk, asking: Asking) -> Answer:
    """One request and its one end, recorded. Raises `StorageError`; cancelling it records `interrupted`."""
    request = make_request(desk, asking)
    desk.receiving.begin(request, asking.first_host)
    try:
        await crawler.engine.download_async(request)
        answer = answer_of(request)
    except asyncio.CancelledError:
        if was_sent(request):
            await desk.recorder.write(lambda: _record_cut(desk, asking, request))
        raise
    except Exception as error:  # each gets a name here; those without one are counted as bugs
        if isinstance(error, StorageError):
            raise
        if is_storage_fault(error):
            raise StorageError(error) from error
        answer = answer_of(request)
        if answer is None:
            answer = failed = Answer(*_named(error))
            sent = was_sent(request)
            # stopped before it was sent: no request, no row, the thing stays queued
            if sent or answer.outcome is not Outcome.interrupted:
                await desk.recorder.write(lambda: record_failure(desk, asking, failed, sent=sent))
    finally:
        desk.receiving.end(request)
    if answer is None:
        answer = Answer(Outcome.no_outcome, detail="answered without being recorded")
    return answer


async def fetch(crawler: Crawler, desk: Desk, asking: Asking) -> tuple[Asking, Answer]:
    """Follow an address to its end. Returns the last request and its answer."""
    while True:
        answer = await _fetch_with_retries(crawler, desk, asking)
        target = clean(answer.location or "", asking.url) if answer.outcome is Outcome.redirected else None
        if target is None:
            return asking, answer
        asking = asking.after_redirect(target)


def make_request(desk: Desk, asking: Asking) -> Request:
    """The Scrapy request for it, with its conditions, limits and notes."""
    limits = desk.limits_of(asking.source)
    headers = {}
    if asking.etag:
        headers["If-None-Match"] = asking.etag
    if asking.last_modified:
        headers["If-Modified-Since"] = asking.last_modified
    source = desk.sources.get(asking.source)
    meta: dict[str, object] = {
        "download_timeout": limits.request_seconds,
        "download_maxsize": limits.sitemap_bytes if asking.purpose == "sitemap" else limits.body_bytes,
        "autothrottle_dont_adjust_delay": desk.delay_of(asking.host) < desk.settings.politeness.delay,
    }
    if source is not None and not desk.settings.verifies_tls(source):
        meta["verify_tls"] = False
    if desk.settings.proxy:
        meta["proxy"] = desk.settings.proxy
    request = Request(asking.url, headers=headers, meta=meta, dont_filter=True)
    note_asking(request, asking)
    return request


async def _fetch_with_retries(crawler: Crawler, desk: Desk, asking: Asking) -> Answer:
    for _ in range(_retries_of(desk, asking)):
        answer = await fetch_once(crawler, desk, asking)
        if not is_worth_a_retry(answer.outcome, answer.status) or desk.stopping:
            return answer
    return await fetch_once(crawler, desk, replace(asking, last_try=True))


def _retries_of(desk: Desk, asking: Asking) -> int:
    """None at the first look at an address that nobody has seen yet: the first visit is its trial."""
    source, point = desk.sources.get(asking.source), asking.entry_point
    is_trial = source is not None and source.unverified and point is not None and point.looks == 0
    return 0 if is_trial else desk.settings.limits.retries


def _record_cut(desk: Desk, asking: Asking, request: Request) -> None:
    """In the writing thread, after all that was handed over before: an answer that was recorded is the one end."""
    if answer_of(request) is None:
        cut = Answer(Outcome.interrupted, detail="the crawl stopped before the answer was there")
        record_failure(desk, asking, cut, sent=True)


def _named(error: Exception) -> tuple[Outcome, None, str]:
    outcome, detail = name_failure(error)
    return outcome, None, detail
