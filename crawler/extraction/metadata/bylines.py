"""Authors as the page shows them to readers: marked elements and lines such as `Par Anne Dupré`, near the headline."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crawler.extraction.metadata.evidence import Evidence
from crawler.extraction.metadata.person_names import (
    AUTHOR_WORD,
    BY_VISIBLE,
    WORK,
    joined_names,
    looks_like_person,
    split_names,
)
from crawler.extraction.metadata.statements import AuthorsSeen
from crawler.extraction.metadata.surroundings import Surroundings
from crawler.extraction.metadata.wording import visible_text

BYLINE = re.compile(rf"^(?:{WORK}\s+)?{BY_VISIBLE}(?:\s*:\s*|\s+)", re.IGNORECASE)
# `Publié le 3 mai 2024 par Anne Dupré`, `By Anne | Published: ...`: with a date beside, one word is a name too.
DATED_BYLINE = re.compile(
    r"(?:19|20)\d\d\b.{0,30}?\b(?:par|by|von|por)\s+(?P<names>[^\W\d_].{1,80})$|"
    r"^(?:par|by|von|por)\s+(?P<first>[^|•·,]{2,60}?)\s*[|•·,-]\s*.{0,30}(?:19|20)\d\d\b",
    re.IGNORECASE,
)
AUTHOR_LINE = re.compile(rf"^{AUTHOR_WORD}\s*:?\s+[^\W\d_]", re.IGNORECASE)
CREDIT = re.compile(r"photo|credit|copyright|caption|legende|image", re.IGNORECASE)
# Comments of readers carry author classes by the hundred.
MAX_MARKED = 400
# Two marked elements farther apart than this, in blocks, belong to two articles.
MAX_GAP = 2
MAX_GROUPS = 3
MAX_BYLINE = 150
# `envoyée spéciale à Montfleury` has four.
MAX_PIECE_WORDS = 5


def page_authors(evidence: Evidence, around: Surroundings) -> Iterator[AuthorsSeen]:
    """Authors the page shows: links with rel=author, microdata, elements whose class says byline, lines with `Par`.

    Near the headline only, the nearest first, since lists of other articles carry bylines too.
    """
    marks = evidence.marks
    for place, elements, one_word in (
        ("rel_author", marks.author_links, True),
        ("itemprop", marks.author_properties, True),
        ("byline", marks.authors, False),
    ):
        groups: list[MarkedNames] = []
        for marked in marked_names(evidence, around, elements, one_word):
            if groups and marked.last - groups[-1].last <= MAX_GAP:
                groups[-1] = groups[-1].joined_with(marked)
            else:
                groups.append(marked)
        groups.sort(key=lambda group: abs(group.first - around.headline))
        for group in groups[:MAX_GROUPS]:
            yield AuthorsSeen(place, "page", "; ".join(group.texts[:5]), group.names)
    yield from byline_authors(evidence, around)
    for number in around.near:
        block = evidence.blocks[number]
        names = joined_names(block.text) if len(block.text) <= MAX_BYLINE else []
        if names and not is_credit(block.element):
            yield AuthorsSeen("joined_byline", "page", block.text, tuple(names))


@dataclass(frozen=True)
class MarkedNames:
    """Marked elements that follow one another closely: the numbers of their blocks, their texts, their names."""

    first: int
    last: int
    texts: tuple[str, ...]
    names: tuple[str, ...]

    def joined_with(self, other: "MarkedNames") -> "MarkedNames":
        """Both as one statement."""
        return MarkedNames(self.first, other.last, self.texts + other.texts, self.names + other.names)


def marked_names(
    evidence: Evidence, around: Surroundings, elements: list[Any], one_word: bool
) -> Iterator[MarkedNames]:
    """The names of each marked element near the headline, in reading order; `one_word`: a single word is believed."""
    for element in elements[:MAX_MARKED]:
        number = around.number_of(element)
        if number not in around.near or around.is_elsewhere(element) or is_credit(element):
            continue
        text = visible_text(element, 2 * MAX_BYLINE, after_link=" ; ").strip(" ;")
        if len(text) > MAX_BYLINE:
            continue
        names = split_names(text, evidence.site_names, visible=True)
        believed = tuple(name for name in names if one_word or looks_like_person(name))
        if believed:
            yield MarkedNames(number, number, (text,), believed)


def is_credit(element: Any) -> bool:
    """True inside figures and photo credits: who took a picture did not write the text."""
    for ancestor in (element, *element.iterancestors()):
        if ancestor.tag in ("figure", "figcaption") or CREDIT.search(ancestor.get("class") or ""):
            return True
        if ancestor.tag in ("article", "main", "body"):
            return False
    return False


def byline_authors(evidence: Evidence, around: Surroundings) -> Iterator[AuthorsSeen]:
    """The first short block near the headline that begins with `Par`, or line with `Auteur :` anywhere."""
    for number, block in enumerate(evidence.blocks):
        names = (
            byline_names(block.text, number in around.near, evidence.site_names)
            if len(block.text) <= MAX_BYLINE
            else []
        )
        if names and not around.is_elsewhere(block.element):
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
