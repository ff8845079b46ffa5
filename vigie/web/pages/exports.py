"""A search, or articles chosen among its hits, as a download in every format of `vigie export`.

Made whole in a temporary file before anything is sent, one at a time, and no more than a reader waits for; the command
line has no such bound. The rules of redistribution always hold here: who asks is not known.
"""

import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, cast

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from indexer.query import QueryError
from vigie.exits import CommandError
from vigie.exports.exporting import FORMATS, WITH_PASSAGES, Format, Wanted, export
from vigie.exports.files import give_up_quietly
from vigie.exports.selection import Selection, select_entries, select_hits
from vigie.web.languages import later
from vigie.web.pages.absence import AbsentError
from vigie.web.questions import Question, QuestionError, read_question
from vigie.web.reading_room import ReadingRoom
from vigie.web.searchers import TooExpensiveError

ARTICLES = 2_000  # some seconds of work
CHOSEN = 500  # ids of articles: a longer address is refused on its way by many servers
WAIT_SECONDS = 10.0  # for the export of another reader
CHUNK_BYTES = 1 << 16
MEDIA_TYPES: dict[Format, tuple[str, str]] = {
    "csv": ("text/csv; charset=utf-8", "csv"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    "jsonl": ("application/x-ndjson", "jsonl"),
    "ris": ("application/x-research-info-systems", "ris"),
    "bibtex": ("application/x-bibtex", "bib"),
    "csl-json": ("application/vnd.citationstyles.csl+json", "json"),
    "review-html": ("text/html; charset=utf-8", "html"),
    "review-pdf": ("application/pdf", "pdf"),
    "wacz": ("application/wacz", "wacz"),
}
"""Type and file name ending of each format."""

NAMES: dict[Format, str] = {
    "csv": later("Tableau CSV"),
    "xlsx": later("Classeur Excel"),
    "jsonl": later("JSON Lines"),
    "ris": later("RIS (Zotero, EndNote)"),
    "bibtex": later("BibTeX"),
    "csl-json": later("CSL-JSON"),
    "review-html": later("Revue de presse, HTML"),
    "review-pdf": later("Revue de presse, PDF"),
    "wacz": later("Captures, WACZ"),
}
"""What the menu of the search page calls each format."""


def make_router(room: ReadingRoom) -> APIRouter:
    """`/search/export`: `format`, and the question of a search page or the `id` of each article chosen on one."""
    router = APIRouter()
    making = threading.Lock()

    @router.get("/search/export")
    def download(request: Request) -> Response:
        form = _read_format(request)
        try:
            selection = _select(room, request, form)
        except (QuestionError, QueryError) as error:
            raise AbsentError(f"{error}.", 400) from error
        except CommandError as error:
            raise AbsentError(str(error), 400) from error
        except TooExpensiveError as error:
            raise AbsentError("This search takes too long; make it simpler.", 400) from error
        if not making.acquire(timeout=WAIT_SECONDS):
            raise AbsentError("Another export is being made; ask again in a moment.", 503)
        try:
            return _send(_make(room, selection, form), form, f"{room.installation.clock():%Y-%m-%d}")
        except CommandError as error:
            raise AbsentError(str(error), 400) from error
        finally:
            making.release()

    return router


def _read_format(request: Request) -> Format:
    form = request.query_params.get("format", "")
    if form not in FORMATS:
        raise AbsentError(f"format: expected one of {', '.join(FORMATS)}, found {form[:40]!r}.", 400)
    return form


def _select(room: ReadingRoom, request: Request, form: Format) -> Selection:
    """The articles chosen one by one, otherwise those of the search."""
    ids = request.query_params.getlist("id")
    if len(ids) > CHOSEN:
        raise AbsentError(f"At most {CHOSEN} articles can be chosen one by one; found {len(ids)}.", 400)
    if ids:
        return select_entries(room.catalogue, ids, passages=form in WITH_PASSAGES)
    question = read_question(request.query_params)
    if not question.asked.query:
        raise AbsentError("No article was chosen. Go back and tick at least one.", 400)
    return _select_hits(room, question, form)


def _select_hits(room: ReadingRoom, question: Question, form: Format) -> Selection:
    """All articles of the search, or a sentence where there are too many for a page."""
    installation, catalogue, passages = room.installation, room.catalogue, form in WITH_PASSAGES
    asked = replace(question.asked, limit=0)
    found = room.use_engine(
        lambda engine: select_hits(installation, catalogue, engine, asked, limit=ARTICLES + 1, passages=passages)
    )
    if found.total > ARTICLES:
        raise AbsentError(
            f"An export from the page takes at most {ARTICLES} articles. Narrow the search, or use `vigie export`.", 400
        )
    return found


def _make(room: ReadingRoom, selection: Selection, form: Format) -> BinaryIO:
    """The whole export in a temporary file, at its beginning. Raises `CommandError` where nothing may go out."""
    installation = room.installation
    file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - closed by whoever sends it
    try:
        with give_up_quietly(file) as output:
            export(output, room.catalogue, installation.sources, selection, Wanted(form), installation.clock())
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _send(file: BinaryIO, form: Format, day: str) -> Response:
    media_type, ending = MEDIA_TYPES[form]
    headers = {
        "Content-Disposition": f'attachment; filename="vigie-{day}.{ending}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return StreamingResponse(_read(file), headers=headers, media_type=media_type)


def _read(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
