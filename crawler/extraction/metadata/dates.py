"""When a page was published and last changed: every statement of it, judged, and the choice between them.

Promises: the date of an update is never taken for the date of publication; a date that does not exist is never
moved to one that does; an unknown date stays unknown. HTTP's Last-Modified never says when something was published.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from archive.records import Claim, ClaimField, Origin, Precision
from crawler.extraction.metadata.datelines import shown_dates
from crawler.extraction.metadata.evidence import Evidence, origin_of
from crawler.extraction.metadata.instants import ARCHIVE_ZONE, english_month, read_instant
from crawler.extraction.metadata.json_ld import Node, strings_of
from crawler.extraction.metadata.statements import DateSeen
from crawler.extraction.metadata.surroundings import Surroundings
from crawler.extraction.metadata.wording import visible_text

META_PUBLISHED = tuple(
    """
    article:published_time og:article:published_time article:published og:published_time datepublished
    parsely-pub-date sailthru.date cxenseparse:publishtime cxenseparse:recs:publishtime
    cxenseparse:recs:published_time date.available dc.date.issued dcterms.issued dcterms.date dc.date dc:date
    bepress_citation_date citation_publication_date prism.publicationdate publishdate publish-date
    publication_date publish_date published_at pubdate og:pubdate
    originalpublicationdate dc.date.created dcterms.created article:post_date release_date
    """.split()
)
META_LESS_SURE = tuple(
    """
    date datecreated date.created displaydate uploaddate video:release_date og:release_date
    """.split()
)
META_MODIFIED = tuple(
    """
    article:modified_time og:article:modified_time article:modified og:updated_time datemodified date.modified
    date.updated dc.date.modified dcterms.modified last_updated_date revised lastmod
    """.split()
)
URL_DAY = re.compile(
    r"[/_-](?P<year>(?:19|20)\d\d)[/-]?(?P<month>0[1-9]|1[0-2])[/-]?(?P<day>0[1-9]|[12]\d|3[01])(?=[/_.-]|$)"
)
URL_DAY_FIRST = re.compile(r"[/_-](?P<day>0[1-9]|[12]\d|3[01])-(?P<month>0[1-9]|1[0-2])-(?P<year>20\d\d)(?=[/_.-]|$)")
URL_DAY_NAMED = re.compile(r"/(?P<year>(?:19|20)\d\d)/(?P<month>[a-z]{3})/(?P<day>0?[1-9]|[12]\d|3[01])/")
URL_MONTH = re.compile(r"/(?P<year>(?:19|20)\d\d)/(?P<month>0?[1-9]|1[0-2])/")
# Which field, where exactly, origin, rank (0 is the surest), text as found.
Stated = tuple[ClaimField, str, Origin, int, str]
FINENESS: dict[Precision, int] = {"second": 0, "minute": 1, "day": 2, "month": 3, "year": 4}


def linked_dates(evidence: Evidence) -> Iterator[Stated]:
    """Dates of the page's own nodes."""
    groups: list[tuple[int, tuple[Node, ...]]] = [
        (0, evidence.article_nodes[:1]),
        (7, evidence.article_nodes[1:3]),
        (6, evidence.page_nodes[:2]),
    ]
    for rank, nodes in groups:
        for node in nodes:
            for text in strings_of(node.get("datePublished")):
                yield "published", "json_ld_date_published", "json_ld", rank, text
            for key in ("dateCreated", "uploadDate"):
                for text in strings_of(node.get(key)):
                    yield "published", f"json_ld_{key}", "json_ld", rank + 5, text
            for text in strings_of(node.get("dateModified")):
                yield "modified", "json_ld_date_modified", "json_ld", rank, text
    for depth, node in evidence.linked.nodes[:200]:
        if depth == 0 and node not in evidence.article_nodes and node not in evidence.page_nodes:
            for text in strings_of(node.get("datePublished")):
                yield "published", "json_ld_other_node", "json_ld", 7, text


def meta_dates(evidence: Evidence) -> Iterator[Stated]:
    """Dates of the metas."""
    names: tuple[tuple[tuple[str, ...], ClaimField, int], ...] = (
        (META_PUBLISHED, "published", 1), (META_LESS_SURE, "published", 4), (META_MODIFIED, "modified", 1),
    )  # fmt: skip
    for group, field, rank in names:
        for name in group:
            for value in evidence.head.metas.get(name, ())[:2]:
                yield field, f"meta_{name}", "meta", rank, value


