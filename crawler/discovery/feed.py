"""Feeds: bytes in, candidate URLs out, in every format that is in use.

Promises: what is no feed is `not_a_feed`; from a feed cut in the middle the complete entries are used and the outcome
says `feed_truncated`; every item ends as an entry or as a named fault; above the limit the newest are kept and the
others counted. lxml reads nearly every feed (29 times cheaper); feedparser only what lxml cannot mend, and it is only
ever given an open buffer, because from bytes or text it would open files and addresses by itself.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from feedparser.api import parse as parse_loosely

from archive.outcomes import Outcome
from archive.records import Entry
from crawler.discovery.dates import parse_feed_date
from crawler.discovery.feed_items import Fault, Item, choose_base, make_entries, strip_markup
from crawler.discovery.feed_json import parse_json_feed, read_json_head, read_json_items
from crawler.discovery.feed_xml import FeedHead, name_format, read_head, read_items
from crawler.discovery.xml_reading import XmlDocument, mend_xml, parse_xml, read_xml_text
from crawler.extraction.decoding import decode_page

MAX_ENTRIES = 2000
_LOOSE_LIMIT = 1_000_000  # characters; feedparser needs half a second for as much, in the crawl's event loop
_CLOSED = "item|entry"
_ITEM_START = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_FEED_START = re.compile(r"<(?:rss\b[^>]*\bversion|(?:rdf:)?RDF\b[^>]*\bxmlns|feed\b[^>]*\bxmlns)", re.IGNORECASE)
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class FeedReading:
    """What one feed held. `format` is None where it is no feed; `left_out` counts entries above the limit."""

    entries: tuple[Entry, ...]
    outcome: Outcome
    format: str | None = None
    title: str | None = None
    language: str | None = None
    ttl_minutes: int | None = None
    left_out: int = 0
    faults: tuple[Fault, ...] = ()


_NOT_A_FEED = FeedReading((), Outcome.not_a_feed)


def read_feed(body: bytes, url: str, content_type: str | None = None, limit: int = MAX_ENTRIES) -> FeedReading:
    """The entries of the feed that `url` answered with; never raises for any bytes."""
    if _looks_like_json(body):
        document = parse_json_feed(decode_page(body, content_type).text)
        if document is None:
            return _NOT_A_FEED
        head = read_json_head(document)
        return _collect(head, read_json_items(document, head, url), limit, Outcome.read)
    return _read_xml_feed(read_xml_text(body, content_type), url, limit)


def _looks_like_json(body: bytes) -> bool:
    return body[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith((b"{", b"["))


def _read_xml_feed(text: str, url: str, limit: int) -> FeedReading:
    document = _parse_feed(text)
    if document is not None and (feed_format := name_format(document.root)) is not None:
        head = read_head(document.root, feed_format)
        outcome = Outcome.feed_truncated if document.truncated else Outcome.read
        reading = _collect(head, read_items(document.root, head, url, document.repaired), limit, outcome)
        if reading.entries or reading.faults or document.truncated or not document.repaired:
            return reading
        if not _ITEM_START.search(text):
            return reading
    start = _FEED_START.search(text)
    if start is not None and len(text) <= _LOOSE_LIMIT:
        return _read_loosely(text[start.start() :], url, limit)
    return _NOT_A_FEED


def _parse_feed(text: str) -> XmlDocument | None:
    """The tree; a server's warnings in front of the feed are passed over."""
    document = parse_xml(text, _CLOSED)
    if document is not None and name_format(document.root) is not None:
        return document
    start = _FEED_START.search(text)
    return parse_xml(text[start.start() :], _CLOSED) if start is not None and start.start() > 0 else document


def _collect(head: FeedHead, items: Iterable[Item], limit: int, outcome: Outcome) -> FeedReading:
    """Entries of the newest `limit` items; the others are counted before any work is spent on them."""
    kept, left_out = _keep_newest(list(items), limit)
    entries: dict[str, Entry] = {}
    faults: list[Fault] = []
    for item in kept:
        made, fault = make_entries(item)
        for entry in made:
            entries.setdefault(entry.url, entry)
        if fault is not None:
            faults.append(fault)
    surplus = max(0, len(entries) - limit)  # attachments are entries as well
    return FeedReading(
        entries=tuple(entries.values())[:limit],
        outcome=outcome,
        format=head.format,
        title=strip_markup(head.title),
        language=head.language,
        ttl_minutes=head.ttl_minutes,
        left_out=left_out + surplus,
        faults=tuple(faults),
    )


def _keep_newest(items: list[Item], limit: int) -> tuple[list[Item], int]:
    """Undated items count as oldest; equal dates keep the order of the document."""
    if len(items) <= limit:
        return items, 0
    return sorted(items, key=_date_of, reverse=True)[:limit], len(items) - limit


def _date_of(item: Item) -> datetime:
    return parse_feed_date(item.published) or parse_feed_date(item.updated) or _LONG_AGO


def _read_loosely(text: str, url: str, limit: int) -> FeedReading:
    """The fallback: what feedparser makes of a feed that is not XML any more."""
    text, truncated = mend_xml(text, _CLOSED)
    try:
        found = parse_loosely(BytesIO(text.encode("utf-8")), sanitize_html=False, resolve_relative_uris=False)
    except Exception:  # noqa: BLE001  its tolerant parser has no list of what it may raise
        return _NOT_A_FEED
    if not found.get("version") and not found.get("entries"):
        return _NOT_A_FEED
    outcome = Outcome.feed_truncated if truncated else Outcome.read
    head = FeedHead(
        format=found.get("version") or "rss",
        title=found.feed.get("title"),
        site_url=found.feed.get("link"),
        language=found.feed.get("language"),
    )
    return _collect(head, _loose_items(found.entries, head, url), limit, outcome)


def _loose_items(entries: Iterable[Any], head: FeedHead, url: str) -> Iterator[Item]:
    base = choose_base(None, url, head.site_url)
    for entry in entries:
        yield Item(
            links=tuple(link for link in (entry.get("feedburner_origlink"), entry.get("link")) if link),
            base=base,
            title=entry.get("title"),
            published=entry.get("published"),
            updated=dict.get(entry, "updated"),  # its own `get` would answer with the date of publication
            authors=tuple(author.get("name") or "" for author in entry.get("authors", ())),
            summary=entry.get("summary"),
            guid=entry.get("id"),
            guid_may_be_link=bool(entry.get("guidislink", True)),
            language=head.language,
            attachments=tuple((item.get("href") or "", item.get("type") or "") for item in entry.get("enclosures", ())),
        )
