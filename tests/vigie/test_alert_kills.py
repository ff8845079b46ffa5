"""The daemon killed at random moments while it crawls, matches and sends: nothing missed, nothing told twice unsaid.

The number of kills is a parameter: `VIGIE_KILLS=50`, as `make kills` sets it, for the long run.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from archive.catalogue import open_catalogue, outbox
from benchmarks.endless_site import EndlessSite, write_site_configuration
from benchmarks.generator import Generator
from tests.indexer.alerts.mail_server import Inbox, serve
from tests.vigie.test_daemon import children_of

KILLS = int(os.environ.get("VIGIE_KILLS", "6"))
PATIENCE = 90.0  # for what takes seconds on an idle machine
ANSWER_SECONDS = 0.3  # between the end of a mail's text and the server's answer
WORD = "ronepré"  # of the generated language, in three articles of four
QUICK = {"extract_every": "1s", "project_every": "2s", "match_every": "1s", "send_every": "1s"}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120 + 60 * KILLS)]


class SlowInbox(Inbox):
    """Takes its time before it answers, so that a good part of the kills finds a message on its way."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.arrived += 1
        await asyncio.sleep(ANSWER_SECONDS / 2)
        answer = await super().handle_DATA(server, session, envelope)
        await asyncio.sleep(ANSWER_SECONDS / 2)
        return answer


class Watched:
    """One installation that follows the endless site, with one saved query, and its daemon."""

    def __init__(self, folder: Path, site_port: int, mail_port: int) -> None:
        self.data = folder / "data"
        self._log = folder / "daemon.log"
        self._config = write_site_configuration(folder / "config", site_port, self.data)
        settings = self._config / "settings.yaml"
        mail = {"server": "127.0.0.1", "port": mail_port, "security": "none"}
        settings.write_text(json.dumps(json.loads(settings.read_text()) | {"clock": QUICK, "mail": mail}))
        for file in (self._config / "sources").glob("*.yaml"):
            entries = [
                one | {"interval": "2s", "interval_bounds": ["2s", "2s"]} for one in json.loads(file.read_text())
            ]
            file.write_text(json.dumps(entries))
        (self._config / "queries").mkdir()
        query = {"title": WORD, "query": WORD, "recipients": ["redaction@exemple.test"], "schedule": "at once"}
        (self._config / "queries" / "mot.yaml").write_text(json.dumps(query))

    def start(self) -> "subprocess.Popen[bytes]":
        """A daemon under way."""
        with self._log.open("ab") as log:
            return subprocess.Popen(self._words("run"), stdout=log, stderr=log)

    def read_log(self) -> str:
        """What the daemons said."""
        return self._log.read_text(encoding="utf-8")

    def run(self, *words: str) -> Any:
        """A command to its end; its answer."""
        done = subprocess.run([*self._words(*words), "--json"], capture_output=True, timeout=PATIENCE, check=False)
        assert done.stdout, f"vigie {' '.join(words)}: {done.stderr.decode()}"
        return json.loads(done.stdout)

    def count_sending(self) -> int:
        """Messages that were on their way when the daemon was killed."""
        if not (self.data / "catalogue.sqlite").exists():
            return 0
        with closing(open_catalogue(self.data)) as catalogue, catalogue.read() as transaction:
            return len(outbox.list_left_sending(transaction))

    def count_unsent(self) -> int:
        """Messages that a run of sending would still take up."""
        messages = self.run("alerts", "outbox", "--limit", "1000")["messages"]
        return sum(one["state"] == "sending" or one["next_attempt_at"] is not None for one in messages)

    def _words(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "vigie", "--config", str(self._config), *words]


@pytest.fixture
def inbox() -> SlowInbox:
    return SlowInbox()


@pytest.fixture
def watched(tmp_path: Path, inbox: SlowInbox) -> Iterator[Watched]:
    with EndlessSite(Generator()) as site, serve(inbox) as mail_port:
        yield Watched(tmp_path, site.port, mail_port)


def test_killed_while_it_crawls_matches_and_sends_it_tells_of_everything_once(
    watched: Watched, inbox: SlowInbox
) -> None:
    # given: articles without end, and a query that three in four of them satisfy
    chance = random.Random(20261125)

    # when
    for _ in range(KILLS):
        kill_in_the_middle(watched, inbox, chance)
    # when: what waits is worked off
    for stage in ("extract", "alerts run"):
        watched.run(*stage.split())
    wait_for(lambda: bool(watched.run("alerts", "run")) and not watched.count_unsent(), "the outbox is empty")

    # then
    verdict = watched.run("alerts", "audit")
    assert (verdict["missed"], verdict["extra"], verdict["unsent"], verdict["not_comparable"]) == ([], [], [], 0)
    # then: what the server got is what the outbox says; twice only what was uncertain, under the same Message-ID
    messages = watched.run("alerts", "outbox", "--limit", "1000")["messages"]
    got = Counter(inbox.ids())
    assert got.keys() == {one["message_id"] for one in messages}
    doubled = {name for name, count in got.items() if count > 1}
    assert doubled <= {one["message_id"] for one in messages if one["uncertain"]}
    assert max(got.values()) <= 2
    # then: the archive is whole
    assert watched.run("verify")["damages"] == []
    uncertain = len(verdict["twice"])
    print(f"\n{KILLS} kills, {verdict['checked']} versions, {len(got)} messages, {uncertain} uncertain, "
          f"{len(doubled)} arrived twice")  # fmt: skip


def kill_in_the_middle(watched: Watched, inbox: SlowInbox, chance: random.Random) -> None:
    """Start the daemon, let it get as far as a mail, kill it at some moment after; its children too, or not."""
    before, was_hit = inbox.arrived, watched.count_sending() > 0
    daemon = watched.start()
    try:
        wait_for(lambda: inbox.arrived > before or daemon.poll() is not None, "a mail arrives", 0.02)
        assert daemon.poll() is None, f"the daemon ended by itself: {watched.read_log()}"
        # a message that was hit once comes first, and hit again it would be left for a person
        on_its_way = not was_hit and chance.random() < 0.5
        time.sleep(chance.uniform(0.0, ANSWER_SECONDS) if on_its_way else chance.uniform(2 * ANSWER_SECONDS, 2.0))
    finally:
        below = children_of(daemon.pid)
        daemon.kill()
        daemon.wait()
        if chance.random() < 0.5:  # otherwise they notice by themselves, while the next daemon starts
            for pid in below:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def wait_for(true: Callable[[], bool], what: str, pause: float = 0.5) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} s: {what}"
        time.sleep(pause)
