"""How well feeds, sitemaps, listing pages and robots.txt are read, against a corpus with its truth, and at what cost.

    python -m benchmarks.discovery CORPUS_DIR

The folder holds `feeds.jsonl`, `sitemaps.jsonl`, `robots.jsonl` and `pages.jsonl` with the files they name. Every
difference from the truth is put into a category by a rule of this file, never by name of the document; what no rule
explains is printed and makes the command fail. The truth of feeds is feedparser's reading, which has its own habits.
"""

import argparse
import gzip
import json
import re
import sys
import time
import warnings
from ast import literal_eval
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

from feedparser.api import parse as parse_with_feedparser

from archive.records import Entry
from crawler.discovery.dates import parse_feed_date
from crawler.discovery.feed import FeedReading, read_feed
from crawler.discovery.feed_items import strip_markup
from crawler.discovery.listing import read_listing
from crawler.discovery.sitemap import read_sitemap
from crawler.robots import RobotsRules
from crawler.urls import canonical_form, clean, host_of, same_site

SOMEWHERE = "https://feed.example.org/feed"
Document = dict[str, Any]

# An assertion of the test documents that is about a text we keep.
_EXPECTED = re.compile(
    r"(?<!\])(entries\[0\]|feed)\['(title|description|updated|published|id|guid)'\] == ('.*?'|\".*?\")(?= and |$)"
)

EXPLANATIONS = {
    "relative link resolved": "the truth keeps a relative link as it stands",
    "own address of the article": "a distribution service's redirect gave way to the address it names",
    "fragment dropped": "the page is fetched once, whatever part of it an item points at",
    "same address cleaned": "a slash after the host, escapes or an empty query: the address that goes on the wire",
    "id is no link": "the truth takes an id that is not http for the link, or there is no link to a page at all",
    "empty link": "an empty link is no link to the feed's own address",
    "link left out by the truth": "the page is linked, the truth has none",
    "several items, one page": "entries are pages: items with one address are one",
    "attachment": "a PDF attached to an item is an entry of its own",
    "markup in title": "titles are plain text, with entities resolved and invisible characters removed",
    "first of several": "of items with one address the first speaks",
    "afternoon": "a clock with am or pm and a zone, which the truth reads as morning or in another zone",
    "year first with slashes": "2026/1/24 is 24 January, the truth reads another day",
    "address without <loc>": "the truth counts only <loc>; the address stands in the element itself",
    "sitemap inside urlset": "a sitemap named in a list of pages is a child, not a page",
    "feed as sitemap": "a feed gives title and date too",
}


@dataclass
class Tally:
    """Counts of one part of the report."""

    documents: int = 0
    exact: int = 0
    checked: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    explained: Counter[str] = field(default_factory=Counter)
    unexplained: list[str] = field(default_factory=list)

    def compare(self, what: str, equal: bool, reason: str | None, where: str) -> None:
        """Count one comparison; `reason` is a key of `EXPLANATIONS` or None."""
        self.checked[what] += 1
        if equal:
            self.right[what] += 1
        elif reason is not None:
            assert reason in EXPLANATIONS, reason
            self.explained[reason] += 1
        else:
            self.unexplained.append(f"{where}: {what}")


