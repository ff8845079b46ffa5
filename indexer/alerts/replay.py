"""What saved queries would tell, and whether what they told is right: the same matching, replayed over the log."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from archive.catalogue import Catalogue, Transaction, matches, outbox, saved_queries
from archive.catalogue.changed_entries import count_matched_kinds
from archive.catalogue.changes import last_seq
from archive.catalogue.matches import Match
from archive.catalogue.saved_queries import QueryState, QueryText
from archive.outcomes import Outcome
from indexer.alerts.batches import Batch, read_batch
from indexer.alerts.matching import Known, judge
from indexer.alerts.watched import Watched, current_analysis, watch
from indexer.analysis import FrenchAnalyzer
from indexer.query import Limits, QueryError

NEVER = datetime.max


@dataclass
class Audit:
    """How what was told compares with what the log says. All of the lists are empty where everything is right."""

    checked: int = 0
    missed: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    unsent: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    not_comparable: int = 0
    withdrawn: int = 0

    @property
    def is_clean(self) -> bool:
        """True where nothing was missed, told without reason, or left unsent."""
        return not (self.missed or self.extra or self.unsent)

    def __str__(self) -> str:
        return (
            f"missed {len(self.missed)}, extra {len(self.extra)}, unsent {len(self.unsent)}, "
            f"twice {len(self.twice)}, not comparable {self.not_comparable}"
        )


def replay(
    catalogue: Catalogue, watched: Watched, analyzer: FrenchAnalyzer, known: Known, *, after: int, up_to: int
) -> Iterator[tuple[Batch, list[Match]]]:
    """The matches that a query has in a stretch of the log, batch by batch; nothing is written."""
    while after < up_to:
        with catalogue.read() as transaction:
            batch = read_batch(transaction, analyzer, after=after, up_to=up_to)
        yield batch, judge(batch, watched, known, NEVER)
        after = batch.end


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
    for state in states:
        _audit_matches(catalogue, state, limits, analyzer, start, found)
        with catalogue.read() as transaction:
            _audit_messages(transaction, state, is_overdue, found)
    found.twice = sorted(set(found.twice))
    found.unsent = sorted(set(found.unsent))
    return found


def _audit_matches(
    catalogue: Catalogue, state: QueryState, limits: Limits, analyzer: FrenchAnalyzer, start: int, found: Audit
) -> None:
    with catalogue.read() as transaction:
        texts = saved_queries.list_texts(transaction, state.name)
        before = matches.list_matches(transaction, state.name, after=0, up_to=start)
    known: Known = {(one.query, one.document) for one in before if one.outcome in ("told", "counted")}
    for text in texts:
        after, up_to = max(start, text.from_seq), state.watermark if text.until_seq is None else text.until_seq
        if after < up_to:
            _audit_text(catalogue, text, limits, analyzer, known, after, up_to, found)


def _audit_text(
    catalogue: Catalogue,
    text: QueryText,
    limits: Limits,
    analyzer: FrenchAnalyzer,
    known: Known,
    after: int,
    up_to: int,
    found: Audit,
) -> None:
    with catalogue.read() as transaction:
        written = matches.list_matches(transaction, text.query, after=after, up_to=up_to)
        changes = count_matched_kinds(transaction, after=after, up_to=up_to)
    try:
        watched = watch(text.query, text.asked, limits, analyzer)
    except QueryError:
        watched = None
    if watched is None or text.analyzer != current_analysis():
        found.not_comparable += changes
        known.update((one.query, one.document) for one in written if one.outcome in ("told", "counted"))
        return
    recorded = {one.seq: one for one in written}
    for batch, expected in replay(catalogue, watched, analyzer, known, after=after, up_to=up_to):
        found.checked += len(batch.entries)
        found.withdrawn += batch.withdrawn
        for seq in (batch.changes.keys() - batch.entries.keys()) | batch.hidden:
            recorded.pop(seq, None)
        for one in expected:
            _compare(one, recorded.pop(one.seq, None), found)
    found.extra += [_name(one) for one in recorded.values()]


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
    if state.ended_at is None:
        waiting = matches.list_waiting(transaction, state.name, [Outcome.told.name])
        found.unsent += [f"{_name(one)}: in no digest" for one in waiting if is_overdue(one)]
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
            f"{state.name}: {one.message_id} to {one.recipient} is {one.state}" for one in mine if one.state != "sent"
        ]
        found.twice += [f"{one.message_id} to {one.recipient}" for one in mine if one.uncertain and one.state == "sent"]


@dataclass
class Backtest:
    """What a query would have told over some days: outcomes, matches a day, and a few of them for each month."""

    changes: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    by_day: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[tuple[str, str]]] = field(default_factory=dict)


EXAMPLES_A_MONTH = 3


def backtest(
    catalogue: Catalogue,
    watched: Watched,
    analyzer: FrenchAnalyzer,
    *,
    since: datetime,
    day_of: Callable[[datetime], str],
    report: Callable[[int, int], None] = lambda done, of: None,
) -> Backtest:
    """Replay a query that need not be saved yet; `day_of` gives the archive's day of an instant."""
    found = Backtest()
    known: Known = set()
    with catalogue.read() as transaction:
        after, end = saved_queries.seq_before(transaction, since), last_seq(transaction)
    for batch, judged in replay(catalogue, watched, analyzer, known, after=after, up_to=end):
        expected = [one for one in judged if one.kind == "version"]
        found.changes += len(batch.changes)
        found.outcomes.update(one.outcome for one in expected)
        for one in expected:
            if one.outcome == Outcome.told.name:
                day = day_of(batch.changes[one.seq].at)
                found.by_day[day] += 1
                shown = found.examples.setdefault(day[:7], [])
                if len(shown) < EXAMPLES_A_MONTH:
                    entry = batch.entries[one.seq]
                    shown.append((day, f"{entry.title or entry.url} ({entry.source_name})"))
        report(batch.end, end)
    return found
