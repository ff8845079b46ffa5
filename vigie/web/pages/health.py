"""For those who watch over the service: `/healthz` says that it answers, `/metrics` counts for Prometheus."""

from collections.abc import Iterator, Mapping

from fastapi import APIRouter
from starlette.responses import PlainTextResponse, Response

from archive.catalogue import counts, outbox
from archive.errors import ArchiveError
from vigie.state import State, look
from vigie.web.reading_room import ReadingRoom

METRICS_SECONDS = 15.0  # how often Prometheus usually asks; counting reads whole tables
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Sample = tuple[str, float]


def make_router(room: ReadingRoom) -> APIRouter:
    """`/healthz` and `/metrics`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    def show_health() -> Response:
        try:
            with room.catalogue.read():
                return PlainTextResponse("ok\n")
        except ArchiveError:
            return PlainTextResponse("the catalogue cannot be read\n", 503)

    @router.get("/metrics")
    def show_metrics() -> Response:
        return Response(room.keep("metrics", METRICS_SECONDS, lambda: write_metrics(room)), media_type=MEDIA_TYPE)

    return router


def read_state(room: ReadingRoom) -> State:
    """What `vigie status` says, looked up again when it is some seconds old."""
    return room.keep("state", METRICS_SECONDS, lambda: look(room.installation, room.catalogue))


def write_metrics(room: ReadingRoom) -> str:
    """Every figure in the text format of Prometheus."""
    state = read_state(room)
    with room.catalogue.read() as transaction:
        captures = counts.count_captures(transaction)
        messages = outbox.count_states(transaction)
    groups: tuple[tuple[str, str, list[Sample]], ...] = (
        ("documents", "Documents by state.", _by("state", state.documents)),
        ("captures", "Stored responses.", [("", captures)]),
        ("candidates", "Addresses worth fetching by their end.", _by("outcome", state.candidates)),
        ("requests_last_day", "Requests of the last 24 hours by their end.", _by("outcome", state.outcomes_of_day)),
        ("extraction_queue", "Captures that wait for extraction.", [("", state.extraction_queue)]),
        ("changes", "Last change of the log.", [("", state.last_seq)]),
        ("index_behind", "Changes that the search index has not applied.", [("", state.index_behind)]),
        ("index_usable", "1 where the search index can be asked.", [("", int(state.index_fault is None))]),
        ("search_processes_idle", "Search processes of the page that wait for a search.", [("", room.idle_searchers)]),
        ("messages", "Messages of the outbox by state.", _by("state", messages)),
        ("sources_on", "Sources that are visited.", [("", state.sources_on)]),
        ("sources_late", "Visits overdue by more than an hour.", [("", state.late)]),
        ("sources_in_trouble", "Sources that are failing, blocked or set aside.", [("", _count_troubled(state))]),
        ("hosts_paused", "Hosts that asked for a pause.", [("", len(state.paused_hosts))]),
        ("free_bytes", "Free space of the data folder's disk.", [("", state.growth.free_bytes)]),
        ("running", "1 for each stage that is under way.", _by("stage", dict.fromkeys(state.running, 1))),
    )
    return "".join(line for name, meaning, samples in groups for line in _write(f"vigie_{name}", meaning, samples))


def _count_troubled(state: State) -> int:
    return len({trouble.source for trouble in state.troubles})


def _by(label: str, counted: Mapping[str, float]) -> list[Sample]:
    return [(f'{{{label}="{name}"}}', count) for name, count in sorted(counted.items())]


def _write(name: str, meaning: str, samples: list[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {meaning}\n# TYPE {name} gauge\n"
    for labels, value in samples:
        yield f"{name}{labels} {value}\n"
