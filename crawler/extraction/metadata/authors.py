"""Authors: who signs, by JSON-LD, metas, the page's byline and the feed.

Persons win over organisations; an organisation stands only where no person does. Addresses, `admin` and the like are
no names.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from archive.records import Claim
from crawler.extraction.metadata.bylines import page_authors
from crawler.extraction.metadata.evidence import Evidence, origin_of
from crawler.extraction.metadata.json_ld import Node, types_of
from crawler.extraction.metadata.person_names import drop_repeats, is_organisation, is_site, split_names
from crawler.extraction.metadata.statements import AuthorsSeen
from crawler.extraction.metadata.surroundings import Surroundings
from crawler.extraction.metadata.wording import comparable, unaccented

META_AUTHORS = tuple(
    """
    author article:author og:article:author parsely-author dc.creator dcterms.creator sailthru.author
    cxenseparse:author articleauthor article_author byl bepress_citation_author citation_author dc.contributor
    creator
    """.split()
)


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


def hinted_authors(evidence: Evidence) -> Iterator[AuthorsSeen]:
    """Authors as the feed named them."""
    for hint in evidence.page.hints:
        names = [name for author in hint.authors for name in split_names(author, evidence.site_names)]
        origin = origin_of(hint)
        if names and origin is not None:
            yield AuthorsSeen(hint.through, origin, "; ".join(hint.authors), tuple(names))


def claim_authors(evidence: Evidence, around: Surroundings) -> tuple[tuple[str, ...], list[Claim]]:
    """The chosen names and all claims, one a name."""
    seen = [
        *linked_authors(evidence),
        *meta_authors(evidence),
        *page_authors(evidence, around),
        *hinted_authors(evidence),
    ]
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
