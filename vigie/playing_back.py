"""A query played back over the log before it is saved: what it would have told, and the mail of one day."""

from dataclasses import dataclass
from datetime import date, timedelta

from archive.catalogue import Catalogue
from archive.catalogue.outbox import Letter
from config.query import SavedQuery
from indexer.alerts.answering import Report
from indexer.alerts.links import Links
from indexer.alerts.phrases import PHRASES
from indexer.alerts.previews import write_preview
from indexer.alerts.replay import Asked, Backtest, backtest
from indexer.alerts.sections import Writer
from indexer.alerts.watched import Watched, watch
from indexer.analysis import FrenchAnalyzer
from indexer.engines.base import Engine
from vigie.installation import Installation
from vigie.trying_queries import Complaint, limits_of, try_query


@dataclass(frozen=True)
class PlayedBack:
    """What was found, the mail of the day that was asked for, and what the query's examples say against it."""

    found: Backtest
    letter: Letter | None
    complaints: tuple[Complaint, ...]


def replay(
    installation: Installation,
    catalogue: Catalogue,
    engine: Engine,
    watched: Watched,
    query: SavedQuery,
    analyzer: FrenchAnalyzer,
    days: int,
    show: date | None = None,
    report: Report = lambda done, of: None,
) -> Backtest:
    """What the query, as it is watched, would have told in the last days."""
    now = installation.clock()
    empty_until = now if query.when_empty == "say_so" else None
    asked = Asked(now - timedelta(days=days), query.schedule, installation.settings.clock.zone, show, empty_until)
    return backtest(catalogue, engine, watched, analyzer, asked, report)


def play_back(
    installation: Installation,
    catalogue: Catalogue,
    name: str,
    query: SavedQuery,
    days: int,
    show: date | None,
    report: Report,
) -> PlayedBack:
    """Replay the last days of the log. Raises `QueryError` where the query cannot be asked."""
    settings, analyzer = installation.settings, FrenchAnalyzer()
    watched = watch(name, query.asked, limits_of(settings.limits), analyzer)
    with installation.open_engine() as engine:
        found = replay(installation, catalogue, engine, watched, query, analyzer, days, show, report)
    phrases = PHRASES[query.told_in or settings.mail.language]
    writer = Writer(catalogue, analyzer, Links(settings.web.base_address), settings.clock.zone, phrases)
    letter = write_preview(writer, query, watched, found, settings.mail)
    return PlayedBack(found, letter, tuple(try_query(query, settings.limits)))
