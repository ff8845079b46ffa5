"""Reading JSON-LD as it is really found: broken, huge, nested, contradictory.

Promises: never raises, never descends or grows beyond the bounds below, resolves references by `@id` inside one
page. What cannot be parsed even after mending gives the few plain facts that a pattern can find.
"""

import html
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Node = dict[str, Any]

# A block of 1 MiB holds a live blog of hundreds of posts; beyond that it is a data dump and costs seconds.
MAX_BLOCK_CHARS = 1_048_576
MAX_BLOCKS = 60
MAX_NODES = 4_000
MAX_DEPTH = 12

ARTICLE_TYPES = frozenset(
    """
    article newsarticle blogposting report liveblogposting socialmediaposting discussionforumposting scholarlyarticle
    techarticle medicalscholarlyarticle advertisercontentarticle satiricalarticle
    """.split()
)
MEDIA_TYPES = frozenset({"videoobject", "audioobject", "podcastepisode", "radioepisode", "episode", "recipe", "review"})
PAGE_TYPES = frozenset({"webpage", "itempage", "aboutpage", "creativework", "event"})

# Possessive, and content to reach the end of the text: linear on unclosed strings and comments too.
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|//[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/)?|[^"/,]+|.', re.DOTALL)
WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|"
    r"(?:-->|//\s*\]\]>|\]\]>|/\*\s*\]\]>\s*\*/)\s*;?\s*$"
)
SALVAGED = re.compile(
    r'"(headline|datePublished|dateModified|dateCreated|articleSection)"\s*:\s*"((?:[^"\\\n]|\\.){1,500})"'
)
SALVAGED_TYPE = re.compile(r'"@type"\s*:\s*\[?\s*"(\w{3,40})"')
SALVAGED_AUTHOR = re.compile(r'"author"\s*:\s*[\[{\s]{0,20}[^}]{0,300}?"name"\s*:\s*"((?:[^"\\\n]|\\.){1,200})"')


@dataclass(frozen=True)
class LinkedData:
    """All nodes of a page in order, with their depth, and those that other nodes refer to."""

    nodes: tuple[tuple[int, Node], ...] = ()
    by_id: dict[str, Node] = field(default_factory=dict)

    def resolve(self, value: Any) -> Any:
        """A bare reference (`{"@id": ...}`) replaced by the node it names."""
        if isinstance(value, dict) and set(value) <= {"@id", "@type"}:
            return self.by_id.get(str(value.get("@id")), value)
        return value

    def of_type(self, types: frozenset[str]) -> Iterator[tuple[int, Node]]:
        """Nodes with one of these types, in document order."""
        for depth, node in self.nodes:
            if not types.isdisjoint(types_of(node)):
                yield depth, node


def read_linked_data(tree: Any) -> LinkedData:
    """All JSON-LD of a page."""
    nodes: list[tuple[int, Node]] = []
    blocks = 0
    for element in tree.iter("script"):
        if "ld+json" not in (element.get("type") or "").lower():
            continue
        blocks += 1
        if blocks > MAX_BLOCKS or len(nodes) >= MAX_NODES:
            break
        for node in parse_block(element.text_content()):
            nodes.extend(walk(node, MAX_NODES - len(nodes)))
    return LinkedData(tuple(nodes), index_nodes(nodes))


def index_nodes(nodes: list[tuple[int, Node]]) -> dict[str, Node]:
    """The fullest node of each `@id`: the same id is often repeated as a bare reference."""
    by_id: dict[str, Node] = {}
    for _, node in nodes:
        identity = node.get("@id")
        if isinstance(identity, str) and len(node) > len(by_id.get(identity, {})):
            by_id[identity] = node
    return by_id


def parse_block(text: str) -> list[Any]:
    """The values of one script element: as it stands, mended, or picked out by pattern."""
    if not text or len(text) > MAX_BLOCK_CHARS:
        return salvage(text[:MAX_BLOCK_CHARS]) if text else []
    for repair in REPAIRS:
        try:
            value = json.loads(repair(text), strict=False)
        except (ValueError, RecursionError):
            continue
        return value if isinstance(value, list) else [value]
    return salvage(text)


def mend(text: str) -> str:
    """Comments, wrappings, trailing commas and a final semicolon taken away, outside strings only."""
    unwrapped = text.strip().lstrip("\ufeff")
    for _ in range(2):
        unwrapped = WRAPPING.sub("", unwrapped)
    kept = [token for token in TOKEN.findall(unwrapped) if not token.startswith(("//", "/*"))]
    return drop_trailing_commas(kept).strip().rstrip(";")


def drop_trailing_commas(tokens: list[str]) -> str:
    """Join tokens, leaving out each comma before a closing bracket or before another comma."""
    kept: list[str] = []
    for position, token in enumerate(tokens):
        if token == ",":
            following = next((later.strip() for later in tokens[position + 1 : position + 6] if later.strip()), "")
            if following[:1] in ("}", "]", ",", ""):
                continue
        kept.append(token)
    return "".join(kept)


# Each is tried on the original text, the gentlest first.
REPAIRS: tuple[Callable[[str], str], ...] = (str, mend, lambda text: mend(html.unescape(text)))


def salvage(text: str) -> list[Any]:
    """One node made of what a pattern finds in unparseable JSON: first values only."""
    node: Node = {}
    for match in SALVAGED.finditer(text):
        node.setdefault(match[1], unquote(match[2]))
    if author := SALVAGED_AUTHOR.search(text):
        node["author"] = unquote(author[1])
    if not node:
        return []
    kinds = [kind for kind in SALVAGED_TYPE.findall(text) if kind.lower() in ARTICLE_TYPES | PAGE_TYPES]
    node["@type"] = kinds[0] if kinds else "WebPage"
    return [node]


def unquote(text: str) -> str:
    """The inside of a JSON string, or the raw text where its escapes are broken."""
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text


def walk(value: Any, room: int) -> list[tuple[int, Node]]:
    """Every dictionary in a parsed value with its depth (`@graph` and `mainEntity` count as the top), breadth first."""
    found: list[tuple[int, Node]] = []
    pending: list[tuple[int, Any]] = [(0, value)]
    for depth, item in pending:
        if len(found) >= room or len(pending) > 10 * MAX_NODES:
            break
        if isinstance(item, list):
            pending.extend((depth, child) for child in item[:1_000])
        elif isinstance(item, dict):
            found.append((depth, item))
            if depth < MAX_DEPTH:
                pending.extend(
                    (depth if key in ("@graph", "mainEntity") else depth + 1, child)
                    for key, child in item.items()
                    if isinstance(child, dict | list)
                )
    return found


def types_of(node: Node) -> frozenset[str]:
    """The node's types, lower case, without the vocabulary's address."""
    declared = node.get("@type", node.get("type"))
    listed = declared if isinstance(declared, list) else [declared]
    kinds = {str(kind).rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower() for kind in listed if isinstance(kind, str)}
    return frozenset(kinds | {"newsarticle" for kind in kinds if kind.endswith("newsarticle")})


def strings_of(value: Any) -> list[str]:
    """The plain strings of a value that may be a string, a list, or `{"@value": ...}`."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, bool | int | float):
        return [str(value)]
    if isinstance(value, list):
        return [text for item in value[:200] for text in strings_of(item)]
    if isinstance(value, dict) and "@value" in value:
        return strings_of(value["@value"])
    return []


def first_string(node: Node, *keys: str) -> str:
    """The first non-empty string under these keys."""
    for key in keys:
        for text in strings_of(node.get(key)):
            if text.strip():
                return text
    return ""
