"""What happens on the local site: articles appear, are edited, removed and put back, and whole publishers break down.

All of it by chance from a seed, a few events a second, on the five publishers at once. Each has one more feed for
these articles, newest first, that says when an article changed. The scripted days of the site pass meanwhile.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from benchmarks.endless_site import article_page
from benchmarks.generator import Generator
from tests.site.articles import DAYS
from tests.site.messages import Response
from tests.site.press import ANY_PATH
from tests.site.publishers import PUBLISHERS
from tests.site.server import Site

FEED = "/vie.xml"
FOLDER = "/vie/"
RECENT = 250  # articles that still change and stand in the feeds: more than appear while a daemon is down
BREAKDOWN_SECONDS = (4.0, 15.0)
LIVELY = {
    "publish": 275, "edit": 100, "remove": 25, "restore": 20, "break_down": 20, "spoil_feed": 15, "advance": 10,
    "throttle": 1,
}  # fmt: skip
PUBLISHING = {"publish": 1}

# how a publisher breaks down; none of them is a last word on an article
FAILING = Response(b"<h1>Erreur interne</h1>", status=500)
THROTTLING = Response(b"<h1>Trop de demandes</h1>", status=429, headers=(("Retry-After", "4"),))
SLOW_SECONDS = 2.0
SPOILT_FEEDS = (
    b"", b"<html><body><h1>Connexion</h1></body></html>", b'{"erreur": "introuvable"}',
    b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Fil</title><entry><link href="/v',
)  # fmt: skip


@dataclass
class Living:
    """One article as it stands."""

    number: int
    publisher: str
    title: str
    published: datetime
    changed: datetime
    corrections: int = 0
    status: int = 200

    @property
    def path(self) -> str:
        """Where it stands on its publisher's host."""
        return f"{FOLDER}{self.number}.html"


class SiteLife:
    """Does what is due at each `step`; `calm` ends every breakdown."""

    def __init__(self, site: Site, seed: int, events: Mapping[str, int], pause: tuple[float, float]) -> None:
        self._site = site
        self._chance = random.Random(seed)
        self._events = events
        self._pause = pause
        self._next = 0.0
        self._generator = Generator(seed)
        self._broken: dict[str, float] = {}
        self._spoilt: dict[str, float] = {}
        self._publishers = [one.name for one in PUBLISHERS]
        self.articles: list[Living] = []
        self.counts: Counter[str] = Counter()
        for publisher in self._publishers:
            self._print_feed(publisher)

    def step(self, now: float) -> None:
        """Let happen what is due."""
        self._mend(now)
        if now >= self._next:
            (event,) = self._chance.choices(list(self._events), list(self._events.values()))
            self._next = now + self._chance.uniform(*self._pause)
            if getattr(self, f"_{event}")(now):
                self.counts[event] += 1

    def calm(self) -> None:
        """Every publisher works again, and each feed is whole."""
        self._mend(float("inf"))

    def _publish(self, now: float) -> bool:
        moment = datetime.now(UTC)
        publisher = self._chance.choice(self._publishers)
        number = len(self.articles)
        article = Living(number, publisher, self._generator.entry(number).title or "", moment, moment)
        self.articles.append(article)
        self._print(article)
        return True

    def _edit(self, now: float) -> bool:
        return self._change(lambda article: article.status == 200, corrections=1)

    def _remove(self, now: float) -> bool:
        return self._change(lambda article: article.status == 200, status=self._chance.choice((404, 410)))

    def _restore(self, now: float) -> bool:
        return self._change(lambda article: article.status != 200, status=200)

    def _change(self, wanted: Callable[[Living], bool], *, corrections: int = 0, status: int = 200) -> bool:
        """Change one of the articles that the feeds still name."""
        known = [one for one in self.articles[-RECENT:] if wanted(one)]
        if not known:
            return False
        article = self._chance.choice(known)
        article.corrections += corrections
        article.status = status
        article.changed = datetime.now(UTC)
        self._print(article)
        return True

    def _break_down(self, now: float) -> bool:
        """Answer nothing but errors for a while, or slowly."""
        publisher = self._chance.choice(self._publishers)
        if publisher in self._broken:
            return False
        if self._chance.random() < 0.5:
            self._site.slow_down(publisher, SLOW_SECONDS)
        else:
            self._site.put(publisher, ANY_PATH, FAILING)
        self._broken[publisher] = now + self._chance.uniform(*BREAKDOWN_SECONDS)
        return True

    def _throttle(self, now: float) -> bool:
        """Ask for patience: rare, because the host is then left alone for a quarter of an hour."""
        publisher = self._chance.choice(self._publishers)
        self._site.put(publisher, ANY_PATH, THROTTLING)
        self._broken[publisher] = now + self._chance.uniform(*BREAKDOWN_SECONDS)
        return True

    def _spoil_feed(self, now: float) -> bool:
        publisher = self._chance.choice(self._publishers)
        self._site.put(publisher, FEED, Response(self._chance.choice(SPOILT_FEEDS), "application/atom+xml"))
        self._spoilt[publisher] = now + self._chance.uniform(*BREAKDOWN_SECONDS)
        return True

    def _advance(self, now: float) -> bool:
        self._site.advance(self._chance.choice(DAYS))
        return True

    def _mend(self, now: float) -> None:
        for publisher in [name for name, until in self._broken.items() if until <= now]:
            del self._broken[publisher]
            self._site.slow_down(publisher, 0.0)
            self._site.put(publisher, ANY_PATH, None)
        for publisher in [name for name, until in self._spoilt.items() if until <= now]:
            del self._spoilt[publisher]
            self._print_feed(publisher)

    def _print(self, article: Living) -> None:
        answer = Response(b"<h1>Page introuvable</h1>", status=article.status)
        if article.status == 200:
            answer = Response(self._page(article), etag=True, last_modified=article.changed)
        self._site.put(article.publisher, article.path, answer)
        if article.publisher not in self._spoilt:
            self._print_feed(article.publisher)

    def _page(self, article: Living) -> bytes:
        """The generated text, with a sentence a correction."""
        body = article_page(self._generator.entry(article.number))
        added = "".join(
            f"<p>Correction numéro {number} : le nombre des personnes entendues est de {number * 7}, et non de six, "
            "comme nous l’avions écrit dans une version antérieure de cet article.</p>"
            for number in range(1, article.corrections + 1)
        )
        return body.replace(b"</article>", f"{added}</article>".encode())

    def _print_feed(self, publisher: str) -> None:
        mine = [one for one in self.articles[-RECENT:] if one.publisher == publisher]
        newest = sorted(mine, key=lambda one: one.changed, reverse=True)
        entries = "".join(self._entry(one) for one in newest)
        text = (
            f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
            f'xml:base="{self._site.base(publisher)}/"><title>Le fil</title>{entries}</feed>'
        )
        self._site.put(publisher, FEED, Response(text.encode(), "application/atom+xml; charset=utf-8", etag=True))

    def _entry(self, article: Living) -> str:
        return (
            f"<entry><title>{escape(article.title)}</title><id>tag:vie,2026:{article.number}</id>"
            f'<link href="{article.path}"/>'
            f"<published>{article.published.isoformat()}</published><updated>{article.changed.isoformat()}</updated>"
            "</entry>"
        )
