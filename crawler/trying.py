"""Try addresses before they are configured, or to see why they do not work: robots.txt and each address once.

    python -m crawler.trying [--config FOLDER] (--source ID | --url HOMEPAGE)

Prints one JSON object an address. A child process like a crawl, through the same guard, robots rules and pauses, but
on a catalogue and an archive of its own in a temporary folder: trying changes nothing that is kept.
"""

import argparse
import json
import logging
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from scrapy import Spider, signals
from scrapy.crawler import AsyncCrawlerProcess

from archive.catalogue import Catalogue, create_catalogue, hosts, sources, utc_now
from archive.catalogue.sources import EntryPoint, Facts
from archive.outcomes import Outcome
from archive.store import Archive
from config.faults import ConfigurationError
from config.loading import Loaded, load_valid
from config.public_addresses import allowed_pairs
from config.source import Source
from crawler.asking import Answer, Asking
from crawler.desk import Desk, Terms
from crawler.discovery.dates import parse_feed_date
from crawler.extraction.decoding import decode_page
from crawler.extraction.page_tree import parse_page
from crawler.fetching import fetch
from crawler.logs import quieten
from crawler.looks import GOOD, ask_entry_point
from crawler.recording import Recorder
from crawler.robots import RobotsRules
from crawler.run_book import RunBook
from crawler.settings import make_settings
from crawler.urls import clean, host_of

