"""Which changes of a long stretch of the log satisfy a query: the search index answers for nearly all of them.

The index holds each version as it is now; a version that stands otherwise than its change left it is read from the
catalogue and asked in a batch, as live matching does. Where the index cannot be asked, all of them are.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from archive.catalogue import Catalogue
from archive.catalogue.standing import Aspect, list_changed_since, list_indexed, list_version_changes, read_moments
from indexer.alerts.batches import BATCH_CHANGES, read_chosen
from indexer.alerts.bounds import bound_between
from indexer.alerts.watched import Watched
from indexer.analysis import FrenchAnalyzer
from indexer.engines.base import Engine, EngineError, Filters
from indexer.projection import read_checkpoint
from indexer.tree import Between, Everything, Node

logger = logging.getLogger(__name__)

LONGEST_STRETCH = timedelta(days=1)
"""How much of the log is asked at once by a query with `now` in it: the shorter, the less is looked at one by one."""

MOMENTS = 5_000
"""Changes between two looks at the time of the log."""

_EVERYTHING = Filters(past=True)
_ASPECTS: dict[str, Aspect] = {
    "edited": "edited",
    "source_name": "labels",
    "kind": "labels",
    "regions": "labels",
    "departements": "labels",
    "sources": "sources",
}

Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Answer:
    """The changes whose version satisfies a query, and how many of all versions were read from the catalogue.

    `unusable` says why the index could not be asked at all.
    """

    seqs: list[int]
    versions: int
    read: int
    unusable: str | None = None


@dataclass(frozen=True)
class _FromIndex:
    """What an index says: what it found for certain, what must be looked at, and how far it follows the log."""

    found: set[int]
    doubtful: set[int]
    checkpoint: int


def answer(
    catalogue: Catalogue,
    engine: Engine | None,
    watched: Watched,
    analyzer: FrenchAnalyzer,
    *,
    after: int,
    up_to: int,
    report: Report = lambda done, of: None,
) -> Answer:
    """The changes above `after` up to `up_to` that satisfy the query; `report` counts what is read from the catalogue.

    Raises `QueryError` where the query cannot be asked at the time of one of the changes.
    """
    said, unusable = None, None
    if engine is not None:
        try:
            said = _ask_index(catalogue, engine, watched, after, up_to)
        except EngineError as error:
            unusable = str(error)
            logger.warning("the search index cannot be asked, each version is read instead: %s", error)
    with catalogue.read() as transaction:
        versions = list_version_changes(transaction, after=after, up_to=up_to)
    if said is None:
        return Answer(_read_all(catalogue, watched, analyzer, versions, report), len(versions), len(versions), unusable)
    # asked after the index, so that what changed meanwhile is among them
    with catalogue.read() as transaction:
        changed = list_changed_since(
            transaction, after=after, up_to=up_to, checkpoint=said.checkpoint, aspects=_aspects_of(watched)
        )
    doubtful = sorted(said.doubtful.union(changed))
    found = said.found.difference(doubtful)
    found.update(_read_all(catalogue, watched, analyzer, doubtful, report))
    return Answer(sorted(found), len(versions), len(doubtful))


def _ask_index(catalogue: Catalogue, engine: Engine, watched: Watched, after: int, up_to: int) -> _FromIndex:
    engine.refresh()
    checkpoint = read_checkpoint(catalogue, engine)
    missing = _find_missing(catalogue, engine, after, min(up_to, checkpoint))
    if watched.tree is not None:
        found = {seq for seq, _ in engine.ids(watched.tree, watched.filters, after, up_to)}
        return _FromIndex(found, missing, checkpoint)
    found, doubtful = set(), missing
    for low, high, certain, possible in _bound_stretches(catalogue, watched, after, up_to):
        sure = {seq for seq, _ in engine.ids(certain, watched.filters, low, high)}
        doubtful |= {seq for seq, _ in engine.ids(possible, watched.filters, low, high)} - sure
        found |= sure
    return _FromIndex(found, doubtful, checkpoint)


def _find_missing(catalogue: Catalogue, engine: Engine, after: int, up_to: int) -> set[int]:
    """Versions that the index should hold and does not, such as one that it refused."""
    if after >= up_to:
        return set()
    with catalogue.read() as transaction:
        expected = list_indexed(transaction, after=after, up_to=up_to)
    held = engine.count(Between("seq", after + 1, up_to), _EVERYTHING)
    if held >= len(expected):
        return set()
    return set(expected).difference(seq for seq, _ in engine.ids(Everything(), _EVERYTHING, after, up_to))


def _bound_stretches(
    catalogue: Catalogue, watched: Watched, after: int, up_to: int
) -> Iterator[tuple[int, int, Node, Node]]:
    """The log in stretches of a day at most, each with what the query finds for certain in it and what it may find."""
    for low, high, first, last in _cut_by_time(catalogue, after, up_to):
        yield low, high, *bound_between(watched, first, last)


def _cut_by_time(catalogue: Catalogue, after: int, up_to: int) -> Iterator[tuple[int, int, datetime, datetime]]:
    """(after, up to, first moment, last moment) of stretches no longer than a day. A clock may have been set back."""
    low, first, last = after, datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)
    reached = after
    for seq, at in _list_moments(catalogue, after, up_to):
        if reached > low and max(last, at) - min(first, at) > LONGEST_STRETCH:
            yield low, reached, first, last
            low, first, last = reached, at, at
        first, last, reached = min(first, at), max(last, at), seq
    if reached > low:
        yield low, reached, first, last


def _list_moments(catalogue: Catalogue, after: int, up_to: int) -> Iterator[tuple[int, datetime]]:
    while True:
        with catalogue.read() as transaction:
            page = read_moments(transaction, after=after, up_to=up_to, limit=MOMENTS)
        if not page:
            return
        yield from page
        after = page[-1][0]


def _read_all(
    catalogue: Catalogue, watched: Watched, analyzer: FrenchAnalyzer, seqs: Sequence[int], report: Report
) -> list[int]:
    """Which of these changes satisfy the query, each version as its change left it."""
    found: list[int] = []
    for start in range(0, len(seqs), BATCH_CHANGES):
        with catalogue.read() as transaction:
            batch = read_chosen(transaction, analyzer, seqs[start : start + BATCH_CHANGES])
        with closing(batch.engine):
            found += batch.find(watched)
        report(min(start + BATCH_CHANGES, len(seqs)), len(seqs))
    return found


def _aspects_of(watched: Watched) -> set[Aspect]:
    """What the query asks that may have changed without a new extraction."""
    filters = watched.filters
    fields = set(watched.fields)
    fields |= {name for name, values in (("kind", filters.kinds), ("regions", filters.regions)) if values}
    fields |= {"sources"} if filters.sources else set()
    return {_ASPECTS[name] for name in fields & _ASPECTS.keys()}
