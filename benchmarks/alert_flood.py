"""Thousands of new matches at once for one query with many recipients: all told, in little memory and small mails.

    python -m benchmarks.alert_flood --documents 5000 --recipients 50

The documents wait when the daemon starts; the query looks back to before them. The parent's memory is sampled from its
start until the last mail was taken.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

from archive.catalogue import create_catalogue, matches
from benchmarks.alert_latency import write_mail_configuration
from benchmarks.figures import Figure, report_figures
from benchmarks.generator import Generator
from benchmarks.running_daemon import RunningDaemon, TimedInbox
from benchmarks.sizes import read_sizes
from tests.indexer.alerts.mail_server import serve
from tests.indexer.newsroom import Newsroom

LARGEST_MEBIBYTES = 250
LARGEST_KILOBYTES = 200
SAMPLE_SECONDS = 0.1
PATIENCE_SECONDS = 300.0
QUIET_SECONDS = 5.0  # after the last mail: one too many would come within two turns of the daemon


def main() -> int:
    """Measure, print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.alert_flood", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--documents", type=int, default=5000)
    parser.add_argument("--recipients", type=int, default=50)
    asked = read_sizes(parser, documents=200, recipients=3)
    people = [f"lecteur{number}@exemple.test" for number in range(asked.recipients)]
    inbox = TimedInbox()
    with tempfile.TemporaryDirectory(prefix="vigie-flood-") as folder, serve(inbox) as port:
        config = write_mail_configuration(Path(folder), port, people, since="2020-01-01")
        data = Path(folder) / "data"
        _publish(data, asked.documents)
        with RunningDaemon(config) as daemon:
            began = time.monotonic()
            peak = _watch(daemon, inbox, len(people))
            seconds = inbox.moments[-1] - began
        waiting, told = _count_told(data)
        audit = subprocess.run([sys.executable, "-m", "vigie", "--config", str(config), "alerts", "audit"], check=False)
    mails = Counter(str(mail["To"]) for mail in inbox.taken)
    alone = sum(mails[person] == 1 for person in people)
    largest = max(len(mail.as_bytes()) for mail in inbox.taken) / 1000
    return report_figures(
        "flood",
        [
            Figure("matches told", told, "", at_least=asked.documents),
            Figure("matches still waiting", waiting, "", at_most=0),
            Figure("recipients with exactly one mail", alone, "", at_least=len(people)),
            Figure("largest mail", largest, "kB", at_most=LARGEST_KILOBYTES),
            Figure("memory of the daemon, peak", peak, "MiB", at_most=LARGEST_MEBIBYTES),
            Figure("from the daemon's start to the last mail", seconds, "s"),
            Figure("exit code of the audit", audit.returncode, "", at_most=0),
        ],
        tiny=asked.tiny,
        sizes=asked.sizes,
    )


def _publish(data: Path, count: int) -> None:
    generator = Generator()
    with closing(create_catalogue(data)) as catalogue:
        newsroom = Newsroom(catalogue)
        for number in range(count):
            entry = generator.entry(number)
            newsroom.publish(f"d{number}", f"La police, {number}. {entry.text}", entry.title or "Titre")


def _watch(daemon: RunningDaemon, inbox: TimedInbox, mails: int) -> float:
    """The largest share of memory until every mail arrived, and none after it."""
    peak = 0.0
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(inbox.moments) < mails:
        if time.monotonic() > deadline:
            raise SystemExit(f"{len(inbox.moments)} of {mails} mails arrived within {PATIENCE_SECONDS:.0f} s")
        peak = max(peak, daemon.read_memory())
        time.sleep(SAMPLE_SECONDS)
    time.sleep(QUIET_SECONDS)
    return max(peak, daemon.read_memory())


def _count_told(data: Path) -> tuple[int, int]:
    """How many matches wait, and how many are marked as told."""
    with closing(create_catalogue(data)) as catalogue, catalogue.read() as transaction:
        return (
            matches.count_waiting(transaction, "police", "told"),
            matches.count_outcomes(transaction, "police").get("told", 0),
        )


if __name__ == "__main__":
    sys.exit(main())
