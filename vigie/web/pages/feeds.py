"""A search as an Atom feed: the newest articles that answer it, for any feed reader."""

from dataclasses import replace

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from indexer.query import QueryError
from vigie.web.questions import QuestionError, read_question
from vigie.web.reading_room import ReadingRoom
from vigie.web.searchers import TooExpensiveError
from vigie.web.views import Views

ENTRIES = 50
MEDIA_TYPE = "application/atom+xml"


def make_router(room: ReadingRoom, views: Views) -> APIRouter:
    """`/search.atom`."""
    router = APIRouter()
    base = room.installation.settings.web.address

    @router.get("/search.atom")
    def show_feed(request: Request) -> Response:
        try:
            question = read_question(request.query_params)
            asked = replace(question.asked, sort="newest", limit=ENTRIES)
            answer = room.ask(asked)
        except (QuestionError, QueryError) as error:
            return PlainTextResponse(f"{error}\n", 400)
        except TooExpensiveError:
            return PlainTextResponse("This search takes too long; make it simpler.\n", 400)
        newest = max((hit.entry.date for hit in answer.hits), default=room.installation.clock())
        return views.render(
            request,
            "feed.atom.j2",
            media_type=MEDIA_TYPE,
            question=question,
            answer=answer,
            updated=newest,
            base=base,
        )

    return router
