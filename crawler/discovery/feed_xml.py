"""The XML formats of feeds: RSS 0.9x to 2.0, RSS 1.0 (RDF), Atom 0.3 and 1.0, CDF.

Promises: an element counts by name and module, so that a stranger's `description` never replaces the feed's own;
prefixes that nobody declared are taken at their usual meaning; the link is the article's own address, even where a
distribution service put its redirect in front.
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import lxml.etree as etree

from crawler.discovery.feed_items import Item, choose_base
from crawler.discovery.xml_reading import child_elements, local_name, namespace_of

_MODULES = (  # part of a namespace -> the module's usual prefix
    ("purl.org/dc/elements", "dc"),
    ("purl.org/dc/terms", "dcterms"),
    ("purl.org/rss/1.0/modules/content", "content"),
    ("purl.org/rss/1.0/modules/syndication", "sy"),
    ("w3.org/2005/atom", "atom"),
    ("purl.org/atom/ns", "atom"),
    ("feedburner", "feedburner"),
    ("pheedo", "feedburner"),
    ("itunes.com/dtds", "itunes"),
)
_PREFIXES = frozenset(module for _, module in _MODULES)
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_ENOUGH_TEXT = 20_000
_PERIOD_MINUTES = {"hourly": 60, "daily": 1440, "weekly": 10080, "monthly": 43200, "yearly": 525600}

Fields = dict[str, list[etree._Element]]


@dataclass(frozen=True)
class FeedHead:
    """What the feed says of itself."""

    format: str
    title: str | None = None
    site_url: str | None = None
    language: str | None = None
    ttl_minutes: int | None = None


def name_format(root: etree._Element) -> str | None:
    """`rss20`, `rss092`, `rss10`, `atom10`, `atom03`, `cdf`, or `rss` for unknown versions; None for no feed."""
    name, namespace = local_name(root), namespace_of(root)
    if name == "rss":
        version = (root.get("version") or "").strip()
        return {"2.0": "rss20", "2.1": "rss20", "2.01": "rss20", "0.90": "rss090", "0.91": "rss091", "0.92": "rss092",
                "0.93": "rss093", "0.94": "rss094"}.get(version, "rss")  # fmt: skip
    if name == "rdf":
        return "rss10"
    if name == "feed":
        return "atom03" if "purl.org/atom" in namespace or (root.get("version") or "").startswith("0.") else "atom10"
    return "cdf" if name == "channel" else None


def read_head(root: etree._Element, feed_format: str) -> FeedHead:
    """Title, site, language and the wish for how often to come."""
    channel = root if feed_format.startswith("atom") or feed_format == "cdf" else _find_channel(root)
    fields = group_fields(channel)
    link = next(_alternate_links(fields), None) if feed_format.startswith("atom") else _first_text(fields, "link")
    return FeedHead(
        format=feed_format,
        title=_first_text(fields, "title", "dc:title"),
        site_url=link or channel.get("HREF"),
        language=_first_text(fields, "language", "dc:language") or root.get(_XML_LANG),
        ttl_minutes=_read_ttl(fields),
    )


def read_items(root: etree._Element, head: FeedHead, url: str, repaired: bool = False) -> Iterator[Item]:
    """Every item in document order; in a repaired tree what stands behind an item belongs to it."""
    if head.format.startswith("atom"):
        for element in root.iter("{*}entry"):
            yield _read_atom_entry(element, head, url)
    else:
        for element in root.iter("{*}item", "{*}ITEM"):
            fields = group_fields(element)
            if repaired:
                _add_strays(element, fields)
            yield _read_rss_item(element, fields, head, url)


def group_fields(element: etree._Element) -> Fields:
    """The children by name, modules with their usual prefix; elements of unknown modules are left out."""
    own = namespace_of(element)
    fields: Fields = {}
    for child in child_elements(element):
        if (name := _field_name(child.tag, own)) is not None:
            fields.setdefault(name, []).append(child)
    return fields


@lru_cache(maxsize=2048)  # the same few names come with every item
def _field_name(tag: str, own_namespace: str) -> str | None:
    namespace, _, written = tag.rpartition("}")
    namespace = namespace.removeprefix("{").lower()
    prefix, _, name = written.lower().rpartition(":")  # a prefix left in the name is one that nobody declared
    if namespace in ("", own_namespace):
        if not prefix:
            return name
        return f"{prefix}:{name}" if prefix in _PREFIXES else None
    for part, module in _MODULES:
        if part in namespace:
            return f"{module}:{name}"
    return name if "rss" in namespace and "module" not in namespace else None


def _find_channel(root: etree._Element) -> etree._Element:
    return next((child for child in child_elements(root) if local_name(child) == "channel"), root)


def _add_strays(element: etree._Element, fields: Fields) -> None:
    """A broken tag inside an item closes it too early: its later fields stand behind it."""
    for sibling in element.itersiblings(tag=etree.Element):
        name = _field_name(sibling.tag, namespace_of(element))
        if name in ("item", "channel", None):
            return
        fields.setdefault(name, [sibling])


def _read_rss_item(element: etree._Element, fields: Fields, head: FeedHead, url: str) -> Item:
    guid = next(iter(fields.get("guid", ())), None)
    return Item(
        links=tuple(_rss_links(element, fields)),
        base=choose_base(element.base, url, head.site_url),
        title=_first_text(fields, "title", "dc:title"),
        published=_first_text(
            fields, "pubdate", "dc:date", "dcterms:issued", "dcterms:created", "dcterms:date", "atom:published", "date"
        ),
        updated=_first_text(fields, "atom:updated", "dcterms:modified"),
        authors=tuple(_texts(fields, "dc:creator") or _texts(fields, "author") or _texts(fields, "itunes:author")),
        summary=_first_text(fields, "description", "dc:description", "abstract", "content:encoded"),
        guid=_text(guid) if guid is not None else element.get(_RDF_ABOUT),
        guid_may_be_link=guid is None or (guid.get("isPermaLink") or "true").strip().lower() != "false",
        language=_first_text(fields, "dc:language") or element.get(_XML_LANG) or head.language,
        attachments=tuple((child.get("url") or "", child.get("type") or "") for child in fields.get("enclosure", ())),
    )


def _rss_links(element: etree._Element, fields: Fields) -> Iterator[str]:
    yield from _texts(fields, "feedburner:origlink")
    yield from _texts(fields, "link")
    for child in fields.get("link", []) + fields.get("atom:link", []):
        if (child.get("rel") or "alternate").lower() == "alternate" and (href := child.get("href")):
            yield href
    if href := element.get("HREF") or element.get(_RDF_ABOUT):
        yield href


def _read_atom_entry(element: etree._Element, head: FeedHead, url: str) -> Item:
    fields = group_fields(element)
    links = fields.get("link", [])
    return Item(
        links=(*_texts(fields, "feedburner:origlink"), *_alternate_links(fields), *_content_sources(fields)),
        base=choose_base(_link_base(element, links), url, head.site_url),
        title=_first_text(fields, "title", "dc:title"),
        published=_first_text(fields, "published", "issued", "created", "dc:date", "dcterms:issued"),
        updated=_first_text(fields, "updated", "modified", "dcterms:modified"),
        authors=tuple(_atom_authors(fields)),
        summary=_first_text(fields, "summary", "content", "dc:description"),
        guid=_first_text(fields, "id", "guid"),
        language=element.get(_XML_LANG) or _first_text(fields, "dc:language") or head.language,
        attachments=tuple(
            (link.get("href") or "", link.get("type") or "")
            for link in links
            if (link.get("rel") or "").lower() == "enclosure"
        ),
    )


def _link_base(element: etree._Element, links: list[etree._Element]) -> str | None:
    base = links[0].base if links else element.base
    return base if isinstance(base, str) else None


def _alternate_links(fields: Fields) -> Iterator[str]:
    """The links that lead to the page, a web page before other types."""
    alternates = [
        link for link in fields.get("link", ()) if (link.get("rel") or "alternate").strip().lower() == "alternate"
    ]
    alternates.sort(key=lambda link: "html" not in (link.get("type") or "text/html").lower())
    for link in alternates:
        if href := link.get("href") or _text(link):
            yield href


def _content_sources(fields: Fields) -> Iterator[str]:
    for content in fields.get("content", ()):
        if source := content.get("src"):
            yield source


def _atom_authors(fields: Fields) -> Iterator[str]:
    for author in fields.get("author", ()):
        if name := _first_text(group_fields(author), "name") or (_text(author) if not len(author) else None):
            yield name
    yield from _texts(fields, "dc:creator")


def _first_text(fields: Fields, *names: str) -> str | None:
    for name in names:
        for element in fields.get(name, ()):
            if text := _text(element):
                return text
    return None


def _texts(fields: Fields, name: str) -> list[str]:
    return [text for element in fields.get(name, ()) if (text := _text(element))]


def _text(element: etree._Element) -> str:
    text = _inner_text(element) if len(element) else element.text or ""
    if "base64" in (element.get("mode"), element.get("encoding")) or element.get("type") == "application/octet-stream":
        try:
            return base64.b64decode(text, validate=False).decode("utf-8", "replace").strip()
        except (binascii.Error, ValueError):
            return ""
    return text.strip()


def _inner_text(element: etree._Element) -> str:
    """The text of an element with markup inside; of a whole article only the beginning is needed."""
    pieces, length = [], 0
    for piece in element.itertext():
        pieces.append(piece)
        length += len(piece)
        if length > _ENOUGH_TEXT:
            break
    return "".join(pieces)


def _read_ttl(fields: Fields) -> int | None:
    ttl = (_first_text(fields, "ttl") or "")[:9]
    if ttl.isdecimal() and int(ttl) > 0:
        return int(ttl)
    period = _PERIOD_MINUTES.get((_first_text(fields, "sy:updateperiod") or "").lower())
    frequency = (_first_text(fields, "sy:updatefrequency") or "1")[:9]
    if period is None or not frequency.isdecimal() or int(frequency) == 0:
        return None
    return max(1, period // int(frequency))
