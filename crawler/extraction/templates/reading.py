"""A page read by a template: the known parts without text are emptied, the known blocks are taken.

Promises: on any doubt nothing is read, and the doubt has a name; what does not depend on the page's layout (notices,
captions, headline, lead, metadata) is decided by the same code as on every page.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lxml.etree import XPath
from lxml.html import HtmlElement

from archive.records import Extraction
from crawler.extraction.blocks import Block
from crawler.extraction.extract import OpenedPage, assemble
from crawler.extraction.furniture import is_furniture_line, is_pointer
from crawler.extraction.judgement import is_article_anywhere
from crawler.extraction.main_text import complete_text
from crawler.extraction.metadata import read_metadata
from crawler.extraction.page_walk import PageWalk, walk_page
from crawler.extraction.pdf_links import find_pdf_links
from crawler.extraction.selection import drop_repeated
from crawler.extraction.templates.layout import Place, Template, list_parts, name_block, name_part

# A text so many times longer than all before is another kind of page: a live ticker, a list.
LONGER = 2
# Text that is no link.
_HOLDS_TEXT = XPath("boolean(.//text()[normalize-space()][not(ancestor::a or parent::script or parent::style)])")
# Pieces of text of this many characters are prose, wherever they stand.
_COUNT_PROSE = XPath("count(.//text()[string-length() > 200][not(parent::script or parent::style)])")


class DoubtError(Exception):
    """The page may not be like those that were learned from; the message says in what."""


@dataclass(frozen=True)
class Plan:
    """Where each element stands that is looked at, and which are left out."""

    places: dict[HtmlElement, Place]
    left_out: list[HtmlElement]


def read_by_template(opened: OpenedPage, template: Template) -> Extraction:
    """What the full extraction would say, or a `DoubtError`; the tree is emptied in places."""
    plan = _lay_out(opened.root, template)
    if count_prose(plan.left_out) > template.most_left_out:
        raise DoubtError("more prose outside the article")
    take_out(plan.left_out)
    walked = walk_page(opened.root)
    selected = drop_repeated(walked.blocks, [_is_taken(block, plan.places) for block in walked.blocks])
    read = read_selected(opened, walked, selected)
    if read is None:
        raise DoubtError("perhaps no article")
    if not template.shortest <= len(read.text) <= LONGER * template.longest:
        raise DoubtError("a text of another length")
    return read


def _lay_out(root: HtmlElement, template: Template) -> Plan:
    outside = [child for child in list_parts(root) if child.tag != "head"]
    if [child.tag for child in outside] != ["body"]:
        raise DoubtError("no body, or more than one")
    places: dict[HtmlElement, Place] = {outside[0]: template.body}
    left_out = []
    waiting = [outside[0]]
    while waiting:
        element = waiting.pop()
        known = places[element].children
        for child in list_parts(element):
            name = name_part(child)
            if name not in known:
                raise DoubtError("an unknown part")
            place = known[name]
            if isinstance(place, Place):
                places[child] = place
                waiting.append(child)
            elif place or not holds_text(child):
                left_out.append(child)
            else:
                raise DoubtError("text in a part that had none")
    return Plan(places, left_out)


def _is_taken(block: Block, places: dict[HtmlElement, Place]) -> bool:
    place = places.get(block.element)
    verdict = None if place is None else place.verdicts.get(name_block(block))
    if verdict is None and not is_dropped_anyway(block):
        raise DoubtError("text of an undecided kind")
    return bool(verdict)


def is_dropped_anyway(block: Block) -> bool:
    """Whether its text alone keeps a block out of every main text."""
    return is_furniture_line(block.text) or is_pointer(block)


def read_selected(opened: OpenedPage, walked: PageWalk, selected: list[bool]) -> Extraction | None:
    """What the page says where these of its blocks are its text; None where it might be no article."""
    page, root = opened.page, opened.root
    main = complete_text(root, walked.blocks, selected)
    if not main.blocks:
        return None
    metadata = read_metadata(root, page, main.text, main.blocks[0], walked)
    if not is_article_anywhere(page.url, main, metadata):
        return None
    links = find_pdf_links(root, main.container, page.url)
    return assemble(page, opened.decoded, main.text, metadata, links)


def holds_text(element: HtmlElement) -> bool:
    """Whether there is text in it beside links."""
    return bool(_HOLDS_TEXT(element))


def count_prose(elements: Sequence[HtmlElement]) -> int:
    """How many long pieces of text stand in these elements."""
    return sum(int(_COUNT_PROSE(element)) for element in elements)


@dataclass(frozen=True)
class TakenOut:
    """What stood in an element that is empty now."""

    element: HtmlElement
    text: str | None
    children: list[HtmlElement]


def take_out(elements: Sequence[HtmlElement]) -> list[TakenOut]:
    """Empty these elements, none of them within another; they stay where they are, with the text behind them."""
    taken = [TakenOut(element, element.text, list(element)) for element in elements]
    for element in elements:
        del element[:]
        element.text = None
    return taken


def put_back(taken: Sequence[TakenOut]) -> None:
    """Fill the elements again."""
    for each in taken:
        each.element.text = each.text
        each.element.extend(each.children)
