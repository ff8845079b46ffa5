"""robots.txt as RFC 9309 has it, with Protego underneath for matching paths.

Promises: an answer that says "not now" (5xx, 429, no answer) closes the host for this run, 4xx opens it without
reading the body; the group is chosen by our whole product token, in any case, ours before `*`; at most 512 KiB are
read, in whatever encoding; Crawl-delay is kept up to two minutes. What Protego sees differently is put right before it
sees it: its prefix matching of names, and escaped bytes that are not UTF-8.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from protego import Protego

from archive.outcomes import Outcome
from crawler.tdm import OptOut, read_robots_opt_out
from crawler.urls import clean

PRODUCT_TOKEN = "Vigie"
MAX_BYTES = 512 * 1024  # RFC 9309 asks for at least 500 KiB; more is no rule file
MAX_CRAWL_DELAY_SECONDS = 120.0  # a longer wish would leave the host unvisited; two minutes is polite enough
MAX_SITEMAPS = 1_000

State = Literal["read", "open", "closed"]

_LINE_END = re.compile(r"\r\n|\r|\n")
_TOKEN = re.compile(r"[A-Za-z0-9_-]+")
_NOT_UTF8 = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")

_USER_AGENT = frozenset(("user-agent", "useragent", "user agent"))
_ALLOW = frozenset(("allow",))
_DISALLOW = frozenset(("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"))
_DELAY = frozenset(("crawl-delay", "crawl delay", "crawldelay"))
_SITEMAP = frozenset(("sitemap", "sitemaps", "site-map"))
_KNOWN = _USER_AGENT | _ALLOW | _DISALLOW | _DELAY | _SITEMAP
# The colon is often forgotten, and other parsers are lenient there too.
_NAMES = "|".join(sorted(_KNOWN, key=len, reverse=True))
_FIELD = re.compile(rf"\s*({_NAMES})(?:\s*:|\s)\s*(.*)", re.IGNORECASE | re.DOTALL)


@dataclass
class _Group:
    """The rules that one run of User-agent lines is followed by."""

    rules: list[str] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class RobotsRules:
    """What one host's robots.txt means for us during one run."""

    state: State
    reason: str
    crawl_delay: float | None = None
    sitemaps: tuple[str, ...] = ()
    opt_out: OptOut | None = None
    named: bool = False  # True where a group speaks to us by name
    _matcher: Protego | None = field(default=None, repr=False, compare=False)

    @classmethod
    def from_response(
        cls,
        status: int | None,
        body: bytes = b"",
        url: str = "",
        failure: str | None = None,
        product_token: str = PRODUCT_TOKEN,
        most_bytes: int = MAX_BYTES,
    ) -> "RobotsRules":
        """The rules after one request for robots.txt; `status` is None where no answer came, `failure` says why."""
        if status is None:
            return cls("closed", failure or "no answer")
        if status in (304, 429) or not 200 <= status < 500:  # 304: "as before", but there is no before at hand
            return cls("closed", f"answered {status}")
        if status >= 300:  # a redirect that was not followed to its end counts as unavailable, like 4xx
            return cls("open", f"answered {status}")
        return cls.from_text(decode_robots(body, most_bytes), url, product_token)

    @classmethod
    def from_text(cls, text: str, url: str = "", product_token: str = PRODUCT_TOKEN) -> "RobotsRules":
        """The rules of a robots.txt that could be read."""
        token = _TOKEN.match(product_token)  # of a whole User-Agent, the product's name alone
        parsed = _parse(text, token[0].lower() if token else "")
        group = parsed.named or parsed.general
        return cls(
            state="read",
            reason="read",
            crawl_delay=min(max(group.delays), MAX_CRAWL_DELAY_SECONDS) if group and group.delays else None,
            sitemaps=tuple(parsed.resolve_sitemaps(url)),
            opt_out=read_robots_opt_out(text, url),
            named=parsed.named is not None,
            _matcher=Protego.parse("\n".join(["User-agent: *", *group.rules])) if group and group.rules else None,
        )

    def allows(self, url: str) -> bool:
        """True where we may fetch `url`."""
        return self.refusal(url) is None

    def refusal(self, url: str) -> Outcome | None:
        """None where we may fetch `url`, else the outcome that the request ends with."""
        if self.state == "closed":
            return Outcome.robots_unreachable
        if self._matcher is None or self._matcher.can_fetch(_path_of(url), "any"):
            return None
        return Outcome.disallowed


