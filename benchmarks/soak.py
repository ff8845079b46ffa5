"""The daemon for a long time beside a lively site and everything that goes wrong: is all accounted for at the end?

    python -m benchmarks.soak --minutes 20 --seed 1

The local site publishes, edits, removes and breaks down; the daemon and its children are killed and stopped and
started again as a service manager would; the disk fills, the mail server stops, the index cannot be read (with
`--node` a search server is used and stops instead). At the end everything is mended, the daemon has time to catch up,
and a table says what became of every candidate, capture, match and message. The exit code is 1 on any miss.

The daemon itself is hit in the first quarter alone: memory that grows shows only in a process that is left to live.
"""

import argparse
import contextlib
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.long_life import ledger
from benchmarks.long_life.dwelling import Dwelling, dwell, enter_namespace
from benchmarks.long_life.faults import PAUSE_SECONDS, Faults, SearchNode
from benchmarks.long_life.ledger import Line, print_lines
from benchmarks.long_life.lived_time import LivedTime
from benchmarks.long_life.postmaster import Postmaster
from benchmarks.long_life.samples import Sample, compare, take_sample
from benchmarks.long_life.service import Service
from benchmarks.long_life.settling import settle, tell_counts
from benchmarks.long_life.site_life import LIVELY, SiteLife
from tests.elasticsearch_node.fixture import make_node
from tests.site.server import Site
from tests.site.trouble import TROUBLE

STEP_SECONDS = 0.1
SAMPLE_SECONDS = 5.0
TOLD_SECONDS = 60.0
EVENT_PAUSE = (0.3, 1.7)
DISK_MIB = 256
DISK_MIB_A_MINUTE = 6  # four times what an hour of this life fills
JUDGED = ("memory of the daemon, MiB", "open files of the daemon")
JUDGED_FROM_MINUTES = 10.0  # before, a process has not yet met all that it keeps in memory


@dataclass
class Soak:
    """One run: its parts, and what was measured."""

    dwelling: Dwelling
    service: Service
    life: SiteLife
    faults: Faults
    site: Site
    postmaster: Postmaster
    seconds: float
    samples: list[Sample] = field(default_factory=list)

    def live(self) -> None:
        """Everything at once, until the time is over."""
        sampled = told = 0.0
        while (now := self.service.clock()) < self.seconds:
            self.service.step()
            self.life.step(now)
            self.faults.step(now, spare_the_daemon=now > self.seconds / 4)
            if now >= sampled + SAMPLE_SECONDS:
                sampled = now
                self._take_sample()
            if now >= told + TOLD_SECONDS:
                told = now
                self._tell(now)
            time.sleep(STEP_SECONDS)

    def account(self) -> Iterator[Line]:
        """Mend everything, let the daemon catch up, stop it; the whole table."""
        self.faults.mend()
        self.life.calm()
        settled = settle(self.service, self.dwelling, self.site)
        code = self.service.stop()
        yield Line("what happened on the site", tell_counts(self.life.counts))
        yield Line("what went wrong beside it", tell_counts(self.faults.counts))
        for name, reason in self.faults.left_out.items():
            yield Line(f"left out: {name}", reason)
        yield Line("starts of the daemon", f"{self.service.starts}, {self.service.refused} refused on a full disk")
        yield settled
        yield from ledger.account_for_service(self.service.unasked, self.service.list_faults(), code)
        arrivals = self.postmaster.count_arrivals()
        yield from ledger.account(self.dwelling, self.site, self.life.articles, arrivals)
        judged = JUDGED if self.seconds >= 60 * JUDGED_FROM_MINUTES else ()
        yield from ledger.account_for_growth(compare(self.samples), judged)

    def _take_sample(self) -> None:
        if sample := take_sample(self.service.list_roles()):
            self.samples.append(sample)

    def _tell(self, now: float) -> None:
        last = self.samples[-1] if self.samples else None
        print(f"{now:6.0f} s  {len(self.life.articles)} articles, {self.faults.counts.total()} faults, "
              f"{len(self.postmaster.inbox.taken)} mails  {last}", flush=True)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print the table; the folder is kept where anything is wrong."""
    given = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--node", action="store_true", help="search on an Elasticsearch node of its own")
    asked = parser.parse_args(given)
    enter_namespace("benchmarks.soak", list(given))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped before its end"))  # and nobody is left behind
    folder = Path(tempfile.mkdtemp(prefix="vigie-soak-"))
    code = print_lines(run(folder, asked.minutes, asked.seed, with_node=asked.node))
    if code:
        print(f"seed {asked.seed}; the log of the daemon is in {folder}")
    else:
        shutil.rmtree(folder)
    return code


def run(
    folder: Path, minutes: float, seed: int, *, with_node: bool = False, events: Mapping[str, int] = LIVELY,
    fault_pause: tuple[float, float] = PAUSE_SECONDS,
) -> list[Line]:  # fmt: skip
    """One soak in that folder; the table."""
    disk = int(DISK_MIB + DISK_MIB_A_MINUTE * minutes)
    with contextlib.ExitStack() as stack:
        site = stack.enter_context(Site(bad_addresses=[TROUBLE]))
        postmaster = stack.enter_context(Postmaster())
        node: SearchNode | None = None
        settings = {}
        if with_node:
            started = stack.enter_context(make_node(folder / "node"))
            settings = {"engine": "elasticsearch", "elasticsearch": {"addresses": [started.url]}}
            node = started
        life = SiteLife(site, seed, events, EVENT_PAUSE)
        dwelling = stack.enter_context(dwell(folder, site.port, postmaster.port, disk_mib=disk, settings=settings))
        service = Service(dwelling, LivedTime().now)
        stack.callback(service.kill)
        faults = Faults(dwelling, service, postmaster, seed + 1, pause=fault_pause, node=node)
        soak = Soak(dwelling, service, life, faults, site, postmaster, minutes * 60)
        soak.live()
        return list(soak.account())


if __name__ == "__main__":
    sys.exit(main())
