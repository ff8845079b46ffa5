"""One document with everything the archive knows of it, and what changed between two of its versions."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from archive.catalogue import documents
from archive.catalogue.captures import Capture
from archive.catalogue.documents import Document
from archive.catalogue.sketches import SameText
from archive.errors import ProofError
from archive.proof.seals import Seal, list_seals
from archive.records import Extraction
from indexer.document import date_of, searchable_text
from vigie.differences import compare_texts
from vigie.exports.wording import tidy_text
from vigie.portrait import Portrait, VersionView, read_portrait
from vigie.seal_state import find_holding
from vigie.web.pages.absence import AbsentError
from vigie.web.reading_room import ReadingRoom
from vigie.web.views import Views, tidy

ID_CHARACTERS = 64
SEALS_SECONDS = 60.0  # one more a day; there may be thousands of files


def make_router(room: ReadingRoom, views: Views) -> APIRouter:
    """`/documents/<id>` and `/documents/<id>/difference`."""
    router = APIRouter()

    @router.get("/documents/{document_id}")
    def show_document(request: Request, document_id: str) -> Response:
        portrait = read_shown(room, document_id)
        if isinstance(portrait, Document):
            return _explain_absence(room, views, request, portrait)
        shown = _choose_version(portrait, request.query_params.get("version", ""))
        seals, fault = room.keep("seals", SEALS_SECONDS, lambda: _list_seals(room))
        sealed = find_holding(seals, [capture.id for capture in portrait.captures])
        return views.render(request, "document.html.j2", **_fill(portrait, shown), sealed=sealed, seal_fault=fault)

    @router.get("/documents/{document_id}/difference")
    def show_difference(request: Request, document_id: str) -> Response:
        portrait = read_shown(room, document_id)
        if isinstance(portrait, Document):
            return _explain_absence(room, views, request, portrait)
        before, after = _choose_two(portrait, request.query_params.get)
        old, new = before.stored.content, after.stored.content
        return views.render(
            request,
            "difference.html.j2",
            portrait=portrait,
            before=before,
            after=after,
            title=compare_texts(tidy(old.title), tidy(new.title)),
            text=compare_texts(_write_text(old), _write_text(new)),
        )

    return router


def read_shown(room: ReadingRoom, document_id: str) -> Portrait | Document:
    """Everything of a document, or the bare document where it is not to be shown. Raises `AbsentError`."""
    if not (len(document_id) <= ID_CHARACTERS and document_id.isascii() and document_id.isalnum()):
        raise AbsentError("There is no such document.")
    with room.catalogue.read() as transaction:
        found = documents.read_document(transaction, document_id)
        if found is None:
            raise AbsentError("There is no such document.")
        return found if found.state in ("withdrawn", "merged") else read_portrait(transaction, found)


def _list_seals(room: ReadingRoom) -> tuple[list[Seal], str | None]:
    """The seals, or why they cannot be told: a damaged one keeps nobody from reading."""
    try:
        return list_seals(room.catalogue.folder), None
    except ProofError as error:
        return [], str(error)


def _explain_absence(room: ReadingRoom, views: Views, request: Request, found: Document) -> Response:
    """Another document took its place, or it was taken out of the archive for good."""
    if found.merged_into is not None:
        return RedirectResponse(f"/documents/{found.merged_into}", 303)
    with room.catalogue.read() as transaction:
        tombstone = read_portrait(transaction, found).tombstone
    return views.render(request, "withdrawn.html.j2", status=410, document=found, tombstone=tombstone)


def _choose_version(portrait: Portrait, number: str) -> VersionView | None:
    """The version asked for, otherwise the current one; None where no text was read yet."""
    if not number:
        return portrait.current
    found = portrait.numbered(int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else None
    if found is None:
        raise AbsentError("This document has no such version.")
    return found


def _choose_two(portrait: Portrait, parameter: Callable[[str, str], str]) -> tuple[VersionView, VersionView]:
    """The two versions to compare; without a word on it the current one and the one before it in time."""
    if len(portrait.versions) < 2:
        raise AbsentError("This document has one version; there is nothing to compare.")
    after = _choose_version(portrait, parameter("after", "")) or portrait.versions[-1]
    place = portrait.versions.index(after)
    usual = portrait.versions[place - 1 if place else 1]
    number = parameter("before", "")
    return (_choose_version(portrait, number) or usual) if number else usual, after


def _fill(portrait: Portrait, shown: VersionView | None) -> dict[str, Any]:
    """What the template shows of a document in one version."""
    content = shown.stored.content if shown else None
    first_seen = portrait.document.first_seen_at
    published = _date(content, first_seen) if content else (first_seen, "first_seen", "second")
    return {
        "portrait": portrait,
        "shown": shown,
        "content": content,
        "published": published,
        "date_of": lambda one: _date(one, one.first_seen_at),
        "capture": _find_capture(portrait, shown),
        "paragraphs": [line for line in _write_text(content).splitlines() if line] if content else [],
        "claims": sorted(content.claims, key=lambda claim: claim.field) if content else [],
    }


def _date(stated: Extraction | SameText, first_seen_at: datetime) -> tuple[datetime, str, str]:
    """The date of an article as hits of a search have it."""
    return date_of(
        stated.published_at,
        stated.published_origin,
        stated.published_precision,
        stated.published_doubt,
        first_seen_at,
    )


def _find_capture(portrait: Portrait, shown: VersionView | None) -> Capture | None:
    return next((one for one in portrait.captures if shown and one.id == shown.version.capture), None)


def _write_text(content: Extraction) -> str:
    """The text as it is searched, without invisible and direction characters."""
    return tidy_text(searchable_text(content.lead, content.text))
