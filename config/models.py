"""The settings of one installation, as typed and frozen models. Sources are in `config.source`, given out here too.

Each setting has a default, its unit in its name or type, and one sentence; `docs/configuration.md` is made from them.
The figures are starting points for two cores and 2 GiB of memory: each says what it protects.
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from config.addresses import Contact, HostAndPort, Url
from config.cluster import Elasticsearch
from config.faults import refused
from config.kibana_server import Kibana
from config.mail import Mail
from config.quantities import Bounds, Bytes, Duration, PositiveDuration, parse_duration
from config.source import Count, EntryKind, EntryPoint, Kind, Model, Source, SourceLimits, Switch
from config.territories import Zone
from config.time_stamps import TimeStamps
from config.web import Web

__all__ = [
    "Clock",
    "Elasticsearch",
    "EntryKind",
    "EntryPoint",
    "Kibana",
    "Kind",
    "Limits",
    "Mail",
    "Politeness",
    "Settings",
    "Source",
    "SourceLimits",
    "TimeStamps",
    "Web",
]

Engine = Literal["embedded", "fts5", "elasticsearch"]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]

_PRODUCT = re.compile(r"[A-Za-z][A-Za-z0-9_-]{1,39}", re.ASCII)
# a crawler that takes the name of a browser or a search engine deceives the publisher
_BORROWED = ("mozilla", "chrome", "safari", "firefox", "googlebot", "bingbot", "applebot", "yandex", "curl", "wget")


def _check_product(name: str) -> str:
    if not _PRODUCT.fullmatch(name):
        raise refused("a name of 2 to 40 letters, digits, hyphens and underscores that begins with a letter")
    if any(borrowed in name.lower() for borrowed in _BORROWED):
        raise refused("a name of your own", "Never borrow the name of a browser, a search engine or another robot")
    return name


ProductName = Annotated[str, Field(strict=True), AfterValidator(_check_product), WithJsonSchema({"form": "name"})]


def _read_folder(value: object) -> Path:
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise refused("the path of a folder")
    return Path(value)


Folder = Annotated[Path, BeforeValidator(_read_folder), WithJsonSchema({"form": "folder"})]


class Limits(Model):
    """Bounds on size, time and number, so that no answer of the network can fill the memory, the disk or the day."""

    body_bytes: Bytes = 16 * 2**20
    """Largest body of a page, after content decoding."""
    sitemap_bytes: Bytes = 50 * 2**20
    """Largest sitemap, after content decoding: as large as the sitemap protocol allows."""
    head_bytes: Bytes = 256 * 2**10
    """Largest head of an answer: status line and header fields."""
    robots_bytes: Bytes = 512 * 2**10
    """Part of a robots.txt that is read; RFC 9309 asks for at least 500 KiB."""
    request_seconds: Count = 60
    """Longest whole request, head and body."""
    dns_seconds: Count = 15
    """Longest look-up of a host name."""
    redirects: Annotated[int, Field(strict=True, ge=0, le=20)] = 5
    """Redirects followed from one request."""
    retries: Annotated[int, Field(strict=True, ge=0, le=10)] = 2
    """Repetitions of a failed request within one visit."""
    retry_attempts: Count = 5
    """Attempts on one URL before it is given up."""
    retry_days: Count = 7
    """Days within which those attempts are spread."""
    url_characters: Annotated[int, Field(strict=True, ge=100, le=2000)] = 2000
    """Longest URL taken from a feed, sitemap or page."""
    feed_entries: Count = 2000
    """Entries read from one feed, newest first."""
    sitemap_urls: Count = 50_000
    """URLs read from one sitemap, newest first."""
    sitemap_depth: Count = 2
    """Levels of sitemap indexes followed."""
    listing_links: Count = 500
    """Links read from one listing page."""
    address_trials: Count = 3
    """Useless answers in a row (404, no feed, nothing) after which an address is set aside."""
    run_seconds: Count = 1800
    """Longest visit to one source."""
    look_again_share: Share = 0.2
    """Part of a host's requests spent on articles already captured."""
    parse_seconds: Count = 20
    """Longest extraction of one page, or reading of one large entry point; the worker is killed and replaced."""
    parse_bytes: Bytes = 2**30
    """Most memory of one worker that extracts pages or reads entry points."""
    child_responses: Count = 5000
    """Responses after which a crawl process is replaced by a fresh one."""
    child_seconds: Count = 1800
    """Age at which a crawl process is replaced by a fresh one."""
    child_bytes: Bytes = 2**30
    """Most memory of one crawl process."""
    stop_seconds: Annotated[int, Field(strict=True, ge=1, le=600)] = 90
    """Longest stop after a SIGTERM; what is unfinished then is tried again at the next start."""
    hosts_at_once: Count = 64
    """Hosts visited at the same time, each with one request at a time; those that keep us waiting do not count."""
    warc_bytes: Bytes = 2**30
    """Size at which a WARC file is closed and the next one begun."""
    free_space_bytes: Bytes = 2**30
    """Free space of the data folder's disk below which nothing is fetched."""
    query_characters: Count = 10_000
    """Longest query."""
    query_levels: Annotated[int, Field(strict=True, ge=1, le=50)] = 50
    """Deepest nesting of a query."""
    query_clauses: Annotated[int, Field(strict=True, ge=1, le=1024)] = 256
    """Clauses of a query, counted before an engine is asked."""

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.request_seconds > self.run_seconds:
            raise refused("request_seconds of at most run_seconds")
        if self.body_bytes > self.parse_bytes or self.body_bytes > self.child_bytes:
            raise refused("body_bytes of at most parse_bytes and child_bytes", "A page must fit into memory")
        return self


