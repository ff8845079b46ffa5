"""What a press review says, in French, whatever it is written as: a head, and for each article title, source, date,
short extract and link.

A review is made to be passed on. It carries a whole text only where the source allows it and it was asked for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from indexer.alerts.phrases import FRENCH
from indexer.alerts.wording import safe_link, say_count, say_date
from indexer.document import ARCHIVE_ZONE
from vigie.exports.redistribution import Article
from vigie.exports.wording import tidy, tidy_text, typeset
from vigie.searching import Asked

TITLE = "Revue de presse"
CLOSING = (
    "Chaque titre mène à l’article chez son éditeur. Titres, extraits et textes restent la propriété de leurs "
    "éditeurs et de leurs auteurs."
)
UNTITLED = "(sans titre)"


@dataclass(frozen=True)
class Head:
    """The lines above the articles; `by_day` says whether a heading announces each day."""

    title: str
    subject: str
    count: str
    made: str
    by_day: bool


@dataclass(frozen=True)
class Piece:
    """One article of a review. `about` names source, date and labels; `day` is set on the first article of a day, where
    days are announced.
    """

    title: str
    link: str | None
    address: str
    about: str
    extract: str
    paragraphs: tuple[str, ...]
    day: str | None


def write_head(asked: Asked | None, total: int, made_at: datetime) -> Head:
    """The head of a review of the hits of a search, or of articles that were chosen."""
    made = say_date(made_at, "second", "", ARCHIVE_ZONE.key, FRENCH)
    return Head(
        title=TITLE,
        subject=_say_subject(asked),
        count=say_count(total, ("article", "articles"), FRENCH),
        made=typeset(f"Établie le {made}"),
        by_day=asked is not None and asked.sort != "relevance",
    )


def write_pieces(articles: Iterable[Article], head: Head) -> Iterator[Piece]:
    """Each article as the review shows it."""
    last_day = None
    for article in articles:
        entry = article.entry
        day = say_date(entry.date, _no_finer_than_day(entry.date_precision), "", ARCHIVE_ZONE.key, FRENCH)
        is_first = head.by_day and day != last_day
        last_day = day
        yield Piece(
            title=typeset(tidy(entry.title)) or UNTITLED,
            link=safe_link(entry.url),
            address=tidy(entry.url),
            about=" · ".join(_list_labels(article)),
            extract=typeset(tidy(article.extract)) if article.text is None else "",
            paragraphs=tuple(typeset(line) for line in tidy_text(article.text or "").splitlines() if line),
            day=day if is_first else None,
        )


def _say_subject(asked: Asked | None) -> str:
    if asked is None:
        return "Articles choisis"
    query = f"Recherche\u00a0: {typeset(tidy(asked.query))}"
    since = f" · depuis {tidy(asked.since)}" if asked.since else ""
    until = f" · jusqu’à {tidy(asked.until)}" if asked.until else ""
    return f"{query}{since}{until}"


def _list_labels(article: Article) -> Iterator[str]:
    """Source, date and what a reader must know before quoting."""
    entry = article.entry
    yield typeset(tidy(entry.source_name))
    yield typeset(say_date(entry.date, entry.date_precision, entry.date_origin, ARCHIVE_ZONE.key, FRENCH))
    if entry.authors:
        yield ", ".join(map(tidy, entry.authors))
    if entry.state == "removed":
        yield "supprimé par l’éditeur"
    if not entry.current:
        yield "version antérieure"
    elif entry.edited:
        yield "modifié depuis sa parution"
    if entry.paywalled:
        yield "réservé aux abonnés"


def _no_finer_than_day(precision: str) -> str:
    return precision if precision in ("year", "month") else "day"
