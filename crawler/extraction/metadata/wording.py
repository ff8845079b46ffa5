"""Words as a reader sees them: cleaning, comparing, and the visible text of a tree.

`clean` gives text as the catalogue keeps it (NFC, one blank, no control characters); `comparable` is only ever
compared, never stored.
"""

import html
import re
import unicodedata
from typing import Any

from crawler.extraction.clean_text import clean_line

ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
MARKUP = re.compile(r"</?[A-Za-z][^<>]{0,300}>")
WORD = re.compile(r"\w+")
# The combining signs below U+10000, which a pattern finds fast; those above belong to scripts of the dead.
_COMBINING = re.compile(
    f"[{''.join(sign for sign in map(chr, range(0x300, 0x10000)) if unicodedata.combining(sign))}]+"
)
_ABOVE = re.compile("[\U00010000-\U0010ffff]")
SILENT = frozenset({"script", "style", "noscript", "template", "svg", "iframe", "object", "head", "select", "textarea"})


def clean(text: str | None) -> str:
    """The text in the form in which text is kept, with entities undone (twice escaped ones too), on one line."""
    if not text or (text.isspace() and "\x85" not in text):  # as a reference, U+0085 means three dots
        return ""
    for _ in range(2):
        if "&" not in text or not ENTITY.search(text):
            break
        text = html.unescape(text)
    return clean_line(text)


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


def is_hidden(element: Any) -> bool:
    """True where the page itself says that nobody sees this element."""
    if element.get("hidden") is not None:
        return True
    style = element.get("style")
    return style is not None and "none" in style and re.search(r"display\s*:\s*none", style) is not None


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
