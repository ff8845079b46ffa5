"""The title: every place that states one, cleaned of the site's name, and the choice between them.

What readers see wins: a visible first heading that agrees with one of the page's own meta titles is the headline.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from archive.records import Claim, Origin
from crawler.extraction.metadata.evidence import Evidence, stands_aside
from crawler.extraction.metadata.json_ld import first_string
from crawler.extraction.metadata.wording import any_class, clean_inline, comparable, visible_text

SEPARATOR = re.compile(r"\s+[|•·»«:~/\\—–-]{1,3}\s+|\s*\|\s*|\s+::\s+")
# Looser: only for parts that are then found on the page word for word.
PART_SEPARATOR = re.compile(r"\s*[|•·»«:~/\\—–-]{1,3}\s*")
MAX_TITLE = 400
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


@dataclass(frozen=True)
class TitleSeen:
    """One stated title: where exactly, what stood there, and what remains without the site's name."""

    place: str
    origin: Origin
    text: str
    value: str


def gather_titles(evidence: Evidence) -> list[TitleSeen]:
    """All stated titles, the most trusted places first."""
    stated: list[tuple[str, Origin, str]] = []
    for node in evidence.article_nodes[:3]:
        stated.append(("json_ld_headline", "json_ld", first_string(node, "headline", "name")))
    for name in META_TITLES:
        stated.extend((name, "meta", value) for value in evidence.head.metas.get(name, ())[:2])
    stated.extend(("itemprop", "page", text) for text in itemprop_headlines(evidence.tree))
    stated.extend(("h1", "page", text) for text in headings(evidence, "h1"))
    if not any(place == "h1" and len(comparable(text).split()) >= MIN_WORDS for place, _, text in stated):
        stated.extend(("h2", "page", text) for text in headings(evidence, "h2"))
    stated.extend(("entry_title", "page", text) for text in entry_titles(evidence.tree))
    stated.append(("title", "meta", evidence.head.title))
    stated.extend(
        (hint.through, "feed" if hint.through == "feed" else "listing", hint.title or "")
        for hint in evidence.page.hints
        if hint.through != "import"
    )
    seen: dict[tuple[str, str], TitleSeen] = {}
    for place, origin, text in stated:
        value = without_site(clean_inline(text[:2_000]), evidence.site_names)
        if value and len(value) <= MAX_TITLE:
            seen.setdefault((place, comparable(value)), TitleSeen(place, origin, clean_inline(text), value))
    return without_cut_ones(list(seen.values()))


def without_cut_ones(seen: list[TitleSeen]) -> list[TitleSeen]:
    """Titles that end in dots only because a longer one, stated elsewhere, was cut are left out."""
    words = [comparable(item.value) for item in seen]
    return [
        item for item, own in zip(seen, words, strict=True)
        if not item.value.endswith(("…", "...")) or not any(other.startswith(own) and other != own for other in words)
    ]  # fmt: skip


def headings(evidence: Evidence, tag: str) -> Iterator[str]:
    """Texts of visible headings outside navigation and side columns, at most ten."""
    for number, element in enumerate(evidence.tree.iter(tag)):
        if number >= 10:
            return
        if not stands_aside(element):
            yield visible_text(element, 2_000)


def itemprop_headlines(tree: Any) -> Iterator[str]:
    """Microdata headlines that are visible elements."""
    for number, element in enumerate(tree.xpath("//*[@itemprop='headline']")):
        if number >= 3:
            return
        if element.tag != "meta":
            yield visible_text(element, 2_000)


def entry_titles(tree: Any) -> Iterator[str]:
    """Headings that blogs and older systems mark by class where no h1 is used."""
    words = "entry-title post-title article-title article__title titre-article node-title"
    elements = "self::h1 or self::h2 or self::h3 or self::div or self::span"
    marked = tree.xpath(f"//*[{elements}][{any_class(words)} or contains(@id,'page-title')]")
    for element in marked[:5]:
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
    """True where a segment says no more than who publishes: the site's name, or a few words around it."""
    words = comparable(segment)
    squashed = words.replace(" ", "")
    if not squashed or squashed in site_names:
        return True
    return len(words.split()) <= 4 and any(
        len(name) >= 5 and name in squashed and len(squashed) <= 2 * len(name) for name in site_names
    )


def choose_title(seen: list[TitleSeen], blocks: frozenset[str] = frozenset()) -> tuple[TitleSeen, str] | None:
    """The title and the rule that chose it; `blocks` are the page's visible blocks, comparable."""
    stated = [item for item in seen if item.origin in ("json_ld", "meta")]
    for places in (("h1", "itemprop", "entry_title"), ("h2",)):
        visible = [item for item in seen if item.place in places]
        choice = choose_visible(visible, stated)
        if choice is not None:
            return choice
    headings = [item for item in seen if item.place == "h1" and len(comparable(item.value).split()) >= MIN_WORDS]
    if len(headings) == 1:
        return headings[0], "only_heading"
    for item in stated:
        for part in parts_of(item.value):
            if comparable(part) in blocks and len(comparable(part).split()) >= MIN_WORDS:
                return replace(item, value=part), "part_shown_on_page"
    others = [item for item in seen if item.place != "h2"]
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
    choice = choose_title(
        seen, frozenset(comparable(block.text) for block in evidence.blocks if len(block.text) <= MAX_TITLE)
    )
    if choice is None:
        return None, [Claim("title", item.origin, item.text, item.value) for item in seen]
    chosen, rule = choice
    claims = []
    for item in seen:
        is_chosen = item.place == chosen.place and item.text == chosen.text
        value = chosen.value if is_chosen else item.value
        claims.append(Claim("title", item.origin, item.text, value, chosen=is_chosen, rule=rule if is_chosen else None))
    return chosen.value, claims
