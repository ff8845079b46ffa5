"""From one item of a feed, in whatever format it stood, to the entries it stands for.

Promises: an item without a usable link becomes a named fault and leaves its neighbours alone; a guid is taken for the
link only where it is an absolute URL and not declared otherwise; a PDF attached to an item is an entry of its own;
texts are one line, NFC, without markup.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from html import unescape
from urllib.parse import urlsplit

from archive.outcomes import Outcome
from archive.records import Entry, Through
from crawler.extraction.clean_text import clean_line
from crawler.urls import clean, host_of, same_site, without_credentials

SUMMARY_LENGTH = 1000  # enough for a lead; whole articles in descriptions are read from their page
_TEXT_WINDOW = 6_000  # characters of a description looked at; markup before its text is seldom longer

_TAG = re.compile(r"</?[A-Za-z!][^<>]*>")
_SKIPPED = re.compile(r"<(script|style)\b.{0,20000}?</\1\s*>", re.IGNORECASE | re.DOTALL)
_MAIL_AND_NAME = re.compile(r"\S+@\S+\s*\((.+)\)")
_MAIL = re.compile(r"\(?<?[^\s@<>()]+@[^\s@<>()]+>?\)?")
_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True)
class Fault:
    """One item that gave no entry, and why."""

    outcome: Outcome
    detail: str


@dataclass(frozen=True)
class Item:
    """One item as it stood, texts still with markup; `links` in the order of preference."""

    links: tuple[str, ...]
    base: str
    title: str | None = None
    published: str | None = None
    updated: str | None = None
    authors: tuple[str, ...] = ()
    summary: str | None = None
    guid: str | None = None
    guid_may_be_link: bool = True
    language: str | None = None
    attachments: tuple[tuple[str, str], ...] = ()  # (URL, media type)


def make_entries(item: Item, through: Through = "feed") -> tuple[tuple[Entry, ...], Fault | None]:
    """The entry of the article and those of its PDFs, or the fault that names what was wrong with the link."""
    urls = [url for url in (_choose_link(item), *_pdf_links(item)) if url is not None]
    if not urls:
        return (), _name_fault(item)
    article = _make_entry(item, urls[0], through)
    return tuple(replace(article, url=url) for url in dict.fromkeys(urls)), None


def strip_markup(text: str | None) -> str | None:
    """One line of plain text; None where nothing is left."""
    if not text:
        return None
    text = text[:_TEXT_WINDOW]
    if "<" in text:
        text = _SKIPPED.sub(" ", text)
        text = _TAG.sub(" ", text) if text.lstrip().startswith("<") or "</" in text else _TAG.sub("", text)
    return plain_line(unescape(text) if "&" in text else text)


def plain_line(text: str | None) -> str | None:
    """One line in the form in which text is kept; None where nothing is left."""
    line = " ".join((text or "").split())
    if line.isascii() and line.isprintable():  # dates, ids, language codes: nothing to clean
        return line or None
    return clean_line(line) or None


@lru_cache(maxsize=256)  # asked with the same three for every item of a feed
def choose_base(declared: str | None, feed_url: str, site_url: str | None) -> str:
    """What relative links are relative to: a usable xml:base, else the feed's address, else (a feed served by a
    third party) the site it names."""
    if declared and _ABSOLUTE.match(declared) and "." in host_of(declared):
        return declared
    site = clean(site_url) if site_url and _ABSOLUTE.match(site_url.strip()) else None
    if site and not same_site(host_of(site), host_of(feed_url)):
        return site
    return feed_url


def clean_authors(authors: tuple[str, ...]) -> tuple[str, ...]:
    """Names without mail addresses, each once."""
    names = []
    for author in authors:
        text = strip_markup(author) or ""
        if found := _MAIL_AND_NAME.fullmatch(text):
            text = found[1]
        names.append(_MAIL.sub("", text).strip(" ,;"))
    return tuple(dict.fromkeys(name for name in names if name))


def _make_entry(item: Item, url: str, through: Through) -> Entry:
    summary = strip_markup(item.summary)
    return Entry(
        url=url,
        through=through,
        title=strip_markup(item.title),
        published=plain_line(item.published),
        updated=plain_line(item.updated),
        authors=clean_authors(item.authors),
        summary=summary[:SUMMARY_LENGTH] if summary else None,
        guid=plain_line(item.guid),
        language=plain_line(item.language),
    )


def _choose_link(item: Item) -> str | None:
    for link in item.links:
        if link.strip() and (url := clean(link, item.base)) is not None:
            return url
    if item.guid and item.guid_may_be_link and _ABSOLUTE.match(item.guid.strip()):
        return clean(item.guid)
    return None


def _pdf_links(item: Item) -> list[str | None]:
    return [clean(link, item.base) for link, media_type in item.attachments if _is_pdf(link, media_type)]


def _is_pdf(link: str, media_type: str) -> bool:
    try:
        path = urlsplit(link.strip()).path
    except ValueError:
        return False
    return media_type.split(";")[0].strip().lower() == "application/pdf" or path.lower().endswith(".pdf")


def _name_fault(item: Item) -> Fault:
    found = next((link.strip() for link in item.links if link.strip()), "")
    named = strip_markup(item.title) or plain_line(item.guid) or "without title"
    reason = (
        f'link "{clean_line(without_credentials(found[:2000])[:200])[:80]}" is no usable http or https URL'
        if found
        else "no link"
    )
    return Fault(Outcome.bad_url, f'item "{named[:80]}": {reason}')
