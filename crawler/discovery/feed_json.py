"""JSON Feed 1 and 1.1.

Promises: a JSON document that is no feed is told apart; a value of the wrong type counts as absent.
"""

import json
from collections.abc import Iterator
from typing import Any

from crawler.discovery.feed_items import Item, choose_base
from crawler.discovery.feed_xml import FeedHead


def parse_json_feed(text: str) -> dict[str, Any] | None:
    """The document, where it is a JSON Feed."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        return None
    declared = str(document.get("version", ""))
    titled = isinstance(document.get("title"), str)  # some feeds forget the version; an API answer has no title
    return document if "jsonfeed.org" in declared or titled else None


def read_json_head(document: dict[str, Any]) -> FeedHead:
    """Title, site and language of the feed."""
    version = "json11" if str(document.get("version", "")).rstrip("/").endswith("1.1") else "json10"
    return FeedHead(
        format=version,
        title=_string(document, "title"),
        site_url=_string(document, "home_page_url"),
        language=_string(document, "language"),
    )


def read_json_items(document: dict[str, Any], head: FeedHead, url: str) -> Iterator[Item]:
    """Every item in document order."""
    base = choose_base(None, url, head.site_url)
    for item in document["items"]:
        if isinstance(item, dict):
            yield _read_item(item, head, base)


def _read_item(item: dict[str, Any], head: FeedHead, base: str) -> Item:
    links = (_string(item, "url"), _string(item, "external_url"))
    return Item(
        links=tuple(link for link in links if link),
        base=base,
        title=_string(item, "title"),
        published=_string(item, "date_published"),
        updated=_string(item, "date_modified"),
        authors=tuple(_authors(item)),
        summary=_string(item, "summary") or _string(item, "content_text") or _string(item, "content_html"),
        guid=_string(item, "id"),
        language=_string(item, "language") or head.language,
        attachments=tuple(_attachments(item)),
    )


def _authors(item: dict[str, Any]) -> Iterator[str]:
    authors = item.get("authors")  # 1.1; version 1 has one `author`
    for author in authors if isinstance(authors, list) else [item.get("author")]:
        if isinstance(author, dict) and (name := _string(author, "name")):
            yield name


def _attachments(item: dict[str, Any]) -> Iterator[tuple[str, str]]:
    attachments = item.get("attachments")
    for attachment in attachments if isinstance(attachments, list) else []:
        if isinstance(attachment, dict) and (link := _string(attachment, "url")):
            yield link, _string(attachment, "mime_type") or ""


def _string(holder: dict[str, Any], name: str) -> str | None:
    value = holder.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value) or None
