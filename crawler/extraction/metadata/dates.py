"""When a page was published and last changed: every statement of it, judged, and the choice between them.

Promises: the date of an update is never taken for the date of publication; a date that does not exist is never
moved to one that does; an unknown date stays unknown. HTTP's Last-Modified never says when something was published.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from archive.records import Claim, ClaimField, Origin, Precision
from crawler.extraction.metadata.dates_in_prose import find_dates
from crawler.extraction.metadata.evidence import Block, Evidence, stands_aside
from crawler.extraction.metadata.instants import ARCHIVE_ZONE, Instant, from_local, judge, read_instant, zone_named
from crawler.extraction.metadata.json_ld import Node, strings_of
from crawler.extraction.metadata.wording import comparable, visible_text

META_PUBLISHED = (
    "article:published_time", "og:article:published_time", "article:published", "og:published_time", "datepublished", "parsely-pub-date",
    "sailthru.date", "cxenseparse:publishtime", "cxenseparse:recs:publishtime", "cxenseparse:recs:published_time", "date.available",
    "dc.date.issued", "dcterms.issued", "dcterms.date", "dc.date", "dc:date", "bepress_citation_date", "citation_publication_date",
    "prism.publicationdate", "publishdate", "publish-date", "publication_date", "publish_date", "published_at", "pubdate", "og:pubdate",
    "sw-pubdate", "article_date_original", "originalpublicationdate", "dc.date.created", "dcterms.created", "article:post_date", "release_date",
)  # fmt: skip
META_LESS_SURE = ("date", "datecreated", "date.created", "displaydate", "uploaddate", "video:release_date", "og:release_date", "obj_date_gsa")
META_MODIFIED = (
    "article:modified_time", "og:article:modified_time", "article:modified", "og:updated_time", "datemodified", "date.modified", "date.updated",
    "dc.date.modified", "dcterms.modified", "article_date_updated", "last_updated_date", "revised", "lastmod",
)  # fmt: skip
URL_DAY = re.compile(r"[/_-](?P<year>(?:19|20)\d\d)[/-]?(?P<month>0[1-9]|1[0-2])[/-]?(?P<day>0[1-9]|[12]\d|3[01])(?=[/_.-]|$)")
URL_DAY_FIRST = re.compile(r"[/_-](?P<day>0[1-9]|[12]\d|3[01])-(?P<month>0[1-9]|1[0-2])-(?P<year>20\d\d)(?=[/_.-]|$)")
URL_MONTH = re.compile(r"/(?P<year>(?:19|20)\d\d)/(?P<month>0?[1-9]|1[0-2])/")
# How far from the headline a dateline is looked for, in blocks: the standfirst, a picture and a row of share links lie between.
BLOCKS_BEFORE = 12
BLOCKS_AFTER = 30
UPDATE_CLASS = re.compile(r"updat|modif|maj\b|lastmod|edited", re.IGNORECASE)
FINENESS: dict[Precision, int] = {"second": 0, "minute": 1, "day": 2, "month": 3, "year": 4}


@dataclass(frozen=True)
class DateSeen:
    """One statement of a date: which field, where, how sure such a place is (0 is best), the text and its reading."""

    field: ClaimField
    place: str
    origin: Origin
    rank: int
    text: str
    instant: Instant


def linked_dates(evidence: Evidence) -> Iterator[tuple[ClaimField, str, Origin, int, str]]:
    """Dates of the page's own nodes."""
    groups: list[tuple[int, tuple[Node, ...]]] = [(0, evidence.article_nodes[:1]), (7, evidence.article_nodes[1:3]), (6, evidence.page_nodes[:2])]
    for rank, nodes in groups:
        for node in nodes:
            for text in strings_of(node.get("datePublished")):
                yield "published", "json_ld_date_published", "json_ld", rank, text
            for key in ("dateCreated", "uploadDate", "dateline"):
                for text in strings_of(node.get(key)):
                    yield "published", f"json_ld_{key}", "json_ld", rank + 5, text
            for text in strings_of(node.get("dateModified")):
                yield "modified", "json_ld_date_modified", "json_ld", rank, text


