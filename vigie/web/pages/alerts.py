"""The saved queries: how they stand, digests as they were sent, the outbox with answers, silences, the last audit.

Whoever knows the address of a webhook can often post to it: the page names its host alone.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from archive.catalogue import Transaction, outbox, silences
from archive.catalogue.outbox import Letter, Message
from vigie.audits import read_audit
from vigie.query_states import list_watches
from vigie.web.pages.absence import AbsentError
from vigie.web.pages.search import read_source_names
from vigie.web.reading_room import ReadingRoom
from vigie.web.views import Views

MESSAGES = 50
LARGEST_NUMBER = 2**63 - 1
LETTER_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""Our own letters carry their styles in the tags; nothing in one may run, load or send anything."""


@dataclass(frozen=True)
class Posted:
    """One message of the outbox with the subject of its letter."""

    message: Message
    subject: str

    @property
    def recipient(self) -> str:
        """The mail address, or the host of the webhook."""
        said = self.message.recipient
        return urlsplit(said).netloc.rpartition("@")[2] if self.message.is_posted else said


def make_router(room: ReadingRoom, views: Views) -> APIRouter:
    """`/alerts`, and letters under `/alerts/letters/<number>`."""
    router = APIRouter()

    @router.get("/alerts")
    def show_alerts(request: Request) -> Response:
        watches = list_watches(room.installation, room.catalogue)
        with room.catalogue.read() as transaction:
            posted = _list_posted(transaction)
            states = outbox.count_states(transaction)
            quiet = silences.list_open_silences(transaction, room.installation.queries)
        queries = {name: room.installation.queries[name].query for name in room.installation.queries}
        return views.render(
            request,
            "alerts.html.j2",
            watches=watches,
            queries=queries,
            posted=posted,
            states=states,
            silences=quiet,
            titles={watch.name: watch.title for watch in watches},
            source_names=read_source_names(room),
            audit=read_audit(room.installation.folder),
        )

    @router.get("/alerts/letters/{number}")
    def show_letter(request: Request, number: str) -> Response:
        return views.render(request, "letter.html.j2", number=number, letter=_read_letter(room, number))

    @router.get("/alerts/letters/{number}/html")
    def show_letter_as_sent(number: str) -> Response:
        letter = _read_letter(room, number)
        if not letter.html:
            raise AbsentError("This was posted to a webhook; it has no form for people.")
        return HTMLResponse(letter.html, headers={"Content-Security-Policy": LETTER_POLICY})

    return router


def _list_posted(transaction: Transaction) -> list[Posted]:
    """The newest messages; recipients of one digest share a letter, which is read once."""
    found = outbox.list_messages(transaction, limit=MESSAGES)
    subjects = {number: outbox.read_letter(transaction, number).subject for number in {one.letter for one in found}}
    return [Posted(one, subjects[one.letter]) for one in found]


def _read_letter(room: ReadingRoom, number: str) -> Letter:
    is_number = number.isascii() and number.isdigit() and len(number) < 20 and int(number) <= LARGEST_NUMBER
    with room.catalogue.read() as transaction:
        letter = outbox.find_letter(transaction, int(number)) if is_number else None
    if letter is None:
        raise AbsentError("There is no such letter.")
    return letter
