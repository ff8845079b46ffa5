"""How cost grows with the archive: each kind of work at ten thousand, a hundred thousand, a million documents.

    python -m benchmarks.growth FOLDER --documents 10000,100000

At each size an archive is generated in FOLDER, with WARC files of real pages, and taken away afterwards. Every step
runs as a process of its own, so that its time, processor time and memory (with all that it starts, PSS) are its own.
At the end each figure is held against a straight line from the smallest size to the largest.
"""

import argparse
import shutil
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.catalogue import open_catalogue, sources
from archive.catalogue.schema import entry_point
from benchmarks.figures import Figure, report_figures
from benchmarks.growth_archive import Press, count_publishers, write_configuration
from benchmarks.news_site import FEED_ITEMS
from benchmarks.processes import serve_news
from benchmarks.watched import Watched, run_watched

ADDED_SHARE = 0.1  # of the archive, at most `MOST_ADDED` documents, when an index catches up
MOST_ADDED = 1_000
ROUNDS = 3
SLACK = 1.25  # times a straight line: what a machine with other work on it adds
FAR = timedelta(days=1)


@dataclass(frozen=True)
class Growth:
    """One figure at one size; `grows` where it may grow with the archive, in proportion."""

    name: str
    value: float
    unit: str
    grows: bool = False


class Measurement:
    """The steps at one size."""

    def __init__(self, folder: Path, port: int, documents: int, rounds: int) -> None:
        self._port, self._documents, self._rounds = port, documents, rounds
        self._publishers = count_publishers(documents)
        self._config = write_configuration(folder, port, self._publishers)
        self._data = folder / "data"
        self._log = folder / "log"

    def run(self) -> Iterator[Growth]:
        """Everything, in the order in which an archive meets it."""
        self._vigie("init")
        press = Press(self._config, self._port, self._documents)
        press.register()
        began = time.monotonic()
        press.add(0, self._documents)
        print(f"{self._documents:,} documents written in {time.monotonic() - began:,.0f} s", file=sys.stderr)
        yield from self._describe("rebuild", self._vigie("rebuild"), grows=True)
        yield from self._measure_sizes()
        yield from self._measure_checks()
        due = self._step("due").said
        yield Growth("look for hosts with work", due["hosts"], "ms")
        yield Growth("look for pages to extract", due["pages"], "ms")
        yield from self._measure_searches()
        added = max(1, min(MOST_ADDED, int(self._documents * ADDED_SHARE)))
        press.add(self._documents, self._documents + added)
        indexed = self._vigie("index")
        yield Growth("index, a new document", indexed.cpu_seconds * 1000 / added, "ms of processor")
        yield Growth("index: memory", indexed.peak_mebibytes, "MiB")
        yield from self._measure_alerts()
        yield from self._describe("status", self._vigie("status"))
        yield from self._describe("verify, everything read", self._vigie("verify"), grows=True)

    def _measure_sizes(self) -> Iterator[Growth]:
        """What lies on the disk, by part."""
        index = _size_of(self._data / "index")
        warc = _size_of(self._data / "warc")
        catalogue = sum(path.stat().st_size for path in self._data.glob("catalogue.sqlite*"))
        for name, size in (("catalogue", catalogue), ("index", index), ("WARC files", warc)):
            yield Growth(f"disk: {name}", size / (1 << 20), "MiB", grows=True)

    def _measure_checks(self) -> Iterator[Growth]:
        """Feeds read anew whose every entry is known; what a crawl of one feed takes is taken off."""
        self._check_feeds(self._publishers)  # what the feeds say of the articles is noted at the first look
        costs = []
        for _ in range(self._rounds):
            one, every = self._check_feeds(1), self._check_feeds(self._publishers)
            costs.append((every.cpu_seconds - one.cpu_seconds) * 1000 / max(1, self._publishers - 1))
        yield Growth(f"check of a feed, {FEED_ITEMS} entries known", statistics.median(costs), "ms of processor")
        yield Growth("checks: memory of the crawl", every.peak_mebibytes, "MiB")

    def _check_feeds(self, due: int) -> Watched:
        now = datetime.now(UTC)
        forgotten = {"etag": None, "last_modified": None, "body_sha256": None, "entries_sha256": None}
        with closing(open_catalogue(self._data)) as catalogue, catalogue.write() as transaction:
            transaction.execute(entry_point.update().values(**forgotten))
            for number in range(self._publishers):
                moment = now if number < due else now + FAR
                sources.update_source(transaction, f"source-{number:03}", next_visit_at=moment)
        done = run_watched("crawler.run", "--config", str(self._config), "--once", log=self._log)
        counts = done.said["counts"]
        if counts.get("read") != due or counts.get("fetched"):
            raise SystemExit(f"expected {due} feeds read and nothing to fetch, got {counts}")
        return done

    def _measure_searches(self) -> Iterator[Growth]:
        done = self._step("search")
        for key, name in (("p50", "search p50"), ("p99", "search p99")):
            yield Growth(name, done.said[key], "ms", grows=True)
            yield Growth(f"{name}, with snippets", done.said[f"snippets_{key}"], "ms", grows=True)
        yield Growth("searches: memory", done.peak_mebibytes, "MiB", grows=True)

    def _measure_alerts(self) -> Iterator[Growth]:
        done = self._step("match", "--port", str(self._port))
        yield Growth(f"alerts: {done.said['queries']} queries on 200 documents", done.said["milliseconds"], "ms")
        yield Growth("alerts: memory", done.peak_mebibytes, "MiB")

    def _describe(self, name: str, done: Watched, *, grows: bool = False) -> Iterator[Growth]:
        yield Growth(name, done.seconds, "s", grows)
        yield Growth(f"{name}: processor", done.cpu_seconds, "s", grows)
        yield Growth(f"{name}: memory", done.peak_mebibytes, "MiB")

    def _vigie(self, *words: str) -> Watched:
        return run_watched("vigie", "--config", str(self._config), *words, log=self._log)

    def _step(self, name: str, *words: str) -> Watched:
        options = ("--config", str(self._config), "--documents", str(self._documents), *words)
        return run_watched("benchmarks.growth_steps", name, *options, log=self._log)


