"""How long it takes from an article's publication until a search finds it, where its source is checked every minute.

    python -m benchmarks.freshness [--publishers 20] [--articles 60]

The daemon runs as it is installed beside a local site that publishes at random moments. The page's API is asked for the
newest articles again and again, as a reader would; the moment of the fetch is the one in the catalogue.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import httpx

from archive.catalogue import captures, open_catalogue
from benchmarks.figures import Figure, percentile, report_figures
from benchmarks.growing_site import GrowingSite
from benchmarks.processes import write_configuration
from benchmarks.running_daemon import START_SECONDS, RunningDaemon
from benchmarks.sizes import read_sizes
from tests.ports import find_port

EVERY = "1m"
LONGEST_PAUSE_SECONDS = 6.0  # between two publications
PATIENCE_SECONDS = 120.0  # for the last ones
ASKED_EVERY_SECONDS = 0.2
NEWEST = 100  # hits that are read at once: more than are published in two minutes
SETTLED_SECONDS = 75.0  # every source was visited once before anything is published
MOST_P95_SECONDS, MOST_AFTER_FETCH_SECONDS = 65.0, 2.0


class Reader(Thread):
    """Asks for the newest articles all the time; `found` says when each address was a hit for the first time."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.found: dict[str, datetime] = {}
        self._address = f"http://127.0.0.1:{port}/api/v1/search"
        self._over = False

    def run(self) -> None:
        """Until `leave`."""
        with httpx.Client(timeout=30) as client:
            while not self._over:
                with suppress(httpx.TransportError):  # the page is not there yet
                    self._look(client)
                time.sleep(ASKED_EVERY_SECONDS)

    def leave(self) -> None:
        """Ask no more."""
        self._over = True
        self.join()

    def _look(self, client: httpx.Client) -> None:
        answer = client.get(self._address, params={"q": "language:fr", "limit": NEWEST, "sort": "newest"})
        now = datetime.now(UTC)
        if answer.status_code == httpx.codes.OK:
            for hit in answer.json()["hits"]:
                self.found.setdefault(hit["url"], now)


@contextmanager
def reading(port: int) -> Iterator[Reader]:
    """A reader beside the block."""
    reader = Reader(port)
    reader.start()
    try:
        yield reader
    finally:
        reader.leave()


def publish(site: GrowingSite, articles: int, reader: Reader) -> dict[str, datetime]:
    """Publish at random moments, then wait until all were found; when each was published."""
    chance = random.Random(20260418)
    published: dict[str, datetime] = {}
    for _ in range(articles):
        time.sleep(chance.uniform(0.0, LONGEST_PAUSE_SECONDS))
        published[site.publish()] = datetime.now(UTC)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not published.keys() <= reader.found.keys():
        if time.monotonic() > deadline:
            missing = sorted(published.keys() - reader.found.keys())
            raise SystemExit(f"{len(missing)} of {articles} articles were never found, such as {missing[0]}")
        time.sleep(ASKED_EVERY_SECONDS)
    return published


def read_fetches(data: Path, urls: dict[str, datetime]) -> dict[str, datetime]:
    """When each was fetched."""
    with closing(open_catalogue(data)) as catalogue, catalogue.read() as transaction:
        every = captures.list_captures(transaction, after=0, limit=100_000)
    return {capture.url: capture.fetched_at for capture in every if capture.url in urls}


def measure(folder: Path, publishers: int, articles: int) -> list[Figure]:
    """A daemon beside a site that publishes; then the waits, sorted."""
    page = find_port()
    with GrowingSite(publishers) as site:
        config = write_configuration(
            folder, site.port, publishers, interval=EVERY,
            clock={"interval_bounds": [EVERY, EVERY]}, web={"port": page},
        )  # fmt: skip
        with RunningDaemon(config) as daemon, reading(page) as reader:
            time.sleep(SETTLED_SECONDS if articles > publishers else START_SECONDS / 4)
            published = publish(site, articles, reader)
        fetched = read_fetches(daemon.data, published)
    waits = sorted((reader.found[url] - moment).total_seconds() for url, moment in published.items())
    after = sorted((reader.found[url] - moment).total_seconds() for url, moment in fetched.items())
    return [
        Figure("articles", len(published), ""),
        Figure("publication to hit, p50", percentile(waits, 0.5), "s"),
        Figure("publication to hit, p95", percentile(waits, 0.95), "s", at_most=MOST_P95_SECONDS),
        Figure("fetch to hit, p50", percentile(after, 0.5), "s"),
        Figure("fetch to hit, p95", percentile(after, 0.95), "s", at_most=MOST_AFTER_FETCH_SECONDS),
    ]


def main() -> int:
    """Print the table; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--publishers", type=int, default=20)
    parser.add_argument("--articles", type=int, default=60)
    asked = read_sizes(parser, publishers=2, articles=2)
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), asked.publishers, asked.articles)
    return report_figures("freshness", figures, tiny=asked.tiny, sizes=asked.sizes)


if __name__ == "__main__":
    sys.exit(main())
