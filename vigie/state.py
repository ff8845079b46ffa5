"""What is going on and what is wrong, gathered for `vigie status`: everything comes from the catalogue and the locks.

Nothing here needs the daemon: its locks say that it lives, the catalogue says what is due, late, failing and queued.
"""

import contextlib
import shutil
import stat
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

from archive.catalogue import (
    Catalogue,
    Transaction,
    candidates,
    captures,
    counts,
    documents,
    errands,
    hosts,
    outbox,
    sources,
)
from archive.catalogue.changes import last_seq
from archive.catalogue.errands import Errand
from archive.catalogue.outbox import Message, Pause
from archive.catalogue.sources import EntryPoint, SourceState
from archive.locks import Stage, find_holder
from config.source import Source
from indexer.engines.base import EngineError
from vigie.installation import Installation
from vigie.seal_state import SealState, read_seal_state

LATE = timedelta(hours=1)  # a visit overdue by more is worth a look: the host is slow, paused, or nobody crawls
BYTES_DAYS = 7  # over which the growth of the archive is averaged


@dataclass(frozen=True)
class Trouble:
    """Something of one source that does not work: what, since when, why."""

    source: str
    what: str
    since: datetime | None
    why: str


@dataclass(frozen=True)
class Growth:
    """Bytes archived a day by kind over the last days, and how long the disk lasts at that rate.

    `beside` is how much the whole data folder holds for each byte of archived responses: requests, metadata, catalogue
    and index grow with them.
    """

    by_day: Mapping[str, Mapping[str, int]]
    bytes_a_day: float
    beside: float
    free_bytes: int
    floor_bytes: int

    @property
    def days_left(self) -> float | None:
        """Days until the free-space floor, None where nothing was archived yet."""
        if self.bytes_a_day <= 0:
            return None
        return max(0.0, (self.free_bytes - self.floor_bytes) / (self.bytes_a_day * self.beside))


@dataclass(frozen=True)
class State:
    """One look at an installation."""

    at: datetime
    running: Mapping[str, str]
    sources_on: int
    due: int
    late: int
    next_visit_at: datetime | None
    troubles: tuple[Trouble, ...]
    paused_hosts: Mapping[str, str]
    candidates: Mapping[str, int]
    documents: Mapping[str, int]
    outcomes_of_day: Mapping[str, int]
    extraction_queue: int
    last_seq: int
    indexed_seq: int
    index_fault: str | None
    growth: Growth
    errands: tuple[Errand, ...]
    messages: Mapping[str, int]
    oldest_message: Message | None
    seals: SealState
    mail_pause: Pause | None

    @property
    def index_behind(self) -> int:
        """Changes that the search index has not applied."""
        return max(0, self.last_seq - self.indexed_seq)

    def as_json(self) -> dict[str, Any]:
        """One object with everything."""
        said = asdict(self)
        said["growth"]["days_left"] = self.growth.days_left
        return said | {"index_behind": self.index_behind}


def look(installation: Installation, catalogue: Catalogue) -> State:
    """Gather the state."""
    now = installation.clock()
    on = {source.id: source for source in installation.loaded.enabled}
    indexed_seq, index_fault = _ask_index(installation)
    seals = read_seal_state(installation.folder)
    with catalogue.read() as transaction:
        states = [state for state in sources.list_states(transaction) if state.id in on]
        points = [point for point in sources.list_entry_points(transaction) if point.source in on]
        planned = [state.next_visit_at for state in states if state.next_visit_at is not None]
        return State(
            at=now,
            running=find_running(installation),
            sources_on=len(on),
            due=sum(at <= now for at in planned),
            late=sum(at <= now - LATE for at in planned),
            next_visit_at=min(planned, default=None),
            troubles=find_troubles(states, points, on),
            paused_hosts=_paused_hosts(transaction, now),
            candidates=candidates.count_candidates(transaction),
            documents=documents.count_states(transaction),
            outcomes_of_day=counts.count_attempts(transaction, now - timedelta(days=1)),
            extraction_queue=captures.count_to_extract(transaction),
            last_seq=last_seq(transaction),
            indexed_seq=indexed_seq,
            index_fault=index_fault,
            growth=_measure_growth(installation, transaction, now),
            errands=tuple(errands.list_open_errands(transaction)),
            messages=outbox.count_states(transaction),
            oldest_message=outbox.read_oldest_waiting(transaction),
            seals=seals,
            mail_pause=outbox.read_pause(transaction),
        )