EXIT_NOT_STARTED = 2
NEW_ID = "new-source"
# where feeds and sitemaps usually lie when nothing names them
USUAL_FEEDS = ("/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml")
USUAL_SITEMAPS = ("/sitemap.xml", "/sitemap_index.xml", "/news-sitemap.xml")
MOST_STATED = 12  # addresses that a page or robots.txt names and that are tried; more is an archive by month
_FEED_TYPES = {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"}


@dataclass(frozen=True)
class Tried:
    """What one address answered. `works` is true where it can stand in a source's entry."""

    url: str
    through: str
    outcome: str
    works: bool
    status: int | None = None
    detail: str = ""
    entries: int = 0
    newest: str | None = None
    moved_to: str | None = None


class TryingSpider(Spider):
    """Asks one address after the other and ends."""

    name = "trying"

    def __init__(self, desk: Desk, try_all: Callable[["TryingSpider"], Awaitable[None]], **options: Any) -> None:
        super().__init__(**options)
        self.desk = desk
        self._try_all = try_all

    async def start(self) -> AsyncIterator[Any]:
        """Scrapy's entry; requests go to the downloader themselves."""
        self.crawler.signals.connect(self.desk.receiving.note_bytes, signals.bytes_received)
        await self._try_all(self)
        nothing: tuple[Any, ...] = ()
        for request in nothing:
            yield request

    async def ask(self, point: EntryPoint) -> tuple[Answer, Tried]:
        """One address, once; its end is printed at once."""
        asking, answer = await fetch(self.crawler, self.desk, ask_entry_point(self.desk, point.source, point))
        tried = describe(point, asking, answer)
        print(json.dumps(asdict(tried), ensure_ascii=False), flush=True)
        return answer, tried


def main(arguments: Sequence[str] | None = None) -> int:
    """Try what was asked for; 0 once every address has its end."""
    asked = _parse(arguments)
    logging.disable(logging.WARNING)  # what happened stands in the lines printed
    try:
        loaded = load_valid(asked.config)
        source = _choose(loaded, asked)
    except (ConfigurationError, ValueError) as error:
        print(error, file=sys.stderr)
        return EXIT_NOT_STARTED
    with tempfile.TemporaryDirectory(prefix="vigie-try-") as folder:
        catalogue = create_catalogue(Path(folder))
        try:
            _run(loaded, catalogue, source, finding=asked.url is not None)
        finally:
            catalogue.close()
    return 0


def _choose(loaded: Loaded, asked: argparse.Namespace) -> Source:
    if asked.source is not None:
        if asked.source not in loaded.sources:
            raise ValueError(f"{asked.source}: no such source. See `vigie sources list`.")
        return loaded.sources[asked.source]
    host = host_of(asked.url)
    known = [source.delay for source in loaded.sources.values() if host in source.hosts and source.delay is not None]
    pause = max(known, default=None)  # a host that is known already keeps its pace
    return Source(id=NEW_ID, name=host, kind="local_press", homepage=asked.url, listings=(asked.url,), delay=pause)


def _run(loaded: Loaded, catalogue: Catalogue, source: Source, *, finding: bool) -> None:
    known = {**loaded.sources, source.id: source}
    once = loaded.settings.limits.model_copy(update={"retries": 0})
    settings = loaded.settings.model_copy(update={"limits": once})
    desk = Desk(
        settings=settings,
        sources=known,
        intervals={source.id: source.interval},
        catalogue=catalogue,
        archive=Archive(catalogue, operator=loaded.settings.contact, clock=utc_now),
        recorder=Recorder(),
        clock=utc_now,
        child="trying",
        terms=Terms((source.id,), once=True),
        allowed=allowed_pairs(loaded.settings.private_hosts),
        book=RunBook("trying"),
    )
    process = AsyncCrawlerProcess(make_settings(settings, desk.list_delays(), once=True))
    quieten()
    process.crawl(TryingSpider, desk=desk, try_all=find_addresses if finding else try_source)
    try:
        process.start()
    finally:
        desk.close()
        desk.archive.close()


async def try_source(spider: TryingSpider) -> None:
    """Every address of the source's entry."""
    (name,) = spider.desk.terms.sources or ()
    source = spider.desk.sources[name]
    points = await spider.desk.recorder.write(lambda: register(spider.desk, source, source.entry_points))
    for point in points:
        await spider.ask(point)
    for host in dict.fromkeys(point.host for point in points):
        await tell_robots(spider.desk, host, next(point.url for point in points if point.host == host))


async def tell_robots(desk: Desk, host: str, url: str) -> None:
    """One line on the robots.txt that was asked for before the first address of a host."""
    rules = await desk.recorder.read(lambda: _read_robots(desk, host, url))
    if rules is None:
        return  # never asked for: the host itself was refused
    delay = f", Crawl-delay {rules.crawl_delay:g} s" if rules.crawl_delay else ""
    told = {
        "closed": "nothing may be asked for",
        "open": "no rules, every path is open",
        "read": "speaks to us by name" if rules.named else "rules read",
    }
    tried = Tried(
        url=urljoin(url, "/robots.txt"),
        through="robots",
        outcome=(Outcome.robots_unreachable if rules.state == "closed" else Outcome.fetched).name,
        works=rules.state != "closed",
        detail=f"{told[rules.state]}{delay}" if rules.state == "read" else f"{rules.reason}: {told[rules.state]}",
    )
    print(json.dumps(asdict(tried), ensure_ascii=False), flush=True)


async def find_addresses(spider: TryingSpider) -> None:
    """The home page, what it and robots.txt name, and the usual places where they name nothing."""
    desk = spider.desk
    source = desk.sources[NEW_ID]
    assert source.homepage is not None
    home = source.homepage
    (point,) = await desk.recorder.write(lambda: register(desk, source, [("listing", home)]))
    answer, _ = await spider.ask(point)
    await tell_robots(desk, host_of(home), home)
    if answer.status is None:
        return  # nobody answers there: asking for more would be in vain
    feeds = list(_stated_feeds(answer.body, home)) if answer.body else []
    sitemaps = await desk.recorder.read(lambda: _stated_sitemaps(desk, home))
    found = await _try_until_enough(spider, source, "feed", feeds[:MOST_STATED], every=True)
    if not found:
        await _try_until_enough(spider, source, "feed", [urljoin(home, path) for path in USUAL_FEEDS])
    found = await _try_until_enough(spider, source, "sitemap", list(sitemaps)[:MOST_STATED], every=True)
    if not found:
        await _try_until_enough(spider, source, "sitemap", [urljoin(home, path) for path in USUAL_SITEMAPS])


async def _try_until_enough(
    spider: TryingSpider, source: Source, through: str, urls: Sequence[str], *, every: bool = False
) -> int:
    """How many work; without `every` the first that works is enough."""
    desk, working = spider.desk, 0
    points = await desk.recorder.write(lambda: register(desk, source, [(through, url) for url in dict.fromkeys(urls)]))
    for point in points:
        _, tried = await spider.ask(point)
        working += tried.works
        if working and not every:
            break
    return working


def register(desk: Desk, source: Source, addresses: Sequence[tuple[str, str]]) -> list[EntryPoint]:
    """Rows of these addresses in the temporary catalogue, in their order."""
    facts = Facts(source.id, source.facts_digest, source.name, source.kind, source.regions, source.departements)
    points = [(url, through, host_of(url)) for through, url in addresses]
    with desk.catalogue.write() as transaction:
        sources.register_source(transaction, facts, points, first_visit_at=desk.clock(), interval_seconds=60.0)
        rows = {row.url: row for row in sources.list_entry_points(transaction, source.id)}
    return [rows[url] for url, _, _ in points]


def describe(point: EntryPoint, asking: Asking, answer: Answer) -> Tried:
    """The answer in the words of `sources try`."""
    entries = answer.reading.entries if answer.reading else ()
    children = len(answer.reading.children) if answer.reading else 0
    dates = [date for entry in entries if (date := parse_feed_date(entry.published or entry.updated, UTC)) is not None]
    past = [date for date in dates if date <= datetime.now(UTC)]
    return Tried(
        url=point.url,
        through=point.through,
        outcome=answer.outcome.name,
        works=answer.outcome in GOOD and bool(entries or children),
        status=answer.status,
        detail=answer.detail,
        entries=len(entries) or children,
        newest=max(past).isoformat() if past else None,
        moved_to=asking.url if asking.hops and answer.outcome is not Outcome.redirected else None,
    )


def _stated_feeds(body: bytes, base: str) -> Iterator[str]:
    """What the head of a page names as its feeds."""
    parsed = parse_page(decode_page(body, None).text)
    if parsed is None:
        return
    for link in parsed.root.iter("link"):
        if "alternate" in (link.get("rel") or "").lower() and (link.get("type") or "").lower() in _FEED_TYPES:
            cleaned = clean(link.get("href") or "", base)
            if cleaned is not None and "/comments/" not in urlsplit(cleaned).path:
                yield cleaned


def _stated_sitemaps(desk: Desk, home: str) -> tuple[str, ...]:
    """What robots.txt names as sitemaps; it was asked for before the home page."""
    rules = _read_robots(desk, host_of(home), home)
    return rules.sitemaps if rules is not None else ()


def _read_robots(desk: Desk, host: str, url: str) -> RobotsRules | None:
    """The rules of a host that was asked for its robots.txt; None where it was not."""
    with desk.catalogue.read() as transaction:
        row = hosts.read_host(transaction, host)
    if row.robots_at is None:
        return None
    token = desk.settings.politeness.user_agent
    body = row.robots_body or b""
    return RobotsRules.from_response(row.robots_status, body, urljoin(url, "/robots.txt"), product_token=token)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m crawler.trying", description="Try addresses, once each.")
    parser.add_argument("--config", type=Path, help="configuration folder (VIGIE_CONFIG, or config)")
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--source", metavar="ID", help="try the addresses of this source")
    chosen.add_argument("--url", metavar="HOMEPAGE", help="find feeds and sitemaps from this page")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
