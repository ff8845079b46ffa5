"""The layout of one source's pages: which places hold the article, and which can be left out unread.

A place is known by its tags and class names from the body down, never by its text. Promises: small enough to travel
with a job, the same after writing and reading, and a merged layout knows what either knew.
"""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lxml.html import HtmlElement

from crawler.extraction.blocks import INLINE, Block
from crawler.extraction.selection import FEW_WORDS

# No part of the layout: data for machines, and what shows no text of its own.
_NO_PART = frozenset(("script", "style", "noscript", "template", "link", "meta", "br", "hr", "img", "source", "track"))
_MOST_NAMES = 4096  # remembered; a source has some hundreds


@dataclass
class Place:
    """One kind of element: the kinds of its children and of its blocks of text.

    A child that is left out says whether it ever held text. A kind of block is taken, or left, or None where both were
    seen.
    """

    children: dict[str, "Place | bool"] = field(default_factory=dict)
    verdicts: dict[str, bool | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Template:
    """The layout from the body down, the bounds of the text in characters, and how much prose was left out at most."""

    body: Place
    shortest: int
    longest: int
    most_left_out: int


def list_parts(element: HtmlElement) -> list[HtmlElement]:
    """The children that belong to the layout: neither data nor words set apart within a text."""
    return [child for child in element if child.tag not in _NO_PART and not _is_within_text(child)]


def _is_within_text(element: HtmlElement) -> bool:
    if element.tag not in INLINE:
        return False
    return all(below.tag in INLINE or below.tag in _NO_PART for below in element.iterdescendants())


def name_part(element: HtmlElement) -> str:
    """The kind of an element: its tag and classes, without those that number things."""
    return _name(element.tag, element.get("class"))


@lru_cache(_MOST_NAMES)
def _name(tag: str, classes: str | None) -> str:
    names = (name for name in (classes or "").split() if not any(map(str.isdigit, name)))
    return ".".join((tag, *sorted(set(names))))


def name_block(block: Block) -> str:
    """The kind of a block of text, by what decides about it apart from its place."""
    length = "line" if block.key.count(" ") < FEW_WORDS - 1 else "text"
    links = "links" if block.link_share >= 0.5 else "linked" if block.link_chars else "plain"
    return f"{length} {links} hidden" if block.hidden else f"{length} {links}"


def merge_templates(one: Template, other: Template) -> Template:
    """What both know together."""
    return Template(
        _merge(one.body, other.body),
        min(one.shortest, other.shortest),
        max(one.longest, other.longest),
        max(one.most_left_out, other.most_left_out),
    )


def _merge(one: Place, other: Place) -> Place:
    children = dict(one.children)
    for name, child in other.children.items():
        children[name] = _merge_children(children[name], child) if name in children else child
    verdicts = dict(one.verdicts)
    for kind, verdict in other.verdicts.items():
        verdicts[kind] = verdict if verdicts.get(kind, verdict) is verdict else None
    return Place(children, verdicts)


def _merge_children(one: Place | bool, other: Place | bool) -> Place | bool:
    """A part that was looked into once is always looked into."""
    if isinstance(one, Place):
        return _merge(one, other) if isinstance(other, Place) else one
    return other if isinstance(other, Place) else one or other


def contradicts(one: Place, other: Place) -> bool:
    """Whether the later, `other`, says that text is taken where it was left, or the other way round."""
    if any(one.verdicts.get(kind, verdict) is not verdict for kind, verdict in other.verdicts.items()):
        return True
    for name, child in other.children.items():
        known = one.children.get(name, False)
        if isinstance(child, Place) and _contradicts_part(known, child):
            return True
    return False


def _contradicts_part(known: Place | bool, child: Place) -> bool:
    return contradicts(known, child) if isinstance(known, Place) else known and _holds_text(child)


def _holds_text(place: Place) -> bool:
    below = (child for child in place.children.values() if isinstance(child, Place))
    return any(place.verdicts.values()) or any(map(_holds_text, below))


def count_places(place: Place) -> int:
    """How many kinds of places are known, the left out ones included."""
    return 1 + sum(count_places(child) if isinstance(child, Place) else 1 for child in place.children.values())


def write_template(template: Template) -> str:
    """The template as one line of JSON."""
    values = (template.shortest, template.longest, template.most_left_out, _flatten(template.body))
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


@lru_cache(64)
def read_template(written: str) -> Template:
    """The template that was written so; remembered, since it comes with every page of the source."""
    shortest, longest, most_left_out, body = json.loads(written)
    return Template(_unfold(body), shortest, longest, most_left_out)


def _flatten(place: Place) -> list[object]:
    children = {name: _flatten(child) if isinstance(child, Place) else child for name, child in place.children.items()}
    return [children, place.verdicts]


def _unfold(written: list[Any]) -> Place:
    children, verdicts = written
    unfolded = {name: _unfold(child) if isinstance(child, list) else child for name, child in children.items()}
    return Place(unfolded, verdicts)
