"""Whether a web page is an article at all, or a named something else.

Promises: a rejection needs strong signs, since a page wrongly refused is lost to the search; what a page says of itself
in its markup counts for it. Lengths are characters, so that they hold for scripts without blanks.
"""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from archive.outcomes import Outcome
from crawler.extraction.blocks import Block
from crawler.extraction.main_text import MainText
from crawler.extraction.metadata import Metadata
from crawler.extraction.set_phrases import (
    CONSENT_WORD,
    ERROR_TEXT,
    ERROR_TITLE,
    HUMAN_CHECK,
    SCRIPT_WANTED,
    SEARCH_PAGE,
    TEMPLATE_MARK,
)

MIN_TEXT = 100  # a shorter text is a caption, a button, a fragment, whatever the page calls itself
MIN_UNDATED_TEXT = 300  # about 40 words in French; shorter texts need a sign that the page is an article
MIN_DATED_TEXT = 200  # where the page shows a date
MIN_TEASER = 250  # the visible opening of a paid text below this says no more than its title and lead
NOTICE_MAX = 1200  # error, consent and human-check pages are short; a long text about cookies is an article about them
CARDS_OF_A_HOME_PAGE = 4  # a site of one page has none
CARDS_BETWEEN = 6  # of them between the blocks of what was taken for the main text
CARDS_OF_A_LISTING = 8  # headings that are links to elsewhere
PROSE_OF_AN_ARTICLE = 4  # paragraphs of running text that make a page an article in spite of its many cards
LONG_PARAGRAPH = 200

_SINGLE_TYPES = frozenset(("report", "review", "recipe", "interview", "event", "petition", "video", "videoobject"))
_LISTING_TYPES = frozenset(("collectionpage", "itemlist", "searchresultspage"))
_HOME_PATHS = re.compile(r"^/?(?:index\.(?:html?|php)|accueil|home|fr)?/?$", re.IGNORECASE)
_SECTION_PATHS = re.compile(
    r"/(?:category|categorie|rubriques?|tags?|mots?-?cles?|auteurs?|author|page/\d+|archives?|recherche|search)(?:/|$)",
    re.IGNORECASE,
)


def judge_page(url: str, blocks: Sequence[Block], main: MainText, metadata: Metadata) -> tuple[Outcome, str] | None:
    """Why no document is made from the page, with a few words of detail; None for an article."""
    length = len(main.text)
    is_signed = _is_signed(metadata)
    if (notice := _find_notice(blocks, main, metadata.title or "")) is not None:
        return Outcome.not_an_article, notice
    if (sign := _find_listing(url, blocks, main, metadata, is_signed)) is not None:
        return Outcome.listing_page, sign
    if metadata.paywalled and length < MIN_TEASER:
        return Outcome.teaser, f"{length} characters before the paywall"
    shortest = MIN_TEXT if is_signed else MIN_UNDATED_TEXT if metadata.published_at is None else MIN_DATED_TEXT
    if length < shortest:
        return Outcome.no_text, f"{length} characters of main text"
    return None


def is_article_anywhere(url: str, main: MainText, metadata: Metadata) -> bool:
    """Whether `judge_page` finds an article whatever stands around the main text."""
    if len(main.text) <= NOTICE_MAX:
        return False
    kind = metadata.page_type or ""
    if "article" in kind or kind.endswith("posting"):
        return True
    prose = sum(len(text) >= LONG_PARAGRAPH for text in main.blocks)
    return kind not in _LISTING_TYPES and not _HOME_PATHS.match(urlsplit(url).path) and prose >= PROSE_OF_AN_ARTICLE


def _is_signed(metadata: Metadata) -> bool:
    """Whether the page calls itself an article, or is dated as one in its markup."""
    kind = metadata.page_type or ""
    if "article" in kind or kind.endswith("posting") or kind in _SINGLE_TYPES:
        return True
    return metadata.published_at is not None and metadata.published_origin in ("json_ld", "meta")


def _find_notice(blocks: Sequence[Block], main: MainText, title: str) -> str | None:
    """What the page is, where a server says "no" or "not yet" with status 200."""
    text = main.text
    if len(text) > NOTICE_MAX:
        return None
    if ERROR_TITLE.search(title) or ERROR_TEXT.search(title):
        return "an error page"
    notices = (block for block in main.blocks if len(block) < LONG_PARAGRAPH)
    if len(text) < NOTICE_MAX // 2 and any(ERROR_TEXT.search(notice) for notice in notices):
        return "an error page"
    words = text.split()
    if words and len(CONSENT_WORD.findall(text)) * 12 > len(words) and "cookie" in text.lower():
        return "a consent wall"
    if SEARCH_PAGE.search(title):
        return "a search page"
    return _find_closed_door(blocks, text, title)


def _find_closed_door(blocks: Sequence[Block], text: str, title: str) -> str | None:
    """A human check or a page without its script; both show next to nothing."""
    if HUMAN_CHECK.search(title):
        return "a human check"
    if len(text) >= MIN_UNDATED_TEXT:
        return None
    visible = "\n".join(block.text for block in blocks if not block.hidden)
    is_bare = len(visible) < NOTICE_MAX
    if is_bare and HUMAN_CHECK.search(visible):
        return "a human check"
    if TEMPLATE_MARK.search(visible) or (is_bare and SCRIPT_WANTED.search(visible)):
        return "a page that only JavaScript fills"
    return None


def _find_listing(url: str, blocks: Sequence[Block], main: MainText, metadata: Metadata, is_signed: bool) -> str | None:
    """The sign that this is a home, section or listing page."""
    kind = metadata.page_type or ""
    if "article" in kind or kind.endswith("posting"):
        return None
    address = urlsplit(url)
    if kind in _LISTING_TYPES:
        return f"declared as {kind}"
    cards = sum(_is_card(block) for block in blocks)
    if _HOME_PATHS.match(address.path) and not address.query and cards >= CARDS_OF_A_HOME_PAGE:
        return f"the home page, with {cards} linked headings"
    prose = sum(len(text) >= LONG_PARAGRAPH for text in main.blocks)
    if cards < CARDS_OF_A_LISTING or prose >= PROSE_OF_AN_ARTICLE:
        return None
    if _SECTION_PATHS.search(address.path):
        return f"the address of a section and {cards} linked headings"
    if is_signed or not _stands_among_cards(blocks, main):
        return None
    return f"{cards} linked headings and {prose} paragraphs among them"


def _is_card(block: Block) -> bool:
    """A heading that leads elsewhere: the teaser of another page."""
    return block.is_heading and block.link_share > 0.8


def _stands_among_cards(blocks: Sequence[Block], main: MainText) -> bool:
    """Whether the main text is made of teasers: their headings stand between its blocks, or right above it."""
    elements = set(main.elements)
    places = [index for index, block in enumerate(blocks) if block.element in elements]
    if not places:
        return True
    if sum(_is_card(block) for block in blocks[places[0] : places[-1]]) >= CARDS_BETWEEN:
        return True
    above = next((block for block in reversed(blocks[: places[0]]) if block.is_heading), None)
    return above is not None and _is_card(above)
