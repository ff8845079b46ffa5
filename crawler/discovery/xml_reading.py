"""The XML of feeds and sitemaps: from bytes that may be cut, mislabelled or hostile to a tree of complete elements.

Promises: no entity is expanded and no file or address is opened, because the document type goes before anything is
parsed; text is decoded by the one rule of pages; strict reading comes first, repairs only where it fails; from a cut
document only elements that were closed are used.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from html.entities import name2codepoint

import lxml.etree as etree

from crawler.extraction.decoding import decode_page
from crawler.extraction.page_tree import raise_if_out_of_memory

_UTF32_STARTS = ((b"<\x00\x00\x00", "utf-32-le"), (b"\x00\x00\x00<", "utf-32-be"))  # no mark, but plainly XML
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DOCTYPE_START = re.compile(r"<!DOCTYPE\b", re.IGNORECASE)
_INTERNAL_SUBSET_END = re.compile(r"\]\s*>")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_XML_REFERENCE = re.compile(r"&#(?:[xX]0*([0-9a-fA-F]{1,8})|0*([0-9]{1,10}));")
_AMPERSAND = re.compile(
    r"(?P<whole><!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z))"  # \Z: an unclosed one is passed over once, not per start
    r"|&(?P<entity>[A-Za-z][A-Za-z0-9]{0,30});|&(?!#(?:[0-9]{1,10}|[xX][0-9a-fA-F]{1,8});)",
    re.DOTALL,
)
_ROOT_NAME = re.compile(r"(?:\s++|(?><!--.*?-->)|(?><\?.*?\?>))*+<([A-Za-z_][\w.:-]*)", re.DOTALL)
_TAIL = 20_000  # characters after the root's end that a server may have appended
_XML_ENTITIES = frozenset(("amp", "lt", "gt", "quot", "apos"))


@dataclass(frozen=True)
class XmlDocument:
    """A parsed document: its root, and whether its end was missing (then only closed elements are in it)."""

    root: etree._Element
    truncated: bool
    repaired: bool


def read_xml_text(body: bytes, content_type: str | None) -> str:
    """The text from the first `<` on, decoded, without XML declaration, document type and forbidden characters."""
    for start, encoding in _UTF32_STARTS:
        if body.startswith(start):
            return _plain_xml(body.decode(encoding, "replace"))
    return _plain_xml(decode_page(body, content_type).text)


def parse_xml(text: str, closed_elements: str) -> XmlDocument | None:
    """The tree of `text`; `closed_elements` (as in "item|entry") are those a cut document may end after."""
    try:
        return XmlDocument(etree.fromstring(text.encode("utf-8"), _parser(recover=False)), False, False)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise_if_out_of_memory(error)
    mended = _escape_ampersands(_drop_references(text))
    try:
        return XmlDocument(etree.fromstring(mended.encode("utf-8"), _parser(recover=False)), False, True)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise_if_out_of_memory(error)
        return _recover(mended, closed_elements)


def mend_xml(text: str, closed_elements: str) -> tuple[str, bool]:
    """`text` with the faults mended that strict reading would stop at, and whether its end was missing."""
    return cut_unclosed(_escape_ampersands(_drop_references(text)), closed_elements)


def cut_unclosed(text: str, closed_elements: str) -> tuple[str, bool]:
    """Where the root is never closed: `text` up to its last closed element, and True."""
    root = name_root(text)
    if root is None or re.search(rf"</\s*{re.escape(root)}\s*>", text[-_TAIL:], re.IGNORECASE):
        return text, False
    return _cut_after_last(text, closed_elements), True


def name_root(text: str) -> str | None:
    """The root's name as written, prefix included; None where no element begins the text."""
    found = _ROOT_NAME.match(text)
    return found[1] if found else None


def local_name(element: etree._Element) -> str:
    """The name without its namespace, in lower case; empty for comments and instructions."""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def namespace_of(element: etree._Element) -> str:
    """The namespace in lower case; empty where there is none."""
    tag = element.tag
    return tag[1:].partition("}")[0].lower() if isinstance(tag, str) and tag.startswith("{") else ""


def child_elements(element: etree._Element) -> Iterator[etree._Element]:
    """The children that are elements."""
    yield from element.iterchildren(tag=etree.Element)


def _parser(recover: bool) -> etree.XMLParser:
    # huge_tree stays off: libxml2's own limits on depth and text length are wanted here
    return etree.XMLParser(
        encoding="utf-8", recover=recover, resolve_entities=False, load_dtd=False, no_network=True,
        remove_comments=True, remove_pis=True, huge_tree=False,
    )  # fmt: skip


def _plain_xml(text: str) -> str:
    start = text.find("<")
    text = _DECLARATION.sub("", text[start:]) if start >= 0 else ""
    return _NOT_XML.sub("", _without_doctype(text))


def _without_doctype(text: str) -> str:
    """The document type and the entities it defines are cut out: what they would expand to is never needed."""
    doctype = _DOCTYPE_START.search(text, 0, 4096)
    if doctype is None:
        return text
    bracket, close = text.find("[", doctype.end()), text.find(">", doctype.end())
    if 0 <= bracket < close:
        subset_end = _INTERNAL_SUBSET_END.search(text, bracket)
        end = subset_end.end() if subset_end else len(text)
    else:
        end = close + 1 if close >= 0 else len(text)
    return text[: doctype.start()] + text[end:]


def _drop_references(text: str) -> str:
    return _NOT_XML_REFERENCE.sub(_keep_reference, text)


def _keep_reference(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else int(found[2])
    allowed = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    return found[0] if allowed else ""


def _escape_ampersands(text: str) -> str:
    """HTML's entities become their characters, lonely ampersands are escaped; CDATA and comments stay."""
    return _AMPERSAND.sub(_escape_ampersand, text)


def _escape_ampersand(found: re.Match[str]) -> str:
    if found["whole"]:
        return found[0]
    name = found["entity"]
    if not name:
        return "&amp;"
    if name in _XML_ENTITIES:
        return found[0]
    return unescape(found[0]) if name in name2codepoint else f"&amp;{name};"


def _recover(text: str, closed_elements: str) -> XmlDocument | None:
    """What libxml2 makes of broken XML; from a cut document, what stands before its last closed element."""
    text, truncated = cut_unclosed(text, closed_elements)
    try:
        root = etree.fromstring(text.encode("utf-8"), _parser(recover=True))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise_if_out_of_memory(error)
        return None
    return XmlDocument(root, truncated, True) if root is not None else None


def _cut_after_last(text: str, closed_elements: str) -> str:
    ends = [found.end() for found in re.finditer(rf"</(?:[\w.-]+:)?(?:{closed_elements})\s*>", text, re.IGNORECASE)]
    opened = re.search(rf"<(?:[\w.-]+:)?(?:{closed_elements})[\s>]", text, re.IGNORECASE)
    if ends:
        return text[: ends[-1]]
    return text[: opened.start()] if opened else text
