"""Time as a long run lives it: it stands still where the machine sleeps or the run is halted, so nothing is late."""

import time
from collections.abc import Callable

LONGEST_STEP_SECONDS = 5.0  # between two looks at the clock; whoever looks later was asleep


class LivedTime:
    """A clock that is looked at several times a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lived = 0.0
        self._looked = clock()

    def now(self) -> float:
        """Seconds since the run began, without those in which it stood still."""
        moment = self._clock()
        self._lived += min(moment - self._looked, LONGEST_STEP_SECONDS)
        self._looked = moment
        return self._lived
