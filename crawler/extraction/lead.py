"""The lead of an article: the standfirst between headline and body, which extraction libraries tend to leave out.

Promises: only visible text of this page which its own description repeats or its markup calls a lead; never the title.
"""

import re
from collections.abc import Sequence

from lxml.html import HtmlElement

from crawler.extraction.blocks import Block, make_key
from crawler.extraction.furniture import is_furniture_line, is_named_furniture
from crawler.extraction.selection import climb

MIN_LEAD = 40  # characters: below, it is a kicker, a date or a by-line
MIN_OPENING = 150  # for a paragraph that only its place speaks for
MAX_LEAD = 1500  # above, it is no lead but the text of something else
SAME_WORDS = 8  # words at the start that description and lead share; descriptions are often cut
_LEAD_NAME = re.compile(
    r"chap[oô]|chapeau|standfirst|lead|lede|intro|dek|deck|sub-?(?:title|head|line)|sous-?titre|summary|excerpt|abstract"
    r"|accroche|entradilla|bajada|sommario|occhiello|vorspann|ingress|zajawka|description|[_-]desc(?:$|[\s_-])",
    re.IGNORECASE,
)
_NO_LEAD_NAME = re.compile(
    r"leader|leaderboard|introjs|lead-?(?:img|image|photo|media|art)|caption|legend|author|bio|paywall", re.IGNORECASE
)
_DESCRIPTIONS = ("og:description", "twitter:description", "description", "dc.description")


def find_lead(root: HtmlElement, blocks: Sequence[Block], first: int, container: HtmlElement | None) -> list[int]:
    """The indexes before `first`, the first block of the body, that make the lead.

    A paragraph right beside `container`, which holds the body, is an opening too: some pages keep only what follows
    it for subscribers, in an element of its own.
    """
    descriptions = read_descriptions(root)
    start = _find_headline(blocks, first)
    found = []
    for index in range(first):
        block = blocks[index]
        if not _may_be_lead(block):
            continue
        is_described = any(_same_start(block.key, description) for description in descriptions)
        is_below = start is not None and index > start
        if is_described or (is_below and (_is_named_lead(block) or _is_opening(block, container))):
            found.append(index)
    return _drop_copies(blocks, found)


def _may_be_lead(block: Block) -> bool:
    if block.hidden or block.link_share > 0.5 or not MIN_LEAD <= len(block.text) <= MAX_LEAD:
        return False
    return block.element.tag not in ("h1", "figcaption", "caption", "address", "footer")


def read_descriptions(root: HtmlElement) -> list[str]:
    """The keys of what the page says of itself in its head."""
    keys = []
    for meta in root.iter("meta"):
        name = (meta.get("property") or meta.get("name") or "").lower()
        if name in _DESCRIPTIONS and (key := make_key(meta.get("content") or "")):
            keys.append(key)
    return list(dict.fromkeys(keys))


def _same_start(key: str, description: str) -> bool:
    """Whether a key begins as a description does, a label of a word or two in front of either being forgiven."""
    ours, theirs = key.split(), description.split()
    return any(_shares_start(ours[skip:], theirs) or _shares_start(ours, theirs[skip:]) for skip in range(3))


def _shares_start(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether two texts share some words at the start, and most of the shorter one."""
    shared = 0
    for one, other in zip(ours, theirs, strict=False):
        if one != other:
            break
        shared += 1
    return shared >= min(SAME_WORDS, max(len(theirs), 1)) and shared >= 0.6 * min(len(ours), len(theirs))


def _find_headline(blocks: Sequence[Block], first: int) -> int | None:
    """The last h1 before the body."""
    return max((index for index in range(first) if blocks[index].element.tag == "h1"), default=None)


def _is_opening(block: Block, container: HtmlElement | None) -> bool:
    if container is None or len(block.text) < MIN_OPENING or block.link_share > 0.3 or is_furniture_line(block.text):
        return False
    return block.element.getparent() is container.getparent() and not is_named_furniture(block.element)


def _is_named_lead(block: Block) -> bool:
    for depth, element in enumerate(climb(block.element)):
        if depth == 3 or element.tag in ("body", "article", "main", "figure", "aside", "footer", "nav"):
            return False
        names = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"
        if _NO_LEAD_NAME.search(names):
            return False
        if _LEAD_NAME.search(names):
            return True
    return False


def _drop_copies(blocks: Sequence[Block], indexes: Sequence[int]) -> list[int]:
    """Of equal leads the last one, which stands next to the body."""
    return sorted({blocks[index].key: index for index in indexes}.values())
