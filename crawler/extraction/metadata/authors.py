"""Authors: who signs, by JSON-LD, metas, the page's byline and the feed.

Persons win over organisations; an organisation stands only where no person does. Addresses, `admin` and the like are
no names.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from archive.records import Claim, Origin
from crawler.extraction.metadata.evidence import Evidence, stands_aside
from crawler.extraction.metadata.json_ld import Node, types_of
from crawler.extraction.metadata.person_names import drop_repeats, is_organisation, split_names
from crawler.extraction.metadata.wording import visible_text

META_AUTHORS = (
    "author", "article:author", "og:article:author", "parsely-author", "dc.creator", "dcterms.creator", "sailthru.author", "cxenseparse:author",
    "articleauthor", "article_author", "byl", "bepress_citation_author", "citation_author", "dc.contributor", "creator",
)  # fmt: skip
BYLINE = re.compile(r"\b(?:par|by|von|por|di)\b", re.IGNORECASE)


@dataclass(frozen=True)
class AuthorsSeen:
    """One statement of authorship and the names read from it."""

    place: str
    origin: Origin
    text: str
    names: tuple[str, ...]
    person: bool = True


def linked_authors(evidence: Evidence) -> Iterator[AuthorsSeen]:
    """Authors of the page's own article nodes."""
    for node in (*evidence.article_nodes[:3], *evidence.page_nodes[:1]):
        for key in ("author", "creator"):
            stated = list(author_texts(evidence, node.get(key)))
            names = [name for text, _ in stated for name in split_names(text)]
            if names:
                text = "; ".join(text for text, _ in stated)
                yield AuthorsSeen("json_ld", "json_ld", text, tuple(names), any(person for _, person in stated))


def author_texts(evidence: Evidence, value: Any, depth: int = 0) -> Iterator[tuple[str, bool]]:
    """(name, may be a person) of an author value: a string, a node, a reference, or lists of these."""
    value = evidence.linked.resolve(value)
    if isinstance(value, str):
        yield value, True
    elif isinstance(value, list) and depth < 4:
        for item in value[:20]:
            yield from author_texts(evidence, item, depth + 1)
    elif isinstance(value, dict) and depth < 4:
        yield from node_names(evidence, value, depth)


def node_names(evidence: Evidence, node: Node, depth: int) -> Iterator[tuple[str, bool]]:
    """The names of a person's or organisation's node."""
    person = not types_of(node) & {"organization", "newsmediaorganization", "corporation"}
    names = node.get("name") or " ".join(str(node.get(key) or "") for key in ("givenName", "familyName")).strip()
    for name, _ in author_texts(evidence, names, depth + 1):
        yield name, person


def meta_authors(evidence: Evidence) -> Iterator[AuthorsSeen]:
    """Authors named in metas."""
    for name in META_AUTHORS:
        for value in evidence.head.metas.get(name, ())[:10]:
            names = split_names(value)
            if names:
                yield AuthorsSeen(name, "meta", value, tuple(names))


def page_authors(evidence: Evidence) -> Iterator[AuthorsSeen]:
    """Authors of links with rel=author, of microdata, and of elements whose class says byline."""
    paths = (
        ("rel_author", "//a[contains(concat(' ',@rel,' '),' author ')]"),
        ("itemprop", "//*[@itemprop='author'][not(self::meta)]"),
        ("byline", "//*[contains(@class,'byline') or contains(@class,'author') or contains(@class,'auteur') or contains(@class,'signature') or contains(@class,'autor')]"),
    )
    for place, path in paths:
        names: list[str] = []
        texts: list[str] = []
        for element in evidence.tree.xpath(path)[:20]:
            if stands_aside(element):
                continue
            text = visible_text(element, 300)
            if text and len(text) < 200:
                texts.append(text)
                names.extend(split_names(text))
        if names:
            yield AuthorsSeen(place, "page", "; ".join(texts[:5]), tuple(names))


def feed_authors(evidence: Evidence) -> Iterator[AuthorsSeen]:
    """Authors as the feed named them."""
    for hint in evidence.page.hints:
        names = [name for author in hint.authors for name in split_names(author)]
        if names:
            yield AuthorsSeen("feed", "feed", "; ".join(hint.authors), tuple(names))


def claim_authors(evidence: Evidence) -> tuple[tuple[str, ...], list[Claim]]:
    """The chosen names and all claims, one a name."""
    seen = [*linked_authors(evidence), *meta_authors(evidence), *page_authors(evidence), *feed_authors(evidence)]
    chosen = choose_authors(seen, evidence.site_names)
    claims = []
    names: list[str] = []
    for item in seen:
        for name in item.names:
            claim = Claim("authors", item.origin, item.text[:300], name)
            if chosen is not None and item is chosen[0] and name in chosen[1]:
                claim = replace(claim, chosen=True, rule=f"{chosen[2]}:{item.place}")
                names.append(name)
            claims.append(claim)
    return tuple(drop_repeats(names)), claims


def choose_authors(seen: list[AuthorsSeen], site_names: frozenset[str]) -> tuple[AuthorsSeen, list[str], str] | None:
    """The first statement that names a person, with its persons; else the first that names anyone."""
    for item in seen:
        persons = [name for name in item.names if item.person and not is_organisation(name, site_names)]
        if persons:
            return item, persons, "first_with_a_person"
    for item in seen:
        if item.names:
            return item, list(item.names), "organisation_only"
    return None
