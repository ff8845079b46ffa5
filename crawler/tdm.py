"""Reservations of text and data mining, wherever a publisher may state them.

Promises: read from response headers, from the page's meta elements, from `/.well-known/tdmrep.json` and from
robots.txt; the nearer statement wins over the farther one, as the TDM Reservation Protocol says (page over header over
file); what is found is reported with the place it stood in, and nothing is decided here: the settings decide.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from protego import Protego

from crawler.urls import clean

WELL_KNOWN_PATH = "/.well-known/tdmrep.json"
_META_WINDOW = 262_144  # bytes of a page; the head ends long before
_MAX_RULES = 1_000

_META = re.compile(r"<meta\b[^<>]{1,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""\b(name|property|content|value)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""", re.IGNORECASE
)
_NO_AI = re.compile(r"\b(?:noai|notdm)\b", re.IGNORECASE)
# A user agent may stand in front: `X-Robots-Tag: otherbot: noai` is meant for another robot.
_FOR_ONE_ROBOT = re.compile(r"\s*([A-Za-z][\w-]*)\s*:\s*(.*)", re.DOTALL)
_ROBOTS_LINE = re.compile(
    r"\s*(tdm-reservation|tdm-policy|content-signal|content-usage)\s*:\s*([^#\r\n]*)", re.IGNORECASE
)
# `ai-train=no` (Content Signals) and `tdm=n`, `train-ai=n` (AI preferences) reserve by their own terms.
_SIGNAL = re.compile(r"\b(ai-train|train-ai|train-genai|ai-input|tdm)\s*=\s*(?:no|n)\b", re.IGNORECASE)


@dataclass(frozen=True)
class OptOut:
    """One statement: rights reserved or expressly not, the policy that says how to ask, and where it stood."""

    reserved: bool
    policy: str | None
    stated_in: str


def read_header_opt_out(headers: Iterable[tuple[str, str]], url: str, robot: str = "Vigie") -> OptOut | None:
    """The statement of the response's headers."""
    pairs = [(name.lower(), value) for name, value in headers]
    values = dict(reversed(pairs))  # of repeated headers the first counts
    stated = _state(values.get("tdm-reservation"), values.get("tdm-policy"), url, "header tdm-reservation")
    if stated is not None:
        return stated
    if any(name == "x-robots-tag" and _forbids_mining(value, robot) for name, value in pairs):
        return OptOut(True, None, "header X-Robots-Tag")
    return None


def read_page_opt_out(body: bytes, url: str) -> OptOut | None:
    """The statement of the page's meta elements; only their names are ASCII, so no decoding is needed."""
    values: dict[str, str] = {}
    for element in _META.findall(body[:_META_WINDOW].decode("latin-1")):
        attributes = {name.lower(): a or b or c for name, a, b, c in _ATTRIBUTE.findall(element)}
        name = (attributes.get("name") or attributes.get("property") or "").strip().lower()
        values.setdefault(name, unescape(attributes.get("content") or attributes.get("value") or ""))
    stated = _state(values.get("tdm-reservation"), values.get("tdm-policy"), url, "meta tdm-reservation")
    if stated is not None:
        return stated
    return OptOut(True, None, "meta robots") if _NO_AI.search(values.get("robots", "")) else None


def read_robots_opt_out(text: str, url: str) -> OptOut | None:
    """The statement of lines in robots.txt that speak of mining rather than of paths."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        if found := _ROBOTS_LINE.match(line):
            values.setdefault(found[1].lower(), found[2].strip())
    stated = _state(values.get("tdm-reservation"), values.get("tdm-policy"), url, "robots.txt tdm-reservation")
    if stated is not None:
        return stated
    for name in ("content-signal", "content-usage"):
        if signal := _SIGNAL.search(values.get(name, "")):
            return OptOut(True, None, f"robots.txt {name} {signal[0].lower()}")
    return None


@dataclass(frozen=True)
class TdmRule:
    """One rule of `tdmrep.json`: a path pattern as in robots.txt, and what is stated for it."""

    location: str
    reserved: bool
    policy: str | None


@dataclass(frozen=True)
class TdmFile:
    """The rules of one host's `tdmrep.json`, in their order: the first that matches counts."""

    rules: tuple[TdmRule, ...] = ()

    def opt_out_for(self, url: str) -> OptOut | None:
        """What the file states for `url`."""
        for rule in self.rules:
            if _matches(rule.location, url):
                return OptOut(rule.reserved, rule.policy, f"{WELL_KNOWN_PATH} {rule.location}")
        return None


def read_tdm_file(body: bytes, url: str) -> TdmFile:
    """The rules of the file at `url`; what is not as the protocol says is passed over."""
    try:
        document = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return TdmFile()
    rules = document if isinstance(document, list) else [document]  # one rule without its brackets is seen
    read = (_read_rule(rule, url) for rule in rules[:_MAX_RULES])
    return TdmFile(tuple(rule for rule in read if rule is not None))


def nearest(*statements: OptOut | None) -> OptOut | None:
    """The first statement there is; give the nearest first: page, headers, file, robots.txt."""
    return next((statement for statement in statements if statement is not None), None)


def _read_rule(rule: Any, url: str) -> TdmRule | None:
    if not isinstance(rule, dict) or not isinstance(rule.get("location"), str):
        return None
    stated = _state(_plain(rule.get("tdm-reservation")), _plain(rule.get("tdm-policy")), url, "")
    return TdmRule(rule["location"], stated.reserved, stated.policy) if stated is not None else None


def _plain(value: Any) -> str | None:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value) if isinstance(value, str | int) else None


def _state(reservation: str | None, policy: str | None, url: str, place: str) -> OptOut | None:
    value = (reservation or "").strip()
    if value not in ("0", "1"):
        return None  # the protocol knows these two; anything else states nothing
    return OptOut(value == "1", clean(policy, url) if policy and policy.strip() else None, place)


def _forbids_mining(value: str, robot: str) -> bool:
    if (found := _FOR_ONE_ROBOT.match(value)) and found[1].lower() != robot.lower():
        return False
    return _NO_AI.search(value) is not None


def _matches(location: str, url: str) -> bool:
    """Paths match as in robots.txt, whose rules the protocol takes over."""
    pattern = location.strip()
    if pattern.startswith(("http://", "https://")):
        pattern = urlsplit(pattern).path or "/"
    if not pattern.startswith(("/", "*")) or "\n" in pattern or "\r" in pattern:
        return False
    return not Protego.parse(f"User-agent: *\nDisallow: {pattern}").can_fetch(url, "any")
