"""The one form in which text of a page is kept.

Promises: NFC; no control character but the newline; no direction override, invisible character or lone surrogate; so
that a word is found whatever the page put between its letters, and nothing in it steers a terminal or a mail.
"""

import html
import re
import unicodedata

_UNWANTED = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (0x09, 0x0A, 0x0D)}
_UNWANTED |= dict.fromkeys((0xAD, 0x180E, 0xFEFF, 0x061C, *range(0x200B, 0x2010), *range(0x202A, 0x202F)))
_UNWANTED |= dict.fromkeys((*range(0x2060, 0x2065), *range(0x2066, 0x2070), *range(0xFFF9, 0xFFFD), 0xFFFE, 0xFFFF))
_UNWANTED |= dict.fromkeys(range(0xD800, 0xE000))
# U+0080 to U+009F in text come from `&#146;` and the like, written by people who meant windows-1252, as browsers know.
_MEANT_CHARACTERS: dict[int, int | None] = dict(_UNWANTED)
for _code in range(0x80, 0xA0):
    _MEANT_CHARACTERS[_code] = ord(bytes([_code]).decode("cp1252", "ignore") or "\x00") or None
_MEANT_CHARACTERS[0x200D] = 0x200D  # kept for now: inside emoji it joins, see `clean_text`
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_SPACES = re.compile(r"[^\S\n]+")
_EMOJI = "\u2600-\u27bf\U0001f000-\U0001faff"
_LONE_JOINER = re.compile(f"(?<![{_EMOJI}\ufe0f])\u200d|\u200d(?![{_EMOJI}])")
# Latin letters, their punctuation, blanks, line ends: text of these alone is in its kept form already but for blanks.
_PLAIN = re.compile("[\t\n\r -~\xa0-\xac\xae-\u024f\u2010-\u2027\u2030-\u205e\u20a0-\u20bf]*")


def clean_text(text: str) -> str:
    """NFC without controls (newlines stay), direction overrides, invisible characters and lone surrogates.

    Runs of blanks become one; a joiner stays only between the parts of an emoji.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = _LONE_JOINER.sub("", text.translate(_MEANT_CHARACTERS))
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", text))
    return "\n".join(line.strip() for line in text.split("\n")).strip()


def clean_line(text: str) -> str:
    """`clean_text` on one line."""
    if _PLAIN.fullmatch(text):
        return " ".join(text.split())
    return " ".join(clean_text(text).split())


def clean(text: str | None) -> str:
    """The text in the form in which text is kept, with entities undone (twice escaped ones too), on one line."""
    if not text or (text.isspace() and "\x85" not in text):  # as a reference, U+0085 means three dots
        return ""
    for _ in range(2):
        if "&" not in text or not _ENTITY.search(text):
            break
        text = html.unescape(text)
    return clean_line(text)
