"""A stretch of the log, ready for questions: the versions that it made, in a small index in memory.

Live matching, backtest and audit ask the same index in the same way, whatever engine serves the searches.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archive.catalogue import Transaction
from archive.catalogue.changed_entries import (
    read_changed_entries,
    read_changes_by_seq,
    read_matched_changes,
    read_removals,
)
from archive.catalogue.changes import Change
from archive.catalogue.matches import find_families
from archive.outcomes import Outcome
from indexer.alerts.bounds import bound_between
from indexer.alerts.watched import Watched
from indexer.analysis import FrenchAnalyzer
from indexer.document import IndexEntry
from indexer.engines.base import Engine, EntryRefusedError
from indexer.engines.embedded import EmbeddedEngine
from indexer.entries import make_entry

logger = logging.getLogger(__name__)

BATCH_CHANGES = 200
"""Enough to spread the cost of an index over many documents, few enough for a read of well under a second."""

Families = Mapping[str, tuple[tuple[str, int], ...]]


@dataclass(frozen=True)
class Stretch:
    """Changes of the log up to `end` that made a version, and removals. `hidden` are removals of documents that nobody
    is to see any more."""

    changes: Mapping[int, Change]
    families: Families
    end: int
    removals: Mapping[int, Change]
    hidden: frozenset[int]

    def family(self, document: str, seq: int) -> set[str]:
        """The document and those that were found to be the same article before this change, step by step."""
        found, waiting = {document}, [document]
        while waiting:
            merged = {other for other, merged_at in self.families.get(waiting.pop(), ()) if merged_at < seq} - found
            found |= merged
            waiting += merged
        return found


@dataclass(frozen=True)
class Batch(Stretch):
    """A stretch with its versions in an index; changes of withdrawn documents have none."""

    entries: Mapping[int, IndexEntry]
    engine: Engine

    @property
    def withdrawn(self) -> int:
        """How many changes belong to documents that were withdrawn."""
        return len(self.changes) - len(self.entries)

    def find(self, watched: Watched) -> list[int]:
        """The changes whose version satisfies the query, by seq."""
        if not self.entries:
            return []
        if watched.tree is not None:
            return [seq for seq, _ in self.engine.ids(watched.tree, watched.filters)]
        moments = [self.changes[seq].at for seq in self.entries]
        certain, possible = (
            {seq for seq, _ in self.engine.ids(tree, watched.filters)}
            for tree in bound_between(watched, min(moments), max(moments))
        )
        doubtful = sorted(possible - certain)
        return sorted(certain.union(seq for seq in doubtful if self._satisfies(watched, seq)))

    def _satisfies(self, watched: Watched, seq: int) -> bool:
        """Whether a version does, asked as of the moment of its change."""
        tree = watched.tree_at(self.changes[seq].at)
        return any(self.engine.ids(tree, watched.filters, seq - 1, seq))


def read_batch(transaction: Transaction, analyzer: FrenchAnalyzer, *, after: int, up_to: int) -> Batch:
    """The next changes above `after`, none beyond `up_to`; `end` is how far the batch covers the log."""
    changes = read_matched_changes(transaction, after=after, up_to=up_to, limit=BATCH_CHANGES)
    end = changes[-1].seq if len(changes) == BATCH_CHANGES else up_to
    return _fill(transaction, analyzer, read_stretch(transaction, changes, after=after, end=end))


def read_chosen(transaction: Transaction, analyzer: FrenchAnalyzer, seqs: Sequence[int]) -> Batch:
    """Chosen changes, without removals: to find which of them satisfy a query."""
    changes = {change.seq: change for change in read_changes_by_seq(transaction, seqs)}
    return _fill(transaction, analyzer, Stretch(changes, {}, seqs[-1], {}, frozenset()))


def read_stretch(transaction: Transaction, changes: Sequence[Change], *, after: int, end: int) -> Stretch:
    """These changes with the removals above `after` up to `end`, and the merges that their documents took part in."""
    removals = read_removals(transaction, after=after, up_to=end)
    families = find_families(transaction, {change.document for change in [*changes, *(one for one, _ in removals)]})
    return Stretch(
        {change.seq: change for change in changes}, families, end,
        {one.seq: one for one, is_shown in removals if is_shown},
        frozenset(one.seq for one, is_shown in removals if not is_shown),
    )  # fmt: skip


def _fill(transaction: Transaction, analyzer: FrenchAnalyzer, stretch: Stretch) -> Batch:
    rows = read_changed_entries(transaction, list(stretch.changes.values()))
    entries = {seq: make_entry(row) for seq, row in rows.items()}
    return Batch(**vars(stretch), entries=entries, engine=_index(entries, analyzer, stretch.end))


def _index(entries: Mapping[int, IndexEntry], analyzer: FrenchAnalyzer, end: int) -> Engine:
    engine = EmbeddedEngine.in_memory(analyzer)
    if entries:
        for entry in entries.values():
            try:
                engine.put((entry,))
            except EntryRefusedError as error:
                logger.error("%s %s: %s", Outcome.index_refused.name, error.entry, error.reason)
        engine.commit(end)
    return engine


def index_texts(entries: Sequence[IndexEntry], analyzer: FrenchAnalyzer) -> Engine:
    """An index in memory of a few entries, to try a query on."""
    return _index({entry.seq: entry for entry in entries}, analyzer, max(entry.seq for entry in entries))
