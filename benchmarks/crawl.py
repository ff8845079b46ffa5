"""What a page costs from the request to the search index, against what a user would write first.

    python -m benchmarks.crawl [--articles 1200] [--publishers 40] [--rounds 5]

On the same generated site, in turn, processor time of all processes, medians of the rounds:

* the crawl process (archive, catalogue, politeness) against a bare Scrapy spider that stores nothing;
* the whole chain (crawl, extraction, index) against Scrapy with trafilatura in the callback, nothing stored;
* how late a timer of the event loop fires: our crawl with an extraction beside it, against the extraction inline.

What each needs on a site of one article a publisher is taken off, so that start-up does not count as pages.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from benchmarks.figures import Figure, report_figures
from benchmarks.news_site import address_of
from benchmarks.processes import Spent, register_due, run_measured, serve_news, write_configuration
from benchmarks.sizes import read_sizes

MOST_CRAWL, MOST_CHAIN, MOST_LATE = 1.8, 0.70, 0.3


@dataclass(frozen=True)
class Site:
    """A served site, and what each contender needs to crawl it."""

    folder: Path
    port: int
    articles: int
    publishers: int

    def write_addresses(self) -> Path:
        """Every feed and article, for the spiders that follow nothing."""
        listed = self.folder / "addresses"
        hosts = [f"http://{address_of(number)}:{self.port}" for number in range(self.publishers)]
        pages = [f"{hosts[number % self.publishers]}/articles/{number}" for number in range(self.articles)]
        listed.write_text("\n".join([*(f"{host}/feed" for host in hosts), *pages]))
        return listed

    def make_installation(self) -> tuple[str, ...]:
        """An installation with an empty archive; gives the option that names it."""
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        config = write_configuration(self.folder, self.port, self.publishers)
        run_measured("vigie", "--config", str(config), "init", log=self.folder / "log")
        register_due(config)
        return ("--config", str(config))


@dataclass(frozen=True)
class Round:
    """Milliseconds of processor time a page of each contender, and the 99th percentile of lateness."""

    bare: float
    inline: float
    crawl: float
    chain: float
    inline_late: float
    ours_late: float


def measure_round(small: Site, large: Site) -> Round:
    """Every contender once on both sites."""
    pages = large.articles - small.articles
    spent = {name: [(site, run(site)) for site in (small, large)] for name, run in _CONTENDERS.items()}
    cost = {name: (runs[1][1].cpu_seconds - runs[0][1].cpu_seconds) * 1000 / pages for name, runs in spent.items()}
    inline_late = spent["inline"][1][1].said["lateness_ms"]["p99"]
    return Round(
        cost["bare"], cost["inline"], cost["crawl"], cost["crawl"] + cost["after"], inline_late, run_beside(large)
    )


def run_bare(site: Site) -> Spent:
    """Scrapy alone."""
    return _check(run_measured("benchmarks.naive_spider", str(site.write_addresses()), log=site.folder / "log"), site)


def run_inline(site: Site) -> Spent:
    """Scrapy with the extraction in its event loop."""
    words = (str(site.write_addresses()), "--read", "page", "--lateness")
    return _check(run_measured("benchmarks.naive_spider", *words, log=site.folder / "log"), site)


def run_crawl(site: Site) -> Spent:
    """Our crawl process: everything up to the archive and the catalogue."""
    option = site.make_installation()
    done = run_measured("crawler.run", *option, "--once", log=site.folder / "log")
    assert done.said["counts"].get("fetched") == site.articles, done.said
    return done


def run_after(site: Site) -> Spent:
    """Extraction and index over what the crawl archived."""
    option = ("--config", str(site.folder / "config"))
    extracted = run_measured("vigie", *option, "extract", log=site.folder / "log")
    indexed = run_measured("vigie", *option, "index", log=site.folder / "log")
    return Spent(extracted.cpu_seconds + indexed.cpu_seconds, indexed.said)


def run_beside(site: Site) -> float:
    """Our crawl while one worker extracts; the 99th percentile of the loop's lateness in milliseconds."""
    option = site.make_installation()
    with _extracting(option):
        done = run_measured("benchmarks.lateness", *option, "--once", log=site.folder / "log")
    return float(done.said["lateness_ms"]["p99"])


_CONTENDERS = {"bare": run_bare, "inline": run_inline, "crawl": run_crawl, "after": run_after}


@contextmanager
def _extracting(option: tuple[str, ...]) -> Iterator[None]:
    """Extraction again and again beside the block, as the daemon does it."""
    over = Event()

    def extract() -> None:
        words = [sys.executable, "-m", "vigie", *option, "extract"]
        while not over.is_set():
            subprocess.run(words, capture_output=True, check=False)

    thread = Thread(target=extract)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _check(done: Spent, site: Site) -> Spent:
    assert done.said["responses"] == site.articles + site.publishers, done.said
    return done


def summarise(rounds: list[Round], pages: int) -> list[Figure]:
    """Medians, and medians of the ratios within each round."""

    def median(values: Iterator[float]) -> float:
        return statistics.median(values)

    return [
        Figure("pages", pages, ""),
        Figure("bare Scrapy, processor time a page", median(one.bare for one in rounds), "ms"),
        Figure("our crawl process", median(one.crawl for one in rounds), "ms"),
        Figure("our crawl / bare Scrapy", median(one.crawl / one.bare for one in rounds), "", at_most=MOST_CRAWL),
        Figure("Scrapy with trafilatura inline", median(one.inline for one in rounds), "ms"),
        Figure("our whole chain", median(one.chain for one in rounds), "ms"),
        Figure("our chain / inline", median(one.chain / one.inline for one in rounds), "", at_most=MOST_CHAIN),
        Figure("lateness p99, trafilatura inline", median(one.inline_late for one in rounds), "ms"),
        Figure("lateness p99, ours, one worker beside", median(one.ours_late for one in rounds), "ms"),
        Figure(
            "lateness, ours / inline", median(one.ours_late / one.inline_late for one in rounds), "", at_most=MOST_LATE
        ),
    ]


def main() -> int:
    """Print the table; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=1200)
    parser.add_argument("--publishers", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    asked = read_sizes(parser, articles=24, publishers=4, rounds=1)
    articles, publishers, rounds = asked.articles, asked.publishers, asked.rounds
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_news(publishers, publishers) as small_port,
        serve_news(articles, publishers) as large_port,
    ):
        sites = [
            Site(Path(folder) / name, port, count, publishers)
            for name, port, count in (("small", small_port, publishers), ("large", large_port, articles))
        ]
        for site in sites:
            site.folder.mkdir()
            run_bare(site)  # the server makes its pages when they are first asked for
        done = [measure_round(*sites) for _ in range(rounds)]
    return report_figures("crawl", summarise(done, articles), tiny=asked.tiny, sizes=asked.sizes)


if __name__ == "__main__":
    sys.exit(main())
