"""Keeps the page served for the daemon: a child process, started again when it dies or the configuration changes.

A crash of the search engine in it harms nobody else. A child that cannot begin, because its port is taken, is tried
again after pauses that grow; it is said once.
"""

import logging
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.loading import Loaded, child_environment
from vigie.installation import Installation

logger = logging.getLogger(__name__)

MODULE = "vigie.web.server"
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)
STEADY = timedelta(minutes=1)  # a child that lived so long ended by accident: the next one begins at once
STOP_SECONDS = 8  # three more than the child gives answers that are under way


@dataclass
class WebKeeper:
    """Used from one thread."""

    child: "subprocess.Popen[bytes] | None" = None
    serving: Loaded | None = None
    started_at: datetime | None = None
    pause: timedelta = timedelta(0)
    not_before: datetime | None = None

    def look(self, installation: Installation) -> None:
        """Bury the dead, replace who serves an old configuration, start what is missing."""
        now = installation.clock()
        if self.child is not None and self.child.poll() is not None:
            self._bury(now)
        if self.child is not None and self.serving is not installation.loaded:
            self.stop()
            self.not_before = None
        if self.child is None and installation.settings.web.enabled and self._may_start(now):
            self._start(installation, now)

    def stop(self) -> None:
        """End the child, if there is one; afterwards nobody lives."""
        if self.child is None:
            return
        self.child.terminate()
        try:
            self.child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self._let_go()

    def _may_start(self, now: datetime) -> bool:
        return self.not_before is None or now >= self.not_before

    def _start(self, installation: Installation, now: datetime) -> None:
        loaded = installation.loaded
        self.child = subprocess.Popen(
            [sys.executable, "-m", MODULE, "--config", str(loaded.folder)],
            stdin=subprocess.PIPE,  # its end tells the child that we are gone
            env=child_environment(loaded.settings.data_folder),
            process_group=0,  # Ctrl-C in a terminal goes to the parent alone
        )
        self.serving, self.started_at = loaded, now

    def _bury(self, now: datetime) -> None:
        assert self.child is not None and self.started_at is not None
        status = self.child.wait()
        if now - self.started_at > STEADY:
            self.pause = timedelta(0)
        else:
            self.pause = min(max(FIRST_PAUSE, self.pause * 2), LONGEST_PAUSE)
        self.not_before = now + self.pause
        logger.error("the page's process ended with status %s; it begins again in %s", status, self.pause)
        self._let_go()

    def _let_go(self) -> None:
        assert self.child is not None
        if self.child.stdin is not None:
            self.child.stdin.close()
        self.child = self.serving = self.started_at = None
