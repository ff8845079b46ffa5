"""A crawl of 100 sources of which 90 misbehave at once: do the ten good ones suffer?

    python -m benchmarks.misbehaving

Every source has a loopback address of its own and the usual limits. First the ten good ones are crawled alone, then
with the others beside them, which are due first. Measured is the time from the start of the crawl to the last
article of the good ones. Fails where that takes more than half as long again.
"""

import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Figure, report_figures
from tests.crawler.crawling import Station, end_of
from tests.site.server import Site
from tests.site.trouble import ADDRESSES

ARTICLES = 12
DELAY = "5s"  # the usual one
SLOWER = 1.5
MOST_SECONDS = 600.0
STOP_SECONDS = 15  # the good ones are done by then: what still hangs is cut

GOOD = tuple(f"127.0.1.{number}" for number in range(1, 11))
BAD = tuple(f"127.0.1.{number}" for number in range(11, 101))
NOBODY = frozenset(BAD[-10:])  # nobody listens there

# what the feed of a bad source is; ten sources of each kind, with those at NOBODY
KINDS = (
    ("hangs", "/hang"),
    ("drips", "/drip?pause=0.5"),
    ("resets", "/reset"),
    ("answers 500", "/status/500"),
    ("bombs", "/bomb?mib=1024"),
    ("stalls after 15 MiB", "/stall?mib=15"),
    ("redirects for ever", "/redirect/ring-a"),
    ("sends headers for ever", "/endless-headers?lines=400000"),
    ("lists articles that hang", "/feed/of?" + "&".join(f"path=/hang?n={number}" for number in range(20))),
)


def main() -> int:
    """Crawl twice and compare."""
    addresses = [*ADDRESSES, *(address for address in (*GOOD, *BAD) if address not in NOBODY)]
    with Site(bad_addresses=addresses) as site:
        alone = _crawl(site, GOOD)
        beside = _crawl(site, (*BAD, *GOOD))
    print(f"the good ones alone: {alone:.1f} s, beside 90 that misbehave: {beside:.1f} s")
    longer = Figure("longer beside those that misbehave", beside / alone, "times", at_most=SLOWER)
    return report_figures("misbehaving", [longer])


def _crawl(site: Site, addresses: Sequence[str]) -> float:
    """Seconds until every article of the good sources was answered."""
    folder = Path(tempfile.mkdtemp(prefix="vigie-misbehaving-"))
    station = Station(folder, site, addresses)
    station.set_limits(stop_seconds=STOP_SECONDS)
    for file in (station.config / "sources").glob("*.yaml"):
        file.unlink()
    for number, address in enumerate(addresses):
        station.add_source(f"essai-{address.replace('.', '-')}", address, feeds=[_feed_of(station, address, number)],
                           delay=DELAY)  # fmt: skip
    station.register()
    for address in set(addresses) & set(GOOD):
        station.execute(
            "UPDATE source SET next_visit_at = '2020-01-02T00:00:00.000000Z' WHERE id = ?",
            f"essai-{address.replace('.', '-')}",
        )
    site.forget_requests()
    began = time.time()
    process = station.start("--once")
    try:
        taken = _wait_for_articles(site, began)
    finally:
        process.send_signal(signal.SIGTERM)
        ended = end_of(process)
        shutil.rmtree(folder)
    print(f"{len(addresses)} sources: {dict(Counter(ended.counts).most_common(12))}")
    return taken


def _feed_of(station: Station, address: str, number: int) -> str:
    if address in GOOD:
        return station.feed_of(address, *(f"/article/{article}" for article in range(ARTICLES)))
    return f"http://{address}:{station.site.port}{KINDS[number % len(KINDS)][1]}"


def _wait_for_articles(site: Site, began: float) -> float:
    while time.time() - began < MOST_SECONDS:
        answered = [one.second for one in site.requests() if one.host in GOOD and one.path.startswith("/article/")]
        if len(answered) >= ARTICLES * len(GOOD):
            return max(answered) - began
        time.sleep(0.5)
    raise SystemExit(f"the good sources were not done within {MOST_SECONDS:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
