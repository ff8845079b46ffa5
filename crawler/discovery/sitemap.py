"""Sitemaps: bytes in, candidate URLs or further sitemaps out.

Promises: urlset, index, news sitemap, list of lines and feed are told apart by content, gzipped or not; decompression
is bounded; one element is in memory at a time, and never more than twice the limit of entries; a `<loc>` that the cut
end of a file left half is never used; above the limit the newest by `lastmod` are kept and the others counted.
"""

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import NamedTuple

import lxml.etree as etree

from archive.outcomes import Outcome
from archive.records import Entry
from crawler.discovery.feed import read_feed
from crawler.discovery.feed_items import Fault, plain_line, strip_markup
from crawler.discovery.xml_reading import local_name, mend_xml, name_root, read_xml_text
from crawler.extraction.clean_text import clean_line
from crawler.extraction.page_tree import raise_if_out_of_memory
from crawler.urls import canonical_form, clean, without_credentials

MAX_URLS = 50_000  # the sitemap protocol's own limit for one file
MAX_BYTES = 50 * 2**20  # likewise, uncompressed
_GZIP = b"\x1f\x8b"
_GZIP_LAYERS = 2  # some servers compress a file that is already compressed
_CLOSED = "url|sitemap"
_FEED_ROOTS = frozenset(("rss", "rdf", "feed"))
_MARKUP_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*[<{\[]")
_ADDRESS_LINE = re.compile(r"https?://\S+$", re.IGNORECASE)
_W3C_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class ChildSitemap:
    """One sitemap that an index names."""

    url: str
    lastmod: str | None = None


@dataclass(frozen=True)
class SitemapReading:
    """What one sitemap held: entries, or the children of an index."""

    entries: tuple[Entry, ...]
    children: tuple[ChildSitemap, ...]
    outcome: Outcome
    left_out: int = 0
    faults: tuple[Fault, ...] = ()


class _TooLargeError(Exception):
    """Decompression would pass the limit."""


class _Row(NamedTuple):
    """One location as written; it is looked at closely only where it is among the newest."""

    location: str
    lastmod: str | None = None
    title: str | None = None
    published: str | None = None
    language: str | None = None


@dataclass
class _Collection:
    """Rows and children as they come, pruned to the newest whenever twice the limit is reached."""

    url: str
    limit: int
    rows: list[_Row] = field(default_factory=list)
    children: dict[str, ChildSitemap] = field(default_factory=dict)
    left_out: int = 0
    faults: list[Fault] = field(default_factory=list)

    def take_row(self, row: _Row) -> None:
        self.rows.append(row)
        if len(self.rows) >= 2 * self.limit:
            self.prune()

    def take_child(self, location: str, lastmod: str | None) -> None:
        url = self.clean(location)
        if len(self.children) >= self.limit:
            self.left_out += 1
        elif url is not None and canonical_form(url) != canonical_form(self.url):
            self.children.setdefault(url, ChildSitemap(url, lastmod))

    def clean(self, location: str) -> str | None:
        url = clean(location, self.url)
        if url is None:
            self.refuse(location)
        return url

    def refuse(self, location: str) -> None:
        if len(self.faults) < self.limit:
            found = clean_line(without_credentials(location[:2000])[:200])[:80]
            self.faults.append(Fault(Outcome.bad_url, f'location "{found}" is no usable http or https URL'))

    def prune(self) -> None:
        surplus = len(self.rows) - self.limit
        if surplus > 0:
            self.left_out += surplus
            self.rows = sorted(self.rows, key=_day_of, reverse=True)[: self.limit]

    def close(self, outcome: Outcome) -> SitemapReading:
        self.prune()
        entries: dict[str, Entry] = {}
        for row in self.rows:
            if (url := self.clean(row.location)) is not None and url not in entries:
                entries[url] = _make_entry(url, row)
        return SitemapReading(
            tuple(entries.values()), tuple(self.children.values()), outcome, self.left_out, tuple(self.faults)
        )


def read_sitemap(
    body: bytes, url: str, limit: int = MAX_URLS, content_type: str | None = None, max_bytes: int = MAX_BYTES
) -> SitemapReading:
    """What the sitemap at `url` lists; never raises for any bytes."""
    try:
        plain, cut_short = _decompress(body, max_bytes)
    except _TooLargeError:
        return SitemapReading((), (), Outcome.too_large)
    reading = _read_plain(plain, url, limit, content_type)
    if cut_short and reading.outcome is Outcome.read:
        return replace(reading, outcome=Outcome.feed_truncated)
    return reading


def _decompress(body: bytes, max_bytes: int) -> tuple[bytes, bool]:
    """The bytes without gzip, and whether the compressed stream ended too early."""
    cut_short = False
    for _ in range(_GZIP_LAYERS):
        if not body.startswith(_GZIP):
            break
        body, unfinished = _gunzip(body, max_bytes)
        cut_short = cut_short or unfinished
    if len(body) > max_bytes:
        raise _TooLargeError
    return body, cut_short


def _gunzip(body: bytes, max_bytes: int) -> tuple[bytes, bool]:
    plain = bytearray()
    while body.startswith(_GZIP):  # a gzip file may have several members
        stream = zlib.decompressobj(wbits=31)
        try:
            plain += stream.decompress(body, max_bytes + 1 - len(plain))
        except zlib.error:
            return bytes(plain), True
        if len(plain) > max_bytes or stream.unconsumed_tail:
            raise _TooLargeError
        if not stream.eof:
            return bytes(plain), True
        body = stream.unused_data
    return bytes(plain), False


def _read_plain(body: bytes, url: str, limit: int, content_type: str | None) -> SitemapReading:
    if (reading := _read_strictly(body, url, limit)) is not None:
        return reading
    text = read_xml_text(body, content_type)
    root = _local(name_root(text))
    if root in _FEED_ROOTS:
        return _read_as_feed(body, url, limit, content_type)
    if root in ("urlset", "sitemapindex"):
        text, truncated = mend_xml(text, _CLOSED)
        collection = _Collection(url, limit)
        _collect(text.encode("utf-8"), collection, recover=True)
        return collection.close(Outcome.feed_truncated if truncated else Outcome.read)
    return _read_lines(body, url, limit)


def _read_strictly(body: bytes, url: str, limit: int) -> SitemapReading | None:
    """The quick way: well-formed XML without a document type, read as it streams; None where that does not do."""
    start = body[:4096]
    opening = start.decode("latin-1").removeprefix("\xef\xbb\xbf").lstrip()
    if b"<!DOCTYPE" in start.upper() or _local(name_root(opening)) not in ("urlset", "sitemapindex"):
        return None
    collection = _Collection(url, limit)
    try:
        _collect(body.lstrip(), collection, recover=False)
    except etree.XMLSyntaxError as error:
        raise_if_out_of_memory(error)
        return None
    return collection.close(Outcome.read)


def _local(name: str | None) -> str:
    return (name or "").rpartition(":")[2].lower()


def _collect(body: bytes, collection: _Collection, recover: bool) -> None:
    elements = etree.iterparse(
        BytesIO(body), events=("end",), tag=("{*}url", "{*}sitemap"), recover=recover, resolve_entities=False,
        load_dtd=False, no_network=True, remove_comments=True, remove_pis=True, huge_tree=False,
    )  # fmt: skip
    for _, element in elements:
        if element.getparent() is not None:
            _take(element, collection)
            _forget(element)


def _forget(element: etree._Element) -> None:
    """Free the element and those before it; otherwise the whole tree stays in memory."""
    element.clear()
    parent = element.getparent()
    while element.getprevious() is not None:
        del parent[0]


def _take(element: etree._Element, collection: _Collection) -> None:
    location, lastmod, news = element.text, None, None
    for child in element:
        name = local_name(child)
        if name == "loc":
            location = child.text
        elif name == "lastmod":
            lastmod = child.text
        elif name == "news":
            news = child
    if location is None or not location.strip():  # some indexes leave `<loc>` out: then the element's own text counts
        return
    if local_name(element) == "sitemap":
        collection.take_child(location, plain_line(lastmod))
    else:
        said = _news_fields(news)
        row = _Row(location, lastmod, said.get("title"), said.get("publication_date"), said.get("language"))
        collection.take_row(row)


def _make_entry(url: str, row: _Row) -> Entry:
    return Entry(
        url=url,
        through="sitemap",
        title=strip_markup(row.title),
        published=plain_line(row.published),
        updated=plain_line(row.lastmod),
        language=plain_line(row.language),
    )


def _news_fields(news: etree._Element | None) -> dict[str, str]:
    """`title`, `publication_date` and `language` of a news entry; the language stands inside `publication`."""
    if news is None:
        return {}
    return {local_name(part): text for part in news.iter(etree.Element) if (text := part.text) and text.strip()}


def _day_of(row: _Row) -> str:
    """W3C dates sort as text; a difference of zones within a day does not matter here."""
    stated = (row.published or row.lastmod or "").strip()
    return stated if _W3C_DAY.match(stated) else ""


def _read_as_feed(body: bytes, url: str, limit: int, content_type: str | None) -> SitemapReading:
    feed = read_feed(body, url, content_type, limit)
    entries = tuple(replace(entry, through="sitemap") for entry in feed.entries)
    return SitemapReading(entries, (), feed.outcome, feed.left_out, feed.faults)


def _read_lines(body: bytes, url: str, limit: int) -> SitemapReading:
    """A text file with one address a line."""
    lines = list(_lines(body))
    if _MARKUP_START.match(body) or not any(_ADDRESS_LINE.match(line) for line in lines):
        return SitemapReading((), (), Outcome.not_a_feed)
    collection = _Collection(url, limit)
    for line in lines:
        if _ADDRESS_LINE.match(line):
            collection.take_row(_Row(line))
        else:
            collection.refuse(line)
    return collection.close(Outcome.read)


def _lines(body: bytes) -> Iterator[str]:
    wide = body.startswith((b"\xff\xfe", b"\xfe\xff"))
    lines: Iterable[str] = body.decode("utf-16" if wide else "utf-8-sig", "replace").splitlines()
    return (line.strip() for line in lines if line.strip())
