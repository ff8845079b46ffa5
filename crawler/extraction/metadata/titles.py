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
from crawler.extraction.metadata.wording import clean_inline, comparable, visible_text

SEPARATOR = re.compile(r"\s+[|•·»«:~/\\—–-]{1,3}\s+|\s*\|\s*|\s+::\s+")
MAX_TITLE = 400
META_TITLES = ("og:title", "twitter:title", "dc.title", "dcterms.title", "parsely-title", "sailthru.title", "headline", "title", "twitter:text:title")


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
    stated.extend(("entry_title", "page", text) for text in entry_titles(evidence.tree))
    stated.append(("title", "meta", evidence.head.title))
    stated.extend((hint.through, "feed" if hint.through == "feed" else "listing", hint.title or "") for hint in evidence.page.hints if hint.through != "import")
    seen: dict[tuple[str, str], TitleSeen] = {}
    for place, origin, text in stated:
        value = without_site(clean_inline(text[:2_000]), evidence.site_names)
        if value and len(value) <= MAX_TITLE:
            seen.setdefault((place, comparable(value)), TitleSeen(place, origin, clean_inline(text), value))
    return list(seen.values())


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
    marked = tree.xpath(
        "//*[self::h1 or self::h2 or self::h3 or self::div or self::span][contains(@class,'entry-title') or contains(@class,'post-title')"
        " or contains(@class,'article-title') or contains(@class,'article__title') or contains(@class,'titre-article')"
        " or contains(@class,'node-title') or contains(@id,'page-title')]"
    )
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
    """True where a segment says no more than who publishes."""
    squashed = comparable(segment).replace(" ", "")
    return not squashed or squashed in site_names


def choose_title(seen: list[TitleSeen]) -> tuple[TitleSeen, str] | None:
    """The title and the rule that chose it."""
    metas = [item for item in seen if item.origin in ("json_ld", "meta") and item.place != "title"]
    page_title = [item for item in seen if item.place == "title"]
    visible = [item for item in seen if item.place in ("h1", "itemprop", "entry_title")]
    for item in visible:
        if any(comparable(item.value) == comparable(other.value) for other in metas + page_title):
            return item, "visible_heading_agrees"
    for item in visible:
        words = comparable(item.value)
        if len(words.split()) >= 3 and any(f" {words} " in f" {comparable(other.value)} " for other in metas + page_title):
            return item, "visible_heading_inside_meta"
    h1 = [item for item in visible if item.place == "h1" and len(comparable(item.value).split()) >= 3]
    if len(h1) == 1:
        return h1[0], "only_heading"
    for item in metas + page_title + visible + seen:
        return item, "first_stated"
    return None


def claim_titles(evidence: Evidence) -> tuple[str | None, list[Claim]]:
    """The chosen title and all claims."""
    seen = gather_titles(evidence)
    choice = choose_title(seen)
    claims = []
    for item in seen:
        claim = Claim("title", item.origin, item.text, item.value)
        if choice is not None and item is choice[0]:
            claim = replace(claim, chosen=True, rule=choice[1])
        claims.append(claim)
    return (choice[0].value if choice else None), claims
