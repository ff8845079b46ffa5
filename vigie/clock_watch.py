"""The machine's clock, watched: one that jumps, or stands before what was recorded last, is said and stops nothing.

What depends on order goes by numbers and not by the clock, so that a jump costs no more than visits that come sooner or
later than planned; but a date that is wrong stays wrong in the archive, and only people can set the clock.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from archive.catalogue import Catalogue
from archive.catalogue.changes import last_at

NOTICED = timedelta(minutes=1)  # a clock that is kept by a time server moves by less, and a change of zone by nothing


class ClockWatch:
    """Compares the clock with one that nobody can set."""

    def __init__(self, clock: Callable[[], datetime], steady: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._steady = clock, steady
        self._wall, self._passed = clock(), steady()

    def look(self) -> str | None:
        """A sentence where the clock jumped since the last look."""
        wall, passed = self._clock(), self._steady()
        jump = (wall - self._wall) - timedelta(seconds=passed - self._passed)
        self._wall, self._passed = wall, passed
        if abs(jump) < NOTICED:
            return None
        way = "ahead" if jump > timedelta() else "back"
        went = f"the machine's clock went {way} by {_span(abs(jump))}, or the machine slept"
        return f"{went}: it is {_minute(wall)} UTC now"


def find_lag(catalogue: Catalogue, now: datetime) -> str | None:
    """A sentence where the clock stands before the newest entry of the log of changes."""
    with catalogue.read() as transaction:
        newest = last_at(transaction)
    if newest is None or newest - now < NOTICED:
        return None
    return (
        f"the machine's clock says {_minute(now)} UTC, {_span(newest - now)} before what was recorded last "
        f"({_minute(newest)} UTC). Is it set?"
    )


def _span(span: timedelta) -> str:
    """A span in the largest unit of which it has two."""
    minutes = round(span.total_seconds() / 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M}"
