"""How long writers wait for the catalogue's write lock while crawl, extraction, index and import run at once.

    python -m benchmarks.locks --seconds 60

Each stage is a process of its own and works without a pause: the crawl on a local site that always has more, the
import on files that are made as it reads them. `python -m benchmarks.locks --stage NAME ...` is one of them: it runs
the stage's own function and notes each wait, which the product itself never does.
"""

import argparse
import gzip
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from archive.catalogue import Catalogue, create_catalogue, open_catalogue, sources, utc_now
from benchmarks.endless_site import PUBLISHERS, EndlessSite, address_of, article_page, write_site_configuration
from benchmarks.figures import Figure, percentile, report_figures
from benchmarks.generator import Generator
from benchmarks.sizes import read_sizes
from config.loading import load_valid
from vigie import stages
from vigie.installation import Installation

STAGES = ("crawl", "extract", "index", "import")
TARGET_MS = 100
RECORDS_A_FILE = 500
FIRST_IMPORTED = 1 << 20  # article numbers that the site does not reach
DUE_EVERY_SECONDS = 3.0
STOP_SECONDS = 60


class Writes:
    """Every write transaction of this process: the moment at which it ended, how long it waited, how long it held."""

    def __init__(self) -> None:
        self.noted: list[tuple[float, float, float]] = []
        Catalogue.on_written = self._note

    def _note(self, waited: float, held: float) -> None:
        self.noted.append((time.monotonic(), waited * 1000, held * 1000))

    def write(self, path: Path) -> None:
        """Keep them for the process that started this one."""
        path.write_text(json.dumps(self.noted))


def run_stage(name: str, config: Path, folder: Path) -> None:
    """One stage over and over until SIGTERM; its waits are written at the end."""
    writes = Writes()
    try:
        if name == "crawl":
            from crawler.run import main as crawl

            crawl(["--config", str(config), "--parent", str(os.getppid())])  # it listens to SIGTERM itself
        else:
            _repeat(_WORK[name], Installation(load_valid(config)), folder)
    finally:
        writes.write(folder / f"{name}.json")


def _repeat(work: Callable[[Installation, Path, stages.Stop], None], installation: Installation, folder: Path) -> None:
    asked = Event()
    signal.signal(signal.SIGTERM, lambda *_: asked.set())
    while not asked.wait(0.1):
        work(installation, folder, asked.is_set)


def _extract(installation: Installation, folder: Path, stop: stages.Stop) -> None:
    stages.extract(installation, stop=stop)


def _index(installation: Installation, folder: Path, stop: stages.Stop) -> None:
    stages.project(installation, stop=stop)


def _import(installation: Installation, folder: Path, stop: stages.Stop) -> None:
    """Make a file as an archive would, and take it in."""
    generator = Generator()
    port = int(installation.settings.private_hosts[0].rpartition(":")[2])
    first = FIRST_IMPORTED
    while not stop():
        path = folder / "ailleurs.warc.gz"
        with path.open("wb") as file:
            for number in range(first, first + RECORDS_A_FILE):
                file.write(_pack(generator, number, port))
        stages.import_files(installation, [path], stop=stop)
        first += RECORDS_A_FILE


_WORK = {"extract": _extract, "index": _index, "import": _import}