def _ask_index(installation: Installation) -> tuple[int, str | None]:
    """The last change that the index itself has applied, or why it cannot be searched."""
    with installation.open_engine() as engine:
        try:
            return engine.checkpoint(), None
        except EngineError as error:
            return 0, str(error)


def find_running(installation: Installation) -> dict[str, str]:
    """The stages that are under way, and by whom."""
    found = {stage: find_holder(installation.folder, stage) for stage in get_args(Stage)}
    return {stage: holder for stage, holder in found.items() if holder is not None}


def find_troubles(
    states: Sequence[SourceState], points: Sequence[EntryPoint], on: Mapping[str, Source]
) -> tuple[Trouble, ...]:
    """Failing, blocked and paused sources, and addresses set aside, by source."""
    troubles = []
    for state in states:
        if state.blocked_since:
            troubles.append(Trouble(state.id, "blocked", state.blocked_since, state.failing_why or ""))
        elif state.failing_since:
            troubles.append(Trouble(state.id, "failing", state.failing_since, state.failing_why or ""))
    by_source = defaultdict(list)
    for point in points:
        by_source[point.source].append(point)
        if point.set_aside_at:
            why = point.set_aside_why or point.last_outcome or ""
            troubles.append(Trouble(point.source, f"set aside: {point.url}", point.set_aside_at, why))
    troubles += [
        Trouble(name, "no address left", _last_set_aside(mine), "every address is set aside; give it others")
        for name, mine in by_source.items()
        if on[name].enabled and all(point.set_aside_at for point in mine)
    ]
    return tuple(sorted(troubles, key=lambda trouble: (trouble.source, trouble.what)))


def _last_set_aside(points: Sequence[EntryPoint]) -> datetime | None:
    return max((point.set_aside_at for point in points if point.set_aside_at), default=None)


def _paused_hosts(transaction: Transaction, now: datetime) -> dict[str, str]:
    return {
        host.name: f"until {host.paused_until:%Y-%m-%d %H:%M} UTC: {host.paused_why or 'asked for'}"
        for host in hosts.list_hosts(transaction)
        if host.paused_until is not None and host.paused_until > now
    }


def _measure_growth(installation: Installation, transaction: Transaction, now: datetime) -> Growth:
    first = (now - timedelta(days=BYTES_DAYS - 1)).date()
    by_day: dict[str, Counter[str]] = defaultdict(Counter)
    for day, purpose, _, size in captures.count_bytes(transaction, first.isoformat()):
        by_day[day][purpose] += size
    total = sum(sum(counted.values()) for counted in by_day.values())
    archived = sum(size for _, _, _, size in captures.count_bytes(transaction, ""))
    spanned = (now.date() - datetime.fromisoformat(min(by_day)).date()).days + 1 if by_day else 1
    return Growth(
        by_day={day: dict(counted) for day, counted in by_day.items()},
        bytes_a_day=total / spanned,
        beside=max(1.0, _size_of(installation.folder) / archived) if archived else 1.0,
        free_bytes=shutil.disk_usage(installation.folder).free,
        floor_bytes=installation.settings.limits.free_space_bytes,
    )


def _size_of(folder: Path) -> int:
    """Bytes of all files under a folder; those that vanish meanwhile count nothing."""
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            found = path.lstat()
            total += found.st_size if stat.S_ISREG(found.st_mode) else 0
    return total
