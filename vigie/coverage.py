"""Which days the archive did not see: a source without a single good answer, or nobody at work.

Said of days of the crawl in UTC, from the first day on which a source answered. It tells where a search may find
nothing although something was published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from archive.catalogue import Transaction, runs
from archive.outcomes import Outcome

SEEN = frozenset(
    outcome.name
    for outcome in Outcome
    if outcome.stage == "discover" or outcome.name in ("read", "same", "feed_truncated", "fetched", "unchanged")
)
"""Ends that only a source that answers can have."""

FEW = 3  # chosen sources of which a single blind one makes a gap
MANY = 0.5  # share of more sources, or of all of them, that makes one


@dataclass(frozen=True)
class Gap:
    """A day, and how many of the sources that answered before were not seen on it."""

    day: date
    unseen: int
    of: int


def find_gaps(seen: Mapping[str, Sequence[date]], since: date, until: date) -> list[Gap]:
    """The days from `since` to `until` on which too many of these sources were not seen; `seen` lists days in order."""
    if not seen:
        return []
    days = {source: frozenset(listed) for source, listed in seen.items()}
    first = {source: listed[0] for source, listed in seen.items() if listed}
    gaps = []
    for day in (since + timedelta(days=n) for n in range((until - since).days + 1)):
        begun = [source for source, start in first.items() if start <= day]
        unseen = sum(day not in days[source] for source in begun)
        if unseen and (unseen >= len(begun) * MANY or len(begun) <= FEW):
            gaps.append(Gap(day, unseen, len(begun)))
    return gaps


def read_seen(transaction: Transaction, source_ids: Sequence[str] | None = None) -> dict[str, list[date]]:
    """For each source, or for these, the days on which it answered."""
    found: dict[str, list[date]] = {}
    for source, day in runs.list_days_with(transaction, sorted(SEEN), source_ids):
        found.setdefault(source, []).append(date.fromisoformat(day))
    return found
