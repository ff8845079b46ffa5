"""How the sources go: what is configured beside what the catalogue saw, for the command line, the page and the API."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from archive.catalogue import Catalogue, candidates, captures, documents, runs, sources, templates
from archive.catalogue.candidates import Ended
from archive.catalogue.runs import Run
from archive.catalogue.sources import EntryPoint, SourceState
from archive.catalogue.templates import TemplateState
from config.source import Source
from vigie.installation import Installation
from vigie.state import Trouble, find_troubles

RUNS = 10
LATEST = 50  # candidates
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class SourceHealth:
    """One configured source and how it goes; `trouble` is the first thing of it that does not work."""

    source: Source
    state: SourceState | None
    trouble: Trouble | None

    @property
    def standing(self) -> str:
        """In one or two words."""
        if self.trouble:
            return self.trouble.what.partition(":")[0]
        return "on" if self.source.enabled else "off"

    def as_json(self) -> dict[str, Any]:
        """What `vigie sources list --json` prints of it."""
        source, state = self.source, self.state
        return {
            "id": source.id, "name": source.name, "kind": source.kind, "enabled": source.enabled,
            "reason": source.reason, "unverified": source.unverified, "entry_points": len(source.entry_points),
            "last_visit_at": _iso(state.last_visit_at if state else None),
            "next_visit_at": _iso(state.next_visit_at if state else None),
            "trouble": self.trouble.what if self.trouble else None,
        }  # fmt: skip


@dataclass(frozen=True)
class SourceReport:
    """One source in full: its addresses, latest visits, what was counted in a week, what gave no document and why, and
    the latest candidates.
    """

    source: Source
    state: SourceState | None
    points: tuple[EntryPoint, ...]
    troubles: tuple[Trouble, ...]
    runs: tuple[Run, ...]
    quiet_looks: Mapping[str, int]
    rejected: Mapping[str, int]
    latest: tuple[Ended, ...]
    template: TemplateState | None

    def as_json(self) -> dict[str, Any]:
        """What `vigie sources show --json` prints."""
        return {
            "source": self.source.model_dump(mode="json"),
            "state": asdict(self.state) if self.state else None,
            "entry_points": [asdict(point) for point in self.points],
            "runs": [asdict(run) for run in self.runs],
            "rejected": self.rejected,
            "template": _count_template(self.template) if self.template else None,
        }


def list_troubles(installation: Installation, catalogue: Catalogue) -> tuple[Trouble, ...]:
    """Everything that does not work, by source."""
    states, points = _read_all(catalogue)
    on = {source.id: source for source in installation.loaded.enabled}
    return find_troubles([one for one in states.values() if one.id in on], [p for p in points if p.source in on], on)


def list_health(installation: Installation, catalogue: Catalogue) -> list[SourceHealth]:
    """Every configured source by id."""
    states, _ = _read_all(catalogue)
    first = {trouble.source: trouble for trouble in reversed(list_troubles(installation, catalogue))}
    return [
        SourceHealth(installation.sources[name], states.get(name), first.get(name))
        for name in sorted(installation.sources)
    ]


def read_report(installation: Installation, catalogue: Catalogue, source_id: str) -> SourceReport:
    """One configured source in full."""
    configured = installation.sources[source_id]
    week = (installation.clock() - WEEK).date().isoformat()
    with catalogue.read() as transaction:
        state = sources.read_source(transaction, source_id)
        points = sources.list_entry_points(transaction, source_id)
        return SourceReport(
            configured,
            state,
            tuple(points),
            find_troubles([state] if state else [], points, {source_id: configured}),
            tuple(runs.list_runs(transaction, source_id=source_id, limit=RUNS)),
            Counter(runs.read_day_counts(transaction, week, source_id)),
            captures.count_rejected(transaction, source_id),
            tuple(candidates.list_latest(transaction, source_id, limit=LATEST)),
            templates.find_state(transaction, source_id),
        )


def count_documents(installation: Installation, catalogue: Catalogue, days: int) -> dict[str, list[int]]:
    """Documents first seen on each of the last days of the archive's zone, the oldest first, by source."""
    zone = ZoneInfo(installation.settings.clock.zone)
    today = installation.clock().astimezone(zone).date()
    starts = [datetime.combine(today - timedelta(days=n), time(), zone) for n in range(days - 1, -2, -1)]
    counted: dict[str, list[int]] = {}
    with catalogue.read() as transaction:
        for place, (start, end) in enumerate(pairwise(starts)):
            for source, number in documents.count_first_seen(transaction, start, end).items():
                counted.setdefault(source, [0] * days)[place] = number
    return counted


def _read_all(catalogue: Catalogue) -> tuple[dict[str, SourceState], list[EntryPoint]]:
    with catalogue.read() as transaction:
        return {state.id: state for state in sources.list_states(transaction)}, sources.list_entry_points(transaction)


def _count_template(state: TemplateState) -> dict[str, Any]:
    """What came of the template, without its text."""
    return asdict(state) | {"template": state.template is not None}


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
