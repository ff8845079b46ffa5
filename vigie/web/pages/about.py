"""What the archive holds and how it goes, and the help for the search box on a page of its own."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vigie.web.pages.health import read_state
from vigie.web.reading_room import ReadingRoom
from vigie.web.views import Views


def make_router(room: ReadingRoom, views: Views) -> APIRouter:
    """`/about` and `/help`."""
    router = APIRouter()

    @router.get("/about")
    def show_about(request: Request) -> Response:
        return views.render(request, "about.html.j2", state=read_state(room))

    @router.get("/help")
    def show_help(request: Request) -> Response:
        return views.render(request, "help.html.j2")

    return router
