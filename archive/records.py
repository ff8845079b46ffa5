"""The frozen dataclasses that travel between the stages.

All instants are aware and in UTC. URLs are absolute. Text is NFC without control characters.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal

from archive.outcomes import Outcome

Through = Literal["feed", "sitemap", "listing", "link", "import"]
ClaimField = Literal["title", "authors", "published", "modified"]
Origin = Literal["json_ld", "meta", "feed", "sitemap", "listing", "url", "page", "header", "pdf"]
Precision = Literal["second", "minute", "day", "month", "year"]


@dataclass(frozen=True)
class Place:
    """Where one WARC record lies: file name (no folder), byte offset, byte length of its gzip member."""

    warc_file: str
    offset: int
    length: int


@dataclass(frozen=True)
class Entry:
    """One line of a feed, sitemap or listing page: a candidate URL and what the entry point says of it.

    `published` and `updated` are the text as found; nothing is parsed or guessed here.
    """

    url: str
    through: Through
    title: str | None = None
    published: str | None = None
    updated: str | None = None
    authors: tuple[str, ...] = ()
    summary: str | None = None
    guid: str | None = None
    language: str | None = None


@dataclass(frozen=True)
class Hint:
    """What one sighting said of a URL before it was fetched; claims of the extraction are made from it."""

    through: Through
    source: str
    title: str | None = None
    published: str | None = None
    updated: str | None = None
    authors: tuple[str, ...] = ()
    context_url: str | None = None


@dataclass(frozen=True)
class Claim:
    """One statement about a field, with where it stood and whether it was believed.

    `value` is the name or title cleaned, or the instant in RFC 3339 with offset; None where the text means nothing.
    `doubt` is "bad_date", "future", "too_old" or None; `rule` names why this claim was chosen (on the chosen one only).
    """

    field: ClaimField
    origin: Origin
    text: str
    value: str | None = None
    precision: Precision | None = None
    zone_assumed: bool = False
    chosen: bool = False
    rule: str | None = None
    doubt: str | None = None


@dataclass(frozen=True)
class Page:
    """What an extraction is made from: the body after content decoding, and what is known about it.

    `zone` is the source's time zone name, used for times written without one; `language` the source's language;
    `last_modified` the HTTP header as written.
    """

    body: bytes
    url: str
    fetched_at: datetime
    content_type: str | None = None
    zone: str = "Europe/Paris"
    language: str | None = "fr"
    hints: tuple[Hint, ...] = ()
    truncated: bool = False
    last_modified: str | None = None


@dataclass(frozen=True)
class Extraction:
    """Text and fields taken from one page; never overwritten, only superseded by a later extractor version.

    `published_at` has the precision `published_precision`; a day is midnight of that day in Europe/Paris.
    `canonical_url` is the page's own canonical link on the same host, `also_at` those that lead to other domains.
    """

    extractor_version: int
    url: str
    title: str | None
    text: str
    lead: str | None = None
    authors: tuple[str, ...] = ()
    language: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    published_at: datetime | None = None
    published_precision: Precision | None = None
    published_origin: Origin | None = None
    published_doubt: str | None = None
    modified_at: datetime | None = None
    canonical_url: str | None = None
    also_at: tuple[str, ...] = ()
    links_to_pdf: tuple[str, ...] = ()
    paywalled: bool = False
    replaced_bytes: int = 0
    encoding: str | None = None
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True)
class Rejection:
    """A page from which no document is made, and why; `claims` are what it said of itself all the same."""

    extractor_version: int
    outcome: Outcome
    detail: str = ""
    links_to_pdf: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True)
class StoredResponse:
    """One response as the network gave it, before it is written: head rebuilt, body still content-encoded.

    `headers` keep their order and repetitions. `truncated` is None, "length" (cut short) or "time".
    """

    url: str
    fetched_at: datetime
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    payload: bytes
    request_method: str = "GET"
    request_headers: tuple[tuple[str, str], ...] = ()
    http_version: str = "HTTP/1.1"
    ip_address: str | None = None
    truncated: str | None = None
    metadata: tuple[tuple[str, str], ...] = field(default=())

    @cached_property
    def payload_sha256(self) -> str:
        """The digest of the payload, taken once: the record states it, the catalogue looks for it."""
        return hashlib.sha256(self.payload).hexdigest()
