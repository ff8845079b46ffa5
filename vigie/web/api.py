"""The JSON API under `/api/v1`: read-only, the records that the command line prints with `--json`.

`/api/v1/openapi.json` describes it. What is wrong with a question is answered with 400 and a sentence, with its place
in the query.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import JSONResponse, Response

from archive.catalogue.documents import Document
from indexer.document import FACETS
from indexer.engines.base import MAX_WINDOW, Sort
from indexer.query import QueryError
from vigie import source_health
from vigie.query_states import Watch, list_watches
from vigie.searching import Asked, DateField
from vigie.terminal import render_json
from vigie.web import api_records as records
from vigie.web.pages.absence import AbsentError
from vigie.web.pages.documents import read_shown
from vigie.web.pages.health import read_state
from vigie.web.reading_room import ReadingRoom
from vigie.web.searchers import TooExpensiveError

PREFIX = "/api/v1"
MAX_LIMIT = 100  # hits of one answer; each hit's text is read
NUMBERS = 2**31 - 1

Words = Annotated[str, Query(min_length=1, max_length=10_000, description="The query, as `vigie search` takes it.")]
Day = Annotated[str | None, Query(max_length=40, description="A day, month or year: 2026-03-14, 2026-03.")]
Some = Annotated[list[str], Query(max_length=100, description="Only these; all where left out.")]
Facets = Annotated[list[Literal[FACETS]], Query(max_length=len(FACETS), description="Count all hits by these fields.")]  # type: ignore[valid-type]  # the names of the schema, written once
DocumentId = Annotated[str, Path(max_length=64, description="Id of a document.")]
SourceId = Annotated[str, Path(max_length=64, description="Id of a source.")]

_REFUSED: Mapping[int | str, Mapping[str, Any]] = {
    400: {"model": records.Refusal, "description": "The question makes no sense; the sentence says why."},
    422: {"model": records.Refusal, "description": "A parameter is of the wrong kind."},
    503: {"model": records.Refusal, "description": "Catalogue or index cannot be asked now."},
}
_ABSENT: Mapping[int | str, Mapping[str, Any]] = {
    404: {"model": records.Refusal, "description": "There is no such thing."},
    410: {"model": records.Refusal, "description": "It was withdrawn from the archive."},
}


def make_router(room: ReadingRoom) -> APIRouter:
    """Every address of the API."""
    router = APIRouter(responses={key: dict(value) for key, value in _REFUSED.items()})
    absent = {key: dict(value) for key, value in _ABSENT.items()}

    @router.get("/search", response_model=records.SearchAnswer)
    def search_archive(
        q: Words,
        since: Annotated[Day, Query(alias="from")] = None,
        until: Annotated[Day, Query(alias="to")] = None,
        by: DateField = "date",
        source: Some = [],  # noqa: B006 - read by the framework, never changed
        kind: Some = [],  # noqa: B006
        region: Some = [],  # noqa: B006
        language: Some = [],  # noqa: B006
        state: Some = [],  # noqa: B006
        past: bool = False,
        sort: Sort = "relevance",
        limit: Annotated[int, Query(ge=0, le=MAX_LIMIT)] = 10,
        offset: Annotated[int, Query(ge=0, le=MAX_WINDOW - MAX_LIMIT)] = 0,
        facet: Facets = [],  # noqa: B006
        histogram: Literal["day", "week", "month"] | None = None,
    ) -> Response:
        """Search: hits with the passage that matches, counts by field and over time."""
        asked = Asked(
            q, since, until, source, kind, region, state, past, sort, limit, offset,
            tuple(dict.fromkeys(facet)), histogram, language, by,
        )  # fmt: skip
        try:
            answer = room.ask(asked)
        except QueryError as error:
            return _refuse(error.message, error.hint, error.position)
        except TooExpensiveError as error:
            return _refuse(f"this search takes too long: {error}", "Make it simpler")
        return _answer(answer.as_json())

    @router.get("/documents/{document_id}", response_model=records.DocumentRecord, responses=absent)
    def read_document(document_id: DocumentId) -> Response:
        """One document with versions, claims, captures, addresses and changes."""
        return _answer(_read_document(room, document_id))

    @router.get("/documents/{document_id}/versions", response_model=list[records.VersionRecord], responses=absent)
    def list_versions(document_id: DocumentId) -> Response:
        """The versions of a document in the order of time."""
        return _answer(_read_document(room, document_id)["versions"])

    @router.get("/documents/{document_id}/versions/{number}", response_model=records.VersionRecord, responses=absent)
    def read_version(document_id: DocumentId, number: Annotated[int, Path(ge=1, le=NUMBERS)]) -> Response:
        """One version of a document."""
        for version in _read_document(room, document_id)["versions"]:
            if version["number"] == number:
                return _answer(version)
        raise AbsentError("This document has no such version.")

    @router.get("/sources", response_model=list[records.SourceRecord])
    def list_sources() -> Response:
        """Every source and how it goes."""
        return _answer([one.as_json() for one in source_health.list_health(room.installation, room.catalogue)])

    @router.get("/sources/{source_id}", response_model=records.SourceDetails, responses=absent)
    def read_source(source_id: SourceId) -> Response:
        """One source: its entry, its addresses, its latest visits."""
        if source_id not in room.installation.sources:
            raise AbsentError("There is no such source.")
        return _answer(source_health.read_report(room.installation, room.catalogue, source_id).as_json())

    @router.get("/alerts", response_model=list[Watch])
    def list_alerts() -> Response:
        """Every saved query: on or why not, what it told, what waits."""
        return _answer([one.as_json() for one in list_watches(room.installation, room.catalogue)])

    @router.get("/status", response_model=records.Status)
    def read_status() -> Response:
        """What is going on, what is late, what does not work."""
        return _answer(read_state(room).as_json())

    return router


def _read_document(room: ReadingRoom, document_id: str) -> dict[str, Any]:
    """The whole document; one that was merged is answered by the one that took its place."""
    found = read_shown(room, document_id)
    while isinstance(found, Document):
        if found.merged_into is None:
            raise AbsentError("This document was withdrawn from the archive.", 410)
        found = read_shown(room, found.merged_into)
    return found.as_json()


def _answer(value: Any) -> Response:
    return Response(render_json(value), media_type="application/json")


def _refuse(message: str, hint: str, position: int | None = None) -> Response:
    return JSONResponse({"error": {"message": message, "hint": hint, "position": position}}, 400)
