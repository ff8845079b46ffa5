"""What a user would write first: a plain Scrapy spider over a list of addresses, and nothing stored.

    python -m benchmarks.naive_spider ADDRESSES [--read page|feed] [--lateness]

`--read page` extracts each page with trafilatura inside the callback, `--read feed` reads each feed with feedparser.
The last line on standard output is JSON: responses, and how late a 5 ms timer of the event loop fired.
"""

import argparse
import json
import sys
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

from benchmarks.lateness import Lateness


def read_page(response: Response) -> None:
    """Text and metadata, in the event loop."""
    from trafilatura import bare_extraction

    bare_extraction(response.body, url=response.url, with_metadata=True)


def read_feed(response: Response) -> None:
    """Entries, in the event loop."""
    from feedparser.api import parse

    parse(BytesIO(response.body))


_READERS: dict[str, Callable[[Response], None]] = {"page": read_page, "feed": read_feed}


class NaiveSpider(Spider):
    """Asks for every address once."""

    name = "naive"
    seen = 0

    def __init__(self, addresses: list[str], read: str | None, lateness: Lateness | None, **options: Any) -> None:
        super().__init__(**options)
        self._addresses = addresses
        self._read = _READERS[read] if read else None
        self._lateness = lateness

    async def start(self) -> AsyncIterator[Request]:
        """Scrapy's entry."""
        if self._lateness is not None:
            self._lateness.start()
        for address in self._addresses:
            yield Request(address, dont_filter=True)

    def parse(self, response: Response) -> None:
        """Read the answer, or only count it."""
        NaiveSpider.seen += 1
        if self._read is not None:
            self._read(response)


def main() -> int:
    """Crawl and print one line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("addresses", type=Path)
    parser.add_argument("--read", choices=sorted(_READERS))
    parser.add_argument("--lateness", action="store_true")
    asked = parser.parse_args()
    lateness = Lateness() if asked.lateness else None
    # robots.txt is obeyed, as Scrapy's project template has it; DEBUG lines would only slow it down
    process = AsyncCrawlerProcess({"LOG_LEVEL": "ERROR", "CONCURRENT_REQUESTS": 32, "ROBOTSTXT_OBEY": True,
                                   "TELNETCONSOLE_ENABLED": False})  # fmt: skip
    addresses = asked.addresses.read_text().split()
    process.crawl(NaiveSpider, addresses=addresses, read=asked.read, lateness=lateness)
    process.start()
    print(json.dumps({"responses": NaiveSpider.seen, "lateness_ms": lateness.percentiles() if lateness else None}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
