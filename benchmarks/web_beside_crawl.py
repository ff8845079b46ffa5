"""How fast the page answers 50 readers while the daemon crawls, extracts and indexes without a pause, and what is lost.

    python -m benchmarks.web_beside_crawl FOLDER --documents 100000

Takes a copy of the archive that `python -m benchmarks.web` makes in FOLDER, and lets `vigie run` follow a local site
that always has more; the daemon serves the page too. 50 readers each ask once in five seconds. Afterwards every article
that the site gave out has to be a capture that can be read back.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import httpx

from archive.catalogue import Catalogue, captures, open_catalogue, sources, utc_now
from archive.catalogue.captures import Capture
from archive.errors import RecordError
from archive.store import Archive
from benchmarks import web
from benchmarks.endless_site import PUBLISHERS, EndlessSite, write_site_configuration
from benchmarks.figures import Figure, percentile, report_figures
from benchmarks.generator import Generator
from benchmarks.running_daemon import START_SECONDS, RunningDaemon
from benchmarks.sizes import read_sizes
from tests.ports import find_port

DUE_EVERY_SECONDS = 3.0
SETTLE_SECONDS = 60.0  # for what was on its way when the readers left
PAGE_LIMIT = 1 << 20
BATCH = 1000


def measure(config: Path, site: EndlessSite, questions: web.Questions, seconds: float) -> list[Figure]:
    """Readers beside the crawl, then what became of the crawl."""
    address = f"http://127.0.0.1:{json.loads((config / 'settings.yaml').read_text())['web']['port']}"
    with RunningDaemon(config) as daemon, closing(open_catalogue(daemon.data)) as catalogue:
        first = find_last_capture(catalogue)
        with keep_due(catalogue):
            wait_until(lambda: answers(address), START_SECONDS, "the page did not answer")
            wait_until(lambda: bool(site.given), START_SECONDS, "the crawl did not begin")
            before = len(site.given)
            taken, faults = asyncio.run(web.crowd(address, questions, seconds))
            given = set(site.given)
        with suppress(SystemExit):  # what is not there by then is lost, and said so below
            wait_until(lambda: given <= {one.url for one in list_after(catalogue, first)}, SETTLE_SECONDS, "")
    with closing(open_catalogue(daemon.data)) as catalogue:
        stored, unreadable = read_back(catalogue, first)
    readers = f"{web.READERS} readers beside a crawl"
    return [
        Figure(f"{readers}: answers", len(taken), ""),
        Figure(f"{readers}: p50", percentile(taken, 0.5), "ms"),
        Figure(f"{readers}: p95", percentile(taken, 0.95), "ms", web.CROWD_P95_MS),
        Figure(f"{readers}: faults", faults, "", 0),
        Figure("articles crawled meanwhile", (len(given) - before) / seconds, "a second"),
        Figure("articles given out and not stored", len(given - stored), "", 0),
        Figure("articles stored that cannot be read back", unreadable, "", 0),
    ]


def answers(address: str) -> bool:
    """True where the page can be asked."""
    with suppress(httpx.TransportError):
        return httpx.get(f"{address}/healthz", timeout=10).status_code == 200
    return False


def wait_until(condition: Callable[[], bool], seconds: float, complaint: str) -> None:
    """Wait for it; raises SystemExit with the complaint where it takes longer."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"{complaint} within {seconds:.0f} s; see daemon.log")
        time.sleep(0.5)


@contextmanager
def keep_due(catalogue: Catalogue) -> Iterator[None]:
    """Let every publisher be due again and again, for the block."""
    end = threading.Event()

    def write() -> None:
        while not end.wait(DUE_EVERY_SECONDS):
            with catalogue.write() as transaction:
                for number in range(PUBLISHERS):
                    sources.update_source(transaction, f"essai-{number}", next_visit_at=utc_now())

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        end.set()
        writer.join()


def find_last_capture(catalogue: Catalogue) -> int:
    """The number of the newest capture that the archive began with."""
    return max((capture.id for capture in list_after(catalogue, 0)), default=0)


def read_back(catalogue: Catalogue, first: int) -> tuple[set[str], int]:
    """Addresses of the articles stored after that capture, and how many of them cannot be read back."""
    archive = Archive(catalogue, operator=None, clock=utc_now)
    stored, unreadable = set(), 0
    for capture in list_after(catalogue, first):
        stored.add(capture.url)
        try:
            with catalogue.read() as transaction:
                archive.read_body(transaction, capture, PAGE_LIMIT)
        except RecordError:
            unreadable += 1
    return stored, unreadable


def list_after(catalogue: Catalogue, first: int) -> Iterator[Capture]:
    """Every capture beyond a number."""
    while True:
        with catalogue.read() as transaction:
            batch = captures.list_captures(transaction, after=first, limit=BATCH)
        yield from batch
        if not batch:
            return
        first = batch[-1].id


def copy_archive(made: Path, folder: Path, site: EndlessSite) -> Path:
    """The archive again in a folder of its own, with the configuration of the site; gives that configuration."""
    shutil.copytree(made, folder / "data")
    config = write_site_configuration(folder / "config", site.port, folder / "data")
    settings = json.loads((config / "settings.yaml").read_text()) | {"web": {"port": find_port()}}
    (config / "settings.yaml").write_text(json.dumps(settings), encoding="utf-8")
    return config


def main() -> int:
    """Build what is missing, measure, print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.web_beside_crawl", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=60)
    asked = read_sizes(parser, documents=200, seconds=2)
    folder, generator = asked.folder.absolute(), Generator(asked.seed, asked.documents)
    web.build(folder, generator)
    with EndlessSite(Generator(asked.seed + 1)) as site, tempfile.TemporaryDirectory(dir=folder) as beside:
        config = copy_archive(folder / "data", Path(beside), site)
        figures = measure(config, site, web.Questions(generator, asked.seed), asked.seconds)
    return report_figures("web-beside-crawl", figures, tiny=asked.tiny, sizes=asked.sizes)


if __name__ == "__main__":
    sys.exit(main())
