"""The main text of an article: its lead, paragraphs, headings, lists and quotes, nothing of what stands around.

The extraction library, asked to be precise, says which text is the article's. Its answer is looked up among the blocks
of the page; then the lead it left out is added, and paragraphs between those it took; notices, captions, links to other
pages and the headline are dropped. Promises: text of the page only, in the order of the page, each block once.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from crawler.extraction.accelerated import extract_lines, extract_lines_plainly
from crawler.extraction.blocks import Block, make_key
from crawler.extraction.clean_text import clean_line
from crawler.extraction.furniture import find_furniture, is_furniture_line
from crawler.extraction.lead import find_lead
from crawler.extraction.page_walk import walk_page
from crawler.extraction.selection import find_container, select_blocks
from crawler.extraction.stated_text import read_stated_text

# Below this many characters a block does not tell where the body begins: a date or a by-line may come first.
BODY_BLOCK = 80
SHORT_ABOVE = 50  # characters: longer, what stands above the headline may be a lead
# If the precise answer holds less than this part of the page's paragraphs, and there are this many characters of them,
# it may have thrown the article away with its container: then the balanced answer is looked at too.
SUSPICIOUS_SHARE = 0.35
SUSPICIOUS_PARAGRAPHS = 1500
# Below this many characters, what the page states in its JSON-LD is asked for: a script may fill in the visible text.
SCANT_TEXT = 300
# The part of the text that must stand in one element for its other paragraphs to be taken along.
HOME_SHARE = 0.2
_TITLE_SUFFIX = re.compile(r"\s[|–—-]\s")


@dataclass(frozen=True)
class MainText:
    """The blocks of the main text in the order of the page; `elements` are where they stood.

    `selected` says of each block of the page whether it was taken, before notices, captions and headline were dropped.
    """

    blocks: tuple[str, ...] = ()
    elements: tuple[HtmlElement, ...] = ()
    container: HtmlElement | None = None
    selected: tuple[bool, ...] = ()

    @property
    def text(self) -> str:
        """The blocks, one a line."""
        return "\n".join(self.blocks)


def find_main_text(root: HtmlElement, blocks: Sequence[Block] | None = None, *, accelerated: bool = True) -> MainText:
    """The main text of the page under `root`, which is left as it was."""
    blocks = walk_page(root).blocks if blocks is None else blocks
    selected = _select(root, blocks, extract_lines if accelerated else extract_lines_plainly)
    if _count_chars(blocks, selected) < SCANT_TEXT and (stated := read_stated_text(root)):
        selected = select_blocks(blocks, stated)
        if _count_chars(blocks, selected) < sum(map(len, stated)) // 2:
            return MainText(tuple(clean_line(line) for line in stated))
    return complete_text(root, blocks, selected)


def complete_text(root: HtmlElement, blocks: Sequence[Block], selected: list[bool]) -> MainText:
    """The main text around the blocks `selected`, to which the lead and what stands among them are added."""
    if not any(selected):
        return MainText()
    container = find_container(blocks, selected)
    _take_between(blocks, selected, container)
    lead = _take_lead(root, blocks, selected, container)
    dropped = find_furniture(blocks, selected, lead, container) | _find_headline(root, blocks, selected)
    dropped |= _find_stray(blocks, selected, container) - lead
    chosen = [block for index, block in enumerate(blocks) if selected[index] and index not in dropped]
    return MainText(
        tuple(clean_line(block.text) for block in chosen),
        tuple(block.element for block in chosen),
        container,
        tuple(selected),
    )


def _select(root: HtmlElement, blocks: Sequence[Block], extract: Callable[..., list[str]]) -> list[bool]:
    precise = select_blocks(blocks, extract(root, precise=True))
    found = _count_chars(blocks, precise)
    paragraphs = sum(len(block.text) for block in blocks if _is_prose(block))
    if found and (paragraphs < SUSPICIOUS_PARAGRAPHS or found > SUSPICIOUS_SHARE * paragraphs):
        return precise
    balanced = select_blocks(blocks, extract(root, precise=False))
    if not found and not any(chosen and _is_prose(block) for block, chosen in zip(blocks, balanced, strict=True)):
        return precise  # nothing: the balanced answer to a page without text is its menus and templates
    return balanced if _count_chars(blocks, balanced) > 2 * found else precise


def _count_chars(blocks: Sequence[Block], selected: Sequence[bool]) -> int:
    return sum(len(block.text) for block, chosen in zip(blocks, selected, strict=True) if chosen)


def _is_prose(block: Block) -> bool:
    return block.element.tag == "p" and len(block.text) > 60 and block.link_share < 0.3 and not block.hidden


def _take_between(blocks: Sequence[Block], selected: list[bool], container: HtmlElement | None) -> None:
    """Add what stands among the selected paragraphs, is marked up as they are, and is prose or a heading."""
    chosen = [index for index, is_in in enumerate(selected) if is_in]
    keys = {blocks[index].key for index in chosen}
    weights: Counter[Hashable] = Counter()
    for index in chosen:
        weights.update(dict.fromkeys(_find_homes(blocks[index], container), len(blocks[index].text)))
    enough = HOME_SHARE * sum(len(blocks[index].text) for index in chosen)
    for index in range(chosen[0], chosen[-1]):
        block = blocks[index]
        if selected[index] or block.hidden or block.key in keys or block.link_share >= 0.5:
            continue
        is_at_home = any(weights[home] >= enough for home in _find_homes(block, container))
        if is_at_home and not is_furniture_line(block.text):
            selected[index] = True


def _find_homes(block: Block, container: HtmlElement | None) -> list[Hashable]:
    """What a paragraph shares with its like: the element around, and below `container` the names of both."""
    home: HtmlElement | None = block.element.getparent()
    while home is not None and home.tag in ("ul", "ol", "li", "blockquote", "dl"):
        home = home.getparent()
    if home is None:
        return []
    names = (block.element.tag, block.element.get("class"), home.tag, home.get("class"))
    is_below = home.get("class") is not None and container is not None and container in home.iterancestors()
    return [home, names] if is_below else [home]


def _take_lead(
    root: HtmlElement, blocks: Sequence[Block], selected: list[bool], container: HtmlElement | None
) -> frozenset[int]:
    """Add the lead where it is missing; its indexes."""
    chosen = [index for index, is_in in enumerate(selected) if is_in]
    inside = set() if container is None else set(container.iter())
    body = (index for index in chosen if len(blocks[index].text) >= BODY_BLOCK and blocks[index].element in inside)
    first = next(body, chosen[0])
    keys = {blocks[index].key for index in chosen}
    lead = find_lead(root, blocks, first, container)
    for index in lead:
        if blocks[index].key not in keys:
            selected[index] = True
    return frozenset(lead)


def _find_headline(root: HtmlElement, blocks: Sequence[Block], selected: Sequence[bool]) -> set[int]:
    """The selected blocks that repeat the title, and the short ones above it: the name of a section, a kicker.

    An h1 that is alone on the page is the title too.
    """
    titles = _read_titles(root)
    headings = [index for index, block in enumerate(blocks) if block.element.tag == "h1" and not block.hidden]
    chosen = [index for index, is_in in enumerate(selected) if is_in]
    repeats = {index for index in chosen if blocks[index].key in titles}
    if len([index for index in headings if selected[index]]) == 1:
        repeats |= set(headings)
    top = min([*headings, *repeats], default=0)
    above = {index for index in chosen if index < top and len(blocks[index].text) < SHORT_ABOVE}
    return (repeats & set(chosen)) | above


def _find_stray(blocks: Sequence[Block], selected: Sequence[bool], container: HtmlElement | None) -> set[int]:
    """The short selected blocks outside the main container: a menu, the weather, the foot of an old page."""
    inside = set() if container is None else set(container.iter())
    return {
        index
        for index, block in enumerate(blocks)
        if selected[index] and len(block.text) < BODY_BLOCK and not block.is_heading and block.element not in inside
    }


def _read_titles(root: HtmlElement) -> set[str]:
    titles = [meta.get("content") or "" for meta in root.iter("meta") if meta.get("property") == "og:title"]
    for title in root.iter("title"):
        text = title.text_content()
        titles += [text, *_TITLE_SUFFIX.split(text)[:1]]
        break
    return {key for title in titles if (key := make_key(title)).count(" ") >= 2}
