"""The decoded text of a web page as a tree of elements.

Promises: whatever stands in the text, either a tree comes back that nobody else holds, or None; text that the parser
had to leave out because it hit one of its own limits is reported, never lost in silence; want of memory is raised.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import lxml.etree as etree
from lxml.html import HtmlElement, document_fromstring

# What no XML library takes: control characters, lone surrogates, non-characters.
_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# The same in UTF-8, where text of 100 KB is rid of them many times faster; both non-characters begin so.
_CONTROLS = bytes((*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20)))
_NON_CHARACTERS = b"\xef\xbf"
# The same, written as references: the parser makes characters of them, at which lxml refuses the text around them.
_REFERENCE = re.compile(r"&#(?:[xX]0*([0-9a-fA-F]{1,7})|0*([0-9]{1,7}));?")
_LAST_CHARACTER = 0x10FFFF
_NO_MEMORY = etree.ErrorTypes.ERR_NO_MEMORY
# <html lang="fr"/> closes the document for the parser before it began.
_SELF_CLOSED_ROOT = re.compile(r"(<html\b[^<>]{0,500}?)\s*/>", re.IGNORECASE)
# The parser takes everything after a malformed doctype for text in places; the doctype tells us nothing.
_DOCTYPE = re.compile(r"<!doctype[^<>]{0,500}>", re.IGNORECASE)
# lxml.html asks Python for the class of every element, for the sake of forms; one class for all is found in C.
_CLASSES = etree.ElementDefaultClassLookup(element=HtmlElement)


@dataclass(frozen=True)
class ParsedPage:
    """A tree, and the limit of the parser that cut it short, if one did."""

    root: HtmlElement
    limit_hit: str | None = None


def parse_page(text: str) -> ParsedPage | None:
    """The tree of `text` without comments and processing instructions; None where there is no element at all."""
    head, rest = text[:8192], text[8192:]
    head = _SELF_CLOSED_ROOT.sub(r"\1>", _DOCTYPE.sub("", head, count=1), count=1)
    parser = etree.HTMLParser(
        collect_ids=False,
        default_doctype=False,
        encoding="utf-8",
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,  # else 256 levels at most, which pages with unclosed tags exceed; the worker bounds the memory
    )
    parser.set_element_class_lookup(_CLASSES)
    try:
        root = etree.fromstring(_encode_valid(_REFERENCE.sub(_drop_reference, head + rest)), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise_if_out_of_memory(error)
        return None
    if any(error.type == _NO_MEMORY for error in parser.error_log.filter_from_fatals()):
        raise MemoryError
    if root is None or not isinstance(root, HtmlElement):
        return None
    return ParsedPage(root, _find_limit(parser.error_log))


def _encode_valid(text: str) -> bytes:
    """The text in UTF-8 without what no XML library takes."""
    try:
        encoded = text.encode("utf-8")
    except UnicodeEncodeError:
        return _INVALID.sub("", text).encode("utf-8")
    encoded = encoded.translate(None, _CONTROLS)
    return _INVALID.sub("", text).encode("utf-8") if _NON_CHARACTERS in encoded else encoded


def _drop_reference(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else int(found[2])
    return "" if code <= _LAST_CHARACTER and _INVALID.match(chr(code)) else found[0]


def raise_if_out_of_memory(error: Exception) -> None:
    """Raise `MemoryError` where a parser ran out of memory: it reports that like a fault of the document."""
    if getattr(error, "code", None) == _NO_MEMORY:
        raise MemoryError from error


def _find_limit(errors: etree._ListErrorLog) -> str | None:
    for error in errors.filter_from_fatals():
        if "huge" in error.message.lower() or "limit" in error.message.lower() or "depth" in error.message.lower():
            return str(error.message).strip()
    return None


def build_page(title: str, metas: Mapping[str, str | None], paragraphs: Iterable[str]) -> HtmlElement:
    """A plain page of our own around text that came from elsewhere."""
    root: HtmlElement = document_fromstring("<html><head></head><body></body></html>")
    etree.SubElement(root.head, "title").text = title
    for name, content in metas.items():
        if content:
            etree.SubElement(root.head, "meta", name=name, content=content)
    etree.SubElement(root.body, "h1").text = title
    for paragraph in paragraphs:
        etree.SubElement(root.body, "p").text = paragraph
    return root
