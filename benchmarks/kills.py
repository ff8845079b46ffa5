"""`kill -9` at random moments over the whole chain: crawl, extraction, projection, matching, sending.

    python -m benchmarks.kills --kills 200 --seed 1

The local site publishes without a pause and the mail server takes its time. The daemon, with its children or without
them, or one child alone is killed, again and again; a daemon that is gone is started anew. At the end it has time to
catch up, and a table says whether anything was lost, and whether more than the responses under way was fetched twice,
counted by the site. It says too what the kills met, since a kill that met nothing proves nothing.
"""

import argparse
import contextlib
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.long_life import ledger
from benchmarks.long_life.dwelling import Dwelling, dwell, enter_namespace
from benchmarks.long_life.ledger import Line, print_lines
from benchmarks.long_life.lived_time import LivedTime
from benchmarks.long_life.postmaster import Postmaster
from benchmarks.long_life.service import Service
from benchmarks.long_life.settling import settle, tell_counts
from benchmarks.long_life.site_life import FOLDER, PUBLISHING, SiteLife
from tests.site.server import Site
from tests.site.trouble import TROUBLE

STEP_SECONDS = 0.02
EVENT_PAUSE = (0.1, 0.7)  # as fast as a daemon that is always killed keeps up with: each stage has work
ANSWER_SECONDS = 0.5  # of the mail server
AT_START = 0.15  # of the kills: while the daemon starts
START_SECONDS = (0.2, 2.0)
WORKING_SECONDS = (0.0, 3.5)  # after the first article that it asks for
SOON_SECONDS = (0.2, 2.5)  # after the kill of a child, which is replaced meanwhile
PATIENCE_SECONDS = 180.0
DISK_MIB = 384
TOLD_EVERY = 10
VICTIMS = {"daemon": 3, "daemon and all below": 3, "crawl": 6, "worker": 6}  # a new daemon takes longest
# what a kill can meet half done, and how the catalogue shows it
MET = {
    "pages to fetch": "SELECT count(*) FROM candidate WHERE outcome IS NULL AND next_attempt_at IS NULL",
    "captures to read": "SELECT count(*) FROM capture WHERE extracted_by IS NULL",
    "changes to index": ledger.NOT_PROJECTED,
    "changes to match": ledger.NOT_MATCHED,
    "mails to send": "SELECT count(*) FROM message WHERE state = 'pending'",
    "a mail on its way": "SELECT count(*) FROM message WHERE state = 'sending'",
}


@dataclass
class Kills:
    """One run: its parts, and every kill with its moment."""

    dwelling: Dwelling
    service: Service
    life: SiteLife
    site: Site
    chance: random.Random
    moments: list[float] = field(default_factory=list)
    victims: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    _is_new: bool = True

    def run(self, kills: int) -> None:
        """That many kills."""
        while len(self.moments) < kills:
            self._wait_for_the_moment()
            if self._kill() and len(self.moments) % TOLD_EVERY == 0:
                print(f"{len(self.moments)} kills, {len(self.life.articles)} articles", flush=True)

    def _wait_for_the_moment(self) -> None:
        """A new daemon is hit while it starts, or some time after its first article; one that lives, soon."""
        if not self._is_new:
            self._step_for(self.chance.uniform(*SOON_SECONDS))
        elif self.chance.random() < AT_START:
            self._step_until(lambda: self.service.pid is not None)
            self._step_for(self.chance.uniform(*START_SECONDS))
        else:
            asked = self._count_asked()
            self._step_until(lambda: self._count_asked() > asked)
            self._step_for(self.chance.uniform(*WORKING_SECONDS))

    def _kill(self) -> bool:
        """Kill one of them; false where nobody of that kind lives at this moment."""
        (victim,) = self.chance.choices(list(VICTIMS), list(VICTIMS.values()))
        of_daemon = victim in ("daemon", "daemon and all below")
        if of_daemon:
            hit = self.service.hit(signal.SIGKILL, all_below=victim != "daemon")
        else:
            hit = self.service.hit_child(victim, signal.SIGKILL)
        if not hit:
            return False
        self._is_new = of_daemon
        self.moments.append(time.time())
        self.victims[victim] += 1
        self.met.update(name for name, sql in MET.items() if self.dwelling.count(sql))
        return True

    def _count_asked(self) -> int:
        return sum(one.path.startswith(FOLDER) for one in self.site.requests())

    def _step_until(self, true: Callable[[], bool]) -> None:
        deadline = self.service.clock() + PATIENCE_SECONDS
        while not true():
            if self.service.clock() > deadline:
                raise SystemExit(f"nothing happened for {PATIENCE_SECONDS:.0f} s; see {self.dwelling.log}")
            self._step()

    def _step_for(self, seconds: float) -> None:
        until = self.service.clock() + seconds
        while self.service.clock() < until:
            self._step()

    def _step(self) -> None:
        self.service.step()
        self.life.step(self.service.clock())
        time.sleep(STEP_SECONDS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill, print the table; the folder is kept where anything is wrong."""
    given = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(given)
    enter_namespace("benchmarks.kills", list(given))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped before its end"))  # and nobody is left behind
    folder = Path(tempfile.mkdtemp(prefix="vigie-kills-"))
    code = print_lines(run(folder, asked.kills, asked.seed))
    if code:
        print(f"seed {asked.seed}; the log of the daemon is in {folder}")
    else:
        shutil.rmtree(folder)
    return code


def run(folder: Path, kills: int, seed: int) -> list[Line]:
    """That many kills in that folder; the table."""
    with contextlib.ExitStack() as stack:
        site = stack.enter_context(Site(bad_addresses=[TROUBLE]))
        postmaster = stack.enter_context(Postmaster(ANSWER_SECONDS))
        life = SiteLife(site, seed, PUBLISHING, EVENT_PAUSE)
        dwelling = stack.enter_context(
            dwell(folder, site.port, postmaster.port, disk_mib=DISK_MIB, faults=(), page=False)
        )
        service = Service(dwelling, LivedTime().now)
        stack.callback(service.kill)
        killing = Kills(dwelling, service, life, site, random.Random(seed))
        killing.run(kills)
        settled = settle(service, dwelling, site)
        code = service.stop()
        return [
            Line("kills", tell_counts(killing.victims)),
            Line("kills that met", tell_counts(killing.met)),
            settled,
            *ledger.account_for_service(service.unasked, service.list_faults(), code),
            *ledger.account(dwelling, site, life.articles, postmaster.count_arrivals()),
            *ledger.account_for_repeats(site.requests(), killing.moments),
        ]


if __name__ == "__main__":
    sys.exit(main())
