"""What a page says of itself in `<meta>`, `<link>` and `<html lang>`, read once into plain dictionaries.

Names are lower case; values keep their order and repetitions, cleaned. Metas are read wherever they stand, since
broken markup moves half of a head into the body.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from crawler.extraction.clean_text import clean

# Enough for every real page; a page of a million metas must not cost a second.
MAX_METAS = 2_000
MAX_VALUE = 10_000


@dataclass(frozen=True)
class Head:
    """Metas by name, links by relation, the document's `<title>` and declared language."""

    metas: dict[str, tuple[str, ...]] = field(default_factory=dict)
    links: dict[str, tuple[str, ...]] = field(default_factory=dict)
    title: str = ""
    language: str = ""
    base: str = ""

    def first(self, *names: str) -> str:
        """The first value that is not empty, in the order of the names."""
        return next(self.each(*names), "")

    def each(self, *names: str) -> Iterator[str]:
        """All values of these names that are not empty."""
        for name in names:
            yield from (value for value in self.metas.get(name, ()) if value)


def read_head(tree: Any) -> Head:
    """Collect the head of a page; `tree` is the root of an lxml.html tree."""
    metas: dict[str, list[str]] = {}
    for number, element in enumerate(tree.iter("meta")):
        if number >= MAX_METAS:
            break
        content = element.get("content")
        if content is None:
            continue
        for key in ("property", "name", "itemprop", "http-equiv"):
            name = (element.get(key) or "").strip().lower()
            if name:
                metas.setdefault(name, []).append(clean(content[:MAX_VALUE]))
    return Head(
        metas={name: tuple(values) for name, values in metas.items()},
        links=read_links(tree),
        title=read_title(tree),
        language=declared_language(tree),
        base=next((element.get("href", "").strip() for element in tree.iter("base")), ""),
    )


def read_links(tree: Any) -> dict[str, tuple[str, ...]]:
    """`<link rel>` targets by relation, as written."""
    links: dict[str, list[str]] = {}
    for number, element in enumerate(tree.iter("link")):
        if number >= MAX_METAS:
            break
        href = (element.get("href") or "").strip()
        for relation in (element.get("rel") or "").lower().split():
            if href:
                links.setdefault(relation, []).append(href)
    return {relation: tuple(targets) for relation, targets in links.items()}


def read_title(tree: Any) -> str:
    """The first `<title>` outside drawings: an inline SVG has titles of its own."""
    for element in tree.iter("title"):
        if any(ancestor.tag == "svg" for ancestor in element.iterancestors()):
            continue
        title = clean(element.text_content()[:MAX_VALUE])
        if title:
            return title
    return ""


def declared_language(tree: Any) -> str:
    """The language attribute of the root element, lower case, as written."""
    return (
        (tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or tree.get("xml:lang") or "")
        .strip()
        .lower()
    )
