"""The whole site as one application: pages, API, health, behind the gate.

`make_app` puts the parts together; each page is a module under `pages/`. Every fault becomes a sentence, in JSON for
programs and as a page for people; tracebacks go to the log alone.
"""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from archive.errors import ArchiveError
from indexer.engines.base import EngineError
from vigie.installation import Installation
from vigie.web import api
from vigie.web.languages import later
from vigie.web.login import Doorkeeper, read_key
from vigie.web.pages import (
    about,
    alerts,
    captures,
    documents,
    entrance,
    exports,
    feeds,
    health,
    saving,
    search,
    sources,
)
from vigie.web.pages.absence import AbsentError
from vigie.web.reading_room import ReadingRoom
from vigie.web.safety import Gate
from vigie.web.searchers import BusyError
from vigie.web.views import STATIC, NavigationEntry, Views

logger = logging.getLogger(__name__)

KEY_FOLDER = "web"  # in the data folder
COMPRESS_FROM = 1000  # bytes
RETRY_SECONDS = "3"  # the longest that a search is under way, and a process to be started after it
NAVIGATION = (
    NavigationEntry("/search", later("Recherche")),
    NavigationEntry("/sources", later("Sources")),
    NavigationEntry("/alerts", later("Veilles")),
    NavigationEntry("/about", later("À propos")),
)

Handler = Callable[[Request, Exception], Response]


def make_app(installation: Installation) -> ASGIApp:
    """The site of one installation. Raises `CatalogueError` where there is no catalogue yet."""
    web = installation.settings.web
    doorkeeper = None
    if web.password_hash:
        key = read_key(installation.folder / KEY_FOLDER)
        doorkeeper = Doorkeeper(web.password_hash, key, installation.clock)
    room = ReadingRoom(installation)
    views = Views(NAVIGATION, installation.settings.clock.zone, has_login=doorkeeper is not None)
    app = FastAPI(
        title="Vigie",
        summary="Search in an archive of French police unions and the regional press; read-only.",
        version="1",
        openapi_url=f"{api.PREFIX}/openapi.json",
        docs_url=None,  # its page takes scripts from another host
        redoc_url=None,
        lifespan=_close_at_the_end(room),
    )
    _add_pages(app, room, views)
    app.include_router(entrance.make_router(views, web, doorkeeper))
    app.mount("/static", _Static(directory=STATIC))
    for kind, handler in _make_handlers(views).items():
        app.add_exception_handler(kind, handler)
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESS_FROM)
    return Gate(app, web, doorkeeper)


def _add_pages(app: FastAPI, room: ReadingRoom, views: Views) -> None:
    app.include_router(api.make_router(room), prefix=api.PREFIX)
    app.include_router(health.make_router(room))
    for router in (
        search.make_router(room, views),
        feeds.make_router(room, views),
        saving.make_router(room, views),
        documents.make_router(room, views),
        captures.make_router(room),
        sources.make_router(room, views),
        alerts.make_router(room, views),
        exports.make_router(room),
        about.make_router(room, views),
    ):
        app.include_router(router, include_in_schema=False)


def _close_at_the_end(room: ReadingRoom) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        yield
        room.close()

    return life


class _Static(StaticFiles):
    """Our own files; their addresses change with them, so that browsers may keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        if b"v=" in scope["query_string"]:
            answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer


def _make_handlers(views: Views) -> dict[type[Exception], Handler]:
    """A sentence for each kind of fault."""

    def explain(request: Request, status: int, sentence: str) -> Response:
        if request.url.path.startswith(api.PREFIX):
            return JSONResponse({"error": {"message": sentence}}, status)
        heading = views.language(request).say(_HEADINGS.get(status, _FAULT))
        return views.render(request, "error.html.j2", status, heading=heading, sentence=sentence)

    def say_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        sentence = "There is nothing at this address." if error.status_code == 404 else str(error.detail)
        answer = explain(request, error.status_code, sentence)
        answer.headers.update(error.headers or {})
        return answer

    def say_absent(request: Request, error: Exception) -> Response:
        assert isinstance(error, AbsentError)
        return explain(request, error.status, str(error))

    def say_wrong(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        said = "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors())
        return explain(request, 422, said)

    def say_away(request: Request, error: Exception) -> Response:
        logger.warning("%s", error)
        return explain(request, 503, str(error))

    def say_busy(request: Request, error: Exception) -> Response:
        answer = explain(request, 503, str(error))
        answer.headers["Retry-After"] = RETRY_SECONDS
        return answer

    def say_fault(request: Request, error: Exception) -> Response:
        logger.error("%s %s", request.method, request.url.path, exc_info=error)
        return explain(request, 500, "A fault of the program itself; its log holds the details.")

    return {
        HTTPException: say_http,
        AbsentError: say_absent,
        RequestValidationError: say_wrong,
        ArchiveError: say_away,
        EngineError: say_away,
        BusyError: say_busy,
        Exception: say_fault,
    }


_FAULT = later("Cela n’a pas marché")
_HEADINGS = {404: later("Introuvable"), 410: later("Retiré"), 503: later("Momentanément indisponible")}