def main() -> int:
    """Print the report; 0 where every difference has its reason."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    corpus = parser.parse_args().corpus
    warnings.simplefilter("ignore")  # feedparser's, about itself
    feeds = measure_feeds(corpus)
    suite = measure_test_documents(corpus)
    sitemaps = measure_sitemaps(corpus)
    listings_right = measure_listings(corpus)
    robots_right = measure_robots(corpus)
    measure_cost(corpus)
    unexplained = [*feeds.unexplained, *suite.unexplained, *sitemaps.unexplained]
    for line in unexplained:
        print(f"unexplained: {line}")
    return 0 if not unexplained and listings_right and robots_right else 1


def measure_feeds(corpus: Path) -> Tally:
    """Real feeds: count, link, title and date of each entry."""
    tally = Tally()
    for document in read_manifest(corpus / "feeds.jsonl", "real"):
        url = document.get("url") or SOMEWHERE
        reading = read_feed(read_body(corpus, document), url if clean(url) else SOMEWHERE)
        before = sum(tally.explained.values()) + len(tally.unexplained)
        compare_feed(document, reading, tally)
        tally.documents += 1
        tally.exact += before == sum(tally.explained.values()) + len(tally.unexplained)
    report("real feeds", tally)
    return tally


def compare_feed(document: Document, reading: FeedReading, tally: Tally) -> None:
    """One feed against its truth."""
    where = document["id"]
    entries = {entry.url: entry for entry in reading.entries}
    wanted: list[Document] = document["entries"]
    missing = document["n_entries"] - len(entries) - len(reading.faults)
    reason = "several items, one page" if missing > 0 and len(set(map(link_key, wanted))) < len(wanted) else None
    reason = reason or ("id is no link" if missing == 0 else None)
    tally.compare("number of entries", document["n_entries"] == len(entries), reason, where)
    for number, truth in enumerate(wanted):
        entry, why = find_entry(truth, number, reading)
        link_equal = entry is not None and entry.url == truth.get("link")
        tally.compare("link", link_equal, why, f"{where} {number}")
        if entry is not None:
            several = sum(link_key(other) == link_key(truth) for other in wanted) > 1
            tally.compare("title", *compare_title(truth, entry, several), f"{where} {number}")
            if truth.get("published_utc"):
                tally.compare("date", *compare_date(truth, entry, several), f"{where} {number}")


def link_key(truth: Document) -> str:
    """Two items with this in common are one page."""
    cleaned = clean(truth.get("link") or "")
    return canonical_form(cleaned) if cleaned else str(truth.get("link"))


def find_entry(truth: Document, number: int, reading: FeedReading) -> tuple[Entry | None, str | None]:
    """Our entry for an item of the truth, and the reason where its link is written otherwise."""
    link = truth.get("link")
    entries = {entry.url: entry for entry in reading.entries}
    if link in entries:
        return entries[link], None
    cleaned = clean(link) if link else None
    if cleaned in entries:
        return entries[cleaned], "fragment dropped" if "#" in (link or "") else "same address cleaned"
    named = next((entry for entry in reading.entries if entry.guid and entry.guid == truth.get("id")), None)
    titled = next((entry for entry in reading.entries if entry.title == strip_markup(truth.get("title"))), None)
    entry = named or titled
    if not link:
        return entry, "link left out by the truth" if entry else "id is no link"
    if cleaned is None and entry is None:
        return None, "id is no link" if ":" in link.partition("/")[0] else None
    if cleaned is None and entry is not None:
        return entry, "relative link resolved" if entry.url.endswith(link.lstrip("/")) else "id is no link"
    if entry is not None and entry.url != cleaned:
        elsewhere = host_of(entry.url) != host_of(link)
        return entry, "own address of the article" if elsewhere else "empty link"
    return None, None


def compare_title(truth: Document, entry: Entry, several: bool) -> tuple[bool, str | None]:
    """Titles after collapsing blanks."""
    wanted = " ".join((truth.get("title") or "").split())
    if wanted == (entry.title or ""):
        return True, None
    if strip_markup(unescape(wanted)) == entry.title or strip_markup(wanted) == entry.title:
        return False, "markup in title"
    return False, "first of several" if several else None


def compare_date(truth: Document, entry: Entry, several: bool) -> tuple[bool, str | None]:
    """The instants: ours of publication or update."""
    written = [text for text in (entry.published, entry.updated) if text]
    instants = [moment.strftime("%Y-%m-%dT%H:%M:%SZ") for text in written if (moment := parse_feed_date(text))]
    if truth["published_utc"] in instants:
        return True, None
    if truth.get("published") not in written and several:
        return False, "first of several"
    if instants and re.search(r"\d\s*[ap]m\b", truth.get("published") or "", re.IGNORECASE):
        return False, "afternoon"
    if instants and re.match(r"\d{4}/\d", truth.get("published") or ""):
        return False, "year first with slashes"
    return False, None


def measure_test_documents(corpus: Path) -> Tally:
    """A feed parser's own test documents: format, number of entries, and the text of title and summary."""
    tally = Tally()
    for document in read_manifest(corpus / "feeds.jsonl", "test document"):
        headers = document.get("http_headers") or {}
        reading = read_feed(read_body(corpus, document), SOMEWHERE, headers.get("content-type"))
        where, before = document["id"], len(tally.unexplained)
        is_feed = reading.format is not None
        tally.documents += 1
        wanted = document["format"] != "unknown" or "cdf" in document["id"]
        tally.compare("told from no feed", is_feed == wanted, None, where)
        linked = [truth for truth in document.get("entries", ()) if clean(truth.get("link") or "")]
        found = {entry.url for entry in reading.entries}
        for truth in linked:
            tally.compare("link", clean(truth["link"]) in found, None, where)
        for part, name, text in _EXPECTED.findall(document["origin_expectation"]):
            if name == "title" if part == "feed" else reading.entries:
                wanted_text = strip_markup(literal_eval(text))
                tally.compare("expected text", text_of(reading, part, name) == wanted_text, None, where)
        tally.exact += before == len(tally.unexplained)
    report("test documents of a feed parser", tally)
    return tally


def text_of(reading: FeedReading, part: str, name: str) -> str | None:
    """What we have for a field as the parser's own assertions name it."""
    if part == "feed":
        return reading.title
    entry = reading.entries[0]
    return {"title": entry.title, "description": entry.summary, "updated": entry.updated, "published": entry.published,
            "id": entry.guid, "guid": entry.guid}[name]  # fmt: skip


