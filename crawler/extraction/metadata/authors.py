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
from crawler.extraction.metadata.person_names import (
    AUTHOR_WORD,
    BY_VISIBLE,
    WORK,
    drop_repeats,
    is_organisation,
    is_site,
    joined_names,
    looks_like_person,
    split_names,
)
from crawler.extraction.metadata.wording import any_class, comparable, unaccented, visible_text

META_AUTHORS = tuple(
    """
    author article:author og:article:author parsely-author dc.creator dcterms.creator sailthru.author
    cxenseparse:author articleauthor article_author byl bepress_citation_author citation_author dc.contributor
    creator
    """.split()
)
BYLINE = re.compile(rf"^(?:{WORK}\s+)?{BY_VISIBLE}(?:\s*:\s*|\s+)", re.IGNORECASE)
# `Publié le 3 mai 2024 par Anne Dupré`, `By Anne | Published: ...`: with a date beside, one word is a name too.
DATED_BYLINE = re.compile(
    r"(?:19|20)\d\d\b.{0,30}?\b(?:par|by|von|por)\s+(?P<names>[^\W\d_].{1,80})$|"
    r"^(?:par|by|von|por)\s+(?P<first>[^|•·,]{2,60}?)\s*[|•·,-]\s*.{0,30}(?:19|20)\d\d\b",
    re.IGNORECASE,
)
AUTHOR_LINE = re.compile(rf"^{AUTHOR_WORD}\s*:?\s+[^\W\d_]", re.IGNORECASE)
CREDIT = re.compile(r"photo|credit|copyright|caption|legende|image", re.IGNORECASE)
# (place, where, whether a name of one word is believed there)
MARKED_AUTHORS = (
    ("rel_author", "//a[contains(concat(' ',@rel,' '),' author ')]", True),
    ("itemprop", "//*[@itemprop='author'][not(self::meta)]", True),
    ("byline", f"//*[{any_class('byline Byline author Author auteur autor signature')}]", False),
)
# Comments of readers carry author classes by the hundred.
MAX_MARKED = 400
# Two marked elements farther apart than this, in blocks, belong to two articles.
MAX_GAP = 2
MAX_BYLINE = 150
# `envoyée spéciale à Montfleury` has four.
MAX_PIECE_WORDS = 5


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
            names = [name for text, _ in stated for name in split_names(text, evidence.site_names)]
            if stated:
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
            if value:
                yield AuthorsSeen(name, "meta", value, tuple(split_names(value, evidence.site_names)))


def page_authors(evidence: Evidence, title: str | None) -> Iterator[AuthorsSeen]:
    """Authors the page shows: links with rel=author, microdata, elements whose class says byline, lines with `Par`.

    Near the headline only, the nearest first, since lists of other articles carry bylines too.
    """
    near, headline = evidence.near_headline(title), evidence.headline(title)
    for place, path, one_word in MARKED_AUTHORS:
        groups = sorted(marked_groups(evidence, path, near, one_word), key=lambda group: abs(group[0] - headline))
        for _, texts, names in groups[:3]:
            yield AuthorsSeen(place, "page", "; ".join(texts[:5]), tuple(names))
    yield from byline_authors(evidence, near)
    for number in near:
        names = joined_names(evidence.blocks[number].text) if len(evidence.blocks[number].text) < 200 else []
        if names and not is_credit(evidence.blocks[number].element):
            yield AuthorsSeen("joined_byline", "page", evidence.blocks[number].text, tuple(names))


def marked_groups(
    evidence: Evidence, path: str, near: range, one_word: bool
) -> Iterator[tuple[int, list[str], list[str]]]:
    """(block number, texts, names) of marked elements; those that follow one another closely are one statement."""
    texts: list[str] = []
    names: list[str] = []
    first = last = -MAX_GAP
    for element in evidence.tree.xpath(path)[:MAX_MARKED]:
        number = evidence.block_number(element)
        if number not in near or stands_aside(element) or is_credit(element):
            continue
        text = visible_text(element, 300, after_link=" ; ").strip(" ;")
        found = (
            [
                name
                for name in split_names(text, evidence.site_names, visible=True)
                if looks_like_person(name) or one_word
            ]
            if len(text) < 150
            else []
        )
        if not found:
            continue
        if number - last > MAX_GAP and names:
            yield first, texts, names
            texts, names = [], []
        first = number if not names else first
        texts.append(text)
        names.extend(found)
        last = number
    if names:
        yield first, texts, names


