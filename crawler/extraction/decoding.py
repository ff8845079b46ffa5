"""From the bytes of a page to text: what kind of content they are, and how they were encoded.

Promises: the kind is decided by the content and never by the label; one rule gives the text of every page (byte order
mark, declared encoding, strict UTF-8, windows-1252), and where declaration and bytes disagree, the bytes are believed;
each byte that was not taken as declared is counted.
"""

import codecs
import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["html", "pdf", "other", "empty"]

# How far from the start a declaration may stand: browsers look at 1,024 bytes, but some pages begin with long comments.
DECLARATION_WINDOW = 4096
# Above this share of replaced characters the declared encoding is not the real one.
TOLERATED_REPLACEMENTS = 0.01

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]+)|<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]+)""",
    re.IGNORECASE,
)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]+)", re.IGNORECASE)

# Labels that mean a larger encoding in practice, as the WHATWG Encoding Standard lists them.
_MEANT = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "johab": "cp949",
    "big5": "big5hkscs",
}
# Codecs of Python that are about names and source code, not pages.
_NO_PAGE_ENCODINGS = ("punycode", "idna", "unicode_escape", "raw_unicode_escape")
# Encodings in which plain ASCII letters are not themselves: a declaration that could be read contradicts them.
_NOT_ASCII_BASED = ("utf-16", "utf-32", "utf-7", "cp037", "cp500", "cp1026", "cp1140")
# From so many proper UTF-8 characters for each stray byte on, no declaration to the contrary is believed: text in
# another encoding has hardly any.
SURELY_UTF8 = 10
# The names under which an encoding is reported, where Python's own would puzzle.
_SHOWN = {"cp1252": "windows-1252", "cp1254": "windows-1254", "cp874": "windows-874"}

# A stray byte inside UTF-8 is taken as windows-1252 where that gives what French prose holds. 0xC2 and 0xC3 are not in
# the list: alone they are the rest of a cut UTF-8 sequence more often than a capital Â or Ã.
_STRAY = {byte: char for char in "’‘“”…–—€œŒ«»°·ÀÇÈÉÊËÎÏÔÙÛÜàâçèéêëîïôùûüÿ\u00a0" for byte in char.encode("cp1252")}

_ESCAPED_BYTES = re.compile("[\udc80-\udcff]+")  # what the surrogateescape handler makes of stray bytes

_MAGIC_OTHER = (
    b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf",
    b"OggS", b"ID3", b"fLaC", b"\x00\x00\x01\x00", b"wOFF", b"wOF2", b"{\\rtf", b"\x1aE\xdf\xa3", b"BZh", b"\xfd7zXZ",
    b"II*\x00", b"MM\x00*", b"\x7fELF", b"MZ\x90",
)  # fmt: skip
_MARKUP = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|meta|title|div|article|section|main|p|span|table|h[1-6]|script)\b",
    re.IGNORECASE,
)
_NOT_A_PAGE = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:rss|feed|urlset|sitemapindex|svg)\b",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Decoded:
    """The text of a page, the encoding it was read in, and how many bytes did not fit that encoding."""

    text: str
    encoding: str
    replaced_bytes: int = 0


def sniff_kind(body: bytes) -> Kind:
    """What the bytes are, whatever the label says."""
    start = body[:DECLARATION_WINDOW]
    bare = start.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
    if not bare:
        return "empty"
    if b"%PDF-" in start[:1024]:  # readers accept the mark anywhere in the first 1,024 bytes
        return "pdf"
    if start.startswith(_MAGIC_OTHER) or bare.startswith(_MAGIC_OTHER) or start[4:8] == b"ftyp" or start[:4] == b"RIFF":
        return "other"
    if bare[:1] in (b"{", b"[") or _NOT_A_PAGE.match(bare):  # JSON, a feed, a sitemap, a drawing
        return "other"
    plain = body[: 16 * DECLARATION_WINDOW].replace(b"\x00", b"")
    return "html" if _MARKUP.search(plain) else "other"


def decode_page(body: bytes, content_type: str | None = None) -> Decoded:
    """The text of `body` by our one rule; never raises."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return _decode_counting(body[len(mark) :], encoding)
    if (wide := _guess_wide(body)) is not None:
        return _decode_counting(body, wide)
    if body.isascii() and not _holds_escapes(body):
        return Decoded(body.decode("ascii"), "utf-8")
    if not body.isascii() and (surely := _read_as_utf8(body, SURELY_UTF8)) is not None:
        return surely
    declared = declared_encodings(body, content_type)
    others = [encoding for encoding in declared if encoding != "utf-8"]
    for encoding in others:
        if (strict := _decode_strictly(body, encoding)) is not None:
            return strict
    if not others and (perhaps := _read_as_utf8(body, 1)) is not None:
        return perhaps
    for encoding in others:
        loose = _decode_counting(body, encoding)
        if loose.replaced_bytes <= max(2, TOLERATED_REPLACEMENTS * len(loose.text)):
            return loose
    return _decode_counting(body, "cp1252")


