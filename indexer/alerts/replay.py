"""What a query would have told, before anybody is told: the judging of live matching, replayed over the log."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from archive.catalogue import Catalogue, saved_queries
from archive.catalogue.changed_entries import read_changed_entries, read_changes_by_seq
from archive.catalogue.changes import last_seq
from archive.catalogue.documents import find_withdrawn
from archive.catalogue.matches import Match
from archive.outcomes import Outcome
from config.clock_times import Schedule
from indexer.alerts.answering import Report, answer
from indexer.alerts.batches import Stretch, read_stretch
from indexer.alerts.matching import Known, judge_found
from indexer.alerts.watched import Watched
from indexer.analysis import FrenchAnalyzer
from indexer.engines.base import Engine

EXAMPLES_A_MONTH = 3

PAGE = 500
"""Matches judged at once: one read of the catalogue."""

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass
class Week:
    """The mails of one week to each recipient, and the matches that they tell of."""

    mails: int = 0
    matches: int = 0


@dataclass(frozen=True)
class Asked:
    """How a query is replayed: since when, on which turns it tells, and the day whose mail is wanted.

    `empty_until` is set where mails go out by the clock with nothing new too: such turns are counted up to then.
    """

    since: datetime
    schedule: Schedule
    zone: str
    show: date | None = None
    empty_until: datetime | None = None


@dataclass
class Backtest:
    """What a query would have told over some days.

    `read` of `changes` versions were read from the catalogue, since the index cannot answer for them; `unusable` says
    why it could not be asked at all. `weeks` go by the Monday on which they begin, `shown` are the matches in the
    `shown_mails` of the day that was asked for, beside `shown_counted` that are only counted.
    """

    changes: int = 0
    read: int = 0
    unusable: str | None = None
    outcomes: Counter[str] = field(default_factory=Counter)
    by_day: Counter[str] = field(default_factory=Counter)
    weeks: dict[str, Week] = field(default_factory=dict)
    examples: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    shown: list[Match] = field(default_factory=list)
    shown_mails: int = 0
    shown_counted: int = 0


def backtest(
    catalogue: Catalogue,
    engine: Engine | None,
    watched: Watched,
    analyzer: FrenchAnalyzer,
    asked: Asked,
    report: Report = lambda done, of: None,
) -> Backtest:
    """Replay a query that need not be saved yet. Without an engine every version is read from the catalogue."""
    with catalogue.read() as transaction:
        after, end = saved_queries.seq_before(transaction, asked.since), last_seq(transaction)
    said = answer(catalogue, engine, watched, analyzer, after=after, up_to=end, report=report)
    found = Backtest(said.versions, said.read, said.unusable)
    count = _Count(found, asked)
    known: Known = set()
    for stretch in _read_stretches(catalogue, watched, said.seqs, after, end):
        judged = judge_found(stretch, stretch.changes.keys(), watched, known, _NEVER)
        for match in sorted(judged, key=lambda match: match.seq):
            change = stretch.changes.get(match.seq) or stretch.removals[match.seq]
            count.add(match, change.at)
    count.add_empty_mails()
    found.examples = _read_examples(catalogue, count.examples)
    return found


def _read_stretches(
    catalogue: Catalogue, watched: Watched, seqs: Sequence[int], after: int, end: int
) -> Iterator[Stretch]:
    """The changes that satisfy the query, in pages, with the removals between them; none of withdrawn documents."""
    for start in range(0, max(1, len(seqs)), PAGE):
        page = seqs[start : start + PAGE]
        last = page[-1] if start + PAGE < len(seqs) else end
        with catalogue.read() as transaction:
            changes = read_changes_by_seq(transaction, page)
            withdrawn = find_withdrawn(transaction, {one.document for one in changes})
            shown = [one for one in changes if one.document not in withdrawn]
            from_seq = after if watched.on_removal == "mail" else last
            stretch = read_stretch(transaction, shown, after=from_seq, end=last)
        yield stretch
        after = last


class _Count:
    """Counts matches by day, week and mail as they come, in the order of the log."""

    def __init__(self, found: Backtest, asked: Asked) -> None:
        self._found = found
        self._asked = asked
        self._zone = ZoneInfo(asked.zone)
        self._mails: set[datetime] = set()
        self._waiting = 0  # counted matches that the next mail will mention
        self.examples: dict[str, list[tuple[str, int]]] = {}

    def add(self, match: Match, at: datetime) -> None:
        """One match, whose change was made at that instant."""
        self._found.outcomes[match.outcome if match.kind == "version" else match.kind] += 1
        mail_at = self._asked.schedule.next_turn(at, self._asked.zone)
        mail_day = mail_at.astimezone(self._zone).date()
        if match.outcome == Outcome.told.name:
            self._add_told(match, at, mail_at, mail_day)
        elif match.outcome == Outcome.counted.name and mail_at not in self._mails:
            self._waiting += 1
        elif match.outcome == Outcome.counted.name and mail_day == self._asked.show:
            self._found.shown_counted += 1

    def _add_told(self, match: Match, at: datetime, mail_at: datetime, mail_day: date) -> None:
        week = self._week(mail_day)
        week.matches += 1
        if mail_at not in self._mails:
            self._mails.add(mail_at)
            week.mails += 1
            if mail_day == self._asked.show:
                self._found.shown_mails += 1
                self._found.shown_counted += self._waiting
            self._waiting = 0
        if mail_day == self._asked.show:
            self._found.shown.append(match)
        self._add_day(match, str(at.astimezone(self._zone).date()))

    def add_empty_mails(self) -> None:
        """The turns without a match, where they are told too; `at once` has none."""
        turn, asked = self._asked.since, self._asked
        if asked.empty_until is None or asked.schedule.every == "at once":
            return
        while (turn := asked.schedule.next_turn(turn, asked.zone)) <= asked.empty_until:
            if turn not in self._mails:
                self._week(turn.astimezone(self._zone).date()).mails += 1

    def _week(self, day: date) -> Week:
        return self._found.weeks.setdefault(str(day - timedelta(days=day.weekday())), Week())

    def _add_day(self, match: Match, day: str) -> None:
        self._found.by_day[day] += 1
        examples = self.examples.setdefault(day[:7], [])
        if len(examples) < EXAMPLES_A_MONTH and match.kind == "version":
            examples.append((day, match.seq))


def _read_examples(catalogue: Catalogue, chosen: dict[str, list[tuple[str, int]]]) -> dict[str, list[tuple[str, str]]]:
    """The examples of each month as (day, title and source)."""
    with catalogue.read() as transaction:
        changes = read_changes_by_seq(transaction, [seq for found in chosen.values() for _, seq in found])
        rows = read_changed_entries(transaction, changes)
    lines = {seq: f"{row.title or row.url} ({row.facts.name})" for seq, row in rows.items()}
    return {month: [(day, lines[seq]) for day, seq in found if seq in lines] for month, found in chosen.items()}