def measure_sitemaps(corpus: Path) -> Tally:
    """Sitemaps: locations, dates, and what news sitemaps say."""
    tally = Tally()
    for document in read_manifest(corpus / "sitemaps.jsonl"):
        body = read_body(corpus, document)
        reading = read_sitemap(gzip.compress(body) if document.get("served_gzipped") else body, SOMEWHERE)
        before = sum(tally.explained.values()) + len(tally.unexplained)
        compare_sitemap(document, reading.entries, {child.url for child in reading.children}, tally)
        tally.documents += 1
        tally.exact += before == sum(tally.explained.values()) + len(tally.unexplained)
    report("sitemaps", tally)
    return tally


def compare_sitemap(document: Document, entries: tuple[Entry, ...], children: set[str], tally: Tally) -> None:
    """One sitemap against its truth."""
    found = {entry.url: entry for entry in entries}
    surplus = len(found) + len(children) - document["n_urls"]
    tally.compare("number", surplus == 0, "address without <loc>" if surplus > 0 else None, document["id"])
    for truth in document["urls"]:
        url = clean(truth["loc"])
        entry = found.get(url or "")
        as_child = "sitemap inside urlset" if url in children and document["type"] == "urlset" else None
        tally.compare("location", entry is not None or (url in children and not as_child), as_child, document["id"])
        if entry is not None:
            said = (truth.get("lastmod"), truth.get("news_publication_date"), truth.get("news_title"))
            ours = (entry.updated, entry.published, entry.title)
            reason = "feed as sitemap" if document["type"] == "feed" else None
            tally.compare("dates and title", said == ours, reason, document["id"])


def measure_listings(corpus: Path) -> bool:
    """Precision and recall of the links of listing pages."""
    good = True
    for document in read_manifest(corpus / "pages.jsonl"):
        if not document.get("expected_links"):
            continue
        url = document["url"]
        body = gzip.decompress((corpus / "pages" / f"{document['id']}.html.gz").read_bytes())
        reading = read_listing(body, url, None, partial(on_host, host_of(url)))
        found = {canonical_form(entry.url) for entry in reading.entries}
        wanted = {canonical_form(link) for link in document["expected_links"]}
        precision, recall = len(found & wanted) / max(1, len(found)), len(found & wanted) / len(wanted)
        print(f"listing page, {len(wanted)} links: precision {precision:.3f}, recall {recall:.3f}")
        good = good and precision >= 0.95 and recall >= 0.95
    return good


def on_host(host: str, link: str) -> bool:
    """The scope of a source without path patterns."""
    return same_site(host_of(link), host)


def measure_robots(corpus: Path) -> bool:
    """The agreed answers on real robots.txt files."""
    right = checks = 0
    for document in read_manifest(corpus / "robots.jsonl"):
        body = read_body(corpus, document)
        site = f"https://{document['host']}"
        rules: dict[str, RobotsRules] = {}
        for token, path, allowed in document["checks"]:
            if token not in rules:
                rules[token] = RobotsRules.from_response(200, body, f"{site}/robots.txt", product_token=token)
            checks += 1
            right += rules[token].allows(site + path) is allowed
    print(f"robots.txt: {right:,} of {checks:,} checks as agreed")
    return right == checks


def measure_cost(corpus: Path) -> None:
    """CPU time for one real feed, ours against feedparser; best of three rounds each."""
    bodies = [read_body(corpus, document) for document in read_manifest(corpus / "feeds.jsonl", "real")]
    ours = min(spend(lambda body: read_feed(body, SOMEWHERE), bodies) for _ in range(3))
    theirs = min(spend(lambda body: parse_with_feedparser(BytesIO(body)), bodies) for _ in range(3))
    size = sum(map(len, bodies)) / len(bodies) / 1024
    print(f"CPU a feed (mean of {len(bodies)}, {size:.0f} KiB): ours {ours:.2f} ms, feedparser {theirs:.2f} ms", end="")
    print(f", {theirs / ours:.0f} times as much")


def spend(read: Any, bodies: list[bytes]) -> float:
    """Milliseconds of CPU a document."""
    started = time.process_time()
    for body in bodies:
        read(body)
    return (time.process_time() - started) * 1000 / len(bodies)


def read_manifest(path: Path, kind: str | None = None) -> Iterator[Document]:
    """The lines of a manifest, of one kind if asked."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            document = json.loads(line)
            if kind is None or document["kind"] == kind:
                yield document


def read_body(corpus: Path, document: Document) -> bytes:
    """The bytes as they were served, before our own compression."""
    return gzip.decompress((corpus / document["file"]).read_bytes())


def report(name: str, tally: Tally) -> None:
    """A few lines for people."""
    print(f"{name}: {tally.documents}, exactly as the truth says: {tally.exact}")
    for what, checked in tally.checked.items():
        print(f"    {what}: {tally.right[what]:,} of {checked:,} equal")
    for reason, count in tally.explained.most_common():
        print(f"    {count:5,}  {reason}: {EXPLANATIONS[reason]}")
    print(f"    {len(tally.unexplained):5,}  unexplained")


if __name__ == "__main__":
    sys.exit(main())