def measure(folder: Path, documents: int, rounds: int) -> list[Growth]:
    """Every step at one size, in a folder that is gone afterwards."""
    publishers = count_publishers(documents)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with serve_news(publishers * FEED_ITEMS, publishers) as port:
        found = list(Measurement(folder, port, documents, rounds).run())
    shutil.rmtree(folder)
    return found


def compare(sizes: Sequence[int], measured: Sequence[Sequence[Growth]]) -> Iterator[Figure]:
    """The figures of each size; that of the largest is held against the line through the smallest.

    What may not grow is held against the value at the smallest size; a straight line is a target for the rest.
    """
    for row in zip(*measured, strict=True):
        line = max(sizes) / min(sizes) if row[0].grows else 1.0
        for size, one in zip(sizes, row, strict=True):
            is_last = size == max(sizes) and len(sizes) > 1
            most = row[0].value * line * SLACK if is_last else None
            yield Figure(f"{one.name}, {size:,}", one.value, one.unit, at_most=most)


def _size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _read_counts(text: str) -> list[int]:
    return sorted(int(part) for part in text.split(","))


def main() -> int:
    """Measure each size, print the table; 1 where something grows faster than a straight line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=_read_counts, default=[10_000, 100_000], metavar="N,N")
    parser.add_argument("--tiny", action="store_true", help="only show that it still runs; its figures say nothing")
    asked = parser.parse_args()
    sizes, rounds = ([100], 1) if asked.tiny else (asked.documents, ROUNDS)
    measured = [measure((asked.folder / str(size)).absolute(), size, rounds) for size in sizes]
    return report_figures("growth", list(compare(sizes, measured)), tiny=asked.tiny)


if __name__ == "__main__":
    sys.exit(main())
