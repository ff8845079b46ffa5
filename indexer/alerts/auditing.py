"""Whether what was told is right: every saved query evaluated again over the log and compared with what was recorded.

The catalogue alone is asked, never a search index: with the words, the labels, the sources and the extraction that were
in force at each change. Queries share the reading, so that many of them cost little more than one.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

from archive.catalogue import Catalogue, Transaction, matches, outbox, saved_queries
from archive.catalogue.matches import Match
from archive.catalogue.saved_queries import QueryState, QueryText
from archive.outcomes import Outcome
from indexer.alerts.batches import Batch, read_batch
from indexer.alerts.matching import Known, judge
from indexer.alerts.watched import Watched, current_analysis, watch
from indexer.analysis import FrenchAnalyzer
from indexer.engines.base import EngineError
from indexer.query import Limits, QueryError

TOLD = (Outcome.told.name, Outcome.counted.name)

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass
class Audit:
    """How what was told compares with what the log says. All of the lists are empty where everything is right.

    `left_waiting` counts matches of queries that ended before a mail told of them: they wait until the query is
    on again.
    """

    checked: int = 0
    missed: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    unsent: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    not_comparable: int = 0
    withdrawn: int = 0
    left_waiting: int = 0

    @property
    def is_clean(self) -> bool:
        """True where nothing was missed, told without reason, or left unsent."""
        return not (self.missed or self.extra or self.unsent)

    def __str__(self) -> str:
        return (
            f"missed {len(self.missed)}, extra {len(self.extra)}, unsent {len(self.unsent)}, "
            f"twice {len(self.twice)}, not comparable {self.not_comparable}"
        )


@dataclass(frozen=True)
class _Part:
    """What a query asked for a stretch of the log; `watched` is None where it cannot be asked in the same way today."""

    query: str
    watched: Watched | None
    after: int
    up_to: int


@dataclass
class _Record:
    """What was recorded of one query: matches that were not met yet, and what it had told so far."""

    written: dict[int, Match]
    known: Known

    def take_all(self, batch: Batch) -> None:
        """The matches of a stretch taken as they are: what they told counts as told."""
        for seq in [*batch.changes, *batch.removals]:
            match = self.written.pop(seq, None)
            if match is not None and match.outcome in TOLD:
                self.known.add((match.query, match.document))


def audit(
    catalogue: Catalogue,
    limits: Limits,
    analyzer: FrenchAnalyzer,
    is_overdue: Callable[[Match], bool],
    *,
    since: datetime | None = None,
) -> Audit:
    """Evaluate every query again, with the words that were in force, and compare with matches and messages."""
    found = Audit()
    with catalogue.read() as transaction:
        states = saved_queries.list_queries(transaction)
        start = 0 if since is None else saved_queries.seq_before(transaction, since)
        parts = [part for state in states for part in _list_parts(transaction, state, start, limits, analyzer)]
        records = {state.name: _read_record(transaction, state, start) for state in states}
    for batch, asking in _read_batches(catalogue, analyzer, parts):
        for part in asking:
            _audit_batch(batch, part, records[part.query], found)
    for record in records.values():
        found.extra += [_name(one) for one in record.written.values()]
    for state in states:
        with catalogue.read() as transaction:
            _audit_messages(transaction, state, is_overdue, found)
    found.twice = sorted(set(found.twice))
    found.unsent = sorted(set(found.unsent))
    return found


def _list_parts(
    transaction: Transaction, state: QueryState, start: int, limits: Limits, analyzer: FrenchAnalyzer
) -> Iterator[_Part]:
    for text in saved_queries.list_texts(transaction, state.name):
        after = max(start, text.from_seq)
        up_to = state.watermark if text.until_seq is None else text.until_seq
        if after < up_to:
            yield _Part(state.name, _watch_again(text, limits, analyzer), after, up_to)


def _watch_again(text: QueryText, limits: Limits, analyzer: FrenchAnalyzer) -> Watched | None:
    if text.analyzer != current_analysis():
        return None
    try:
        return watch(text.query, text.asked, limits, analyzer)
    except QueryError:
        return None


def _read_record(transaction: Transaction, state: QueryState, start: int) -> _Record:
    before = matches.list_matches(transaction, state.name, after=0, up_to=start)
    written = matches.list_matches(transaction, state.name, after=start, up_to=state.watermark)
    known = {(one.query, one.document) for one in before if one.outcome in TOLD}
    return _Record({one.seq: one for one in written}, known)


def _read_batches(
    catalogue: Catalogue, analyzer: FrenchAnalyzer, parts: Sequence[_Part]
) -> Iterator[tuple[Batch, list[_Part]]]:
    """The log once, in batches that no part divides, each with the parts that it belongs to."""
    ends = sorted({end for part in parts for end in (part.after, part.up_to)})
    for low, high in pairwise(ends):
        asking = [part for part in parts if part.after <= low and high <= part.up_to]
        after = low if asking else high
        while after < high:
            with catalogue.read() as transaction:
                batch = read_batch(transaction, analyzer, after=after, up_to=high)
            with closing(batch.engine):
                yield batch, asking
            after = batch.end


def _audit_batch(batch: Batch, part: _Part, record: _Record, found: Audit) -> None:
    try:
        expected = None if part.watched is None else judge(batch, part.watched, record.known, _NEVER)
    except (QueryError, EngineError):
        expected = None
    if expected is None:
        found.not_comparable += len(batch.changes)
        record.take_all(batch)
        return
    found.checked += len(batch.entries)
    found.withdrawn += batch.withdrawn
    for seq in (batch.changes.keys() - batch.entries.keys()) | batch.hidden:
        record.written.pop(seq, None)
    for one in expected:
        _compare(one, record.written.pop(one.seq, None), found)


def _compare(expected: Match, written: Match | None, found: Audit) -> None:
    if written is None or (expected.outcome == Outcome.told.name != written.outcome):
        found.missed.append(_name(expected))
    elif written.outcome != expected.outcome:
        found.extra.append(f"{_name(written)} ({written.outcome}, expected {expected.outcome})")


def _name(match: Match) -> str:
    return f"{match.query}: {match.document}.{match.version} (change {match.seq})"


def _audit_messages(
    transaction: Transaction, state: QueryState, is_overdue: Callable[[Match], bool], found: Audit
) -> None:
    """Every match that was told is in a message to each recipient of its digest, and each was sent."""
    waiting = matches.list_waiting(transaction, state.name, [Outcome.told.name])
    if state.ended_at is None:
        found.unsent += [f"{_name(one)}: in no digest" for one in waiting if is_overdue(one)]
    else:
        found.left_waiting += len(waiting)
    for number in sorted(matches.list_digests_of(transaction, state.name)):
        turn = outbox.read_digest(transaction, number)
        if turn is None:
            found.unsent.append(f"{state.name}: digest {number} is missing")
            continue
        mine = [one for one in outbox.list_messages_of(transaction, number) if state.name in one.queries]
        reached = {one.recipient for one in mine}
        found.unsent += [
            f"{state.name}: digest {number} has no message to {person}"
            for person in turn.audience.get(state.name, ())
            if person not in reached
        ]
        found.unsent += [
            f"{state.name}: {one.message_id} to {one.recipient} is {one.state}"
            for one in mine
            if one.state not in ("sent", "withdrawn")
        ]
        found.twice += [f"{one.message_id} to {one.recipient}" for one in mine if one.uncertain and one.state == "sent"]
