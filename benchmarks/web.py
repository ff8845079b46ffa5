"""How fast the page answers: searches with passages, filters and histogram, every other page, and many readers at once.

    python -m benchmarks.web FOLDER --documents 100000

Makes (or goes on with) an archive of the generated corpus in FOLDER: catalogue rows as a crawl would leave them, and
the search index. Then a real server is asked over one kept connection, and after that by 50 readers, each of whom asks
once in five seconds. Times are those of whole answers as a reader on this machine gets them.
"""

import argparse
import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import httpx
import yaml

from archive.catalogue import Catalogue, candidates, captures, documents, extractions, utc_now
from archive.catalogue.captures import NewCapture
from archive.catalogue.changes import last_seq
from archive.outcomes import Outcome
from archive.records import Entry, Extraction, Place
from benchmarks.figures import Figure, percentile, report_figures
from benchmarks.generator import DAYS, FIRST_DAY, MEAN_WORDS, SOURCES, Generator
from benchmarks.sizes import read_sizes
from config.loading import load_valid
from crawler.looking import next_check
from crawler.urls import canonical_form, host_of
from indexer.document import IndexEntry
from tests.ports import find_port
from vigie import stages
from vigie.installation import Installation

SLICE = 250  # documents in one transaction
WARM_UP = 5
NO_LOOK = timedelta(days=1)  # from now: no article falls due to be looked at again while it is measured
READERS, PAUSE_SECONDS = 50, 5.0
SEARCH_P50_MS, SEARCH_P95_MS, OTHER_P95_MS, CROWD_P95_MS = 60, 150, 80, 1000
FIRST_PAGE_BYTES = 60_000
REGIONS = "ARA BFC BRE CVL GES HDF IDF NOR NAQ OCC PDL PAC".split()


def write_configuration(folder: Path, generator: Generator) -> Path:
    """Settings and sources of the generated corpus; no source is ever visited."""
    (folder / "config" / "sources").mkdir(parents=True, exist_ok=True)
    (folder / "config" / "settings.yaml").write_text("data_folder: ../data\nweb: {enabled: false}\n", encoding="utf-8")
    kinds = {entry.source: entry.kind for entry in generator.entries(0, 2000)}
    listed = [
        {
            "id": f"source-{number:03}", "name": f"Source {number}", "kind": kinds.get(f"source-{number:03}", "union"),
            "homepage": f"https://source-{number:03}.test/", "feeds": [f"https://source-{number:03}.test/feed"],
            "regions": [f"FR-{REGIONS[number % len(REGIONS)]}"],
        }
        for number in range(SOURCES)
    ]  # fmt: skip
    (folder / "config" / "sources" / "all.yaml").write_text(yaml.safe_dump(listed), encoding="utf-8")
    return folder / "config"


def fill(installation: Installation, generator: Generator) -> None:
    """The documents that are missing, then the index."""
    with installation.open_catalogue() as catalogue:
        with catalogue.read() as transaction:
            start = last_seq(transaction)
        for first in range(start, generator.documents, SLICE):
            add_slice(catalogue, list(generator.entries(first, min(first + SLICE, generator.documents))))
            if first % 10_000 < SLICE:
                print(f"{first} of {generator.documents} documents", file=sys.stderr)
    stages.project(installation)