class Politeness(Model):
    """How the crawler behaves towards publishers."""

    user_agent: ProductName = "Vigie"
    """Name sent to servers and looked for in robots.txt; the contact follows it."""
    delay: Duration = parse_duration("5s")
    """Pause between two requests to one host."""
    max_crawl_delay: PositiveDuration = parse_duration("120s")
    """Longest Crawl-delay of a robots.txt that is kept to; longer ones are cut to it."""
    max_retry_after: PositiveDuration = parse_duration("1d")
    """Longest pause taken from a Retry-After header."""
    robots_kept: PositiveDuration = parse_duration("1d")
    """Age at which a robots.txt is fetched again; RFC 9309 asks for at most a day."""
    full_fetch_every: PositiveDuration = parse_duration("1d")
    """Time after which an entry point is fetched whole although its server says it is unchanged."""
    host_load_share: Annotated[float, Field(strict=True, gt=0, le=1)] = 0.5
    """Part of an interval that the visits to one host may take; more lengthens the interval of its sources."""
    respect_tdm_opt_out: Switch = False
    """Whether sources that reserve text and data mining are skipped; the reservation is stored either way."""


class Clock(Model):
    """When the daemon does what."""

    zone: Zone = "Europe/Paris"
    """Zone of the archive: its days begin at midnight there."""
    interval_bounds: Bounds = (parse_duration("5m"), parse_duration("6h"))
    """Shortest and longest time between two visits to a source, as the interval adapts to what it publishes."""
    crawl_every: PositiveDuration = parse_duration("30s")
    """How often the daemon looks whether a crawl process must be started."""
    extract_every: PositiveDuration = parse_duration("1s")
    """How often new captures are looked for."""
    project_every: PositiveDuration = parse_duration("15s")
    """How often new changes are brought into the search index."""
    match_every: PositiveDuration = parse_duration("2s")
    """How often saved queries look for new changes and digests that are due."""
    send_every: PositiveDuration = parse_duration("2s")
    """How often messages that wait are looked for."""
    verify_every: PositiveDuration = parse_duration("7d")
    """How often the archive is read back and compared with its digests."""
    seal_every: PositiveDuration = parse_duration("1d")
    """How often the digests of new records are sealed (docs/proof.md)."""
    tidy_every: PositiveDuration = parse_duration("1d")
    """How often old runs are folded into counts and finished files are closed."""
    misfire: PositiveDuration = parse_duration("5m")
    """How late a job may still start; a later one waits for its next turn."""


class Settings(Model):
    """Everything an operator sets for one installation."""

    data_folder: Folder = Path("../data")
    """Where archive, catalogue and index lie; a relative path starts at the settings file."""
    contact: Contact | None = None
    """E-mail or URL sent to servers with each request; no public host is visited before it is set."""
    proxy: Url | None = None
    """HTTP proxy for all requests; never taken from the environment."""
    private_hosts: tuple[HostAndPort, ...] = ()
    """Loopback or private addresses that may be visited all the same, each as host and port; no other port of them."""
    verify_tls: Switch = True
    """Whether a wrong certificate ends a request; a source may switch it off for itself."""
    extraction_workers: Annotated[int, Field(strict=True, ge=1, le=64)] = 1
    """Processes that take text from pages; each needs a core and up to limits.parse_bytes of memory."""
    accelerated_extraction: Switch = True
    """Whether the extraction library's steps that cannot change its result are skipped; the text is the same."""
    templates: Switch = False
    """Whether pages of sources seen often are read by their learned layout, checked against the full extraction."""
    engine: Engine = "embedded"
    """Search engine: embedded needs nothing else, elasticsearch a cluster."""
    politeness: Politeness = Politeness()
    """How the crawler behaves towards publishers."""
    elasticsearch: Elasticsearch = Elasticsearch()
    """The cluster, where the engine is elasticsearch."""
    kibana: Kibana = Kibana()
    """Where people look at the cluster's entries; asked by `vigie kibana` alone."""
    limits: Limits = Limits()
    """Bounds on size, time and number."""
    clock: Clock = Clock()
    """When the daemon does what."""
    mail: Mail = Mail()
    """How digests of saved queries leave the machine."""
    web: Web = Web()
    """The page and the API."""
    time_stamps: TimeStamps = TimeStamps()
    """Who confirms when a seal was made."""

    def user_agent(self, version: str) -> str:
        """Give the User-Agent header: the name, the version, and the contact where there is one."""
        contact = f" (+{self.contact})" if self.contact else ""
        return f"{self.politeness.user_agent}/{version}{contact}"

    def delay_of(self, source: Source) -> timedelta:
        """Give the pause between two requests to a host of this source, before robots.txt is asked."""
        return self.politeness.delay if source.delay is None else source.delay

    def interval_bounds_of(self, source: Source) -> tuple[timedelta, timedelta]:
        """Give the bounds of a source's interval, widened where its own interval lies outside them."""
        if source.interval_bounds:
            return source.interval_bounds
        shortest, longest = self.clock.interval_bounds
        return min(shortest, source.interval), max(longest, source.interval)

    def limits_of(self, source: Source) -> Limits:
        """Give the limits that hold for a source: its own before the settings'."""
        own = source.limits.model_dump(exclude_none=True, round_trip=True)
        numbers = {name: getattr(source.limits, name) for name in own}
        return self.limits.model_copy(update=numbers)

    def verifies_tls(self, source: Source) -> bool:
        """Tell whether certificates of this source are checked."""
        return self.verify_tls and source.verify_tls
