"""429 and 503: the host is paused as it asks, in its row, so that the pause outlives this process."""

from datetime import timedelta
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from archive.catalogue import hosts
from crawler.answers import THROTTLED
from crawler.middlewares.notes import asking_of, desk_of
from crawler.retry_after import read_retry_after

REPEATED_PAUSE = timedelta(minutes=15)  # a host that throttles twice in a row is left alone at least this long


class ThrottleMiddleware:
    """Between robots and archiving: sees the status of every answer after it was recorded."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._in_a_row: dict[str, int] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Made by Scrapy."""
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Pause the host where it asks for it."""
        desk, host = desk_of(self._crawler), asking_of(request).host
        if response.status not in THROTTLED:
            self._in_a_row.pop(host, None)
            return response
        self._in_a_row[host] = self._in_a_row.get(host, 0) + 1
        asked = response.headers.get("Retry-After")
        said = asked.decode("latin-1") if asked else None
        pause = read_retry_after(said, desk.clock(), desk.settings.politeness.max_retry_after)
        if self._in_a_row[host] > 1:
            pause = max(pause, REPEATED_PAUSE)

        def note_pause() -> None:
            why = f"answered {response.status}" + (f", Retry-After {said[:60]}" if said else "")
            with desk.catalogue.write() as transaction:
                hosts.pause_host(transaction, host, desk.clock() + pause, why)

        await desk.recorder.write(note_pause)
        return response
