"""A source: a publisher's declared entry points, what belongs to it, and what is known of it.

A source is data and never changes while the program runs; its state (failing since, next visit) is the catalogue's.
What an operator leaves out is derived here: the hosts from the addresses, the zone from the départements.
"""

import functools
import hashlib
import json
import re
import unicodedata
from typing import Annotated, Literal, NamedTuple, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from config.addresses import Url, host_of, is_address
from config.faults import refused
from config.patterns import PathPattern, fits_any, measure_fit
from config.quantities import Bounds, Bytes, Duration, PositiveDuration, format_duration, parse_duration
from config.territories import Departement, Region, Zone, derive_zone

Kind = Literal["union", "association", "federation", "regional_press", "local_press", "broadcaster"]
Redistribution = Literal["title", "extract", "full"]
EntryKind = Literal["feed", "sitemap", "listing"]

DEFAULT_INTERVAL = "15m"
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
# names that open a device instead of a file on some systems
_DEVICES = frozenset({"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)})


class Model(BaseModel):
    """What all our models share: nothing changes after reading, unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", regex_engine="python-re", use_attribute_docstrings=True)


def check_id(value: str) -> str:
    """Accept an id, the name of a source, a query or a digest."""
    if not _ID.fullmatch(value) or value in _DEVICES:
        raise refused("an id of at most 64 letters a to z, digits and hyphens", _suggest_id(value))
    return value


def _suggest_id(value: str) -> str:
    plain = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:64]
    return f'Did you mean "{slug}"?' if _ID.fullmatch(slug) and slug not in _DEVICES else ""


def _check_language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise refused('a language code such as "fr"')
    return value


def _check_name(value: str) -> str:
    if not value.strip() or value != value.strip():
        raise refused("a text that neither is empty nor begins or ends with a blank")
    if not value.isprintable():
        raise refused("a text on one line without control characters")
    return value


Text = Annotated[str, Field(strict=True, max_length=500), AfterValidator(_check_name), WithJsonSchema({"form": "text"})]
SourceId = Annotated[str, Field(strict=True), AfterValidator(check_id), WithJsonSchema({"form": "id"})]
Language = Annotated[str, Field(strict=True), AfterValidator(_check_language), WithJsonSchema({"form": "language"})]
Switch = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=1)]


class EntryPoint(NamedTuple):
    """One address at which a source names its new articles."""

    kind: EntryKind
    url: str


class SourceLimits(Model):
    """Limits that one source may set for itself; what is left out is the settings'."""

    body_bytes: Bytes | None = None
    """Largest body of a page, after content decoding."""
    sitemap_bytes: Bytes | None = None
    """Largest sitemap, after content decoding."""
    request_seconds: Count | None = None
    """Longest whole request."""
    feed_entries: Count | None = None
    """Entries read from one feed."""
    sitemap_urls: Count | None = None
    """URLs read from one sitemap."""
    sitemap_depth: Count | None = None
    """Levels of sitemap indexes followed."""
    listing_links: Count | None = None
    """Links read from one listing page."""
    run_seconds: Count | None = None
    """Longest visit to the source."""
    parse_seconds: Count | None = None
    """Longest extraction of one page, or reading of one large entry point."""


class Source(Model):
    """One publisher, as written in a file under `sources/`."""

    id: SourceId
    """Name of the source in commands, queries and files; never changed later."""
    name: Text
    """Name shown to people."""
    kind: Kind
    """What sort of publisher it is."""
    homepage: Url | None = None
    """Address of the home page; its host is the scope."""
    aliases: tuple[Text, ...] = ()
    """Other names by which people call it."""
    feeds: tuple[Url, ...] = ()
    """RSS, Atom, RDF and JSON feeds."""
    sitemaps: tuple[Url, ...] = ()
    """Sitemaps, news sitemaps and sitemap indexes."""
    listings: tuple[Url, ...] = ()
    """Pages whose links lead to articles."""
    include: tuple[PathPattern, ...] = ()
    """Patterns of which the path of an article must fit one; empty means every path."""
    exclude: tuple[PathPattern, ...] = ()
    """Patterns that the path of an article must not fit."""
    regions: tuple[Region, ...] = ()
    """Regions covered, as ISO 3166-2 codes; empty means the whole country."""
    departements: tuple[Departement, ...] = ()
    """Départements covered, in quotes."""
    language: Language = "fr"
    """Language of the articles."""
    zone: Zone = "Europe/Paris"
    """Time zone of times written without one; left out, it is that of the départements."""
    interval: PositiveDuration = parse_duration(DEFAULT_INTERVAL)
    """Time between two visits, to begin with; it adapts between the bounds."""
    interval_bounds: Bounds | None = None
    """Shortest and longest interval; left out, those of the settings."""
    delay: Duration | None = None
    """Pause between two requests to one host; left out, that of the settings."""
    backfill_days: Annotated[int, Field(strict=True, ge=0, le=36500)] = 7
    """Entries older than this before the last good visit are left alone unless asked for."""
    redistribution: Redistribution = "extract"
    """What exports may carry of an article."""
    verify_tls: Switch = True
    """Whether a wrong certificate ends a request."""
    enabled: Switch = True
    """Whether the source is visited."""
    unverified: Switch = False
    """Whether its addresses are guesses: the first visit is their trial."""
    reason: Text | None = None
    """Why it is off, or what an operator must know."""
    limits: SourceLimits = SourceLimits()
    """Limits of this source alone."""

    @model_validator(mode="before")
    @classmethod
    def _derive_zone(cls, data: object) -> object:
        """Fill in the zone where none is written; an empty one is not the same as none and stays to be refused."""
        if not isinstance(data, dict) or "zone" in data:
            return data
        codes = data.get("departements")
        known = [code for code in codes if isinstance(code, str)] if isinstance(codes, list | tuple) else []
        return {**data, "zone": derive_zone(known)}

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.enabled and not (self.homepage and self.entry_points):
            raise refused(
                "a homepage and at least one feed, sitemap or listing of a source that is enabled",
                'Add the addresses or write "enabled: false" with a reason',
            )
        if not self.enabled and not self.reason:
            raise refused('a reason beside "enabled: false"', "Say why in a sentence under the key reason")
        if self.interval_bounds and not self.interval_bounds[0] <= self.interval <= self.interval_bounds[1]:
            shortest, longest = map(format_duration, self.interval_bounds)
            raise refused(
                "an interval between the two interval_bounds",
                f"{format_duration(self.interval)} is not between {shortest} and {longest}: change one of the three",
            )
        return self

    @property
    def entry_points(self) -> tuple[EntryPoint, ...]:
        """All addresses to visit: feeds, then sitemaps, then listings."""
        return (
            *(EntryPoint("feed", url) for url in self.feeds),
            *(EntryPoint("sitemap", url) for url in self.sitemaps),
            *(EntryPoint("listing", url) for url in self.listings),
        )

    @functools.cached_property
    def hosts(self) -> frozenset[str]:
        """The hosts of home page and entry points, each with and without `www.`, in lower case without port."""
        urls = [point.url for point in self.entry_points]
        bare = {host_of(url).removeprefix("www.") for url in ([self.homepage] if self.homepage else []) + urls}
        return frozenset(bare | {f"www.{host}" for host in bare if not is_address(host)})

    def excludes(self, url_path: str) -> bool:
        """Tell whether an exclude pattern names this path (with its query, if any)."""
        return fits_any(self.exclude, url_path)

    def in_scope(self, url_host: str, url_path: str) -> bool:
        """Tell whether a URL with this host and path (with its query, if any) belongs to the source."""
        if url_host.lower().rstrip(".") not in self.hosts or self.excludes(url_path):
            return False
        return not self.include or fits_any(self.include, url_path)

    def specificity(self, url_host: str, url_path: str) -> int:
        """Rank how closely the scope fits a URL: 0 outside, more for the home page's host and for a longer path.

        The path of the home page (a town's section of a large site) is a preference, never a condition: articles
        often lie elsewhere on the host.
        """
        if not self.in_scope(url_host, url_path):
            return 0
        home_host, home_path = self._home
        at_home = url_host.lower().removeprefix("www.") == home_host
        section = home_path if at_home and f"{url_path}/".startswith(f"{home_path}/") else ""
        closest = max([len(section), *(measure_fit(pattern, url_path) for pattern in self.include)])
        return 1 + at_home + 2 * closest

    @functools.cached_property
    def _home(self) -> tuple[str, str]:
        """Host without `www.` and path without closing slash of the home page."""
        home = self.homepage or ""
        return host_of(home).removeprefix("www."), urlsplit(home).path.rstrip("/")

    @functools.cached_property
    def facts_digest(self) -> str:
        """A digest of what the source is known by; it changes exactly when name, kind or territory do."""
        facts = [self.name, self.kind, sorted(self.regions), sorted(self.departements)]
        return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()
