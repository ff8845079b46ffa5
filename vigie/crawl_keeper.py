"""Keeps one crawl child at work for the daemon, and its successor beside it while it drains.

A child that ends badly is started again after a pause that doubles each time, and begins anew where the child had
worked for longer than that; room on the disk is looked for as often as due work. One that does not end when it should
is killed. The next child begins when the old one is told to be old enough: hosts pass from one to the other by leases.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.errors import ArchiveError
from archive.store import check_free_space
from vigie.crawl_child import CrawlChild, CrawlRequest
from vigie.installation import Installation
from vigie.stages import GRACE_SECONDS, POLL_SECONDS, Stop

logger = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=5)  # after a child that ended badly; doubled each time
LONGEST_PAUSE = timedelta(minutes=30)
GOOD_ENDS = frozenset({"finished", "retired"})


@dataclass
class CrawlKeeper:
    """Used from one thread. `begin` gives the installation for the next child: the latest good configuration."""

    begin: Callable[[], Installation]
    after: Callable[[CrawlChild], None]
    young: CrawlChild | None = None
    draining: CrawlChild | None = None
    pause: timedelta = timedelta(0)
    not_before: datetime | None = None
    complaint: str = ""

    def look(self, installation: Installation) -> None:
        """Bury the dead, let the old drain, start what is missing."""
        now = installation.clock()
        self.young = self._bury(self.young, installation)
        self.draining = self._bury(self.draining, installation)
        limits = installation.settings.limits
        if self.young and self.draining is None and self.young.age(now) > limits.child_seconds:
            self.draining, self.young = self.young, None
        longest = limits.child_seconds + limits.stop_seconds + GRACE_SECONDS
        if self.draining and self.draining.age(now) > longest:
            logger.warning("crawl child %s did not end in time and is killed", self.draining.pid)
            self.draining.kill()
        if self.young is None and (self.not_before is None or now >= self.not_before):
            self._start()

    def stop(self, stop_seconds: float, at_once: Stop) -> None:
        """Ask every child to end and wait, at most that long; `at_once` cuts the waiting short. Then nobody lives."""
        children = [child for child in (self.young, self.draining) if child is not None]
        for child in children:
            child.stop()
        deadline = time.monotonic() + stop_seconds
        while any(child.running for child in children) and time.monotonic() < deadline and not at_once():
            time.sleep(POLL_SECONDS)
        for child in children:
            child.kill()
            end = child.wait()
            logger.info("crawl child %s: %s", child.pid, end.name if end else "gone")
            self.after(child)

    def _start(self) -> None:
        installation = self.begin()
        now = installation.clock()
        try:
            check_free_space(installation.folder, installation.settings.limits.free_space_bytes)
        except ArchiveError as error:
            self._look_again(installation, str(error))
            return
        if (reason := _nothing_allowed(installation)) is not None:
            self._look_again(installation, reason)
            return
        self.complaint = ""
        self.young = CrawlChild(installation.loaded, CrawlRequest(), now, errors=None)
        logger.info("crawl child %s started", self.young.pid)

    def _bury(self, child: CrawlChild | None, installation: Installation) -> CrawlChild | None:
        if child is None or child.running:
            return child
        end = child.wait()
        assert end is not None
        now = installation.clock()
        logger.info("crawl child %s ended: %s %s", child.pid, end.name, dict(end.counts))
        self.after(child)
        if end.name in GOOD_ENDS:
            self.pause, self.not_before = timedelta(0), None
        else:
            if child.age(now) > self.pause.total_seconds():
                self.pause = timedelta(0)
            self._wait_longer(now, f"crawl child {child.pid} ended {end.name} (status {end.status}) {end.complaint}")
        return None

    def _look_again(self, installation: Installation, reason: str) -> None:
        """Nothing can be started now; the reason is said once."""
        if reason != self.complaint:
            logger.warning("%s", reason)
        self.complaint, self.not_before = reason, installation.clock() + installation.settings.clock.crawl_every

    def _wait_longer(self, now: datetime, why: str) -> None:
        self.pause = min(max(FIRST_PAUSE, self.pause * 2), LONGEST_PAUSE)
        self.not_before = now + self.pause
        logger.error("%s; the next crawl begins in %s", why.strip(), self.pause)


def _nothing_allowed(installation: Installation) -> str | None:
    """Why a child would have nothing to do at all, or None."""
    if not installation.loaded.enabled:
        return "Nothing is crawled: no source is on."
    if installation.settings.contact is None and not installation.settings.private_hosts:
        return "Nothing is crawled: `contact` is not set in settings.yaml."
    return None
