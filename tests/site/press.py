"""The publishers with their state: which day it is, what was changed by hand, and the pages that follow from both."""

import threading
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from tests.site.articles import DAYS, Article, Wording, read_articles
from tests.site.edition import Change, make_edition
from tests.site.messages import Request, Response
from tests.site.publishers import PUBLISHERS, Pages, Publisher

ANY_PATH = "*"


class Press:
    """Knows every page of every publisher; changes take effect at once for all that are asked afterwards."""

    port: int = 0

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._articles: dict[str, tuple[Article, ...]] = {one.name: read_articles(one.name) for one in PUBLISHERS}
        self._changes: dict[str, dict[str, Change]] = {one.name: {} for one in PUBLISHERS}
        self._pages: dict[str, Pages] = {}
        self._pinned: dict[str, Pages] = {one.address: {} for one in PUBLISHERS}
        self._pauses: dict[str, float] = {}
        self.day = 0

    def build(self) -> None:
        """Make the pages of the present state."""
        with self._lock:
            self._pages = {one.address: self._build_one(one) for one in PUBLISHERS}

    def address(self, publisher: str) -> str:
        """The loopback address of a publisher; an address stands for itself."""
        return next((one.address for one in PUBLISHERS if one.name == publisher), publisher)

    def base(self, publisher: str) -> str:
        """Scheme, address and port of a publisher (name or address), without a slash at the end."""
        return f"http://{self.address(publisher)}:{self.port}"

    def url(self, publisher: str, path: str = "/") -> str:
        """The absolute address of a page."""
        return self.base(publisher) + path

    def find(self, request: Request) -> Response:
        """The page at an address: with its query, else without (trackers add theirs), else the publisher's 404."""
        pages, pinned = self._pages[request.address], self._pinned[request.address]
        for key in (ANY_PATH, request.target, request.path):
            if key in pinned:
                return pinned[key]
        return pages.get(request.target) or pages.get(request.path) or pages["404"]

    def pause(self, address: str) -> float:
        """Seconds that an answer of this address is held back."""
        return self._pauses.get(address, 0.0)

    def advance(self, day: str) -> None:
        """Go to a day of the script: edits, removals and new articles up to that day."""
        if day not in DAYS:
            raise ValueError(f"unknown day {day!r}, expected one of {', '.join(DAYS)}")
        with self._lock:
            self.day = DAYS.index(day)
            self.build()

    def edit(
        self, publisher: str, path: str, *, title: str | None = None, paragraphs: Iterable[str] | None = None
    ) -> None:
        """Change what an article says."""
        now = self._wording(publisher, path)
        blocks = now.blocks if paragraphs is None else tuple(paragraphs)
        self._change(publisher, path, Change(replace(now, title=title or now.title, blocks=blocks)))

    def remove(self, publisher: str, path: str, status: int = 410) -> None:
        """Take an article down."""
        self._wording(publisher, path)
        self._change(publisher, path, Change(None, status))

    def restore(self, publisher: str, path: str) -> None:
        """Put an article back as it first was."""
        stage = self._article(publisher, path).stages[0]
        self._change(publisher, path, Change(stage.wording))

    def put(self, publisher: str, path: str, answer: Response | None) -> None:
        """Answer a path with this, whatever stands there; ANY_PATH for all paths; None takes the answer away again."""
        with self._lock:
            pinned = dict(self._pinned[self.address(publisher)])
            if answer is None:
                pinned.pop(path, None)
            else:
                pinned[path] = answer
            self._pinned[self.address(publisher)] = pinned

    def slow_down(self, publisher: str, seconds: float) -> None:
        """Hold every answer of a publisher back, so that a kill meets a request under way."""
        self._pauses[self.address(publisher)] = seconds

    def reset(self) -> None:
        """Back to the first day, without changes by hand."""
        with self._lock:
            for changes in self._changes.values():
                changes.clear()
            self._pinned = {one.address: {} for one in PUBLISHERS}
            self._pauses.clear()
            self.advance(DAYS[0])

    def paths(self, publisher: str) -> tuple[str, ...]:
        """Every address that the publisher answers with something of its own, in order."""
        return tuple(sorted(path for path in self._pages[self.address(publisher)] if path != "404"))

    def _build_one(self, publisher: Publisher) -> Pages:
        changes = self._changes[publisher.name]
        base = self.base(publisher.name)
        return publisher.pages(make_edition(base, self.day, self._articles[publisher.name], changes))

    def _article(self, publisher: str, path: str) -> Article:
        for article in self._articles[publisher]:
            if article.path in (path, urlsplit(path).path):
                return article
        known = ", ".join(article.path for article in self._articles[publisher])
        raise ValueError(f"{publisher} has no article at {path}; it has {known}")

    def _wording(self, publisher: str, path: str) -> Wording:
        article = self._article(publisher, path)
        change = self._changes[publisher].get(article.path)
        stage = article.on(self.day) or article.stages[0]
        found = change.wording if change else stage.wording
        first = article.stages[0].wording
        assert first is not None
        return found or first

    def _change(self, publisher: str, path: str, change: Change) -> None:
        with self._lock:
            self._changes[publisher][self._article(publisher, path).path] = change
            self.build()
