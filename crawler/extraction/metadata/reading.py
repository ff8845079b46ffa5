"""From one parsed page to its metadata: the order in which the fields are read, and the record that leaves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive.records import Claim, Origin, Page, Precision
from crawler.extraction.metadata.addresses import read_canonical, read_elsewhere
from crawler.extraction.metadata.authors import claim_authors
from crawler.extraction.metadata.dates import claim_dates
from crawler.extraction.metadata.evidence import Evidence
from crawler.extraction.metadata.json_ld import types_of
from crawler.extraction.metadata.labels import read_lead, read_section, read_tags
from crawler.extraction.metadata.language import read_language
from crawler.extraction.metadata.paywall import is_paywalled
from crawler.extraction.metadata.surroundings import Surroundings
from crawler.extraction.metadata.titles import claim_titles
from crawler.extraction.page_walk import PageWalk, walk_page

# A page with a feed entry, JSON-LD, metas and a dateline makes about ten a field.
MAX_CLAIMS = 40


@dataclass(frozen=True)
class Metadata:
    """Everything about an article but its text. Types as in `archive.records.Extraction`.

    `page_type` is what the page calls itself (og:type, else its first JSON-LD type), lower case.
    """

    title: str | None
    authors: tuple[str, ...]
    lead: str | None
    language: str | None
    section: str | None
    tags: tuple[str, ...]
    published_at: datetime | None
    published_precision: Precision | None
    published_origin: Origin | None
    published_doubt: str | None
    modified_at: datetime | None
    canonical_url: str | None
    also_at: tuple[str, ...]
    paywalled: bool
    page_type: str | None
    claims: tuple[Claim, ...]


def read_metadata(
    tree: Any, page: Page, main_text: str, first_block: str | None = None, walked: PageWalk | None = None
) -> Metadata:
    """Read a page's metadata; `tree` is the lxml.html root of the decoded page and is never changed.

    `main_text` is the article's text as extracted, one block a line; `first_block` its first block where known.
    `walked` is the walk over the tree, where one was made already.
    """
    evidence = Evidence(tree, page, walked or walk_page(tree))
    title, title_claims = claim_titles(evidence)
    around = Surroundings(evidence.blocks, title)
    authors, author_claims = claim_authors(evidence, around)
    published, modified, date_claims = claim_dates(evidence, around)
    at = published.instant.at if published else None
    return Metadata(
        title=title,
        authors=authors,
        lead=read_lead(evidence, around, main_text, first_block),
        language=read_language(evidence, main_text),
        section=read_section(evidence),
        tags=read_tags(evidence),
        published_at=at,
        published_precision=published.instant.precision if published and at else None,
        published_origin=published.origin if published else None,
        published_doubt=published.instant.doubt if published else None,
        modified_at=modified.instant.at if modified else None,
        canonical_url=read_canonical(evidence),
        also_at=read_elsewhere(evidence),
        paywalled=is_paywalled(evidence),
        page_type=next(page_types(evidence), None),
        claims=(*trim_claims(title_claims), *trim_claims(author_claims), *trim_claims(date_claims)),
    )


def trim_claims(claims: list[Claim]) -> list[Claim]:
    """Each claim once, the chosen ones and the first others: a hostile page must not fill the catalogue."""
    kept: dict[tuple[object, ...], Claim] = {}
    for claim in sorted(claims, key=lambda claim: not claim.chosen):
        if len(kept) < MAX_CLAIMS:
            kept.setdefault((claim.field, claim.origin, claim.text, claim.value), claim)
    return list(kept.values())


def page_types(evidence: Evidence) -> Iterator[str]:
    """What the page calls itself, in its own words."""
    for value in evidence.head.each("og:type"):
        yield value.lower()
    for node in (*evidence.article_nodes[:1], *evidence.page_nodes[:1]):
        yield from sorted(types_of(node))