def meta_dates(evidence: Evidence) -> Iterator[tuple[ClaimField, str, Origin, int, str]]:
    """Dates of the metas."""
    names: tuple[tuple[tuple[str, ...], ClaimField, int], ...] = (
        (META_PUBLISHED, "published", 1), (META_LESS_SURE, "published", 4), (META_MODIFIED, "modified", 1),
    )  # fmt: skip
    for group, field, rank in names:
        for name in group:
            for value in evidence.head.metas.get(name, ())[:2]:
                yield field, f"meta_{name}", "meta", rank, value


def hint_dates(evidence: Evidence) -> Iterator[tuple[ClaimField, str, Origin, int, str]]:
    """What feed, sitemap or listing said before the page was fetched."""
    for hint in evidence.page.hints:
        origin: Origin = "sitemap" if hint.through == "sitemap" else "listing" if hint.through == "listing" else "feed"
        if hint.through in ("import", "link"):
            continue
        if hint.published:
            yield "published", origin, origin, 3, hint.published
        if hint.updated:
            yield "modified", origin, origin, 3, hint.updated


def url_dates(evidence: Evidence) -> Iterator[tuple[ClaimField, str, Origin, int, str]]:
    """The day, or at least the month, in the page's address."""
    path = evidence.page.url.split("?")[0]
    for pattern in (URL_DAY, URL_DAY_FIRST):
        if match := pattern.search(path):
            yield "published", "url_day", "url", 5, f"{match['year']}-{match['month']}-{match['day']}"
            return
    if match := URL_MONTH.search(path):
        yield "published", "url_month", "url", 12, f"{match['year']}-{int(match['month']):02}"


def microdata_dates(evidence: Evidence) -> Iterator[tuple[ClaimField, str, Origin, int, str]]:
    """Visible elements with itemprop=datePublished or dateModified, and time elements marked pubdate."""
    for element in evidence.tree.xpath("//*[@itemprop='datePublished' or @itemprop='dateModified' or (self::time and @pubdate)]")[:6]:
        if element.tag == "meta":
            continue
        text = element.get("datetime") or element.get("content") or visible_text(element, 200)
        field: ClaimField = "modified" if element.get("itemprop") == "dateModified" else "published"
        yield field, "itemprop", "page", 2, text


def headline_index(blocks: tuple[Block, ...], title: str | None) -> int | None:
    """Where the headline stands: the last block equal to the title inside a heading, else any equal block, else the first h1."""
    wanted = comparable(title)
    equal = [number for number, block in enumerate(blocks) if wanted and comparable(block.text) == wanted]
    in_heading = [number for number in equal if blocks[number].element.tag in ("h1", "h2", "h3")]
    if in_heading:
        return in_heading[0]
    if equal:
        return equal[0]
    return next((number for number, block in enumerate(blocks) if block.element.tag == "h1"), None)


def near_dates(evidence: Evidence, title: str | None) -> Iterator[DateSeen]:
    """Time elements and prose dates around the headline, the nearest after it first."""
    blocks = evidence.blocks
    headline = headline_index(blocks, title)
    if headline is None:
        headline = 0
    order = [*range(headline + 1, min(len(blocks), headline + 1 + BLOCKS_AFTER)), *range(headline - 1, max(-1, headline - 1 - BLOCKS_BEFORE), -1)]
    seen_elements: set[Any] = set()
    for number in order:
        block = blocks[number]
        if stands_aside(block.element) and number > headline:
            continue
        yield from time_elements(evidence, block, seen_elements)
        yield from prose_dates(evidence, block)


def time_elements(evidence: Evidence, block: Block, seen: set[Any]) -> Iterator[DateSeen]:
    """`<time datetime>` inside a block, or around it."""
    now = evidence.page.fetched_at
    for element in list(block.element.iter("time"))[:4]:
        if element in seen or not element.get("datetime"):
            continue
        seen.add(element)
        instant = read_instant(element.get("datetime"), evidence.page.zone, now)
        if instant is None:
            continue
        marked = f"{element.get('class') or ''} {block.element.get('class') or ''}"
        before = visible_text(block.element, 300)
        labels = {date.label for date in find_dates(before, local_now(evidence))}
        field: ClaimField = "published"
        if UPDATE_CLASS.search(marked) or labels == {"modified"}:
            field = "modified"
        yield DateSeen(field, "time_element", "page", 3, element.get("datetime"), instant)


