"""The crawl as a child process: how it is started, what it says at its end, how it is stopped.

A crawl is never run inside this process: its reactor, its memory and its faults are its own, and it can be killed from
outside. Its last line on standard output is one JSON object with its named end and what it counted.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from config.loading import Loaded, child_environment
from crawler.giving_way import CRAWL, give_way

MODULE = "crawler.run"
KILLED = "killed"  # the end of a child that said nothing at its end
REFUSED_STATUS = 2


@dataclass(frozen=True)
class CrawlEnd:
    """How a crawl child ended: by name, with exit status and counts; `complaint` is its last line of error."""

    name: str
    status: int
    counts: Mapping[str, int] = field(default_factory=dict)
    complaint: str = ""


@dataclass(frozen=True)
class CrawlRequest:
    """What a crawl child is asked: sources (none: all), older entries since a day, and whether it ends when done."""

    sources: Sequence[str] = ()
    since: date | None = None
    once: bool = False

    def arguments(self, folder: Path) -> list[str]:
        """The command line of the child."""
        words = [sys.executable, "-m", MODULE, "--config", str(folder), "--parent", str(os.getpid())]
        for source in self.sources:
            words += ["--source", source]
        if self.since is not None:
            words += ["--since", self.since.isoformat()]
        return [*words, "--once"] if self.once else words


class CrawlChild:
    """One running child. Its errors go to `errors`, an open file, or to ours where that is None."""

    def __init__(self, loaded: Loaded, request: CrawlRequest, started_at: datetime, errors: IO[bytes] | None) -> None:
        self.started_at = started_at
        self.request = request
        self._end: CrawlEnd | None = None
        self._process = subprocess.Popen(
            request.arguments(loaded.folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=child_environment(loaded.settings.data_folder),
            process_group=0,  # Ctrl-C in a terminal goes to the parent alone, which then stops the child
        )
        give_way(self._process.pid, CRAWL)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """False once it has ended."""
        return self._process.poll() is None

    def age(self, now: datetime) -> float:
        """Seconds since it was started."""
        return (now - self.started_at).total_seconds()

    def stop(self) -> None:
        """Ask it to end: no new request, those under way finish."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it now; what it wrote is whole, the rest is tried again."""
        self._signal(signal.SIGKILL)

    def wait(self, seconds: float | None = None) -> CrawlEnd | None:
        """Its end, or None where it still runs after that time; asked again, the same end."""
        if self._end is None:
            try:
                output, _ = self._process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                return None
            self._end = _read_end(output, self._process.returncode)
        return self._end

    def _signal(self, number: signal.Signals) -> None:
        if self.running:
            self._process.send_signal(number)


def _read_end(output: bytes | None, status: int) -> CrawlEnd:
    """What the last line says; a child that was killed says nothing."""
    lines = (output or b"").decode("utf-8", "replace").strip().splitlines()
    said = _read_object(lines[-1]) if lines else {}
    counts = {name: count for name, count in said.get("counts", {}).items() if isinstance(count, int)}
    if "end" not in said:
        return CrawlEnd("refused" if status == REFUSED_STATUS else KILLED, status, counts)
    return CrawlEnd(str(said["end"]), status, counts, str(said.get("why") or ""))


def _read_object(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
