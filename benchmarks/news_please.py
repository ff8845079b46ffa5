"""The same site with Vigie and with the command line of news-please: articles in a second of one core.

    python -m benchmarks.news_please [--articles 300] [--publishers 10] [--rounds 3]

news-please runs from `build/news-please`, a virtual environment of its own that `make bench-news-please` makes from
`requirements-news-please.lock`. It has the configuration it ships, with its four extractors and its own idea of what an
article is, apart from three things: the folder; `default = RssCrawler`, which finds the feed by the home page, since
the site lists no sitemap for the crawler it would take; and one crawler at a time instead of five, which would only
take the one core from each other. It obeys robots.txt, waits for nothing between two requests, and keeps of each
article the page as it came and a JSON file with text, title, authors, date and language. Files with a text are counted.

It also asks for the images of a page until one is large enough, where their addresses are absolute. Those of the site
are not, so that it asks for none: on pages of the press it costs more than here.

Vigie does its whole chain: WARC records, catalogue, extraction, search index. Live documents are counted.

A bare Scrapy spider that asks for the same pages, and neither extracts nor stores anything, runs beside them: it shows
how far fetching alone lets a crawler come.

They run in turn on one core; what counts is the processor time of all their processes, the server of the site apart.
What each needs on a site of one article a publisher is taken off, so that start-up does not count.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from configparser import RawConfigParser
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path

from archive.catalogue import documents, open_catalogue
from benchmarks.crawl import Site, run_after, run_bare, run_crawl
from benchmarks.figures import Figure, report_figures
from benchmarks.news_site import FEED_ITEMS, address_of
from benchmarks.processes import run_program, serve_news
from benchmarks.sizes import read_sizes

LEAST_TIMES = 20.0
ENVIRONMENT = Path("build") / "news-please"
SHOWN_LINES = 15


@dataclass(frozen=True)
class Crawled:
    """Seconds of processor time, and the articles that were stored; by the bare spider, fetched."""

    cpu_seconds: float
    articles: int


@dataclass(frozen=True)
class Rate:
    """Articles in a second of processor time, start-up taken off; and how many of the large site's there were."""

    per_second: float
    articles: int


@dataclass(frozen=True)
class Round:
    """All three on the same two sites."""

    theirs: Rate
    ours: Rate
    bare: Rate


class NewsPlease:
    """The installed program; each crawl has a configuration and a folder of its own."""

    def __init__(self, environment: Path) -> None:
        packages = [str(path) for path in (environment / "lib").glob("python*/site-packages")]
        found = next(iter(Distribution.discover(name="news-please", path=packages)), None)
        if found is None:
            raise SystemExit(f"{environment}: no news-please is installed there; run: make bench-news-please")
        self.version = found.version
        self._program = environment.absolute() / "bin" / "news-please"
        self._shipped = Path(str(found.locate_file("newsplease/config/config.cfg")))

    def crawl(self, site: Site) -> Crawled:
        """Crawl the site from nothing."""
        folder, log = site.folder / "news-please", site.folder / "news-please.log"
        shutil.rmtree(folder, ignore_errors=True)
        config = self._write_configuration(folder, site)
        done = run_program(str(self._program), "-c", str(config), "-no-confirm", log=log)
        stored = sum(1 for path in (folder / "data").rglob("*.json") if json.loads(path.read_bytes())["maintext"])
        if not stored:
            said = "\n".join(log.read_text(encoding="utf-8").splitlines()[-SHOWN_LINES:])
            raise SystemExit(f"news-please stored none of {site.articles} articles; the end of what it said:\n{said}")
        return Crawled(done.cpu_seconds, stored)

    def _write_configuration(self, folder: Path, site: Site) -> Path:
        config = folder / "config"
        config.mkdir(parents=True)
        settings = RawConfigParser()
        settings.read(self._shipped, encoding="utf-8")
        settings["Files"]["working_path"] = f"{folder}/"
        settings["Crawler"]["default"] = "RssCrawler"
        settings["Crawler"]["number_of_parallel_crawlers"] = "1"
        with (config / "config.cfg").open("w", encoding="utf-8") as file:
            settings.write(file)
        hosts = [f"{address_of(number)}:{site.port}" for number in range(site.publishers)]
        sites = {"base_urls": [{"url": f"http://{host}/"} for host in hosts]}
        (config / "sitelist.hjson").write_text(json.dumps(sites), encoding="utf-8")
        return config


def crawl_ours(site: Site) -> Crawled:
    """Crawl, extract and index the site from nothing."""
    spent = run_crawl(site).cpu_seconds + run_after(site).cpu_seconds
    with closing(open_catalogue(site.folder / "data")) as catalogue, catalogue.read() as transaction:
        return Crawled(spent, documents.count_states(transaction).get("live", 0))


def fetch_bare(site: Site) -> Crawled:
    """Ask for every page of the site with Scrapy alone."""
    return Crawled(run_bare(site).cpu_seconds, site.articles)


def measure_rate(crawl: Callable[[Site], Crawled], small: Site, large: Site) -> Rate:
    """One contender on both sites."""
    less, more = crawl(small), crawl(large)
    return Rate((more.articles - less.articles) / (more.cpu_seconds - less.cpu_seconds), more.articles)


def summarise(rounds: list[Round], articles: int) -> list[Figure]:
    """Medians, and the median of the ratios within each round."""
    median = statistics.median
    ours = median(one.ours.per_second / one.theirs.per_second for one in rounds)
    bare = median(one.bare.per_second / one.theirs.per_second for one in rounds)
    return [
        Figure("articles on the site", articles, ""),
        Figure("stored by news-please", median(one.theirs.articles for one in rounds), ""),
        Figure("stored by Vigie", median(one.ours.articles for one in rounds), ""),
        Figure("news-please, of processor time", median(one.theirs.per_second for one in rounds), "articles/s"),
        Figure("Vigie, of processor time", median(one.ours.per_second for one in rounds), "articles/s"),
        Figure("bare Scrapy, of processor time", median(one.bare.per_second for one in rounds), "articles/s"),
        Figure("Vigie / news-please", ours, "times", at_least=LEAST_TIMES),
        Figure("bare Scrapy / news-please", bare, "times"),
    ]


@contextmanager
def on_one_core() -> Iterator[None]:
    """This process, and whatever it starts meanwhile, has one core."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def main() -> int:
    """Print the table; 1 where the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--publishers", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    asked = read_sizes(parser, articles=8, publishers=2, rounds=1)
    articles, publishers, rounds = asked.articles, asked.publishers, asked.rounds
    if not publishers < articles <= publishers * FEED_ITEMS:
        parser.error(f"--articles: expected more than one a publisher and at most the {FEED_ITEMS} that a feed lists")
    theirs = NewsPlease(ENVIRONMENT)
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_news(publishers, publishers) as small_port,
        serve_news(articles, publishers) as large_port,
        on_one_core(),
    ):
        small = Site(Path(folder) / "small", small_port, publishers, publishers)
        large = Site(Path(folder) / "large", large_port, articles, publishers)
        for site in (small, large):
            site.folder.mkdir()
        contenders = (theirs.crawl, crawl_ours, fetch_bare)
        done = [Round(*(measure_rate(crawl, small, large) for crawl in contenders)) for _ in range(rounds)]
    compared = {"news-please": theirs.version}
    return report_figures(
        "news-please", summarise(done, articles), tiny=asked.tiny, sizes=asked.sizes, compared=compared
    )


if __name__ == "__main__":
    sys.exit(main())
