"""The articles of the site, read from the text files beside this module.

A file is a head of `key: value` lines, an empty line, then blocks separated by empty lines. A line `=== DAY: WHAT`
begins what becomes of the article on that day: `edited` (a head of changed keys and the whole new text follow),
`gone 410` or `restored`. What stands in the head is what a reader of the page would call true; the publishers' modules
decide how well a page says it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
DAYS = ("first day", "next day", "day after")
TEXTS = Path(__file__).parent / "texts"


@dataclass(frozen=True)
class Wording:
    """What an article says at one time: paragraphs, or headings (`## `), list items (`- `), quotes (`> `)."""

    title: str
    blocks: tuple[str, ...]
    modified: datetime | None = None


@dataclass(frozen=True)
class Stage:
    """From this day on (an index of DAYS) the address answers `status`, with `wording` where that is 200."""

    day: int
    status: int
    wording: Wording | None


@dataclass(frozen=True)
class Article:
    """One article of one publisher. `day_only` is true where the page tells the day of publication and no time."""

    publisher: str
    path: str
    authors: tuple[str, ...]
    published: datetime
    day_only: bool
    stages: tuple[Stage, ...]
    extra: Mapping[str, str] = field(default_factory=dict)

    def on(self, day: int) -> Stage | None:
        """The stage that holds on a day; None before the article appears."""
        return next((stage for stage in reversed(self.stages) if stage.day <= day), None)


def read_articles(publisher: str) -> tuple[Article, ...]:
    """All articles of a publisher, newest first."""
    files = sorted((TEXTS / publisher).glob("*.txt"))
    articles = [_read_article(publisher, file.read_text(encoding="utf-8")) for file in files]
    return tuple(sorted(articles, key=lambda article: article.published, reverse=True))


def _read_article(publisher: str, content: str) -> Article:
    first, *later = content.strip().split("\n=== ")
    head, blocks = _read_part(first)
    written = head.pop("published")
    modified = head.pop("modified", None)
    wording = Wording(head.pop("title"), blocks, datetime.fromisoformat(modified) if modified else None)
    stages = [Stage(DAYS.index(head.pop("appears", DAYS[0])), 200, wording)]
    for part in later:
        stages.append(_read_stage(part, wording))
    return Article(
        publisher=publisher,
        path=head.pop("path"),
        authors=tuple(name.strip() for name in head.pop("authors", "").split(";") if name.strip()),
        published=_read_instant(written),
        day_only=len(written) == 10,
        stages=tuple(stages),
        extra=head,
    )


def _read_instant(written: str) -> datetime:
    """A day alone means its midnight in Paris."""
    if len(written) == 10:
        day = date.fromisoformat(written)
        return datetime(day.year, day.month, day.day, tzinfo=PARIS)
    return datetime.fromisoformat(written)


def _read_stage(part: str, original: Wording) -> Stage:
    marker, _, rest = part.partition("\n")
    day, _, what = marker.rstrip(" =").partition(": ")
    if what == "restored":
        return Stage(DAYS.index(day), 200, original)
    if what.startswith("gone"):
        return Stage(DAYS.index(day), int(what.split()[1]), None)
    head, blocks = _read_part(rest)
    modified = head.get("modified")
    wording = replace(
        original,
        title=head.get("title", original.title),
        blocks=blocks,
        modified=datetime.fromisoformat(modified) if modified else original.modified,
    )
    return Stage(DAYS.index(day), 200, wording)


def _read_part(part: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Head and blocks; a part that begins with an empty line has no head."""
    head_lines, _, body = part.rstrip().partition("\n\n") if not part.startswith("\n") else ("", "", part)
    head = {}
    for line in head_lines.splitlines():
        key, _, value = line.partition(": ")
        head[key] = value.strip()
    blocks = tuple(" ".join(block.split()) for block in body.split("\n\n") if block.strip())
    return head, blocks
