"""What the publisher puts on an article besides its title: section, tags and lead."""

import re
from collections.abc import Iterator

from crawler.extraction.metadata.evidence import Evidence
from crawler.extraction.metadata.json_ld import strings_of
from crawler.extraction.metadata.surroundings import Surroundings
from crawler.extraction.metadata.wording import clean_inline, comparable, unaccented, visible_text

META_SECTION = tuple(
    """
    article:section og:article:section og:section parsely-section prism.section articlesection section
    cxenseparse:section
    """.split()
)
META_TAGS = tuple(
    """
    article:tag og:article:tag news_keywords parsely-tags sailthru.tags keywords dc.subject dc.keywords
    video:tag
    """.split()
)
META_LEAD = ("og:description", "description", "twitter:description", "dc.description", "dcterms.abstract")
# Where an article stands on the day, not what it is about.
NO_SECTION = frozenset(
    {"a la une", "une", "accueil", "actualites", "actualite", "articles", "non classe", "uncategorized"}
)
MAX_TAGS = 40
MAX_LEAD = 1_500
MIN_LEAD_WORDS = 5
CUT_OFF = re.compile(r"\s*(?:\[?(?:…|\.\.\.)\]?|\[&hellip;\])\s*$")


def read_section(evidence: Evidence) -> str | None:
    """The section by JSON-LD or meta."""
    for text in stated_sections(evidence):
        for section in re.split(r"\s*[,;|]\s*", clean_inline(text)):
            if section and len(section) <= 100 and "://" not in section and unaccented(section) not in NO_SECTION:
                return section
    return None


def stated_sections(evidence: Evidence) -> Iterator[str]:
    """Every stated section, the surest first."""
    for node in evidence.article_nodes[:2]:
        yield from strings_of(node.get("articleSection"))
    yield from evidence.head.each(*META_SECTION)


def read_tags(evidence: Evidence) -> tuple[str, ...]:
    """Tags of the first place that gives any: metas one by one, then lists of keywords."""
    for values in stated_tags(evidence):
        tags: dict[str, str] = {}
        for value in values:
            for piece in re.split(r"\s*[,;|]\s*", clean_inline(value)):
                if piece and len(piece) <= 80 and "://" not in piece:
                    tags.setdefault(comparable(piece), piece)
        if tags:
            return tuple(list(tags.values())[:MAX_TAGS])
    return ()


def stated_tags(evidence: Evidence) -> Iterator[list[str]]:
    """The values of each place that may hold tags."""
    for node in evidence.article_nodes[:2]:
        yield strings_of(node.get("keywords"))
    for name in META_TAGS:
        yield list(evidence.head.metas.get(name, ()))


def read_lead(evidence: Evidence, around: Surroundings, main_text: str, first_block: str | None) -> str | None:
    """The standfirst as the page shows it, else the description in the head.

    A description that was cut off is replaced by the whole paragraph it was cut from, where the text has it.
    """
    for stated in stated_leads(evidence, around):
        lead = clean_inline(stated)[:MAX_LEAD]
        if len(comparable(lead).split()) < MIN_LEAD_WORDS or comparable(lead) == comparable(around.title):
            continue
        if not CUT_OFF.search(lead):
            return lead
        whole = paragraph_starting(CUT_OFF.sub("", lead), main_text, first_block)
        return whole or lead
    return None


def stated_leads(evidence: Evidence, around: Surroundings) -> Iterator[str]:
    """Every stated lead, the surest first; a standfirst far from the headline is a comment's or a teaser's."""
    for element in evidence.marks.standfirsts[:20]:
        if around.number_of(element) in around.near and not around.is_elsewhere(element):
            yield visible_text(element, MAX_LEAD)
    for node in evidence.article_nodes[:1]:
        yield from strings_of(node.get("description"))
    yield from evidence.head.each(*META_LEAD)


def paragraph_starting(beginning: str, main_text: str, first_block: str | None) -> str | None:
    """The paragraph of the main text that starts with these words."""
    wanted = comparable(beginning)
    for paragraph in [first_block or "", *main_text.split("\n")[:20]]:
        if len(paragraph) <= MAX_LEAD and wanted and comparable(paragraph).startswith(wanted):
            return paragraph.strip()
    return None
