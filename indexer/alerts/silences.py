"""Silences: a source that answers and yet shows nothing new, for many times its usual pause, is news.

The usual pause of a source is the length that nine in ten of its pauses do not exceed, over the last 180 days. Pauses
shorter than an hour belong to one burst and are left aside; with fewer than five longer ones the source is not known
well enough, and never silent. One long pause, such as a summer, moves this little, unlike a mean.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from archive.catalogue import Catalogue, Transaction, silences
from archive.catalogue.silences import Pace, Silence
from archive.catalogue.sources import SourceState, list_states
from config.query import SavedQuery
from config.source import Source

WINDOW = timedelta(days=180)
SHORTEST = timedelta(hours=1)
FEWEST = 5
RECKONED_EVERY = timedelta(days=1)
ANSWERED_WITHIN = timedelta(days=1)
"""Longest time since the last good visit of a source that counts as answering; visits are rarely 6 hours apart."""

SLICE = 20  # sources whose pauses are reckoned in one look: each reads up to half a year of its documents


@dataclass(frozen=True)
class Found:
    """Beginnings and ends to be noted."""

    began: tuple[tuple[str, Pace], ...]
    ended: tuple[tuple[Silence, datetime], ...]


def reckon_usual_pause(seen: Sequence[datetime]) -> timedelta | None:
    """The pause that nine in ten do not exceed, of the instants at which a source's documents were first seen."""
    pauses = sorted(after - before for before, after in pairwise(seen) if after - before >= SHORTEST)
    if len(pauses) < FEWEST:
        return None
    nine_in_ten = -(-9 * len(pauses) // 10)
    return pauses[nine_in_ten - 1]


def watches(query: SavedQuery, source: Source) -> bool:
    """Whether a query hears of this source: its filters leave it in."""
    return (
        (not query.sources or source.id in query.sources)
        and (not query.kinds or source.kind in query.kinds)
        and (not query.regions or bool(set(query.regions) & set(source.regions)))
        and (not query.languages or source.language in query.languages)
    )


def look_for_silences(
    catalogue: Catalogue, queries: Mapping[str, SavedQuery], on: Mapping[str, Source], clock: Callable[[], datetime]
) -> int:
    """Note what fell silent and what publishes again since the last look; returns how many there are."""
    asking = {name: query for name, query in queries.items() if query.is_on and query.silence}
    if not asking:
        return 0
    now = clock()
    _reckon(catalogue, on, now)
    with catalogue.read() as transaction:
        found = _find(transaction, asking, on, now)
    if not (found.began or found.ended):
        return 0
    with catalogue.write() as transaction:
        for query, pace in found.began:
            assert pace.last_new_at is not None and pace.usual is not None
            silences.begin_silence(transaction, query, pace.source, pace.last_new_at, pace.usual, now)
        for silence, at in found.ended:
            silences.end_silence(transaction, silence.id, at)
    return len(found.began) + len(found.ended)


def is_silence_due(
    transaction: Transaction, queries: Mapping[str, SavedQuery], on: Mapping[str, Source], now: datetime
) -> bool:
    """Whether a look would find something: a silence, its end, or a pause to be reckoned anew."""
    asking = {name: query for name, query in queries.items() if query.is_on and query.silence}
    if not asking:
        return False
    paces = silences.list_paces(transaction)
    if any(_is_stale(pace, now) for name, pace in paces.items() if name in on):
        return True
    found = _find(transaction, asking, on, now, paces)
    return bool(found.began or found.ended)


def _is_stale(pace: Pace, now: datetime) -> bool:
    return pace.reckoned_at is None or now - pace.reckoned_at >= RECKONED_EVERY


def _reckon(catalogue: Catalogue, on: Mapping[str, Source], now: datetime) -> None:
    """Reckon anew the pauses of sources for which that was done a day ago, in slices."""
    with catalogue.read() as transaction:
        stale = [pace.source for pace in silences.list_paces(transaction).values() if _is_stale(pace, now)]
    stale = [name for name in stale if name in on]
    for start in range(0, len(stale), SLICE):
        names = stale[start : start + SLICE]
        with catalogue.read() as transaction:
            usual = {
                name: reckon_usual_pause(silences.list_first_seen(transaction, name, now - WINDOW)) for name in names
            }
        with catalogue.write() as transaction:
            for name, pause in usual.items():
                silences.note_pace(transaction, name, pause, now)


def _find(
    transaction: Transaction,
    asking: Mapping[str, SavedQuery],
    on: Mapping[str, Source],
    now: datetime,
    paces: Mapping[str, Pace] | None = None,
) -> Found:
    paces = silences.list_paces(transaction) if paces is None else paces
    states = {state.id: state for state in list_states(transaction) if state.id in on}
    open_ones = silences.list_open_silences(transaction, asking)
    known = {(one.query, one.source, one.quiet_since) for one in open_ones}
    began = [
        (name, paces[source])
        for name, query in asking.items()
        for source, state in states.items()
        if watches(query, on[source])
        and _is_silent(paces[source], state, query, now)
        and (name, source, paces[source].last_new_at) not in known
    ]
    ended = [
        (one, newest)
        for one in open_ones
        if one.ended_at is None
        and one.source in paces
        and (newest := paces[one.source].last_new_at) is not None
        and newest > one.quiet_since
    ]
    return Found(tuple(began), tuple(ended))


def _is_silent(pace: Pace, state: SourceState, query: SavedQuery, now: datetime) -> bool:
    """Quiet for too long, though its entry points were read lately; one that does not answer is told of otherwise."""
    if pace.last_new_at is None or pace.usual is None or query.silence is None:
        return False
    answers = state.failing_since is None and state.blocked_since is None
    lately = state.last_good_visit_at is not None and now - state.last_good_visit_at <= ANSWERED_WITHIN
    return answers and lately and now - pace.last_new_at > query.silence * pace.usual
