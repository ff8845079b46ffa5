"""An Atom feed (RFC 4287) of what a saved query told: one entry a document, with ids that never change.

Ids are tag URIs (RFC 4151) of the domain from which mails come and the day on which the document was first seen. An
edit that is told moves the entry's `updated`; its id stays, so that readers show one article once.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import lxml.etree as etree

from archive.outcomes import Outcome
from config.territories import REGIONS
from indexer.alerts.articles import Article
from indexer.alerts.links import Links
from indexer.alerts.wording import clean, safe_link

ATOM = "http://www.w3.org/2005/Atom"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
SHOWN = (Outcome.told.name, Outcome.already_told.name)
"""What a feed shows: what came by backfill or import would push the news out of it."""

CATEGORIES = 20  # pages with hundreds of tags exist
CATEGORY_CHARACTERS = 80


@dataclass(frozen=True)
class Feed:
    """What is said of the feed itself; `words` are those that a search takes."""

    name: str
    title: str
    words: str
    domain: str
    began_at: datetime
    links: Links


def write_feed(feed: Feed, articles: Sequence[Article]) -> bytes:
    """The feed as a whole document; the newest article comes first."""
    root = etree.Element(f"{{{ATOM}}}feed", {XML_LANG: "fr"}, nsmap={None: ATOM})
    _add(root, "id", _make_tag(feed.domain, feed.began_at, "query", feed.name))
    _add(root, "title", clean(feed.title))
    _add(root, "subtitle", clean(feed.words))
    _add(root, "updated", _show(max((one.change.at for one in articles), default=feed.began_at)))
    _add(root, "generator", "Vigie")
    page = feed.links.search(feed.words)
    if page is not None:
        _add(root, "link", rel="alternate", type="text/html", href=page)
    for article in articles:
        _add_entry(root, feed, article)
    etree.indent(root)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return written + b"\n"


def _add_entry(root: etree._Element, feed: Feed, article: Article) -> None:
    entry = article.entry
    node = _add(root, "entry")
    _add(node, "id", _make_tag(feed.domain, entry.first_seen_at, "document", entry.document))
    _add(node, "title", article.title)
    _add(node, "updated", _show(article.change.at))
    if entry.published_at is not None:
        _add(node, "published", _show(entry.published_at))
    for name in article.authors:
        _add(_add(node, "author"), "name", name)
    _add_links(node, feed, article)
    for term, label in _list_categories(article):
        _add(node, "category", term=term, label=label)
    _add(node, "summary", _mark(article), type="html")


def _add_links(node: etree._Element, feed: Feed, article: Article) -> None:
    link = safe_link(article.entry.url)
    if link is not None:
        _add(node, "link", rel="alternate", href=link)
    else:  # an entry without such a link must have a content
        _add(node, "content", clean(article.entry.url), type="text")
    capture = feed.links.capture(article.entry.capture)
    if capture is not None:
        _add(node, "link", rel="related", type="text/html", title="Copie archivée", href=capture)


def _list_categories(article: Article) -> list[tuple[str, str]]:
    """Kind of publisher, regions, section and tags, each once, as (term, label)."""
    entry = article.entry
    found = {entry.kind: entry.kind} | {code: REGIONS.get(code, code) for code in entry.regions}
    for said in (entry.section or "", *entry.tags):
        word = clean(said, CATEGORY_CHARACTERS)
        if word:
            found.setdefault(word, word)
    return list(found.items())[:CATEGORIES]


def _mark(article: Article) -> str:
    """The passage as HTML; most readers drop a `mark`, all show a `strong`."""
    return "".join(
        f"<strong>{html.escape(text)}</strong>" if marked else html.escape(text) for text, marked in article.passage
    )


def _make_tag(domain: str, day: datetime, kind: str, name: str) -> str:
    return f"tag:{domain},{day.astimezone(UTC):%Y-%m-%d}:vigie/{kind}/{name}"


def _show(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    node = etree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    node.text = text
    return node
