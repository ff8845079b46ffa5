"""The elements that a page marks by class, itemprop or rel as title, author, standfirst or date: found in one walk.

Promises: each list in the order of the page. Most pages share few values of `class`, so each is judged once.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

ClassMark = Literal["title", "author", "standfirst"]

# Parts of class names, as the authors of pages write them.
CLASS_WORDS: dict[ClassMark, re.Pattern[str]] = {
    "title": re.compile("entry-title|post-title|article-title|article__title|titre-article|node-title"),
    "author": re.compile("[Bb]yline|[Aa]uthor|auteur|autor|signature"),
    "standfirst": re.compile("chapo|chapeau|standfirst|article__desc|article(?:-|__)intro|article(?:-|__)lead"),
}
TITLE_ID = "page-title"
TITLE_TAGS = frozenset({"h1", "h2", "h3", "div", "span"})
STANDFIRST_TAGS = frozenset({"p", "div", "h2", "h3", "strong"})
DATE_PROPERTIES = frozenset({"datePublished", "dateModified"})


@dataclass
class Marks:
    """Elements by what they are marked as. `dates` are those with an itemprop of a date and `<time pubdate>`."""

    titles: list[Any] = field(default_factory=list)
    authors: list[Any] = field(default_factory=list)
    standfirsts: list[Any] = field(default_factory=list)
    headline_properties: list[Any] = field(default_factory=list)
    author_properties: list[Any] = field(default_factory=list)
    author_links: list[Any] = field(default_factory=list)
    dates: list[Any] = field(default_factory=list)


def read_marks(tree: Any) -> Marks:
    """Walk the tree once."""
    marks = Marks()
    for element in tree.iter():
        names, identity, prop = element.get("class"), element.get("id"), element.get("itemprop")
        is_title = identity is not None and TITLE_ID in identity
        if names is not None and (meanings := judge_class(names)):
            is_title = is_title or "title" in meanings
            if "author" in meanings:
                marks.authors.append(element)
            if "standfirst" in meanings and element.tag in STANDFIRST_TAGS:
                marks.standfirsts.append(element)
        if is_title and element.tag in TITLE_TAGS:
            marks.titles.append(element)
        if prop is not None:
            add_property(marks, element, prop)
    marks.author_links = [link for link in tree.iter("a") if " author " in f" {link.get('rel', '')} "]
    if any(time.get("pubdate") is not None for time in tree.iter("time")):
        marks.dates = tree.xpath(
            "//*[@itemprop='datePublished' or @itemprop='dateModified' or (self::time and @pubdate)]"
        )
    return marks


def add_property(marks: Marks, element: Any, prop: str) -> None:
    """Put an element with an itemprop where it belongs."""
    if prop == "headline":
        marks.headline_properties.append(element)
    elif prop == "author" and element.tag != "meta":
        marks.author_properties.append(element)
    elif prop in DATE_PROPERTIES:
        marks.dates.append(element)


@lru_cache(maxsize=4096)
def judge_class(names: str) -> frozenset[ClassMark]:
    """What a value of `class` says."""
    return frozenset(mark for mark, words in CLASS_WORDS.items() if words.search(names))
