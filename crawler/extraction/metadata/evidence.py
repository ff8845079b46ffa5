"""All that is known about one page, read once: tree, head, JSON-LD, visible blocks, and what was known before.

The blocks are the page's visible text in reading order, cut at block elements. They say what stands near the
headline, which is where a byline and a dateline are looked for.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from archive.records import Hint, Origin, Page
from crawler.extraction.metadata.head import Head, read_head
from crawler.extraction.metadata.instants import zone_named
from crawler.extraction.metadata.json_ld import (
    ARTICLE_TYPES,
    MEDIA_TYPES,
    PAGE_TYPES,
    LinkedData,
    Node,
    read_linked_data,
    types_of,
)
from crawler.extraction.metadata.marks import Marks, read_marks
from crawler.extraction.metadata.wording import comparable, unaccented
from crawler.extraction.page_walk import PageWalk

# Above this many characters a block is neither a dateline nor the notice of a paywall.
MAX_SHORT = 300


@dataclass(eq=False)
class Block:
    """A run of visible text between two block boundaries, and the element in which it stands."""

    element: Any
    text: str

    @cached_property
    def words(self) -> str:
        """The text in its comparable form."""
        return comparable(self.text)


class Evidence:
    """One page's evidence. Nothing is computed before it is asked for, and nothing twice."""

    def __init__(self, tree: Any, page: Page, walked: PageWalk) -> None:
        self.tree = tree
        self.page = page
        self.walked = walked

    @cached_property
    def head(self) -> Head:
        """Metas, links and the declared language."""
        return read_head(self.tree)

    @cached_property
    def linked(self) -> LinkedData:
        """All JSON-LD nodes."""
        return read_linked_data(self.tree)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Visible blocks in reading order."""
        return tuple(Block(element, text) for element, text in self.walked.shown)

    @cached_property
    def unaccented_short(self) -> str:
        """The short blocks in lower case without accents, each on its line; the line of a longer one is empty."""
        texts = (block.text if len(block.text) <= MAX_SHORT else "" for block in self.blocks)
        return unaccented("\n".join(texts))  # at once: a call costs more than the text of a block

    @cached_property
    def marks(self) -> Marks:
        """Elements that the page marks as title, author, standfirst or date."""
        return read_marks(self.tree, self.walked)

    @cached_property
    def around_times(self) -> frozenset[Any]:
        """All `<time>` elements and what encloses them."""
        times = list(self.tree.iter("time"))
        return frozenset(times).union(*(time.iterancestors() for time in times))

    @cached_property
    def host(self) -> str:
        """The page's host name, lower case, without `www.`."""
        return host_of(self.page.url)

    @cached_property
    def local_now(self) -> datetime:
        """The time of the fetch on the source's clocks, naive."""
        return self.page.fetched_at.astimezone(zone_named(self.page.zone)).replace(tzinfo=None)

    @cached_property
    def article_nodes(self) -> tuple[Node, ...]:
        """The JSON-LD nodes that describe this page's own article, the best first."""
        return tuple(rank_nodes(self, ARTICLE_TYPES) or rank_nodes(self, MEDIA_TYPES))

    @cached_property
    def page_nodes(self) -> tuple[Node, ...]:
        """The JSON-LD nodes that describe the page as a page."""
        return tuple(rank_nodes(self, PAGE_TYPES))

    @cached_property
    def site_names(self) -> frozenset[str]:
        """What the site calls itself, comparable and without blanks."""
        return frozenset(read_site_names(self))


def rank_nodes(evidence: Evidence, types: frozenset[str]) -> list[Node]:
    """Nodes of these types: those that name this page first, then by depth; those that name another page last.

    A page lists its related articles as nodes too, so a nested node that names another page is left out.
    """
    own = {path_of(evidence.page.url), *(path_of(link) for link in evidence.head.links.get("canonical", ()))}
    ranked: list[tuple[int, int, int, Node]] = []
    for number, (depth, node) in enumerate(evidence.linked.of_type(types)):
        paths = {path_of(address) for address in addresses_of(node)}
        if paths & own:
            ranked.append((0, depth, number, node))
        elif not paths or depth == 0:
            ranked.append((1 if depth == 0 else 2, depth, number, node))
    ranked.sort(key=lambda item: item[:3])
    return [node for _, _, _, node in ranked]


def addresses_of(node: Node) -> list[str]:
    """The addresses by which a node names its page."""
    addresses = []
    for key in ("url", "mainEntityOfPage", "@id"):
        value = node.get(key)
        if isinstance(value, dict):
            value = value.get("@id") or value.get("url")
        if isinstance(value, str) and value.startswith(("http", "/")):
            addresses.append(value)
    return addresses


def origin_of(hint: Hint) -> Origin | None:
    """The origin of claims made from a hint; an imported record says nothing of its own."""
    origins: dict[str, Origin] = {"feed": "feed", "sitemap": "sitemap", "listing": "listing", "link": "listing"}
    return origins.get(hint.through)


def host_of(url: str) -> str:
    """Host name, lower case, without `www.` and final dot; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".").removeprefix("www.")
    except ValueError:
        return ""


def path_of(url: str) -> str:
    """The path without a final slash: enough to tell two pages of one site apart."""
    try:
        return urlsplit(url.strip()).path.rstrip("/").lower()
    except ValueError:
        return url


def read_site_names(evidence: Evidence) -> list[str]:
    """From og:site_name, the application name, the publisher's nodes and the host."""
    names = list(
        evidence.head.each(
            "og:site_name",
            "application-name",
            "apple-mobile-web-app-title",
            "al:ios:app_name",
            "dc.publisher",
            "publisher",
            "twitter:app:name:iphone",
        )
    )
    for depth, node in evidence.linked.nodes:
        publisher = evidence.linked.resolve(node.get("publisher"))
        if isinstance(publisher, dict) and isinstance(publisher.get("name"), str):
            names.append(publisher["name"])
        # Deeper organisations are authors and agencies.
        if (
            depth == 0
            and types_of(node) & {"organization", "newsmediaorganization", "website"}
            and isinstance(node.get("name"), str)
        ):
            names.append(node["name"])
    labels = evidence.host.split(".")
    names += [evidence.host, labels[-2] if len(labels) > 1 else "", evidence.host.rsplit(".", 1)[0], labels[0]]
    names += [re.sub(r"\(.*?\)", "", name) for name in names if "(" in name]
    squashed = (comparable(name).replace(" ", "") for name in names)
    return [name for name in squashed if 2 <= len(name) <= 60]
