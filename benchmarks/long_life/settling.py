"""After a long run: nothing goes wrong any more, and the daemon has time to do what it was kept from."""

import time
from collections import Counter

from benchmarks.long_life.dwelling import Dwelling
from benchmarks.long_life.ledger import Line, find_waiting
from benchmarks.long_life.service import Service
from tests.site.server import Site

SETTLE_SECONDS = 300.0
LOOK_SECONDS = 2.0
QUIET_LOOKS = 3  # one look may fall between two steps of an article's way


def settle(service: Service, dwelling: Dwelling, site: Site, seconds: float = SETTLE_SECONDS) -> Line:
    """Wait until the daemon has caught up; what it has still to do after that time is wrong."""
    calm_since, began = time.time(), service.clock()
    quiet, waiting = 0, ""
    while (passed := service.clock() - began) < seconds:
        service.step()
        waiting = find_waiting(dwelling, site, calm_since)
        quiet = 0 if waiting else quiet + 1
        if quiet == QUIET_LOOKS:
            return Line("the daemon caught up", f"after {passed:.0f} s")
        time.sleep(LOOK_SECONDS)
    return Line("the daemon caught up", f"not after {seconds:.0f} s", waiting or "it was not quiet for long enough")


def tell_counts(counts: Counter[str]) -> str:
    """The names with their counts, the most frequent first."""
    return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.most_common())