def _pack(generator: Generator, number: int, port: int) -> bytes:
    at = datetime(2020, 1, 1) + timedelta(minutes=number - FIRST_IMPORTED)
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + article_page(generator.entry(number))
    head = (
        f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Date: {at.isoformat()}Z\r\nWARC-Record-ID: <urn:essai:{number}>\r\n"
        f"WARC-Target-URI: http://{address_of(number % PUBLISHERS)}:{port}/archives/{number}\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + block + b"\r\n\r\n", 6)


class Together:
    """The stages as processes, all at work on one data folder."""

    def __init__(self, config: Path, folder: Path) -> None:
        self._config, self._folder = config, folder
        self._installation = Installation(load_valid(config))
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Make the catalogue and start every stage."""
        create_catalogue(self._installation.folder).close()
        with self._installation.open_catalogue() as catalogue:
            stages.prepare(self._installation, catalogue)
        for name in STAGES:
            words = ["--stage", name, "--config", str(self._config), "--folder", str(self._folder)]
            with (self._folder / f"{name}.log").open("wb") as log:
                command = [sys.executable, "-m", "benchmarks.locks", *words]
                self._processes.append(subprocess.Popen(command, stdout=log, stderr=log))

    def keep_due(self, seconds: float) -> None:
        """Let every source be due again and again, for that long."""
        end = time.monotonic() + seconds
        with self._installation.open_catalogue() as catalogue:
            while time.monotonic() < end:
                with catalogue.write() as transaction:
                    for source in self._installation.sources:
                        sources.update_source(transaction, source, next_visit_at=utc_now())
                time.sleep(min(DUE_EVERY_SECONDS, max(0.0, end - time.monotonic())))

    def stop(self) -> None:
        """Ask every stage to end, and wait for it."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def read_writes(self, name: str, since: float, until: float) -> list[tuple[float, float]]:
        """Waiting and holding, in milliseconds, of the write transactions that a stage ended in that time."""
        path = self._folder / f"{name}.json"
        if not path.exists():
            log = (self._folder / f"{name}.log").read_text()
            raise SystemExit(f"{name} ended without its figures; its log:\n{log}")
        noted: list[tuple[float, float, float]] = json.loads(path.read_text())
        return [(waited, held) for moment, waited, held in noted if since <= moment <= until]

    def count(self) -> dict[str, int]:
        """How much was done."""
        queries = {
            "pages crawled": "SELECT count(*) FROM capture WHERE via = 'live' AND purpose = 'page'",
            "pages imported": "SELECT count(*) FROM capture WHERE via = 'import'",
            "pages extracted": "SELECT count(*) FROM capture WHERE extracted_by > 0",
            "changes indexed": "SELECT coalesce(max(seq), 0) FROM watermark",
        }
        with closing(open_catalogue(self._installation.folder)) as catalogue, catalogue.read() as transaction:
            return {name: int(transaction.exec_driver_sql(query).scalar_one()) for name, query in queries.items()}


def measure(folder: Path, seconds: float, warm_up: float) -> list[Figure]:
    """Run everything at once."""
    with EndlessSite(Generator()) as site:
        config = write_site_configuration(folder / "config", site.port, folder / "data")
        together = Together(config, folder)
        together.start()
        try:
            together.keep_due(warm_up)  # the stages load their libraries
            since, before = time.monotonic(), together.count()
            together.keep_due(seconds)
            until, after = time.monotonic(), together.count()
        finally:
            together.stop()
    writes = {name: together.read_writes(name, since, until) for name in STAGES}
    writes["all"] = list(itertools.chain.from_iterable(writes.values()))
    figures = [Figure(name, (after[name] - before[name]) / seconds, "a second") for name in after]
    for name, pairs in writes.items():
        figures += _describe(name, pairs, seconds)
    return figures


def _describe(name: str, writes: list[tuple[float, float]], seconds: float) -> list[Figure]:
    if not writes:
        raise SystemExit(f"{name} wrote nothing while it was measured.")
    waited, held = (sorted(values) for values in zip(*writes, strict=True))
    return [
        Figure(f"{name}: write transactions", len(writes) / seconds, "a second"),
        Figure(f"{name}: held p50", percentile(held, 0.5), "ms"),
        Figure(f"{name}: held p99", percentile(held, 0.99), "ms"),
        Figure(f"{name}: held max", held[-1], "ms"),
        Figure(f"{name}: waited p50", percentile(waited, 0.5), "ms"),
        Figure(f"{name}: waited p95", percentile(waited, 0.95), "ms"),
        Figure(f"{name}: waited p99", percentile(waited, 0.99), "ms", at_most=TARGET_MS),
        Figure(f"{name}: waited max", waited[-1], "ms"),
    ]


def main() -> int:
    """Measure, or be one of the stages that are measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.locks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--warm-up", type=float, default=15)
    parser.add_argument("--folder", type=Path, help="where the data go; a temporary folder otherwise")
    parser.add_argument("--stage", choices=STAGES, help="be this stage")
    parser.add_argument("--config", type=Path)
    asked = read_sizes(parser, seconds=5, warm_up=12)
    if asked.stage:
        run_stage(asked.stage, asked.config, asked.folder)
        return 0
    if asked.folder is not None:
        asked.folder.mkdir(parents=True, exist_ok=True)
        figures = measure(asked.folder.absolute(), asked.seconds, asked.warm_up)
    else:
        with tempfile.TemporaryDirectory() as folder:
            figures = measure(Path(folder), asked.seconds, asked.warm_up)
    return report_figures("locks", figures, tiny=asked.tiny, sizes=asked.sizes)


if __name__ == "__main__":
    sys.exit(main())
