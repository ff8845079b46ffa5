"""Read an entry point of any kind: bytes in, entries and child sitemaps out, in one shape for all three."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from archive.outcomes import Outcome
from archive.records import Entry
from config.models import Limits
from crawler.discovery.feed import read_feed
from crawler.discovery.feed_items import Fault
from crawler.discovery.listing import read_listing
from crawler.discovery.sitemap import ChildSitemap, read_sitemap
from crawler.urls import BadUrlError, canonical_form


@dataclass(frozen=True)
class Reading:
    """What an entry point listed; `entries_sha256` changes exactly when the set of addresses does.

    `detail` says why one could not be read.
    """

    outcome: Outcome
    entries: tuple[Entry, ...] = ()
    children: tuple[ChildSitemap, ...] = ()
    left_out: int = 0
    faults: tuple[Fault, ...] = ()
    entries_sha256: str | None = None
    detail: str = ""


def read_entry_point(
    through: str, body: bytes, url: str, content_type: str | None, limits: Limits, in_scope: Callable[[str], bool]
) -> Reading:
    """The entries of a feed, sitemap or listing; never raises for any bytes."""
    if through == "feed":
        feed = read_feed(body, url, content_type, limits.feed_entries)
        return _close(feed.outcome, feed.entries, (), feed.left_out, feed.faults)
    if through == "sitemap":
        sitemap = read_sitemap(body, url, limits.sitemap_urls, content_type, limits.sitemap_bytes)
        return _close(sitemap.outcome, sitemap.entries, sitemap.children, sitemap.left_out, sitemap.faults)
    listing = read_listing(body, url, content_type, in_scope, limits.listing_links)
    return _close(listing.outcome, listing.entries, (), listing.left_out, ())


def _close(
    outcome: Outcome,
    entries: tuple[Entry, ...],
    children: tuple[ChildSitemap, ...],
    left_out: int,
    faults: tuple[Fault, ...],
) -> Reading:
    keys = sorted({_key(entry.url) for entry in entries} | {child.url for child in children})
    digest = hashlib.sha256("\n".join(keys).encode()).hexdigest()
    return Reading(outcome, entries, children, left_out, faults, digest)


def _key(url: str) -> str:
    try:
        return canonical_form(url)
    except BadUrlError:
        return url
