"""From a search to a saved query: the file to put into the configuration, and what it would have told."""

import re
import unicodedata
from collections import Counter
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from archive.catalogue.changes import last_seq
from archive.catalogue.saved_queries import seq_before
from archive.outcomes import Outcome
from config.query import SavedQuery
from indexer.alerts.replay import Backtest
from indexer.alerts.watched import watch
from indexer.analysis import FrenchAnalyzer
from indexer.query import QueryError
from vigie.playing_back import replay
from vigie.searching import Asked
from vigie.trying_queries import limits_of
from vigie.web.charts import draw_spark
from vigie.web.pages.search import Trouble
from vigie.web.questions import QuestionError, read_question
from vigie.web.reading_room import ReadingRoom
from vigie.web.searchers import TooExpensiveError
from vigie.web.views import Views

DAYS = (90, 30, 7, 1)  # the longest of them that does not hold more changes than can be replayed while a person waits
CHANGES = 1500
BACKTEST_SECONDS = 2.0
TITLE_CHARACTERS = 80
RECIPIENT = "redaction@exemple.test"


def make_router(room: ReadingRoom, views: Views) -> APIRouter:
    """`/search/saved`."""
    router = APIRouter()

    @router.get("/search/saved")
    def show_saved(request: Request) -> Response:
        def refuse(trouble: Trouble) -> Response:
            return views.render(request, "saved.html.j2", 400, question=None, trouble=trouble)

        try:
            question = read_question(request.query_params)
            entry = write_entry(question.asked)
            query = SavedQuery.model_validate(entry)
        except QuestionError as error:
            return refuse(Trouble(str(error)))
        except ValidationError as error:
            return refuse(Trouble(f"this cannot be a saved query: {error.errors()[0]['loc'][0]}"))
        try:
            days, found = _try(room, query)
        except QueryError as error:
            return refuse(Trouble(error.message, error.hint, error.position))
        except TooExpensiveError:
            days, found = 0, None
        values: dict[str, Any] = {
            "question": question,
            "trouble": None,
            "name": name_file(question.asked.query),
            "yaml": yaml.safe_dump(entry, allow_unicode=True, sort_keys=False, width=1000),
            "days": days,
            "found": found,
            "counted": found.outcomes[Outcome.counted.name] if found else 0,
            "told": found.outcomes[Outcome.told.name] if found else 0,
            "spark": draw_spark(_list_days(found, days, room)) if found else None,
        }
        return views.render(request, "saved.html.j2", **values)

    return router


def write_entry(asked: Asked) -> dict[str, Any]:
    """The search as a saved query; dates, order and state of a search have no place in one."""
    title = " ".join(asked.query.split())[:TITLE_CHARACTERS].strip() or "?"
    filters = {
        "sources": list(asked.sources),
        "kinds": list(asked.kinds),
        "regions": list(asked.regions),
        "languages": list(asked.languages),
    }
    chosen = {name: values for name, values in filters.items() if values}
    return {"title": title, "query": asked.query, **chosen, "recipients": [RECIPIENT], "schedule": "daily 07:30"}


def name_file(query: str) -> str:
    """A file name that the configuration takes."""
    plain = unicodedata.normalize("NFKD", query).encode("ascii", "ignore").decode().lower()
    return (re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "veille") + ".yaml"


def _try(room: ReadingRoom, query: SavedQuery) -> tuple[int, Backtest]:
    """What the query would have told over as many days as can be replayed at once, and how many those are."""
    days, analyzer = _choose_days(room), FrenchAnalyzer()
    watched = watch("tried", query.asked, limits_of(room.installation.settings.limits), analyzer)
    found = room.use_engine(
        lambda engine: replay(room.installation, room.catalogue, engine, watched, query, analyzer, days),
        BACKTEST_SECONDS,
    )
    return days, found


def _choose_days(room: ReadingRoom) -> int:
    now = room.installation.clock()
    with room.catalogue.read() as transaction:
        end = last_seq(transaction)
        fitting = (n for n in DAYS if end - seq_before(transaction, now - timedelta(days=n)) <= CHANGES)
        return next(fitting, DAYS[-1])


def _list_days(found: Backtest, days: int, room: ReadingRoom) -> list[int]:
    zone = ZoneInfo(room.installation.settings.clock.zone)
    today = room.installation.clock().astimezone(zone).date()
    counted: Counter[str] = found.by_day
    return [counted[(today - timedelta(days=n)).isoformat()] for n in reversed(range(days))]
