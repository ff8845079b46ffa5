"""The generated news site, in this process and growing: an article is published when the benchmark says so."""

import asyncio
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from benchmarks.news_site import Answer, NewsSite, address_of, listen

MOST_ARTICLES = 100_000  # that its generator knows


class GrowingSite(NewsSite):
    """Served for the length of a `with` block; empty in the beginning."""

    def __init__(self, publishers: int) -> None:
        super().__init__(MOST_ARTICLES, publishers)
        self.articles = 0
        self.port = 0
        self._moments: list[datetime] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Self:
        self.port = self._loop.run_until_complete(listen(self))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def publish(self) -> str:
        """One more article, by the publisher whose turn it is; gives its address."""
        number = self.articles
        self._moments.append(datetime.now(UTC))
        self.articles += 1
        return f"http://{address_of(number % self.publishers)}:{self.port}/articles/{number}"

    def find(self, host: str, path: str) -> Answer | None:
        """As the site answers now: what a feed lists grows."""
        if path.startswith("/feed"):
            self._made.pop((host, path), None)
        return super().find(host, path)

    def tell_date(self, number: int) -> datetime:
        """When it was published indeed."""
        return self._moments[number]
