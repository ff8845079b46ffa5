"""Words as a reader sees them: cleaning, comparing, and the visible text of a tree.

`clean_inline` gives text as the catalogue keeps it; `comparable` is only ever compared, never stored.
"""

import re
import unicodedata
from typing import Any

from crawler.extraction.clean_text import clean
from crawler.extraction.shown_text import SILENT, is_hidden

MARKUP = re.compile(r"</?[A-Za-z][^<>]{0,300}>")
WORD = re.compile(r"\w+")
# The combining signs below U+10000, which a pattern finds fast; those above belong to scripts of the dead.
_COMBINING = re.compile(
    f"[{''.join(sign for sign in map(chr, range(0x300, 0x10000)) if unicodedata.combining(sign))}]+"
)
_ABOVE = re.compile("[\U00010000-\U0010ffff]")


def clean_inline(text: str | None) -> str:
    """As `clean`, for values into which publishers put markup (`<i>Antigone</i>`)."""
    cleaned = clean(text)
    return clean(MARKUP.sub("", cleaned)) if "<" in cleaned else cleaned


def comparable(text: str | None) -> str:
    """Case, punctuation, accents' form and ligatures of typography folded away: for comparing only."""
    text = text or ""
    folded = text.casefold() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return " ".join(WORD.findall(folded))


def unaccented(text: str) -> str:
    """Lower case without accents: `Février` and `FEVRIER` become `fevrier`."""
    folded = text.casefold()
    if folded.isascii():
        return folded
    plain = _COMBINING.sub("", unicodedata.normalize("NFKD", folded))
    return plain if not _ABOVE.search(plain) else "".join(sign for sign in plain if not unicodedata.combining(sign))


def visible_text(element: Any, limit: int = 20_000, after_link: str = "") -> str:
    """The element's words without scripts, styles, comments and hidden parts; `after_link` is put behind each link."""
    pieces: list[str] = []
    pending: list[Any] = [element]
    length = 0
    while pending and length < limit:
        item = pending.pop()
        if isinstance(item, str):
            pieces.append(item)
            length += len(item)
            continue
        for child in reversed(item):
            if child.tail:
                pending.append(child.tail)
            if isinstance(child.tag, str) and child.tag not in SILENT and not is_hidden(child):
                if child.tag == "a" and after_link:
                    pending.append(after_link)
                pending.append(child)
                if child.tag in ("br", "p", "div", "li"):
                    pending.append(" ")
        if item.text:
            pieces.append(item.text)
            length += len(item.text)
    return clean("".join(pieces))
