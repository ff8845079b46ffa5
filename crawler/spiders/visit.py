"""One visit to one source: its entry points, what they brought, and when the next visit is due."""

import hashlib
import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from archive.catalogue import Transaction, runs, sources
from archive.catalogue.sources import EntryPoint, SourceState
from archive.outcomes import Outcome
from crawler.asking import Answer
from crawler.desk import Desk
from crawler.looks import GOOD

logger = logging.getLogger(__name__)

SPREAD = 0.1  # of the interval: sources that became due together drift apart, each always by the same part
# ends that say nothing about the source: the look is made up for at the next visit
NOT_THE_SOURCES_FAULT = frozenset({Outcome.interrupted})


@dataclass
class SourceVisit:
    """A visit under way. `waiting` counts looks not made yet; it concludes when none is left. `asked` are all."""

    source: str
    state: SourceState
    started_at: datetime
    waiting: int = 0
    good: int = 0
    skipped: int = 0
    concluded: bool = False
    asked: set[str] = field(default_factory=set)
    bad: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def note_answer(self, point: EntryPoint, answer: Answer) -> None:
        """One look ended."""
        if answer.outcome in GOOD:
            self.good += 1
        elif answer.outcome in NOT_THE_SOURCES_FAULT:
            self.skipped += 1
        else:
            self.bad.append(f"{point.url}: {answer.outcome.name}" + (f" ({answer.detail})" if answer.detail else ""))

    def note_entries(self, counts: Counter[str], unusable: int = 0) -> None:
        """What the entries of one look came to; links that are none are counted as `bad_url`."""
        self.counts += counts
        if unusable:
            self.counts[Outcome.bad_url.name] += unusable

    @property
    def new(self) -> int:
        """How many URLs were seen for the first time."""
        return self.counts[Outcome.new.name]

    def conclude(self, desk: Desk, transaction: Transaction) -> None:
        """Set the source's state and its next visit. A visit that the crawl's end cut short stays due."""
        now = desk.clock()
        if desk.stopping and self.skipped and not self.good:
            return
        values: dict[str, object] = {"last_visit_at": now}
        if self.good:
            values |= {"last_good_visit_at": now, "failing_since": None, "failing_why": None}
        if self.bad:
            values |= {"failing_since": self.state.failing_since or now, "failing_why": "; ".join(self.bad)[:500]}
        interval = self._next_interval(desk)
        values |= {"interval_seconds": interval.total_seconds()}
        if not (desk.stopping and self.skipped):
            values |= {"next_visit_at": now + interval * (1 + SPREAD * spread_of(self.source))}
        sources.update_source(transaction, self.source, **values)
        for name, count in (+self.counts).items():  # entries by their ends; requests are counted in runs
            runs.count_day(transaction, self.source, now.date().isoformat(), name, count)

    def _next_interval(self, desk: Desk) -> timedelta:
        """Half the last interval after news, double after none, within the bounds and what the host can carry."""
        source = desk.sources[self.source]
        shortest, longest = desk.settings.interval_bounds_of(source)
        floor = max(shortest, desk.intervals.get(self.source, shortest))
        last = timedelta(seconds=self.state.interval_seconds or source.interval.total_seconds())
        wished = last / 2 if self.new else last * 2 if self.good else last
        return max(floor, min(wished, longest))


def spread_of(source_id: str) -> float:
    """A number from 0 to 1 that is always the same for a source."""
    return int.from_bytes(hashlib.sha256(source_id.encode()).digest()[:4], "big") / 2**32
