"""What stands inside an article's container without being part of the article: the furniture of the page.

Promises: general rules only, by the names that authors of pages give such parts, by set phrases, and by the share of
links; a long paragraph is never dropped for a phrase in its middle.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from lxml.html import HtmlElement

from crawler.extraction.blocks import Block
from crawler.extraction.selection import climb, weigh
from crawler.extraction.set_phrases import ADDRESS_LINE, BYLINE, MOMENT, NOTICE, REACH

SET_PHRASE_MAX = 350  # characters: a set phrase begins a short notice, not a paragraph of prose
SMALL_PART = 0.3  # of the selected text: what is named as furniture and is larger is not furniture
MOST_REMEMBERED = 8192  # values of class and id: a site has a few thousand
LINKED_LINE = 0.85  # from this share of links on, a line is a pointer to another page

# Words in class and id, whole words between hyphens, underscores, capitals. What readers write is never the article;
# the other names are also given, on some pages, to what holds the article itself, so they count for small parts only.
_READERS = re.compile(
    r"(?:^|[\s_-])(?:comments?|commentaires?|disqus|posts?-?list|post-?comments|comments?-?list|reactions?)(?:$|[\s_-])",
    re.IGNORECASE,
)
_NAMES = re.compile(
    r"(?:^|[\s_-])(?:"
    r"newsletters?|mailing|cookies?|consent|gdpr|rgpd|paywalls?|regwall|registration-wall|access-wall|subscri(?:be|ption)s?"
    r"|abonnement|abonnez|share|sharing|shares|socials?|partage|partager|addthis"
    r"|related|read-?more|read-?also|see-?also|lire-?aussi|a-?lire|recommend(?:ed|ations?)?|recirc|outbrain|taboola"
    r"|most-?read|most-?popular|trending|inline-?recom|more-?on|catcher"
    r"|tags|tag-?list|keywords|mots-?cles|breadcrumbs?|ariane"
    r"|authors?|auteurs?|author-?(?:bio|box|info|card|name)|bio|biography|byline|signature|contributors?"
    r"|promo|advert|advertisement|publicite|pub|sponsor(?:ed)?|affiliate|ads?|embed-?ad"
    r"|captions?|credits?|copyright|legende?|image-?(?:legend|caption|credit)"
    r"|date|dateline|timestamp|read(?:ing)?-?time|estimated|feedback|poll|survey|sondage|error-?report|correction-?form"
    r"|gallery|galleries|diaporama|slideshow|popup|modal|tooltip|toolbar|pagination|pager|footer|sidebar|topbar"
    r"|donate|donation|don-?box|support-?us"
    r")(?:$|[\s_-])",
    re.IGNORECASE,
)
_ELEMENTS = frozenset(("figcaption", "footer", "address"))
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def find_furniture(
    blocks: Sequence[Block], selected: Sequence[bool], kept: frozenset[int], container: HtmlElement | None
) -> set[int]:
    """The indexes of selected blocks that belong to the page and not to the article; never one of `kept`."""
    weights, total = weigh(blocks, selected)
    chosen = [index for index, is_in in enumerate(selected) if is_in and index not in kept]
    by_text = {index for index in chosen if is_furniture_line(blocks[index].text) or is_pointer(blocks[index])}
    by_readers = {index for index in chosen if _is_within(blocks[index], _READERS, container, weights, 0.8 * total)}
    by_name = {index for index in chosen if _is_within(blocks[index], _NAMES, container, weights, SMALL_PART * total)}
    if sum(len(blocks[index].text) for index in by_name) > SMALL_PART * total:
        by_name = set()  # a page of captions, a gallery: what is named so is the article
    return by_text | by_readers | by_name


def is_furniture_line(text: str) -> bool:
    """Whether the text alone says that it is a notice, an address, a date."""
    if len(text) > SET_PHRASE_MAX:
        return False
    return any(rule.search(text) is not None for rule in (NOTICE, ADDRESS_LINE, REACH, MOMENT, BYLINE))


def is_pointer(block: Block) -> bool:
    """Whether the block is a link to another page and little else."""
    return block.link_share >= LINKED_LINE and len(block.text) < SET_PHRASE_MAX


def is_named_furniture(element: HtmlElement) -> bool:
    """Whether the element itself is named as furniture."""
    return element.tag in _ELEMENTS or _is_named(element, _NAMES) or _is_named(element, _READERS)


def _is_within(
    block: Block,
    names: re.Pattern[str],
    container: HtmlElement | None,
    weights: Mapping[HtmlElement, int],
    largest: float,
) -> bool:
    """Whether the block stands in an element of that name which is below `container` and not too large a part."""
    for element in climb(block.element):
        if element is container or element.tag in ("body", "html", "article", "main"):
            return False
        if weights.get(element, 0) > largest:
            return False
        if element.tag in _ELEMENTS or _is_named(element, names):
            return True
    return False


def _is_named(element: HtmlElement, names: re.Pattern[str]) -> bool:
    return any(_holds_name(given, names) for given in (element.get("class"), element.get("id")) if given)


@lru_cache(maxsize=MOST_REMEMBERED)
def _holds_name(given: str, names: re.Pattern[str]) -> bool:
    return names.search(_CAMEL.sub("-", given)) is not None
