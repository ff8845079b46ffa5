"""What a Vigie takes that follows a thousand sources which publish nothing new, each checked every five minutes.

    python -m benchmarks.thousand_sources [--sources 1000] [--minutes 15]

The daemon runs as it is installed. Every source has a loopback host of its own, was read once before, and is due at its
own moment of the five minutes. Processor time is that of all processes, those that end meanwhile included.
"""

import argparse
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.catalogue import open_catalogue, sources
from benchmarks.figures import Figure, report_figures
from benchmarks.news_site import FEED_ITEMS
from benchmarks.process_tree import PARENT, MemoryPeaks, read_processor_seconds
from benchmarks.processes import run_measured, serve_news, write_configuration
from benchmarks.running_daemon import RunningDaemon
from benchmarks.sizes import read_sizes

EVERY = timedelta(minutes=5)
AGED_DAYS = 60  # older than what is fetched: the feeds are looked at, their articles are known and closed
SETTLING_SECONDS = 30.0  # the start is over, its processes are there
SAMPLED_SECONDS = 5.0
MOST_SHARE = 0.02  # of one core
MOST_MEMORY = {PARENT: 150, "crawl": 300, "worker": 250}


def spread_visits(data: Path, count: int) -> None:
    """Each source is due at its own moment of the next five minutes."""
    now = datetime.now(UTC)
    with closing(open_catalogue(data)) as catalogue, catalogue.write() as transaction:
        for number in range(count):
            sources.update_source(transaction, f"essai-{number}", next_visit_at=now + EVERY * number / count)


def count_checks(data: Path, since: datetime) -> int:
    """How many sources were visited since then."""
    with closing(open_catalogue(data)) as catalogue, catalogue.read() as transaction:
        states = sources.list_states(transaction)
    return sum(state.last_visit_at is not None and state.last_visit_at >= since for state in states)


def watch(daemon: RunningDaemon, minutes: float) -> tuple[float, MemoryPeaks]:
    """The share of a core that all processes used, and the most that each took of memory."""
    time.sleep(SETTLING_SECONDS)
    peaks = MemoryPeaks(daemon.pid)
    began, before = time.monotonic(), read_processor_seconds(daemon.pid)
    while (left := began + minutes * 60 - time.monotonic()) > 0:
        time.sleep(min(SAMPLED_SECONDS, left))
        peaks.look()
    return (read_processor_seconds(daemon.pid) - before) / (time.monotonic() - began), peaks


def measure(folder: Path, port: int, count: int, minutes: float) -> list[Figure]:
    """Read every source once, then let the daemon check them again and again."""
    config = write_configuration(folder, port, count, clock={"interval_bounds": ["5m", "5m"]})
    for verb in ("init", "crawl", "extract", "index"):
        run_measured("vigie", "--config", str(config), verb, log=folder / "log")
    spread_visits(folder / "data", count)
    with RunningDaemon(config) as daemon:
        since = datetime.now(UTC) + timedelta(seconds=SETTLING_SECONDS)
        share, peaks = watch(daemon, minutes)
        checked = count_checks(folder / "data", since)
    return [
        Figure("sources", count, ""),
        Figure("of these checked meanwhile", checked, "", at_least=count * min(1.0, minutes / 5.5)),
        Figure("processor, all processes", share * 100, "% of a core", at_most=MOST_SHARE * 100),
        *(
            Figure(f"memory, {role}", most, "MiB", at_most=MOST_MEMORY.get(role))
            for role, most in sorted(peaks.by_role.items())
        ),
    ]


def main() -> int:
    """Print the table; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sources", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=15)
    asked = read_sizes(parser, sources=10, minutes=0.2)
    count, minutes = asked.sources, asked.minutes
    with tempfile.TemporaryDirectory() as folder, serve_news(count * FEED_ITEMS, count, AGED_DAYS) as port:
        figures = measure(Path(folder), port, count, minutes)
    return report_figures("thousand-sources", figures, tiny=asked.tiny, sizes=asked.sizes)


if __name__ == "__main__":
    sys.exit(main())