@dataclass
class _Parsed:
    """The groups that concern us, and the lines outside groups."""

    named: _Group | None = None
    general: _Group | None = None
    sitemaps: list[str] = field(default_factory=list)

    def resolve_sitemaps(self, url: str) -> Iterator[str]:
        for location in dict.fromkeys(self.sitemaps[:MAX_SITEMAPS]):
            if (cleaned := clean(location, url or None)) is not None:
                yield cleaned


def decode_robots(body: bytes, most_bytes: int = MAX_BYTES) -> str:
    """The text of at most that many bytes; a line that the limit cuts is dropped."""
    cut = len(body) > most_bytes
    text = _decode(body[:most_bytes])
    return text[: max(text.rfind("\n"), text.rfind("\r")) + 1] if cut else text


def _decode(body: bytes) -> str:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    start = body[:64]
    if len(start) >= 4 and start.count(0) * 3 >= len(start):
        return body.decode("utf-16-be" if start[0] == 0 else "utf-16-le", "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _parse(text: str, token: str) -> _Parsed:
    """The rules of our own groups and of `*`, each merged over the whole file."""
    parsed = _Parsed()
    current: list[_Group] = []
    in_heading = False  # the last line that counts was a User-agent line
    for name, value in _lines(text):
        if name in _USER_AGENT:
            current = current if in_heading else []
            in_heading = True
            current += _groups_for(value, token, parsed)
        elif name in _SITEMAP:
            parsed.sitemaps.append(value)
        elif name in _ALLOW or name in _DISALLOW or name in _DELAY:
            in_heading = False
            for group in current:
                _add_rule(group, name, value)
    return parsed


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in _LINE_END.split(text):
        found = _FIELD.match(line.partition("#")[0])
        if found is not None:
            yield found[1].lower(), found[2].strip()


def _groups_for(value: str, token: str, parsed: _Parsed) -> list[_Group]:
    """The group that a User-agent line opens for us, if it does."""
    if value == "*" or value.startswith("* "):
        parsed.general = parsed.general or _Group()
        return [parsed.general]
    name = _TOKEN.match(value)
    if name is None or name[0].lower() != token:
        return []
    parsed.named = parsed.named or _Group()
    return [parsed.named]


def _add_rule(group: _Group, name: str, value: str) -> None:
    if name in _DELAY:
        try:
            seconds = float(value.replace(",", "."))
        except ValueError:
            return
        if math.isfinite(seconds) and seconds >= 0:
            group.delays.append(seconds)
    elif value:  # an empty rule closes and opens nothing
        verb = "Allow" if name in _ALLOW else "Disallow"
        group.rules.append(f"{verb}: {_protect(value)}")


def _path_of(url: str) -> str:
    """What rules are compared with: path and query, behind a host so that a path may begin with two slashes."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query or url.endswith("?") else ""
    return f"https://host{_protect((parts.path or '/') + query)}"


def _protect(text: str) -> str:
    """Escaped bytes that are not UTF-8 stay different from each other: Protego would read all of them as one."""
    return _NOT_UTF8.sub(_protect_bytes, text)


def _protect_bytes(found: re.Match[str]) -> str:
    try:
        bytes.fromhex(found[0].replace("%", "")).decode("utf-8")
    except UnicodeDecodeError:
        return found[0].upper().replace("%", "%25")
    return found[0]