def declared_encodings(body: bytes, content_type: str | None) -> tuple[str, ...]:
    """The known encodings that header and page declare, the header's first, as Python's names."""
    labels: list[str] = []
    if content_type and (match := _HEADER_CHARSET.search(content_type)):
        labels.append(match[1])
    for found in _DECLARED.finditer(body[:DECLARATION_WINDOW]):
        labels.append((found[1] or found[2]).decode("ascii", "replace"))
    encodings = (_resolve_label(label) for label in labels)
    return tuple(dict.fromkeys(encoding for encoding in encodings if encoding is not None))


def _resolve_label(label: str) -> str | None:
    try:
        codec = codecs.lookup(label.strip().lower())
    except LookupError:
        return None
    if not getattr(codec, "_is_text_encoding", True) or codec.name.replace("-", "_") in _NO_PAGE_ENCODINGS:
        return None
    if codec.name.startswith(_NOT_ASCII_BASED):
        return "utf-8"
    name = {"utf-8-sig": "utf-8"}.get(codec.name, codec.name)
    return _MEANT.get(name, name)


def _decode_strictly(body: bytes, encoding: str) -> Decoded | None:
    try:
        return Decoded(body.decode(encoding), _SHOWN.get(encoding, encoding))
    except (UnicodeDecodeError, ValueError):
        return None


def _decode_counting(body: bytes, encoding: str) -> Decoded:
    text = body.decode(encoding, "replace")
    return Decoded(text, _SHOWN.get(encoding, encoding), text.count("\ufffd"))


def _guess_wide(body: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of markup is NUL."""
    sample = body[:512]
    if len(sample) < 8 or sample.count(0) * 3 < len(sample):
        return None
    return "utf-16-be" if sample[0::2].count(0) > sample[1::2].count(0) else "utf-16-le"


def _holds_escapes(body: bytes) -> bool:
    """ISO-2022 encodings write everything in ASCII bytes and escapes."""
    return b"\x1b$" in body or b"\x1b(" in body


def _read_as_utf8(body: bytes, proper_a_stranger: int) -> Decoded | None:
    """UTF-8 with strangers mended; None where there are too few proper characters above ASCII for each of them."""
    if (strict := _decode_strictly(body, "utf-8")) is not None:
        return strict
    escaped = body.decode("utf-8", "surrogateescape")
    strangers = sum(len(run) for run in _ESCAPED_BYTES.findall(escaped))
    proper = len(escaped) - len(escaped.encode("ascii", "ignore")) - strangers
    if proper < proper_a_stranger * strangers:
        return None
    return Decoded(_ESCAPED_BYTES.sub(_mend_run, escaped), "utf-8", strangers)


def _mend_run(run: re.Match[str]) -> str:
    """What a run of stray bytes stands for: windows-1252 letters, or one mark for a cut UTF-8 character."""
    stray = run[0].encode("utf-8", "surrogateescape")
    if stray[0] >= 0xC2 and len(stray) > 1 and all(0x80 <= byte < 0xC0 for byte in stray[1:]):
        return "\ufffd"
    return "".join(_STRAY.get(byte, "\ufffd") for byte in stray)
