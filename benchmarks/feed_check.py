"""What one check of an unchanged feed costs, everything included, against Scrapy with feedparser.

    python -m benchmarks.feed_check [--publishers 400] [--rounds 5]

Ours is the crawl child over a catalogue in which every source is due and none has news: request, answer, rows. Theirs
is a spider that asks for the same feeds and reads them with feedparser. Both in turn; what a process costs that checks
nothing is taken off on both sides.
"""

import argparse
import statistics
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.catalogue import open_catalogue, sources
from benchmarks.figures import Figure, report_figures
from benchmarks.news_site import FEED_ITEMS, address_of
from benchmarks.processes import run_measured, serve_news, write_configuration
from benchmarks.sizes import read_sizes

MOST = 0.25
AGED_DAYS = 60  # older than what is fetched: the feeds are looked at, their articles are known and closed
FAR = timedelta(days=1)


def make_due(data: Path, publishers: int, due: int) -> None:
    """The first sources are to be visited now, the others tomorrow."""
    now = datetime.now(UTC)
    with closing(open_catalogue(data)) as catalogue, catalogue.write() as transaction:
        for number in range(publishers):
            moment = now if number < due else now + FAR
            sources.update_source(transaction, f"essai-{number}", next_visit_at=moment)


def measure(folder: Path, port: int, publishers: int, rounds: int) -> list[Figure]:
    """Ours and theirs in turn, medians of the rounds."""
    config = write_configuration(folder, port, publishers)
    log = folder / "log"
    addresses, none = folder / "feeds", folder / "none"
    addresses.write_text("\n".join(f"http://{address_of(number)}:{port}/feed" for number in range(publishers)))
    none.write_text(addresses.read_text().split()[0])
    run_measured("vigie", "--config", str(config), "init", log=log)
    run_measured("vigie", "--config", str(config), "crawl", log=log)
    spent: list[tuple[float, float]] = []
    for _ in range(rounds):
        costs = []
        for due in (1, publishers):
            make_due(folder / "data", publishers, due)
            costs.append(run_measured("crawler.run", "--config", str(config), "--once", log=log))
        assert costs[1].said["counts"] == {"same": publishers}, costs[1].said
        theirs = [
            run_measured("benchmarks.naive_spider", str(part), "--read", "feed", log=log) for part in (none, addresses)
        ]
        assert theirs[1].said["responses"] == publishers, theirs[1].said
        spent.append(
            tuple((one[1].cpu_seconds - one[0].cpu_seconds) * 1000 / (publishers - 1) for one in (costs, theirs))  # type: ignore[arg-type]
        )
    return [
        Figure("feeds", publishers, ""),
        Figure("items a feed", FEED_ITEMS, ""),
        Figure("ours, processor time a check", statistics.median(ours for ours, _ in spent), "ms"),
        Figure("Scrapy with feedparser", statistics.median(theirs for _, theirs in spent), "ms"),
        Figure("ours / theirs", statistics.median(ours / theirs for ours, theirs in spent), "", at_most=MOST),
    ]


def main() -> int:
    """Print the table; 1 where the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--publishers", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    asked = read_sizes(parser, publishers=8, rounds=1)
    publishers, rounds = asked.publishers, asked.rounds
    with tempfile.TemporaryDirectory() as folder, serve_news(publishers * FEED_ITEMS, publishers, AGED_DAYS) as port:
        figures = measure(Path(folder), port, publishers, rounds)
    return report_figures("feed-check", figures, tiny=asked.tiny, sizes=asked.sizes)


if __name__ == "__main__":
    sys.exit(main())