def prose_dates(evidence: Evidence, block: Block) -> Iterator[DateSeen]:
    """Dates written out in a short block."""
    if len(block.text) > 250:
        return
    for date in find_dates(block.text, local_now(evidence)):
        instant = judge(from_local(date.moment, date.precision, evidence.page.zone), evidence.page.fetched_at)
        labelled = date.label is not None
        short = len(block.text) < 100
        rank = 2 if labelled else 6 if short else 8
        yield DateSeen(date.label or "published", "prose_labelled" if labelled else "prose", "page", rank, date.text, instant)


def local_now(evidence: Evidence) -> datetime:
    """The time of the fetch on the source's clocks, naive."""
    return evidence.page.fetched_at.astimezone(zone_named(evidence.page.zone)).replace(tzinfo=None)


def gather_dates(evidence: Evidence, title: str | None) -> list[DateSeen]:
    """All statements, read and judged."""
    seen: list[DateSeen] = []
    for source in (linked_dates, meta_dates, microdata_dates, hint_dates, url_dates):
        for field, place, origin, rank, text in source(evidence):
            instant = read_instant(text, evidence.page.zone, evidence.page.fetched_at)
            if instant is not None:
                seen.append(DateSeen(field, place, origin, rank, text[:200], instant))
    seen.extend(near_dates(evidence, title))
    return seen


def choose_published(seen: list[DateSeen]) -> DateSeen | None:
    """The surest statement without doubt; a finer one of the same day is preferred; a doubtful one only alone."""
    stated = [item for item in seen if item.field == "published"]
    sound = sorted((item for item in stated if item.instant.at and not item.instant.doubt), key=lambda item: item.rank)
    if not sound:
        doubtful = sorted(stated, key=lambda item: (item.instant.at is None, item.rank))
        return doubtful[0] if doubtful else None
    best = sound[0]
    for item in sound:
        if FINENESS[item.instant.precision] < FINENESS[best.instant.precision] and covers(best, item):
            best = item
    return best


def covers(coarse: DateSeen, fine: DateSeen) -> bool:
    """True where the finer statement lies inside the coarser one's day, month or year."""
    a, b = local_day(coarse.instant.at), local_day(fine.instant.at)
    if coarse.instant.precision == "year":
        return a[:1] == b[:1]
    return a[:2] == b[:2] if coarse.instant.precision == "month" else a == b


def local_day(at: datetime | None) -> tuple[int, int, int]:
    """Year, month and day on the archive's clocks."""
    local = (at or datetime.min.replace(tzinfo=UTC)).astimezone(ARCHIVE_ZONE)
    return local.year, local.month, local.day


def choose_modified(seen: list[DateSeen], published: DateSeen | None) -> DateSeen | None:
    """The surest sound statement of a change that is not before the publication."""
    start = published.instant.at if published else None
    sound = [
        item for item in seen
        if item.field == "modified" and item.instant.at and not item.instant.doubt and (start is None or item.instant.at >= start)
    ]  # fmt: skip
    return min(sound, key=lambda item: item.rank, default=None)


def claim_dates(evidence: Evidence, title: str | None) -> tuple[DateSeen | None, DateSeen | None, list[Claim]]:
    """The chosen publication and change, and all claims."""
    seen = gather_dates(evidence, title)
    published = choose_published(seen)
    modified = choose_modified(seen, published)
    return published, modified, [as_claim(item, item is published or item is modified) for item in seen]


def as_claim(item: DateSeen, chosen: bool) -> Claim:
    """A statement as the catalogue keeps it."""
    return Claim(
        field=item.field,
        origin=item.origin,
        text=item.text,
        value=item.instant.at.isoformat() if item.instant.at else None,
        precision=item.instant.precision if item.instant.at else None,
        zone_assumed=item.instant.zone_assumed,
        chosen=chosen,
        rule=item.place if chosen else None,
        doubt=item.instant.doubt,
    )
