"""The title: every place that states one, cleaned of the site's name, and the choice between them.

What readers see wins: a visible first heading that agrees with one of the page's own meta titles is the headline.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from archive.records import Claim, Origin
from crawler.extraction.metadata.evidence import Block, Evidence, origin_of
from crawler.extraction.metadata.json_ld import first_string
from crawler.extraction.metadata.statements import TitleSeen
from crawler.extraction.metadata.surroundings import stands_aside
from crawler.extraction.metadata.wording import clean_inline, comparable, visible_text

SEPARATOR = re.compile(r"\s+[|•·»«:~/\\—–-]{1,3}\s+|\s*\|\s*|\s+::\s+")
# Looser: only for parts that are then found on the page word for word.
PART_SEPARATOR = re.compile(r"\s*[|•·»«:~/\\—–-]{1,3}\s*")
MAX_TITLE = 400
MAX_STATED = 2_000
FIRST_RANK = frozenset({"h1", "itemprop", "entry_title"})
VISIBLE = FIRST_RANK | {"h2"}
COMMON_IN_NAMES = frozenset("le la les the der die das site officiel online news info infos actualites fr com".split())
# Where exactly, origin, text as found.
Stated = tuple[str, Origin, str]
# Two words agree by chance.
MIN_WORDS = 3
META_TITLES = (
    "og:title",
    "twitter:title",
    "dc.title",
    "dcterms.title",
    "parsely-title",
    "sailthru.title",
    "headline",
    "title",
    "twitter:text:title",
)


def gather_titles(evidence: Evidence) -> list[TitleSeen]:
    """All stated titles, the surest places first, without mere site names and longer titles cut short."""
    seen: dict[tuple[str, str], TitleSeen] = {}
    title: Stated = ("title", "meta", evidence.head.title)
    for place, origin, text in (
        *head_titles(evidence),
        *visible_titles(evidence),
        title,
        *hinted_titles(evidence),
    ):
        value = without_site(clean_inline(text[:MAX_STATED]), evidence.site_names)
        if value and len(value) <= MAX_TITLE:
            seen.setdefault((place, comparable(value)), TitleSeen(place, origin, clean_inline(text), value))
    whole = without_cut_ones(list(seen.values()))
    return [item for item in whole if not names_site(item.value, evidence.site_names)] or whole


def head_titles(evidence: Evidence) -> Iterator[Stated]:
    """Titles in JSON-LD and metas."""
    for node in evidence.article_nodes[:3]:
        yield "json_ld_headline", "json_ld", first_string(node, "headline", "name")
    for name in META_TITLES:
        for value in evidence.head.metas.get(name, ())[:2]:
            yield name, "meta", value


def visible_titles(evidence: Evidence) -> Iterator[Stated]:
    """Headings that readers see. Second-rank ones count where no first-rank one is long enough, or a feed may know."""
    first_rank = list(headings(evidence, "h1"))
    for place, texts in (("itemprop", itemprop_headlines(evidence)), ("h1", iter(first_rank))):
        for text in texts:
            yield place, "page", text
    hinted = any(hint.title for hint in evidence.page.hints)
    if hinted or all(len(comparable(text).split()) < MIN_WORDS for text in first_rank):
        for text in headings(evidence, "h2"):
            yield "h2", "page", text
    for text in entry_titles(evidence):
        yield "entry_title", "page", text


def hinted_titles(evidence: Evidence) -> Iterator[Stated]:
    """Titles that feed, sitemap or link gave."""
    for hint in evidence.page.hints:
        origin = origin_of(hint)
        if origin is not None and hint.title:
            yield hint.through, origin, hint.title


def without_cut_ones(seen: list[TitleSeen]) -> list[TitleSeen]:
    """Titles that end in dots only because a longer one, stated elsewhere, was cut are left out."""
    words = [comparable(item.value) for item in seen]
    return [
        item
        for item, own in zip(seen, words, strict=True)
        if not item.value.endswith(("…", "...")) or not any(other.startswith(own) and other != own for other in words)
    ]


def headings(evidence: Evidence, tag: str) -> Iterator[str]:
    """Texts of visible headings outside navigation and side columns, at most ten."""
    for number, element in enumerate(evidence.tree.iter(tag)):
        if number >= 10:
            return
        if not stands_aside(element):
            yield visible_text(element, 2_000)


def itemprop_headlines(evidence: Evidence) -> Iterator[str]:
    """Microdata headlines that are visible elements."""
    for element in evidence.marks.headline_properties[:3]:
        if element.tag != "meta":
            yield visible_text(element, 2_000)


def entry_titles(evidence: Evidence) -> Iterator[str]:
    """Headings that blogs and older systems mark by class where no h1 is used."""
    for element in evidence.marks.titles[:5]:
        if not stands_aside(element):
            yield visible_text(element, 2_000)


def without_site(title: str, site_names: frozenset[str]) -> str:
    """The title without segments at either end that are only the site's name."""
    parts = SEPARATOR.split(title)
    marks = SEPARATOR.findall(title)
    while len(parts) > 1 and names_site(parts[-1], site_names):
        parts.pop()
        marks.pop()
    while len(parts) > 1 and names_site(parts[0], site_names):
        parts.pop(0)
        marks.pop(0)
    rest = parts[0] + "".join(mark + part for mark, part in zip(marks, parts[1:], strict=True))
    return rest.strip()


