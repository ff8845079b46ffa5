"""The search page: one box, filters with counts, a histogram over time with its gaps, hits with what matched."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from archive.catalogue import Catalogue, sources
from indexer.document import ARCHIVE_ZONE
from indexer.query import QueryError
from indexer.query.dates import read_stretch
from vigie.coverage import Gap, find_gaps, read_seen
from vigie.kibana_links import link_to_kibana
from vigie.searching import Answer, Asked
from vigie.web.charts import Histogram, draw_histogram
from vigie.web.labels import UNSURE_ORIGINS
from vigie.web.pages import exports
from vigie.web.questions import HITS, LAST_PAGE, Question, QuestionError, read_question
from vigie.web.reading_room import ReadingRoom
from vigie.web.searchers import TooExpensiveError
from vigie.web.views import Views

NAMES_SECONDS = 60.0  # names of sources, kept for all pages
GAPS_SECONDS = 600.0  # days of all sources; only today can change
SHOWN_VALUES = 8  # of a filter before the others are folded away


@dataclass(frozen=True)
class Choice:
    """One value of a filter: what the address calls it, whether it is chosen, how many hits have it."""

    value: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Trouble:
    """Why there is no answer: a sentence and what to do, with the place in the query where one is meant."""

    message: str
    hint: str = ""
    position: int | None = None


def make_router(room: ReadingRoom, views: Views) -> APIRouter:
    """`/` and `/search`."""
    router = APIRouter()

    @router.get("/")
    @router.get("/search")
    def show_search(request: Request) -> Response:
        try:
            question = read_question(request.query_params)
        except QuestionError as error:
            return _refuse(views, request, Question(Asked("")), Trouble(str(error)))
        if not question.asked.query:
            return views.render(request, "search.html.j2", **_fill(question))
        try:
            answer = room.ask(question.for_page())
        except QueryError as error:
            return _refuse(views, request, question, Trouble(error.message, error.hint, error.position))
        except TooExpensiveError:
            return _refuse(views, request, question, Trouble("this search takes too long", "Make it simpler"))
        names = read_source_names(room)
        values = _fill(question) | {
            "answer": answer,
            "chart": _draw(room, question, answer),
            "choices": _list_choices(question, answer),
            "pages": min(LAST_PAGE, -(-answer.total // HITS)),
            "source_names": names,
            "kibana": _link_to_kibana(room, question, answer),
        }
        return views.render(request, "search.html.j2", **values)

    return router


def read_source_names(room: ReadingRoom) -> Mapping[str, str]:
    """Name of each source by id."""
    return room.keep("source names", NAMES_SECONDS, lambda: _read_names(room.catalogue))


def _read_names(catalogue: Catalogue) -> dict[str, str]:
    with catalogue.read() as transaction:
        return {source: facts.name for source, facts in sources.read_facts(transaction).items()}


def _fill(question: Question) -> dict[str, Any]:
    """What the template always needs."""
    return {
        "question": question,
        "answer": None,
        "trouble": None,
        "chart": None,
        "choices": {},
        "pages": 0,
        "source_names": {},
        "shown_values": SHOWN_VALUES,
        "unsure_origins": UNSURE_ORIGINS,
        "formats": exports.NAMES,
        "exported_at_most": exports.ARTICLES,
        "kibana": None,
    }


def _refuse(views: Views, request: Request, question: Question, trouble: Trouble) -> Response:
    return views.render(request, "search.html.j2", status=400, **_fill(question) | {"trouble": trouble})


def _list_choices(question: Question, answer: Answer) -> dict[str, list[Choice]]:
    """For each filter of the address the values that hits have, those that are chosen first."""
    asked = question.asked
    chosen = {"kind": asked.kinds, "source": asked.sources, "region": asked.regions, "language": asked.languages}
    facets = {"kind": "kind", "source": "sources", "region": "regions", "language": "lang"}
    listed = {}
    for name, picked in chosen.items():
        counts = answer.facets[facets[name]]
        first = [Choice(value, counts.get(value, 0), True) for value in picked]
        listed[name] = [*first, *(Choice(value, n, False) for value, n in counts.items() if value not in picked)]
    return listed


def _link_to_kibana(room: ReadingRoom, question: Question, answer: Answer) -> str | None:
    """The same articles in Kibana, where there is one for people."""
    settings = room.installation.settings
    if settings.engine != "elasticsearch" or not settings.kibana.is_set:
        return None
    return link_to_kibana(room.installation, room.catalogue, question.asked, answer.query)


def _draw(room: ReadingRoom, question: Question, answer: Answer) -> Histogram | None:
    if not answer.histogram:
        return None
    first, last = min(answer.histogram), max(answer.histogram)
    since, until = _asked_days(room, question) if question.asked.by == "date" else (None, None)
    yesterday = _last_whole_day(room)
    gaps = _find_gaps(room, question, since or first, min(yesterday, until or last))
    return draw_histogram(answer.histogram, gaps, since, until and min(until, yesterday))


def _asked_days(room: ReadingRoom, question: Question) -> tuple[date | None, date | None]:
    """The first and the last day that were asked for; the search has read them already."""
    asked, now = question.asked, room.installation.clock()
    since = read_stretch(asked.since, now, 0)[0] if asked.since else None
    until = read_stretch(asked.until, now, 0)[1] - timedelta(seconds=1) if asked.until else None
    return since and since.astimezone(ARCHIVE_ZONE).date(), until and until.astimezone(ARCHIVE_ZONE).date()


def _find_gaps(room: ReadingRoom, question: Question, since: date, until: date) -> list[Gap]:
    chosen = question.asked.sources
    if chosen:
        with room.catalogue.read() as transaction:
            return find_gaps(read_seen(transaction, chosen), since, until)
    return [gap for gap in room.keep("gaps", GAPS_SECONDS, lambda: _find_all_gaps(room)) if since <= gap.day <= until]


def _find_all_gaps(room: ReadingRoom) -> list[Gap]:
    """The gaps of all sources that are on, from the first day of the archive to yesterday."""
    on = {source.id for source in room.installation.loaded.enabled}
    with room.catalogue.read() as transaction:
        seen = {source: days for source, days in read_seen(transaction).items() if source in on}
    begun = min((days[0] for days in seen.values()), default=None)
    return find_gaps(seen, begun, _last_whole_day(room)) if begun else []


def _last_whole_day(room: ReadingRoom) -> date:
    """Yesterday: of today nobody knows yet what will not have been seen."""
    return room.installation.clock().date() - timedelta(days=1)
