"""The elements that a page marks by class, itemprop or rel as title, author, standfirst or date: found in one walk.

Promises: each list in the order of the page. Of the telling words most pages hold one or two, so each value of `class`
is asked for those alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

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


def read_marks(tree: Any) -> Marks:
    """Walk the tree once."""
    marks = Marks()
    classed: list[tuple[Any, str]] = []
    title_ids: set[Any] = set()
    for element in tree.iter():
        if (names := element.get("class")) is not None:
            classed.append((element, names))
        if (identity := element.get("id")) is not None and TITLE_ID in identity:
            title_ids.add(element)
        if (prop := element.get("itemprop")) is not None:
            add_property(marks, element, prop)
    values = {names for _, names in classed}
    authors, standfirsts = hold_word(values, AUTHOR_WORDS), hold_word(values, STANDFIRST_WORDS)
    marks.authors = [element for element, names in classed if names in authors]
    leads = [element for element, names in classed if names in standfirsts]
    marks.standfirsts = [element for element in leads if element.tag in STANDFIRST_TAGS]
    marks.titles = find_titles(tree, classed, hold_word(values, TITLE_WORDS), title_ids)
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


def find_titles(tree: Any, classed: Iterable[tuple[Any, str]], telling: set[str], by_id: set[Any]) -> list[Any]:
    """The elements that a title can stand in, with a telling class or id."""
    marked = [element for element, names in classed if names in telling]
    if by_id:
        wanted = by_id.union(marked)
        marked = [element for element in tree.iter() if element in wanted]
    return [element for element in marked if element.tag in TITLE_TAGS]


def hold_word(values: set[str], words: Sequence[str]) -> set[str]:
    """The values in which one of the words stands."""
    whole = "\n".join(values)
    return {value for word in words if word in whole for value in values if word in value}
