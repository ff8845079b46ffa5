"""Captures as downloads: the body as it was received, and the record as it lies in the archive.

Fetched bytes are never shown in our origin (W1 of the hazards): always an attachment without a type of its own, never
sniffed. A capture of a withdrawn document is not given out.
"""

from fastapi import APIRouter
from starlette.responses import Response

from archive.catalogue import Transaction, captures, utc_now
from archive.catalogue.captures import Capture
from archive.errors import RecordError
from archive.layout import WARC_FOLDER
from archive.store import Archive
from archive.warc import begins_record, read_member
from vigie.portrait import is_hidden
from vigie.web.pages.absence import AbsentError
from vigie.web.reading_room import ReadingRoom

RAW_LIMIT = 64 << 20  # beyond the limit of any page that is let in; a body read back is kept in memory
LARGEST_NUMBER = 2**63 - 1


def make_router(room: ReadingRoom) -> APIRouter:
    """`/captures/<number>/raw` and `/captures/<number>/record`."""
    router = APIRouter()

    @router.get("/captures/{number}/raw")
    def download_body(number: str) -> Response:
        archive = Archive(room.catalogue, operator=None, clock=utc_now)
        with room.catalogue.read() as transaction:
            capture = find_given_out(transaction, number)
            try:
                decoded = archive.read_body(transaction, capture, RAW_LIMIT)
            except RecordError as error:
                raise AbsentError(f"The record of this capture cannot be read back: {error}.", 500) from error
        return _attach(decoded.body, f"capture-{capture.id}.bin")

    @router.get("/captures/{number}/record")
    def download_record(number: str) -> Response:
        with room.catalogue.read() as transaction:
            capture = find_given_out(transaction, number)
        try:
            member = read_member(room.catalogue.folder / WARC_FOLDER, capture.place)
        except RecordError as error:
            raise AbsentError(f"The record of this capture cannot be read back: {error}.", 500) from error
        if not begins_record(member):
            raise AbsentError(
                "The record of this capture cannot be read back: no WARC record begins at its place.", 500
            )
        return _attach(member, f"capture-{capture.id}.warc.gz")

    return router


def find_given_out(transaction: Transaction, number: str) -> Capture:
    """The capture of that number, or `AbsentError`: a number only, never a path."""
    is_number = number.isascii() and number.isdigit() and len(number) < 20 and int(number) <= LARGEST_NUMBER
    capture = captures.read_capture(transaction, int(number)) if is_number else None
    if capture is None:
        raise AbsentError("There is no such capture.")
    if is_hidden(transaction, capture):
        raise AbsentError("This capture shows a document that was withdrawn from the archive.", 410)
    return capture


def _attach(body: bytes, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(body, media_type="application/octet-stream", headers=headers)
