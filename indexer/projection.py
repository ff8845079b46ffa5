"""The projection: the search index follows the log of changes, and can be made again from the catalogue.

Each batch reads the documents that changed as they are now, puts all their versions in one commit that also records
how far the log was applied, has them counted, and only then moves the watermark. The index's own checkpoint decides
where to go on, so a process may die anywhere: what was done twice changes nothing.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from archive.catalogue import Catalogue
from archive.catalogue.catalogue import Transaction
from archive.catalogue.changes import Change, last_seq, move_watermark, read_changes, read_watermark
from archive.catalogue.entries import list_entry_keys, read_entries, read_entries_by_id
from archive.outcomes import Outcome
from indexer.document import IndexEntry, entry_id, split_entry_id
from indexer.engines.base import (
    Engine,
    EntriesRefusedError,
    EntryRefusedError,
    IndexUnusableError,
    IndexWriteError,
)
from indexer.entries import make_entry
from indexer.months import compare_months

logger = logging.getLogger(__name__)

CONSUMER = "search"

BATCH_CHANGES = 500
"""Read in one transaction of the catalogue, which must stay under a second, and indexed in one commit."""

FILL_CHANGES = 5_000
"""Between two commits of a rebuild: fewer commits make fewer, larger segments; more is done again after a kill."""

READ_DOCUMENTS = 500
"""Documents read in one transaction of a rebuild."""

MOST_LEFTOVERS = 10
"""Unfinished indexes thrown away before one rebuild; where a new one cannot be read either, the disk is to blame."""


MOST_COUNTS = 5
"""Times that a rebuilt index is counted while the catalogue goes on changing under the count."""


@dataclass(frozen=True)
class Refusal:
    """An entry that the engine refused, and why."""

    entry: str
    reason: str


@dataclass(frozen=True)
class Projected:
    """What a run of the projection did. Every entry ended `indexed` or `index_refused`."""

    changes: int = 0
    indexed: int = 0
    removed: int = 0
    refused: tuple[Refusal, ...] = ()
    checkpoint: int = 0

    def plus(self, later: "Projected") -> "Projected":
        """Both runs together."""
        return Projected(
            self.changes + later.changes,
            self.indexed + later.indexed,
            self.removed + later.removed,
            self.refused + later.refused,
            later.checkpoint,
        )


@dataclass
class _Batch:
    """What one stretch of the log means for the index."""

    checkpoint: int
    changes: int = 0
    entries: list[IndexEntry] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


def follow(catalogue: Catalogue, engine: Engine, *, stop: Callable[[], bool] = lambda: False) -> Projected:
    """Bring the index up to the end of the log, batch by batch; `stop` is asked before each."""
    checkpoint = read_checkpoint(catalogue, engine)
    _note_watermark(catalogue, checkpoint)
    done = Projected(checkpoint=checkpoint)
    while not stop():
        batch = _read_batch(catalogue, done.checkpoint)
        if not batch.changes:
            break
        done = done.plus(_apply(engine, batch))
        _note_watermark(catalogue, batch.checkpoint)
    return done


def count_behind(catalogue: Catalogue, engine: Engine) -> int:
    """How many numbers of the log the index has not applied."""
    with catalogue.read() as transaction:
        end = last_seq(transaction)
    return max(0, end - engine.checkpoint())


def rebuild(
    catalogue: Catalogue,
    engine: Engine,
    *,
    stop: Callable[[], bool] = lambda: False,
    report: Callable[[int, int], None] = lambda done, of: None,
) -> Projected | None:
    """Make the index again beside the old one and swap; None where `stop` interrupted it, to be gone on with later.

    The caller holds the lock of the projection for the whole time. Where a daemon must go on searching and indexing
    meanwhile, it calls `build_beside` without the lock, and `take_over` with it.
    """
    beside = build_beside(catalogue, engine, stop=stop, report=report)
    return None if beside is None else take_over(catalogue, engine, *beside)


def build_beside(
    catalogue: Catalogue, engine: Engine, *, stop: Callable[[], bool], report: Callable[[int, int], None]
) -> tuple[Engine, Projected] | None:
    """Fill a new index, or the interrupted one, with every document up to the end of the log as it was at the start.

    Documents are met at the change that made them and read as they are now, so each is read once. What changes
    meanwhile comes after, from the log.
    """
    beside = _begin(catalogue, engine)
    done = Projected(checkpoint=beside.checkpoint())
    while done.checkpoint < beside.covers:
        if stop():
            beside.close()
            return None
        changes = _read_new(catalogue, done.checkpoint, beside.covers)
        batch = _Batch(changes[-1].seq, len(changes))
        for slice_ in _sliced(_documents(change for change in changes if change.kind == "new")):
            with catalogue.read() as transaction:
                _add_documents(transaction, slice_, batch)
        done = done.plus(_apply(beside, replace(batch, gone=[])))
        report(done.checkpoint, beside.covers)
    return beside, done


def _begin(catalogue: Catalogue, engine: Engine) -> Engine:
    """The index to fill: one that was left unfinished, if it can be gone on with, otherwise a new one."""
    with catalogue.read() as transaction:
        end = last_seq(transaction)
    for _ in range(MOST_LEFTOVERS):
        beside = engine.beside(end)
        try:
            if max(beside.covers, beside.checkpoint()) <= end:
                return beside
            logger.warning("an unfinished index was begun before the catalogue was put back; it is thrown away")
        except IndexUnusableError as error:
            logger.warning("an unfinished index cannot be gone on with and is thrown away: %s", error)
        beside.discard()
    return engine.beside(end)


def take_over(catalogue: Catalogue, engine: Engine, beside: Engine, filled: Projected) -> Projected:
    """Apply what changed while the index was built, hold it against the catalogue month by month, and swap.

    The caller holds the lock of the projection. An index that does not hold what the catalogue has is thrown away.
    """
    done, apart = filled, []
    for _ in range(MOST_COUNTS):
        done = _catch_up(catalogue, beside, done)
        apart = compare_months(catalogue, beside, {refusal.entry for refusal in done.refused})
        if not apart or not count_behind(catalogue, beside):
            break  # where the log went on, entries may have left the catalogue while it was counted
    if apart:
        beside.discard()
        raise IndexUnusableError(
            f"The rebuilt search index holds {apart[0]}; it was thrown away. Run `vigie rebuild` again."
        )
    engine.swap(beside)
    _note_watermark(catalogue, done.checkpoint)
    return done


def _catch_up(catalogue: Catalogue, engine: Engine, done: Projected) -> Projected:
    while (batch := _read_batch(catalogue, done.checkpoint)).changes:
        done = done.plus(_apply(engine, batch))
    return done


def put_again(catalogue: Catalogue, engine: Engine, ids: Sequence[str], checkpoint: int) -> Projected:
    """Take entries out, whatever wrote them, and put those that the catalogue has, as it has them now."""
    done = Projected(checkpoint=checkpoint)
    for slice_ in _sliced(list(ids)):
        engine.forget(slice_)
        with catalogue.read() as transaction:
            rows = read_entries_by_id(transaction, [key for name in slice_ if (key := split_entry_id(name))])
        done = done.plus(_apply(engine, _Batch(checkpoint, entries=[make_entry(row) for row in rows])))
    return done


def read_checkpoint(catalogue: Catalogue, engine: Engine) -> int:
    """How far the index follows the log; raises `IndexUnusableError` where it is of another log than this one."""
    checkpoint = engine.checkpoint()
    with catalogue.read() as transaction:
        end = last_seq(transaction)
    if checkpoint > end:
        raise IndexUnusableError(
            f"The search index has applied change {checkpoint}, but the catalogue's log ends at {end}: the catalogue "
            "was put back from a backup. The search index must be rebuilt: `vigie rebuild`."
        )
    return checkpoint


def _note_watermark(catalogue: Catalogue, seq: int) -> None:
    """Write what the index says of itself, for those who only have the catalogue at hand."""
    with catalogue.read() as transaction:
        if read_watermark(transaction, CONSUMER) == seq:
            return
    with catalogue.write() as transaction:
        move_watermark(transaction, CONSUMER, seq)


def _read_batch(catalogue: Catalogue, after: int) -> _Batch:
    with catalogue.read() as transaction:
        changes = read_changes(transaction, after=after, limit=BATCH_CHANGES)
        batch = _Batch(changes[-1].seq if changes else after, len(changes))
        _add_documents(transaction, _documents(changes), batch)
    return batch


def _read_new(catalogue: Catalogue, after: int, up_to: int) -> list[Change]:
    with catalogue.read() as transaction:
        changes = read_changes(transaction, after=after, limit=FILL_CHANGES)
    return [change for change in changes if change.seq <= up_to]


def _documents(changes: Iterable[Change]) -> list[str]:
    return list(dict.fromkeys(change.document for change in changes))


def _sliced(documents: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(documents), READ_DOCUMENTS):
        yield documents[start : start + READ_DOCUMENTS]


def _add_documents(transaction: Transaction, documents: list[str], batch: _Batch) -> None:
    """Every version of the documents, or, of those that left the index, the ids to take out."""
    rows = read_entries(transaction, documents)
    batch.entries += [make_entry(row) for row in rows]
    shown = {row.document for row in rows}
    for document in documents:
        if document not in shown:
            batch.gone += [entry_id(*key) for key in list_entry_keys(transaction, document)]


def _apply(engine: Engine, batch: _Batch) -> Projected:
    """Index a batch and commit it; where that fails twice, find out entry by entry which of them cannot be had."""
    try:
        return _commit(engine, batch)
    except EntriesRefusedError as error:
        return _commit_without(engine, batch, error.refused)
    except IndexWriteError as error:
        logger.warning("the batch up to change %d was not kept and is sent again: %s", batch.checkpoint, error)
    try:
        return _commit(engine, batch)
    except IndexWriteError:
        logger.exception("the batch up to change %d failed twice and is sent entry by entry", batch.checkpoint)
    return _commit_singly(engine, batch)


def _commit(engine: Engine, batch: _Batch) -> Projected:
    refused = []
    engine.remove(batch.gone)
    for entry in batch.entries:
        try:
            engine.put((entry,))
        except EntryRefusedError as error:
            refused.append(_refuse(engine, entry.id, error.reason))
    counted = engine.commit(batch.checkpoint)
    return Projected(batch.changes, counted.put, len(batch.gone), tuple(refused), counted.checkpoint)


def _commit_without(engine: Engine, batch: _Batch, bad: Mapping[str, str]) -> Projected:
    refused = tuple(_refuse(engine, entry, reason) for entry, reason in bad.items())
    done = _apply(engine, replace(batch, entries=[entry for entry in batch.entries if entry.id not in bad]))
    return replace(done, refused=refused + done.refused)


def _commit_singly(engine: Engine, batch: _Batch) -> Projected:
    before, refused = engine.checkpoint(), []
    engine.commit(before)  # where nothing at all can be written, no entry is to blame
    for entry in batch.entries:
        try:
            engine.put((entry,))
            engine.commit(before)
        except (EntryRefusedError, IndexWriteError) as error:
            refused.append(_refuse(engine, entry.id, str(error)))
    rest = _commit(engine, replace(batch, entries=[]))
    return replace(rest, indexed=len(batch.entries) - len(refused), refused=tuple(refused))


def _refuse(engine: Engine, entry: str, reason: str) -> Refusal:
    """Name the entry; an older form of it leaves the index, since it would no longer be true."""
    engine.remove((entry,))
    logger.error("%s %s: %s", Outcome.index_refused.name, entry, reason)
    return Refusal(entry, reason)
