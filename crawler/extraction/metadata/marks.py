"""The elements that a page marks by class, itemprop or rel as title, author, standfirst or date: found in one walk.

Promises: each list in the order of the page. Of the telling words most pages hold one or two, so each value of `class`
is asked for those alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from crawler.extraction.page_walk import PageWalk

# Parts of class names, as the authors of pages write them.
TITLE_WORDS = tuple("entry-title post-title article-title article__title titre-article node-title".split())
AUTHOR_WORDS = tuple("byline Byline author Author auteur autor signature".split())
STANDFIRST_WORDS = tuple(
    "chapo chapeau standfirst article__desc article-intro article__intro article-lead article__lead".split()
)
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


def read_marks(tree: Any, walked: PageWalk) -> Marks:
    """Sort what the walk found."""
    marks = Marks()
    for element, prop in walked.properties:
        add_property(marks, element, prop)
    values = {names for _, names in walked.classed}
    authors, standfirsts = hold_word(values, AUTHOR_WORDS), hold_word(values, STANDFIRST_WORDS)
    marks.authors = [element for element, names in walked.classed if names in authors]
    leads = [element for element, names in walked.classed if names in standfirsts]
    marks.standfirsts = [element for element in leads if element.tag in STANDFIRST_TAGS]
    marks.titles = find_titles(walked, hold_word(values, TITLE_WORDS))
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


def find_titles(walked: PageWalk, telling: set[str]) -> list[Any]:
    """The elements that a title can stand in, with a telling class or id."""
    marked = [element for element, names in walked.classed if names in telling]
    by_id = [element for element, identity in walked.identified if TITLE_ID in identity]
    if by_id:
        wanted = {*by_id, *marked}
        marked = [element for element in walked.elements if element in wanted]
    return [element for element in marked if element.tag in TITLE_TAGS]


def hold_word(values: set[str], words: Sequence[str]) -> set[str]:
    """The values in which one of the words stands."""
    whole = "\n".join(values)
    return {value for word in words if word in whole for value in values if word in value}
