"""The sources: how all of them go at a glance, and one of them with its addresses, visits and candidates."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from archive.outcomes import Outcome
from vigie.source_health import SourceHealth, SourceReport, count_documents, list_health, read_report
from vigie.web.charts import Spark, draw_spark
from vigie.web.pages.absence import AbsentError
from vigie.web.reading_room import ReadingRoom
from vigie.web.views import Views

DAYS = 90
COUNTS_SECONDS = 60.0  # counting reads every document of the last three months
SHOWN = ("all", "trouble", "on", "off")


@dataclass(frozen=True)
class Row:
    """One source in the table."""

    health: SourceHealth
    spark: Spark


def make_router(room: ReadingRoom, views: Views) -> APIRouter:
    """`/sources` and `/sources/<id>`."""
    router = APIRouter()

    @router.get("/sources")
    def show_sources(request: Request) -> Response:
        shown = request.query_params.get("show", "all")
        rows = _list_rows(room)
        numbers = Counter(_standing(row) for row in rows)
        chosen = [row for row in rows if shown in ("all", _standing(row))]
        return views.render(
            request, "sources.html.j2", rows=chosen, numbers=numbers, total=len(rows), shown=shown, days=DAYS
        )

    @router.get("/sources/{source_id}")
    def show_source(request: Request, source_id: str) -> Response:
        if source_id not in room.installation.sources:
            raise AbsentError("There is no such source.")
        report = read_report(room.installation, room.catalogue, source_id)
        counts = _count(room).get(source_id, [0] * DAYS)
        return views.render(
            request,
            "source.html.j2",
            report=report,
            spark=draw_spark(counts),
            by_day=list(zip(_list_days(room), counts, strict=True)),
            ends=_count_ends(report),
            sentences={outcome.name: outcome.sentence for outcome in Outcome},
        )

    return router


def _list_rows(room: ReadingRoom) -> list[Row]:
    """Those in trouble first, then by name."""
    counts = _count(room)
    rows = [
        Row(health, draw_spark(counts.get(health.source.id, [0] * DAYS)))
        for health in list_health(room.installation, room.catalogue)
    ]
    return sorted(rows, key=lambda row: (row.health.trouble is None, row.health.source.name.casefold()))


def _standing(row: Row) -> str:
    if row.health.trouble is not None:
        return "trouble"
    return "on" if row.health.source.enabled else "off"


def _count(room: ReadingRoom) -> dict[str, list[int]]:
    return room.keep(
        "documents a day", COUNTS_SECONDS, lambda: count_documents(room.installation, room.catalogue, DAYS)
    )


def _list_days(room: ReadingRoom) -> list[date]:
    today = room.installation.clock().astimezone(ZoneInfo(room.installation.settings.clock.zone)).date()
    return [today - timedelta(days=n) for n in range(DAYS - 1, -1, -1)]


def _count_ends(report: SourceReport) -> list[tuple[str, int]]:
    """Every end that was counted: in the latest visits, and in looks of the last week that found nothing new."""
    counted = Counter(report.quiet_looks)
    for run in report.runs:
        counted.update(run.counts)
    return counted.most_common()