def build(folder: Path, generator: Generator) -> Path:
    """The archive of the generated corpus in a folder, made or gone on with; gives its configuration."""
    config = write_configuration(folder, generator)
    command = [sys.executable, "-m", "vigie", "--config", str(config), "init"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    fill(Installation(load_valid(config)), generator)
    return config


class StoredPage(NamedTuple):
    """What the archive says of the page of an article."""

    place: Place
    payload_sha256: str
    payload_bytes: int


def make_up_page(entry: IndexEntry) -> StoredPage:
    """A page that no file holds, where nobody reads it back."""
    return StoredPage(Place("bench.warc.gz", entry.capture * 10, 10), entry.content_hash, 4000)


def add_slice(
    catalogue: Catalogue, entries: Sequence[IndexEntry], page_of: Callable[[IndexEntry], StoredPage] = make_up_page
) -> None:
    """Rows of some documents, through the functions that the crawler calls."""
    with catalogue.write() as transaction:
        for entry in entries:
            host, page, known_as = host_of(entry.url), page_of(entry), canonical_form(entry.url)
            seen = candidates.Sight(Entry(entry.url, "feed", entry.title), known_as, host, entry.source, "live")
            number, _ = candidates.record_sight(transaction, seen, entry.first_seen_at)
            candidates.close(transaction, number, Outcome.fetched)
            new = NewCapture(
                entry.url, known_as, "page", entry.source, "live", entry.first_seen_at, 200, page.place,
                page.payload_sha256, page.payload_bytes, candidate=number,
            )  # fmt: skip
            capture = captures.add_capture(transaction, new)
            captures.mark_extracted(transaction, capture, 1, Outcome.extracted)
            read = Extraction(
                1, entry.url, entry.title, entry.text, authors=entry.authors, language=entry.lang,
                published_at=entry.published_at, published_precision="second", published_origin="json_ld",
            )  # fmt: skip
            stored = extractions.add_extraction(transaction, capture, read)
            documents.create_document(
                transaction, entry.document, source=entry.source, url=entry.url, host=host,
                first_seen_at=entry.first_seen_at, canonical_claim=None,
                next_check_at=next_check(entry.first_seen_at, utc_now() + NO_LOOK),
            )  # fmt: skip
            documents.add_alias(transaction, known_as, entry.document, entry.url, entry.first_seen_at)
            documents.add_version(
                transaction, entry.document, capture_id=capture, extraction_id=stored.id,
                fetched_at=entry.first_seen_at, is_latest=True, via="live", now=entry.first_seen_at,
            )  # fmt: skip


class Questions:
    """Addresses as people ask for them, the same ones for one seed."""

    def __init__(self, generator: Generator, seed: int) -> None:
        self._chance = random.Random(seed)
        self._generator = generator
        self._common = generator.vocabulary.words_in(0.10, 0.45, MEAN_WORDS)
        self._mid = generator.vocabulary.words_in(0.01, 0.04, MEAN_WORDS)
        self._phrases = [" ".join(words) for words in generator.expressions]

    def searches(self, count: int) -> Iterator[tuple[str, dict[str, str]]]:
        """One word, two words, a phrase, a filtered stretch, in turn."""
        for number in range(count):
            yield "/search", self._question(number % 5)

    def others(self) -> dict[str, str]:
        """Every other page."""
        entry = self._generator.entry(self._chance.randrange(self._generator.documents))
        return {
            "document": f"/documents/{entry.document}",
            "sources": "/sources",
            "one source": f"/sources/{entry.source}",
            "alerts": "/alerts",
            "about": "/about",
            "help": "/help",
            "metrics": "/metrics",
        }

    def _question(self, kind: int) -> dict[str, str]:
        common, mid = self._chance.choice(self._common), self._chance.choice(self._mid)
        if kind == 0:
            return {"q": mid}
        if kind == 1:
            return {"q": f"{common} {mid}"}
        if kind == 2:
            return {"q": f'"{self._chance.choice(self._phrases)}"'}
        if kind == 3:
            return {"q": common, "sort": "newest", "page": str(self._chance.randrange(1, 6))}
        since = FIRST_DAY + timedelta(days=self._chance.randrange(DAYS - 400))
        return {"q": f"{mid} OR {common}", "from": f"{since:%Y-%m-%d}", "to": f"{since + timedelta(days=365):%Y-%m}"}


def ask(client: httpx.Client, path: str, question: dict[str, str] | None = None) -> float:
    """Milliseconds of one answer, which has to be a good one."""
    began = time.perf_counter()
    answer = client.get(path, params=question)
    taken = (time.perf_counter() - began) * 1000
    if answer.status_code != 200:
        raise SystemExit(f"{path} {question}: {answer.status_code}")
    return taken


def measure_alone(client: httpx.Client, questions: Questions, times: int) -> Iterator[Figure]:
    """One reader, one request after the other."""
    for path, question in questions.searches(WARM_UP):
        ask(client, path, question)
    taken = sorted(ask(client, path, question) for path, question in questions.searches(times))
    yield Figure("search page: p50", percentile(taken, 0.50), "ms", SEARCH_P50_MS)
    yield Figure("search page: p95", percentile(taken, 0.95), "ms", SEARCH_P95_MS)
    for name in questions.others():
        ask(client, questions.others()[name])
        taken = sorted(ask(client, questions.others()[name]) for _ in range(max(20, times // 5)))
        yield Figure(f"{name}: p95", percentile(taken, 0.95), "ms", OTHER_P95_MS)


def measure_size(client: httpx.Client, questions: Questions) -> Iterator[Figure]:
    """Bytes of a first search page with its style sheet, script and icon, as they travel."""
    (_, question), *_ = questions.searches(1)
    total = 0
    for path, asked in (("/search", question), *((f"/static/{n}", {}) for n in ("vigie.css", "brush.js", "vigie.svg"))):
        with client.stream("GET", path, params=asked) as answer:
            total += sum(map(len, answer.iter_raw()))
    yield Figure("first search page, compressed", total / 1000, "KB", FIRST_PAGE_BYTES / 1000)


async def crowd(address: str, questions: Questions, seconds: float) -> tuple[list[float], int]:
    """Milliseconds of every answer that readers got, and how many were no good ones."""
    taken: list[float] = []
    faults = 0
    until = time.monotonic() + seconds
    asked = iter(list(questions.searches(int(READERS * seconds / PAUSE_SECONDS) + READERS)))

    async def read(number: int, client: httpx.AsyncClient) -> None:
        nonlocal faults
        await asyncio.sleep(number * PAUSE_SECONDS / READERS)
        while time.monotonic() < until:
            path, question = next(asked)
            began = time.perf_counter()
            answer = await client.get(path, params=question)
            taken.append((time.perf_counter() - began) * 1000)
            faults += answer.status_code != 200
            await asyncio.sleep(max(0.0, PAUSE_SECONDS - (time.perf_counter() - began)))

    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        await asyncio.gather(*(read(number, client) for number in range(READERS)))
    return sorted(taken), faults


def measure_crowd(address: str, questions: Questions, seconds: float) -> Iterator[Figure]:
    """Many readers at once."""
    taken, faults = asyncio.run(crowd(address, questions, seconds))
    yield Figure(f"{READERS} readers: answers", len(taken), "")
    yield Figure(f"{READERS} readers: p95", percentile(taken, 0.95), "ms", CROWD_P95_MS)
    yield Figure(f"{READERS} readers: faults", faults, "", 0)


def main() -> int:
    """Build what is missing, serve, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--times", type=int, default=200, help="searches of one reader")
    parser.add_argument("--seconds", type=float, default=60, help="how long many readers ask")
    arguments = read_sizes(parser, documents=200, times=5, seconds=2)
    generator = Generator(arguments.seed, arguments.documents)
    config, port = build(arguments.folder.absolute(), generator), find_port()
    address = f"http://127.0.0.1:{port}"
    words = ["--config", str(config), "web", "--port", str(port)]
    server = subprocess.Popen([sys.executable, "-m", "vigie", *words], stdout=subprocess.DEVNULL)
    try:
        figures = list(measure(address, Questions(generator, arguments.seed), arguments.times, arguments.seconds))
    finally:
        server.terminate()
        server.wait()
    return report_figures("web", figures, tiny=arguments.tiny, sizes=arguments.sizes)


def measure(address: str, questions: Questions, times: int, seconds: float) -> Iterator[Figure]:
    """Everything, as soon as the server answers."""
    with httpx.Client(base_url=address, timeout=30, transport=httpx.HTTPTransport(retries=8)) as client:
        ask(client, "/healthz")
        yield from measure_alone(client, questions, times)
        yield from measure_size(client, questions)
    yield from measure_crowd(address, questions, seconds)


if __name__ == "__main__":
    sys.exit(main())
