"""What a Retry-After header asks for: how long the host is left alone."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

UNSAID = timedelta(minutes=5)  # a 429 or 503 without a usable figure: long enough to let a short fault pass


def read_retry_after(value: str | None, now: datetime, longest: timedelta) -> timedelta:
    """The pause asked for, at most `longest`; where nothing usable is said, five minutes."""
    said = (value or "").strip()
    if said.isascii() and said.isdigit():
        return min(timedelta(seconds=min(int(said[:12]), 10**9)), longest)
    try:
        until = parsedate_to_datetime(said)
    except (TypeError, ValueError, IndexError):
        return min(UNSAID, longest)
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(aware - now, timedelta(0)), longest)