def hint_dates(evidence: Evidence) -> Iterator[Stated]:
    """What feed, sitemap or listing said before the page was fetched."""
    for hint in evidence.page.hints:
        origin = origin_of(hint)
        if origin is None:
            continue
        if hint.published:
            yield "published", origin, origin, 3, hint.published
        if hint.updated:
            yield "modified", origin, origin, 3, hint.updated


def url_dates(evidence: Evidence) -> Iterator[Stated]:
    """The day, or at least the month, in the page's address."""
    path = evidence.page.url.split("?")[0]
    for pattern in (URL_DAY, URL_DAY_FIRST):
        if match := pattern.search(path):
            yield "published", "url_day", "url", 5, f"{match['year']}-{match['month']}-{match['day']}"
            return
    if (match := URL_DAY_NAMED.search(path)) and (month := english_month(match["month"])):
        yield "published", "url_day", "url", 5, f"{match['year']}-{month:02}-{int(match['day']):02}"
    elif match := URL_MONTH.search(path):
        yield "published", "url_month", "url", 12, f"{match['year']}-{int(match['month']):02}"


def header_dates(evidence: Evidence) -> Iterator[Stated]:
    """Last-Modified of HTTP: kept as a claim of change, the last to be believed; servers set it to any moment."""
    for value in (evidence.page.last_modified or "", *evidence.head.each("last-modified")):
        if value:
            yield "modified", "last_modified", "header", 9, value


def microdata_dates(evidence: Evidence) -> Iterator[Stated]:
    """Visible elements with itemprop=datePublished or dateModified, and time elements marked pubdate."""
    for element in evidence.marks.dates[:6]:
        if element.tag == "meta":
            continue
        text = element.get("datetime") or element.get("content") or visible_text(element, 200)
        field: ClaimField = "modified" if element.get("itemprop") == "dateModified" else "published"
        yield field, "itemprop", "page", 2, text


def gather_dates(evidence: Evidence, around: Surroundings) -> list[DateSeen]:
    """All statements, read and judged."""
    seen: list[DateSeen] = []
    for source in (linked_dates, meta_dates, microdata_dates, hint_dates, url_dates, header_dates):
        for field, place, origin, rank, text in source(evidence):
            instant = read_instant(text, evidence.page.zone, evidence.page.fetched_at)
            if instant is not None:
                seen.append(DateSeen(field, place, origin, rank, text[:200], instant))
    seen.extend(shown_dates(evidence, around))
    return seen


def choose_published(seen: list[DateSeen]) -> DateSeen | None:
    """The surest statement without doubt; a finer one of the same day is preferred; a doubtful one only alone."""
    stated = [item for item in seen if item.field == "published"]
    sound = sorted((item for item in stated if item.instant.at and not item.instant.doubt), key=lambda item: item.rank)
    if not sound:
        doubtful = sorted(stated, key=lambda item: (item.instant.at is None, item.rank))
        return doubtful[0] if doubtful else None
    best = outvoted(sound[0], sound)
    for item in sound:
        if FINENESS[item.instant.precision] < FINENESS[best.instant.precision] and covers(best, item):
            best = item
    return best


def outvoted(best: DateSeen, sound: list[DateSeen]) -> DateSeen:
    """The first statement, unless the page's dateline and a meta agree on another day that nobody else disputes."""
    day = local_day(best.instant.at)
    if best.origin != "json_ld" or any(item.origin != "json_ld" and covers(item, best) for item in sound):
        return best
    metas = [item for item in sound if item.origin == "meta" and item.rank <= 1]
    shown = {local_day(item.instant.at) for item in sound if item.origin == "page" and item.rank <= 6}
    days = {local_day(item.instant.at) for item in metas}
    return metas[0] if len(days) == 1 and shown == days and days != {day} else best


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
        item
        for item in seen
        if item.field == "modified"
        and item.instant.at is not None
        and not item.instant.doubt
        and (start is None or item.instant.at >= start)
    ]
    return min(sound, key=lambda item: item.rank, default=None)


def claim_dates(evidence: Evidence, around: Surroundings) -> tuple[DateSeen | None, DateSeen | None, list[Claim]]:
    """The chosen publication and change, and all claims."""
    seen = gather_dates(evidence, around)
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