def names_site(segment: str, site_names: frozenset[str]) -> bool:
    """True where a segment says no more than who publishes: the site's name, with or without words such as `online`."""
    words = comparable(segment).split()
    without_common = "".join(word for word in words if word not in COMMON_IN_NAMES)
    return "".join(words) in site_names or without_common in site_names or not words


def choose_title(seen: list[TitleSeen], blocks: Sequence[Block] = ()) -> tuple[TitleSeen, str] | None:
    """The title and the rule that chose it; `blocks` are the page's visible blocks."""
    stated = [item for item in seen if item.origin in ("json_ld", "meta")]
    hinted = {comparable(item.value) for item in seen if item.place == "feed"}
    for item in seen:
        if item.place in VISIBLE and comparable(item.value) in hinted:
            return item, "visible_heading_named_by_feed"
    for places in (FIRST_RANK, VISIBLE - FIRST_RANK):
        choice = choose_visible([item for item in seen if item.place in places], stated)
        if choice is not None:
            return choice
    headings = [item for item in seen if item.place == "h1" and len(comparable(item.value).split()) >= MIN_WORDS]
    if len(headings) == 1:
        return headings[0], "only_heading"
    shown = frozenset(block.words for block in blocks if len(block.text) <= MAX_TITLE)
    for item in stated:
        for part in parts_of(item.value):
            if comparable(part) in shown and len(comparable(part).split()) >= MIN_WORDS:
                return replace(item, value=part), "part_shown_on_page"
    others = [item for item in seen if item.place != "h2"] or seen
    return (others[0], "first_stated") if others else None


def choose_visible(visible: list[TitleSeen], stated: list[TitleSeen]) -> tuple[TitleSeen, str] | None:
    """A visible heading that agrees with what the head states, wholly or but for a kicker before it."""
    for heading in visible:
        if any(comparable(heading.value) == comparable(other.value) for other in stated):
            return heading, "visible_heading_agrees"
    agreed = agreed_by_head(stated)
    if agreed is not None and any(overlap(heading.value, agreed.value) for heading in visible):
        return agreed, "head_agrees_and_heading_overlaps"
    for heading in visible:
        for other in stated:
            if contains(heading.value, other.value):
                return other, "stated_inside_heading"
    for heading in visible:
        if any(contains(other.value, heading.value) for other in stated):
            return heading, "visible_heading_inside_stated"
    return None


def agreed_by_head(stated: list[TitleSeen]) -> TitleSeen | None:
    """The title on which JSON-LD and og:title agree; twitter's is a copy of og's and counts for nothing."""
    linked = {comparable(item.value) for item in stated if item.place == "json_ld_headline"}
    return next((item for item in stated if item.place == "og:title" and comparable(item.value) in linked), None)


def contains(whole: str, part: str) -> bool:
    """True where the words of the part, three at least, stand together in the whole and are half of it."""
    words, inside = comparable(whole), comparable(part)
    return len(inside.split()) >= MIN_WORDS and f" {inside} " in f" {words} " and 2 * len(inside) >= len(words)


def overlap(one: str, other: str) -> bool:
    """True where either contains the other."""
    return contains(one, other) or contains(other, one)


def parts_of(title: str) -> Iterator[str]:
    """What remains when segments are cut off either end, the longest first."""
    cuts = [match.span() for match in PART_SEPARATOR.finditer(title)]
    for start, end in cuts:
        yield title[end:].strip()
        yield title[:start].strip()


def claim_titles(evidence: Evidence) -> tuple[str | None, list[Claim]]:
    """The chosen title and all claims."""
    seen = gather_titles(evidence)
    choice = choose_title(seen, evidence.blocks)
    if choice is None:
        return None, [Claim("title", item.origin, item.text, item.value) for item in seen]
    chosen, rule = choice
    claims = []
    for item in seen:
        is_chosen = item.place == chosen.place and item.text == chosen.text
        value = chosen.value if is_chosen else item.value
        claims.append(Claim("title", item.origin, item.text, value, chosen=is_chosen, rule=rule if is_chosen else None))
    return chosen.value, claims
