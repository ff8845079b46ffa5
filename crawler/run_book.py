"""The runs that this crawl child has open: one visit to a source each, begun when something is found or fails.

Used in the writing thread alone, inside the transactions of the answers it counts, so that a row never names a run
that was not committed. A look that finds nothing new begins no run; it is added to the day's count.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from archive.catalogue import Transaction, runs
from archive.outcomes import Outcome

# ends by which a publisher turns us away; a visit with nothing else marks the source as blocked
TURNED_AWAY = frozenset({Outcome.refused.name, Outcome.blocked.name, Outcome.soft_block.name})
BLOCKED_FROM = 3  # pages turned away and none fetched: fewer may be a page that needs an account


@dataclass
class OpenRun:
    """A run under way and what was counted in it so far; `end` is the name it will end by."""

    id: int
    counts: Counter[str] = field(default_factory=Counter)
    end: str = "finished"


class RunBook:
    """The open runs by source."""

    def __init__(self, child: str) -> None:
        self._child = child
        self._open: dict[str, OpenRun] = {}

    def count(self, transaction: Transaction, source: str, outcome: Outcome, now: datetime) -> int:
        """Count one end in the source's run, beginning it where there is none. Returns the run's number."""
        found = self._open.get(source)
        if found is None:
            found = OpenRun(runs.start_run(transaction, source, self._child, now))
            self._open[source] = found
        found.counts[outcome.name] += 1
        return found.id

    def count_quiet(self, transaction: Transaction, source: str, outcome: Outcome, now: datetime) -> None:
        """Count a look that found nothing new: a day's count, no run."""
        if source in self._open:
            self._open[source].counts[outcome.name] += 1
        else:
            runs.count_day(transaction, source, now.date().isoformat(), outcome.name)

    def close(self, transaction: Transaction, source: str, now: datetime, end: str | None = None) -> OpenRun | None:
        """End the source's run, if it has one."""
        found = self._open.pop(source, None)
        if found is not None:
            found.end = end or found.end
            if found.end == "finished" and is_turned_away(found.counts):
                found.end = Outcome.blocked.name
            runs.end_run(transaction, found.id, found.end, found.counts, now)
        return found

    def list_open(self) -> list[str]:
        """The sources with a run under way."""
        return sorted(self._open)


def is_turned_away(counts: Counter[str]) -> bool:
    """True where pages were refused and none was had."""
    refused = sum(counts[name] for name in TURNED_AWAY)
    return refused >= BLOCKED_FROM and not counts[Outcome.fetched.name] and not counts[Outcome.unchanged.name]
