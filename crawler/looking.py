"""When a captured article is looked at again: a plan that starts dense, since most edits come within a day."""

from datetime import datetime, timedelta

# after the first capture
PLAN = (
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
    timedelta(days=30),
    timedelta(days=90),
    timedelta(days=365),
)
CONFIRM_GONE = timedelta(hours=24)  # a removal is believed after two answers this far apart


def next_check(first_seen_at: datetime, now: datetime) -> datetime | None:
    """The next point of the plan; points that have passed are skipped, None after the last one."""
    return next((first_seen_at + step for step in PLAN if first_seen_at + step > now), None)
