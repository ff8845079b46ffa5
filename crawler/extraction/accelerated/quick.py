"""The precise extraction without the steps that cannot change its result on the page at hand.

The library makes five copies of a page, extracts the text by its own rules, lets readability extract it too and looks
at the answers of both. Here its own rules run on one copy; then it is asked whether any later step could have changed
the result. Promises: the library's own text, or None where that is not proven; the tree is left as it was.
"""

from copy import copy
from functools import cache

from lxml.etree import _Element, strip_elements, strip_tags
from trafilatura import xpaths
from trafilatura.core import _forum_thread_page
from trafilatura.external import SANITIZED_XPATH, compare_extraction
from trafilatura.htmlprocessing import convert_tags, prune_unwanted_nodes, tree_cleaning
from trafilatura.main_extractor import _elem_text, _extract, recover_wild_text
from trafilatura.settings import MIN_DUPLICATE_LENGTH, Extractor
from trafilatura.utils import SPACING_PROTECTED
from trafilatura.xml import delete_element, xmltotxt

from crawler.extraction.accelerated.upper_bound import find_most_text, find_most_text_of_clean


@cache
def make_options(precise: bool) -> Extractor:
    """The options with which the library is asked, as `bare_extraction` makes them from its arguments."""
    return Extractor(output_format="python", precision=precise, comments=False)


def extract_precisely(root: _Element) -> str | None:
    """The text that `bare_extraction` gives for our precise options; None where it takes all its steps to know."""
    is_forum = any("DiscussionForumPosting" in (script.text or "") for script in root.iter("script"))
    if is_forum and _forum_thread_page(root):
        return None
    try:
        return _extract_in_order(root, make_options(True))
    except (TypeError, ValueError):  # the library says "nothing" to these, which is its own affair
        return None


def _extract_in_order(root: _Element, options: Extractor) -> str:
    tree, order, most = _prepare(root, options)
    body, text, tags = _extract(tree, options)
    is_short = len(body) == 0 or len(text) < options.min_extracted_size
    if is_short:
        body, text = _recover(root, order, body, tags, options)
    _drop_repeats(body)
    _clean_up(body)
    if is_short or body.xpath(SANITIZED_XPATH) or not _is_beyond_doubt(root, most, body, len(text), options):
        raw = _prune(copy(root))
        body, text = compare_extraction(tree_cleaning(copy(raw), options), raw, body, text, options)
    return (xmltotxt(body, options.formatting) or "") if text else ""


def _prepare(root: _Element, options: Extractor) -> tuple[_Element, list[_Element], int | None]:
    """A copy as the library's own rules get it, its elements, and a bound of readability's text, see `upper_bound`."""
    tree = _prune(copy(root))
    strip_elements(tree, "script", "style", with_tail=False)  # as the library's cleaning and readability do
    most = find_most_text_of_clean(tree)
    tree = convert_tags(tree_cleaning(tree, options), options, None)
    tree = prune_unwanted_nodes(tree, xpaths.REMOVE_COMMENTS_XPATH)
    return tree, list(tree.iter()), most


def _recover(
    root: _Element, order: list[_Element], body: _Element, tags: set[str], options: Extractor
) -> tuple[_Element, str]:
    """What the library finds all over the page where its rules found next to nothing; `order` is what they went over.

    It asks for the page as they got it, which is made again, rather than copied for every page in case.
    """
    tree, twins, _ = _prepare(root, options)
    consumed = {twin for element, twin in zip(order, twins, strict=True) if element.tag == "done"}
    body = recover_wild_text(tree, body, options, tags, consumed)
    return body, " ".join(body.itertext()).strip()


def _prune(tree: _Element) -> _Element:
    """The page as all of the library's extractors get it: without comments and appended articles."""
    return prune_unwanted_nodes(tree, [*xpaths.RAW_TREE_PRUNE_XPATH, *xpaths.REMOVE_COMMENTS_AND_LISTS_XPATH])


def _drop_repeats(body: _Element) -> None:
    """Of equal neighbours above a certain length the first stays."""
    before = ""
    for element in list(body):
        words = _elem_text(element)
        if words and words == before and len(words) > MIN_DUPLICATE_LENGTH:
            delete_element(element, keep_tail=False)
        else:
            before = words


def _clean_up(body: _Element) -> None:
    """Leftovers of the library's marks, and blank text behind line breaks."""
    strip_elements(body, "done")
    strip_tags(body, "div")
    for line_break in body.iter("lb"):
        tail = line_break.tail
        if tail and tail.isspace() and next(line_break.iterancestors(SPACING_PROTECTED), None) is None:
            line_break.tail = None


def _is_beyond_doubt(root: _Element, most: int | None, body: _Element, length: int, options: Extractor) -> bool:
    """Whether readability's answer would be refused whatever it found; `most` is a first bound of its length."""
    if most is None or most > 2 * length:
        most = find_most_text(root, xpaths.OVERALL_DISCARD_XPATH, enough=2 * length)
    if most is None:
        return False
    if most <= 2 * options.min_extracted_size:
        return True
    return bool(body.xpath(".//p//text()")) and len(body.findall(".//table")) <= len(body.findall(".//p"))
