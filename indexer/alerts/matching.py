"""Matching: saved queries follow the log of changes by number, each from its own watermark.

The rows of a query and its watermark are written in one transaction, so a process may die anywhere: what was matched is
never matched again, what was not is. Dates and clocks decide nothing here; a rebuild of the search index is not seen.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime

from archive.catalogue import Catalogue, matches, saved_queries
from archive.catalogue.changes import Change, last_seq, move_watermarks
from archive.catalogue.matches import Match
from archive.catalogue.saved_queries import QueryState, name_consumer
from archive.outcomes import Outcome
from indexer.alerts.batches import Batch, Stretch, read_batch
from indexer.alerts.removals import find_removals, judge_removals
from indexer.alerts.watched import Watched
from indexer.analysis import FrenchAnalyzer
from indexer.engines.base import EngineError
from indexer.query import QueryError

logger = logging.getLogger(__name__)

ROWS = 400
"""Rows in one write transaction, so that it stays short: a query and its watermark are never divided."""

Known = set[tuple[str, str]]


@dataclass
class Matched:
    """What a run of matching did: outcomes of matches, and queries that could not be asked, with the reason."""

    counts: Counter[str] = field(default_factory=Counter)
    disabled: dict[str, str] = field(default_factory=dict)


def decide(watched: Watched, change: Change, is_known: bool) -> Outcome:
    """What becomes of a version that satisfies the query; `is_known` where its document was told or counted before."""
    quiet = change.kind == "older_found" or (change.via != "live" and not watched.tell_backfill)
    if watched.on_edit == "ignore" and change.kind == "edited":
        return Outcome.not_asked
    if is_known and (watched.on_edit != "mail" or quiet):
        return Outcome.already_told
    return Outcome.counted if quiet else Outcome.told


def judge(batch: Batch, watched: Watched, known: Known, now: datetime) -> list[Match]:
    """The matches of one query in a batch; `known` grows by what they tell of."""
    return judge_found(batch, batch.find(watched), watched, known, now)


def judge_found(stretch: Stretch, found: Collection[int], watched: Watched, known: Known, now: datetime) -> list[Match]:
    """What becomes of the changes whose version satisfies the query: versions in the order of the log, then removals
    of what was told before them."""
    removed = find_removals(stretch, watched, known)
    judged = []
    for seq in sorted(found):
        change = stretch.changes[seq]
        family = stretch.family(change.document, seq)
        outcome = decide(watched, change, any((watched.name, one) in known for one in family))
        if outcome in (Outcome.told, Outcome.counted):
            known.add((watched.name, change.document))
        assert change.version is not None
        judged.append(Match(watched.name, change.document, change.version, seq, now, outcome.name))
    return judged + judge_removals(stretch, watched, removed, judged, now)


def follow(
    catalogue: Catalogue,
    watched: Mapping[str, Watched],
    analyzer: FrenchAnalyzer,
    clock: Callable[[], datetime],
    stop: Callable[[], bool] = lambda: False,
) -> Matched:
    """Match every query that runs, up to the end of the log as it is now. The caller holds the lock of the stage."""
    done = Matched()
    while not stop():
        with catalogue.read() as transaction:
            states = [one for one in saved_queries.list_queries(transaction) if one.runs and one.name in watched]
            end = last_seq(transaction)
            group, up_to = _choose(states, end)
            if not group:
                break
            batch = read_batch(transaction, analyzer, after=group[0].watermark, up_to=up_to)
            changes = [*batch.changes.values(), *batch.removals.values()]
            documents = {other for one in changes for other in batch.family(one.document, one.seq)}
            known = matches.find_known(transaction, [one.name for one in group], documents)
        with closing(batch.engine):  # an index that waits for the garbage collector keeps its memory for long
            rows = [(one.name, _judge_safely(batch, watched[one.name], known, clock(), done)) for one in group]
        _write(catalogue, [(name, found) for name, found in rows if found is not None], batch.end, done)
        _disable(catalogue, done, clock())
    return done


def _choose(states: Sequence[QueryState], end: int) -> tuple[list[QueryState], int]:
    """The queries that are furthest behind, and how far they can go together before they meet the next ones."""
    behind = [one for one in states if one.watermark < end]
    if not behind:
        return [], end
    lowest = min(one.watermark for one in behind)
    ahead = [one.watermark for one in behind if one.watermark > lowest]
    return [one for one in behind if one.watermark == lowest], min([*ahead, end])


def _judge_safely(batch: Batch, watched: Watched, known: Known, now: datetime, done: Matched) -> list[Match] | None:
    """The matches, or None where this one query cannot be asked: the others are not to suffer."""
    try:
        return judge(batch, watched, known, now)
    except (QueryError, EngineError) as error:
        logger.error("saved query %s is disabled: %s", watched.name, error)
        done.disabled[watched.name] = str(error)
        return None


def _write(catalogue: Catalogue, judged: Iterable[tuple[str, list[Match]]], end: int, done: Matched) -> None:
    waiting = list(judged)
    while waiting:
        part = [waiting.pop()]
        while waiting and sum(len(found) for _, found in part) + len(waiting[-1][1]) <= ROWS:
            part.append(waiting.pop())
        with catalogue.write() as transaction:
            matches.add_matches(transaction, [match for _, found in part for match in found])
            move_watermarks(transaction, [name_consumer(name) for name, _ in part], end)
        done.counts.update(match.outcome for _, found in part for match in found)


def _disable(catalogue: Catalogue, done: Matched, now: datetime) -> None:
    for name, why in done.disabled.items():
        with catalogue.write() as transaction:
            saved_queries.disable_query(transaction, name, why, now)