def is_credit(element: Any) -> bool:
    """True inside figures and photo credits: who took a picture did not write the text."""
    for ancestor in (element, *element.iterancestors()):
        if ancestor.tag in ("figure", "figcaption") or CREDIT.search(ancestor.get("class") or ""):
            return True
        if ancestor.tag in ("article", "main", "body"):
            return False
    return False


def byline_authors(evidence: Evidence, near: range) -> Iterator[AuthorsSeen]:
    """The first short block near the headline that begins with `Par`, or line with `Auteur :` anywhere."""
    for number, block in enumerate(evidence.blocks):
        names = byline_names(block.text, number in near, evidence.site_names) if len(block.text) <= MAX_BYLINE else []
        if names and not stands_aside(block.element):
            yield AuthorsSeen("byline_text", "page", block.text, tuple(names))
            return


def byline_names(text: str, near: bool, site_names: frozenset[str]) -> list[str]:
    """The names of a line, where it has the form of a byline."""
    dated = DATED_BYLINE.search(text) if near else None
    if dated:
        names = split_names(dated["names"] or dated["first"], site_names, visible=True)
        return [name for name in names if looks_like_person(name) or (name[:1].isupper() and " " not in name)]
    if not (near and BYLINE.match(text)) and not AUTHOR_LINE.match(text):
        return []
    # `Par décision du tribunal, la rue sera fermée...` goes on as a sentence does.
    if any(len(piece.split()) > MAX_PIECE_WORDS for piece in text.split(",")[1:]):
        return []
    return [name for name in split_names(text, site_names, visible=True) if looks_like_person(name)]


def feed_authors(evidence: Evidence) -> Iterator[AuthorsSeen]:
    """Authors as the feed named them."""
    for hint in evidence.page.hints:
        names = [name for author in hint.authors for name in split_names(author, evidence.site_names)]
        if names:
            yield AuthorsSeen("feed", "feed", "; ".join(hint.authors), tuple(names))


def claim_authors(evidence: Evidence, title: str | None) -> tuple[tuple[str, ...], list[Claim]]:
    """The chosen names and all claims, one a name."""
    seen = [*linked_authors(evidence), *meta_authors(evidence), *page_authors(evidence, title), *feed_authors(evidence)]
    choice = choose_authors(seen, evidence.site_names)
    claims: list[Claim] = []
    for item in seen:
        if not item.names and item.text:
            claims.append(Claim("authors", item.origin, item.text[:300]))
        for name in drop_repeats(list(item.names)):
            claim = Claim("authors", item.origin, item.text[:300], name)
            if choice is not None and item is choice[0] and name in choice[1]:
                claim = replace(claim, chosen=True, rule=f"{choice[2]}:{item.place}")
            claims.append(claim)
    return tuple(drop_repeats(choice[1]) if choice else ()), claims


def choose_authors(seen: list[AuthorsSeen], site_names: frozenset[str]) -> tuple[AuthorsSeen, list[str], str] | None:
    """The first statement that names a person; a byline that names the same and more; else an organisation."""
    trusted = [item for item in seen if item.place != "joined_byline"]
    for item in trusted:
        if persons_of(item, site_names):
            fuller = next((other for other in seen if names_more(other, item, site_names)), None)
            if fuller is not None:
                return fuller, persons_of(fuller, site_names), "byline_names_more"
            return item, signers_of(item, site_names), "first_with_a_person"
    foreign = [item for item in trusted if any(not is_site(name, site_names) for name in item.names)]
    named = next((item for item in (*foreign, *trusted) if item.names), None)
    return (named, list(named.names), "organisation_only") if named else None


def persons_of(item: AuthorsSeen, site_names: frozenset[str]) -> list[str]:
    """The names that are no organisation's."""
    return [name for name in item.names if item.person and not is_organisation(name, site_names)]


def signers_of(item: AuthorsSeen, site_names: frozenset[str]) -> list[str]:
    """Persons, and in JSON-LD, where authors are listed one by one, the agencies named beside them."""
    if item.origin != "json_ld":
        return persons_of(item, site_names)
    return [name for name in item.names if not is_site(name, site_names)]


def names_more(other: AuthorsSeen, item: AuthorsSeen, site_names: frozenset[str]) -> bool:
    """True where a visible byline is nothing but every person of a statement and one or a few more."""
    if other.place != "joined_byline" or item.origin not in ("json_ld", "meta"):
        return False
    stated = {unaccented(comparable(name)) for name in persons_of(item, site_names)}
    shown = {unaccented(comparable(name)) for name in persons_of(other, site_names)}
    return stated < shown
