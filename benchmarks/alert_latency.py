"""How long it takes from a document's commit until the mail that tells of it is taken by the server.

    python -m benchmarks.alert_latency --documents 100

The daemon runs as it is installed, with its own clock settings and one saved query that tells at once; documents are
committed at random moments, as the extraction commits them. Afterwards nothing happens for a while, and the processor
time that the daemon uses meanwhile is measured.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from archive.catalogue import open_catalogue
from benchmarks.figures import Figure, percentile, report_figures
from benchmarks.running_daemon import RunningDaemon, TimedInbox
from benchmarks.sizes import read_sizes
from tests.indexer.alerts.mail_server import serve
from tests.indexer.newsroom import Newsroom

TARGET_SECONDS = 5.0
IDLE_SHARE = 0.01  # of one core
PATIENCE_SECONDS = 60.0
LONGEST_PAUSE = 3.0  # between two documents: longer than a turn of the daemon, so that every phase of it is met


def main() -> int:
    """Measure, print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.alert_latency", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--idle-seconds", type=float, default=60)
    asked = read_sizes(parser, documents=3, idle_seconds=2)
    inbox = TimedInbox()
    with tempfile.TemporaryDirectory(prefix="vigie-latency-") as folder, serve(inbox) as port:
        config = write_mail_configuration(Path(folder), port, ["redaction@exemple.test"])
        with RunningDaemon(config) as daemon:
            daemon.wait_until_listening()
            waited = sorted(_publish(daemon.data, asked.documents, inbox))
            time.sleep(5)
            used = daemon.measure_processor(asked.idle_seconds)
    return report_figures(
        "latency",
        [
            Figure("commit to mail, p50", percentile(waited, 0.5), "s"),
            Figure("commit to mail, p95", percentile(waited, 0.95), "s", at_most=TARGET_SECONDS),
            Figure("commit to mail, max", waited[-1], "s"),
            Figure("processor of the daemon when nothing happens", used * 100, "%", at_most=IDLE_SHARE * 100),
        ],
        tiny=asked.tiny,
        sizes=asked.sizes,
    )


def write_mail_configuration(folder: Path, port: int, recipients: list[str], **more: object) -> Path:
    """A Vigie without a source that is visited, with one saved query and a mail server on this machine."""
    config = folder / "config"
    (config / "sources").mkdir(parents=True)
    (config / "queries").mkdir()
    mail = {"server": "127.0.0.1", "port": port, "security": "none"}
    (config / "settings.yaml").write_text(json.dumps({"data_folder": str(folder / "data"), "mail": mail}))
    query = {"title": "police", "query": "police", "recipients": recipients, "schedule": "at once"} | more
    (config / "queries" / "police.yaml").write_text(json.dumps(query))
    return config


def _publish(data: Path, count: int, inbox: TimedInbox) -> list[float]:
    """Commit documents, each with a title of its own; for each the seconds until a mail named it."""
    chance = random.Random(20260314)
    committed: dict[str, float] = {}
    with closing(open_catalogue(data)) as catalogue:
        newsroom = Newsroom(catalogue)
        for number in range(count):
            title = f"Mesure{number:05} police"
            newsroom.publish(f"d{number}", f"Un texte sur la police, {number}.", title)
            committed[title.partition(" ")[0]] = time.monotonic()
            time.sleep(chance.uniform(0.0, LONGEST_PAUSE))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (told := inbox.find_moments(committed)).keys() < committed.keys():
        if time.monotonic() > deadline:
            raise SystemExit(f"{len(committed) - len(told)} documents were not told of within {PATIENCE_SECONDS:.0f} s")
        time.sleep(0.2)
    return [told[name] - moment for name, moment in committed.items()]


if __name__ == "__main__":
    sys.exit(main())
