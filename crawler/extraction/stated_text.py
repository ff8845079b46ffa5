"""The text that a page states in its JSON-LD: the last source, for pages whose visible text a script fills in.

Promises: only what the page offers to every reader; the text of a page that calls itself paid is not taken from there.
"""

from typing import Any

from lxml.html import HtmlElement

from crawler.extraction.blocks import make_key
from crawler.extraction.metadata.json_ld import read_linked_data

MIN_STATED = 300  # characters: below, publishers put a summary there


def read_stated_text(root: HtmlElement) -> list[str]:
    """The lines of the longest articleBody; empty where there is none, or the page is paid for."""
    if not any("articleBody" in (script.text or "") for script in root.iter("script")):
        return []
    nodes = [node for _, node in read_linked_data(root).nodes]
    if any(_is_paid(node.get("isAccessibleForFree")) for node in nodes):
        return []
    bodies = [body for node in nodes if isinstance(body := node.get("articleBody"), str)]
    body = max(bodies, key=len, default="")
    if len(body) < MIN_STATED or "<" in body:  # markup within: not the text that a reader sees
        return []
    return [line for line in body.splitlines() if make_key(line)]


def _is_paid(value: Any) -> bool:
    return value is False or (isinstance(value, str) and value.strip().lower() in ("false", "0", "no"))
