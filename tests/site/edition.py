"""What a publisher has on its site at one moment: the day of the script, and whatever a test changed by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tests.site.articles import Article, Wording


@dataclass(frozen=True)
class Printed:
    """An article as it stands now: what it says, or the status (404, 410) that its address answers."""

    article: Article
    wording: Wording
    status: int

    @property
    def path(self) -> str:
        """Where it stands on its host."""
        return self.article.path

    @property
    def changed_at(self) -> datetime:
        """The last time its text was touched, as the publisher tells it."""
        return self.wording.modified or self.article.published

    def extra(self, key: str, default: str = "") -> str:
        """One of the further lines of the article's head."""
        return self.article.extra.get(key, default)


@dataclass(frozen=True)
class Change:
    """A change made by hand: new words, or None and the status that the address answers from now on."""

    wording: Wording | None
    status: int = 200


@dataclass(frozen=True)
class Edition:
    """All that a publisher's pages are made from. `base` is its own address, without a slash at the end."""

    base: str
    day: int
    printed: tuple[Printed, ...]

    @property
    def live(self) -> tuple[Printed, ...]:
        """The articles that can be read, newest first."""
        return tuple(one for one in self.printed if one.status == 200)

    @property
    def gone(self) -> tuple[Printed, ...]:
        """The articles that were taken down."""
        return tuple(one for one in self.printed if one.status != 200)


def make_edition(base: str, day: int, articles: tuple[Article, ...], changes: Mapping[str, Change]) -> Edition:
    """The edition of a day, with the changes made by hand laid over it (by path)."""
    printed = []
    for article in articles:
        stage = article.on(day)
        if stage is None:
            continue
        change = changes.get(article.path) or Change(stage.wording, stage.status)
        wording = change.wording or _last_wording(article)
        printed.append(Printed(article, wording, change.status))
    return Edition(base, day, tuple(printed))


def _last_wording(article: Article) -> Wording:
    """What stood there before it went: listings made before the removal may still name the title."""
    return next(stage.wording for stage in reversed(article.stages) if stage.wording is not None)
