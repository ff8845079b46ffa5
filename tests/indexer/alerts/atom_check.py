"""What RFC 4287 asks of a feed, checked element by element; feedparser alone forgives too much."""

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import feedparser.api
import lxml.etree as etree

ATOM = "{http://www.w3.org/2005/Atom}"
TAG = re.compile(r"tag:[a-z0-9.-]+,\d{4}(-\d\d(-\d\d)?)?:[A-Za-z0-9/._-]+")
KNOWN = {
    "feed": {"author", "category", "contributor", "generator", "icon", "id", "link", "logo", "rights", "subtitle",
             "title", "updated", "entry"},
    "entry": {"author", "category", "content", "contributor", "id", "link", "published", "rights", "source", "summary",
              "title", "updated"},
}  # fmt: skip
ONCE = ("id", "title", "updated")
AT_MOST_ONCE = ("generator", "icon", "logo", "rights", "subtitle", "content", "published", "source", "summary")
RELATIONS = {"alternate", "related", "self", "enclosure", "via"}


def read_feed(feed: bytes, *, sanitize: bool = True) -> Any:
    """The feed as a reader's library understands it."""
    return feedparser.api.parse(feed, sanitize_html=sanitize)


def find_atom_faults(feed: bytes) -> list[str]:
    """Every breach of the specification, in words; none for a sound feed."""
    root = etree.fromstring(feed)
    faults = [] if root.tag == f"{ATOM}feed" else [f"the root is {root.tag}"]
    faults += _check(root, "feed")
    entries = root.findall(f"{ATOM}entry")
    for entry in entries:
        faults += _check(entry, "entry")
        if entry.find(f"{ATOM}author") is None and root.find(f"{ATOM}author") is None:
            faults.append("an entry without an author")
        if entry.find(f"{ATOM}content") is None and not _links(entry, "alternate"):
            faults.append("an entry with neither content nor an alternate link")
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    return faults + (["two entries with one id"] if len(set(ids)) < len(ids) else [])


def _check(node: etree._Element, kind: str) -> list[str]:
    faults = [f"{child.tag} in {kind}" for child in node if child.tag.removeprefix(ATOM) not in KNOWN[kind]]
    faults += [f"{kind}: {name} not once" for name in ONCE if len(node.findall(ATOM + name)) != 1]
    faults += [f"{kind}: {name} twice" for name in AT_MOST_ONCE if len(node.findall(ATOM + name)) > 1]
    if not TAG.fullmatch(node.findtext(f"{ATOM}id") or ""):
        faults.append(f"{kind}: the id is no tag URI: {node.findtext(f'{ATOM}id')}")
    for name in ("updated", "published"):
        faults += [f"{kind}: {name} is no date: {one.text}" for one in node.findall(ATOM + name) if not _is_date(one)]
    for author in node.findall(f"{ATOM}author"):
        if not (author.findtext(f"{ATOM}name") or "").strip():
            faults.append(f"{kind}: an author without a name")
    faults += [f"{kind}: a category without a term" for one in node.findall(f"{ATOM}category") if not one.get("term")]
    for link in node.findall(f"{ATOM}link"):
        if not urlsplit(link.get("href", "")).scheme or link.get("rel", "alternate") not in RELATIONS:
            faults.append(f"{kind}: a link that leads nowhere: {dict(link.attrib)}")
    pairs = [(one.get("type"), one.get("hreflang")) for one in _links(node, "alternate")]
    return faults + ([f"{kind}: two alternate links of one kind"] if len(set(pairs)) < len(pairs) else [])


def _links(node: etree._Element, relation: str) -> list[etree._Element]:
    return [one for one in node.findall(f"{ATOM}link") if one.get("rel", "alternate") == relation]


def _is_date(node: etree._Element) -> bool:
    """A date and time of RFC 3339 with its offset."""
    try:
        return datetime.fromisoformat(node.text or "").tzinfo is not None and "T" in (node.text or "")
    except ValueError:
        return False
