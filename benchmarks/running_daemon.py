"""A real daemon for the length of a measurement: what it uses of memory and processor, and when its mail arrived."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from archive.catalogue import open_catalogue, saved_queries
from benchmarks.memory import read_mebibytes
from config.loading import load_valid
from tests.indexer.alerts.mail_server import Inbox

START_SECONDS = 60.0
STOP_SECONDS = 60.0


class TimedInbox(Inbox):
    """An inbox that notes when each mail was taken."""

    def __init__(self) -> None:
        super().__init__()
        self.moments: list[float] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        self.moments.append(time.monotonic())
        return answer

    def find_moments(self, words: Collection[str]) -> dict[str, float]:
        """For each word the moment at which the first mail with it was taken."""
        found: dict[str, float] = {}
        for mail, moment in zip(self.taken, self.moments, strict=False):
            text = read_text(mail)
            for word in words:
                if word not in found and word in text:
                    found[word] = moment
        return found


def read_text(mail: EmailMessage) -> str:
    """The plain part of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


class RunningDaemon:
    """`vigie run` on a configuration, for the length of a `with` block."""

    def __init__(self, config: Path) -> None:
        self._config = config
        self.data = load_valid(config).settings.data_folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        subprocess.run(self._words("init"), check=True, capture_output=True)
        with (self._config.parent / "daemon.log").open("wb") as log:
            self._process = subprocess.Popen(self._words("run"), stdout=log, stderr=log)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(STOP_SECONDS)

    def _words(self, verb: str) -> list[str]:
        return [sys.executable, "-m", "vigie", "--config", str(self._config), verb]

    @property
    def pid(self) -> int:
        """Of the parent."""
        assert self._process is not None
        return self._process.pid

    def wait_until_listening(self) -> None:
        """Until every saved query of the configuration is known: what is committed from then on is told."""
        names = load_valid(self._config).queries.keys()
        deadline = time.monotonic() + START_SECONDS
        catalogue = open_catalogue(self.data)
        try:
            while time.monotonic() < deadline:
                with catalogue.read() as transaction:
                    if {one.name for one in saved_queries.list_queries(transaction)} == names:
                        return
                time.sleep(0.2)
        finally:
            catalogue.close()
        raise SystemExit(f"the daemon did not take up its queries; see {self._config.parent / 'daemon.log'}")

    def read_memory(self) -> float:
        """What the parent alone takes of memory, in MiB: its share of pages that others use too (PSS)."""
        return read_mebibytes(self.pid)

    def measure_processor(self, seconds: float) -> float:
        """The share of one core that the parent uses over that time."""
        before = self._read_processor_seconds()
        time.sleep(seconds)
        return (self._read_processor_seconds() - before) / seconds

    def _read_processor_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
