"""Next to the network: every answer is made durable as it was received before anything else sees it.

Promise: a response goes on only after its record is on disk and its row is committed. Content decoding happens here
too, off the event loop and within the source's limit, so that the digest in the catalogue is that of the body used.
What cannot be written is no fault of the publisher's: it ends the crawl, so that nothing is asked for in vain.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from archive.content import decode_content
from archive.outcomes import Outcome
from archive.records import StoredResponse
from crawler.answers import judge_answer
from crawler.asking import Asking
from crawler.desk import Desk
from crawler.entry_reader import EntryBody
from crawler.failures import StorageError
from crawler.looks import find_body, record_look
from crawler.middlewares.notes import asking_of, desk_of, note_answer, opt_out_of
from crawler.redirects import ABOUT_HOST, judge_redirect, read_location
from crawler.responses import Received, record_page
from crawler.tdm import OptOut, nearest, read_header_opt_out, read_page_opt_out

ENTRY_POINTS = frozenset({"feed", "sitemap", "listing"})


class ArchivingMiddleware:
    """Sees responses first, with their content encoding still on."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Made by Scrapy."""
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Record the answer; the body goes on decoded."""
        desk, asking = desk_of(self._crawler), asking_of(request)
        stored = store_response(request, response, desk.clock())
        is_look = asking.purpose in ENTRY_POINTS

        def judge() -> tuple[Received, EntryBody | None]:
            received = receive(desk, asking, stored, request)
            return received, find_body(desk, asking, received) if is_look else None

        # an answer without a body is judged faster than it is handed over
        received, body = await desk.recorder.compute(judge) if stored.payload else judge()
        reading = await desk.reader.read(body) if body is not None else None

        def record() -> None:
            answer = record_look(desk, asking, received, reading) if is_look else record_page(desk, asking, received)
            # noted in the writing thread: a request that is cut meanwhile has its end already and gets no second one
            note_answer(request, answer if asking.purpose in ABOUT_HOST else replace(answer, body=b""))

        try:
            await desk.recorder.write(record)
        except OSError as error:
            raise StorageError(error) from error
        return response.replace(body=b"")  # the answer carries what is needed of it


def receive(desk: Desk, asking: Asking, stored: StoredResponse, request: Request) -> Received:
    """Decode and judge an answer; computes only."""
    limits = desk.limits_of(asking.source)
    limit = limits.sitemap_bytes if asking.purpose == "sitemap" else limits.body_bytes
    encodings = ", ".join(value for name, value in stored.headers if name.lower() == "content-encoding")
    decoded = decode_content(stored.payload, encodings, limit)
    location = read_location(stored.headers)
    outcome, detail = judge_answer(stored.status, decoded, location=location, conditional=asking.is_conditional), ""
    if outcome is Outcome.redirected:
        outcome, detail = judge_redirect(desk, asking, location or "")
    is_page = asking.purpose == "page" and outcome is Outcome.fetched
    opt_out = nearest(
        read_page_opt_out(decoded.body, stored.url) if is_page else None,
        read_header_opt_out(stored.headers, stored.url, desk.settings.politeness.user_agent),
        opt_out_of(request),
    )
    if outcome is Outcome.fetched and opt_out and opt_out.reserved and desk.settings.politeness.respect_tdm_opt_out:
        outcome, detail = Outcome.opted_out, f"reserved in {opt_out.stated_in}"
    milliseconds = round(float(request.meta.get("download_latency") or 0.0) * 1000)
    stored = replace(stored, metadata=(*stored.metadata, *_circumstances(asking, milliseconds, opt_out)))
    return Received(stored, decoded, outcome, milliseconds, opt_out, detail)


def _circumstances(asking: Asking, milliseconds: int, opt_out: OptOut | None) -> Iterator[tuple[str, str]]:
    """What the record says of its request, so that the archive explains itself without the catalogue."""
    yield "source", asking.source
    yield "purpose", asking.purpose
    yield "fetchTimeMs", str(milliseconds)
    if asking.hops:
        yield "via", asking.hops[-1]
    if opt_out is not None:
        yield "tdm-reservation", f"{int(opt_out.reserved)} ({opt_out.stated_in})"
        if opt_out.policy:
            yield "tdm-policy", opt_out.policy


def store_response(request: Request, response: Response, now: datetime) -> StoredResponse:
    """The response in the form in which it is archived."""
    metadata: tuple[tuple[str, str], ...] = ()
    if "partial" in response.flags:
        metadata += (("delimited", "by the close of the connection; completeness cannot be told"),)
    if request.meta.get("verify_tls") is False:
        metadata += (("certificate", "not verified, as the source is configured"),)
    return StoredResponse(
        url=request.url,
        fetched_at=now,
        status=response.status,
        reason=reason_of(response.status),
        headers=list_headers(response.headers),
        payload=response.body,
        request_method=request.method,
        request_headers=list_headers(request.headers),
        http_version=response.protocol or "HTTP/1.1",
        ip_address=str(response.ip_address) if response.ip_address else None,
        metadata=metadata,
    )


def list_headers(headers: Mapping[bytes, list[bytes]]) -> tuple[tuple[str, str], ...]:
    """Header fields as text; Latin-1 carries every byte unchanged. Credentials for a proxy stay out."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in headers.items()
        for value in values
        if name.lower() != b"proxy-authorization"
    )


def reason_of(status: int) -> str:
    """The phrase of a status; the library does not hand over the one that was sent."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
