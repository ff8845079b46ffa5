"""Answers made to fill memory or to keep a processor busy, fetched and read by a real daemon: what each process took.

    python -m benchmarks.bombs

All of `CASES` are served by the local news site, the pages among them by forty more hosts at the same time. Sampled
ten times a second is the memory of the daemon's parent, its crawl child and its extraction workers, each by its share
of pages that others use too (PSS). Fails where a process took more than it may, or a case did not end, in any way that
has a name, within the time limits of a request or a parse.
"""

import json
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from benchmarks.figures import Figure, report_figures
from benchmarks.process_tree import PARENT, MemoryPeaks
from config.models import Limits
from tests.site.configuration import write_configuration
from tests.site.server import Site
from tests.site.trouble import ADDRESSES, TROUBLE

CROWD = tuple(f"127.0.2.{number}" for number in range(1, 41))  # hosts with the same pages, all at once
PARENT_MIB = 250.0
CHILD_MIB = 1024.0
SAMPLE_SECONDS = 0.1
GRACE_SECONDS = 5.0  # over a limit, for a process to be killed and replaced on a busy machine
ALL_SECONDS = 600.0
STOP_SECONDS = 120.0
QUICK = "clock:\n  extract_every: 1s\n  crawl_every: 1s\n"


@dataclass(frozen=True)
class Case:
    """One bomb of the site: what it is, where it lies, and whether it is met as a page or as an entry point.

    The crowd has the `crowded` ones: those that are over once they are fetched.
    """

    name: str
    path: str
    through: str = "page"
    crowded: bool = True


CASES = (
    Case("gzip, 1 GiB", "/bomb?mib=1024&coding=gzip"),
    Case("deflate, 1 GiB", "/bomb?mib=1024&coding=deflate"),
    Case("brotli, 1 GiB", "/bomb?mib=1024&coding=br"),
    Case("zstd, 1 GiB", "/bomb?mib=1024&coding=zstd"),
    Case("gzip in gzip, 1 GiB", "/bomb?mib=1024&coding=gzip%2C+gzip"),
    Case("300 MiB without a length", "/grow?mib=300"),
    Case("gzipped sitemap, 1 GiB", "/sitemap/bomb.xml.gz?mib=1024", "sitemap"),
    Case("stalls after 15 MiB", "/stall?mib=15"),
    Case("head without an end", "/endless-headers?lines=2000000"),
    Case("one tag of 160,000 attributes", "/heavy/attributes", crowded=False),
    Case("250,000 paragraphs", "/heavy/paragraphs", crowded=False),
    Case("three million of &", "/heavy/ampersands", crowded=False),
    Case("15 MiB of small elements", "/heavy/elements", crowded=False),
    Case("300,000 levels", "/heavy/depth", crowded=False),
    Case("a text of 12 MB", "/heavy/text", crowded=False),
    Case("feed of two million items", "/heavy/feed", "feed"),
)
PAGES = tuple(case for case in CASES if case.through == "page")
CROWDED = tuple(case for case in PAGES if case.crowded)
ALL_PAGES = len(PAGES) + len(CROWDED) * len(CROWD)


@dataclass(frozen=True)
class End:
    """What became of a case; the times are those of its longest request and its longest parse."""

    fetched: str
    parsed: str | None
    fetch_seconds: float
    parse_seconds: float


def main() -> int:
    """Run the daemon on every case and judge what it took."""
    with tempfile.TemporaryDirectory(prefix="vigie-bombs-") as folder, Site(bad_addresses=[*ADDRESSES, *CROWD]) as site:
        config = configure(Path(folder) / "config", site)
        peaks, ends, pages = _watch(config, site)
    for case in CASES:
        end = ends.get(case.path)
        words = f"{end.fetched}, {end.parsed or 'not parsed'}, {end.fetch_seconds:.1f} s" if end else "did not end"
        print(f"{case.name:<28}  {words}")
    limits, found = Limits(), list(ends.values())
    fetch, parse = (max((getattr(end, f"{name}_seconds") for end in found), default=0.0) for name in ("fetch", "parse"))
    return report_figures(
        "bombs",
        [
            Figure("memory of the parent", peaks[PARENT], "MiB", at_most=PARENT_MIB),
            Figure("memory of the crawl child", peaks["crawl"], "MiB", at_most=CHILD_MIB),
            Figure("memory of a worker", peaks["worker"], "MiB", at_most=CHILD_MIB),
            Figure("longest request", fetch, "s", at_most=limits.request_seconds + GRACE_SECONDS),
            Figure("longest parse", parse, "s", at_most=limits.parse_seconds + GRACE_SECONDS),
            Figure("cases that ended", len(found), "", at_least=len(CASES)),
            Figure("pages that ended", pages, "", at_least=ALL_PAGES),
        ],
    )


def configure(folder: Path, site: Site) -> Path:
    """A source with every case on one host, and a crowd of hosts with the pages among them; the usual limits."""
    config = write_configuration(folder, site.port, private_addresses=[TROUBLE, *CROWD])
    for file in (config / "sources").glob("*.yaml"):
        file.unlink()
    sources = [_describe_source(site, "bombes", TROUBLE, CASES)]
    sources += [_describe_source(site, f"foule-{number}", host, CROWDED) for number, host in enumerate(CROWD)]
    (config / "sources" / "bombes.yaml").write_text(json.dumps(sources), encoding="utf-8")
    settings = config / "settings.yaml"
    settings.write_text(QUICK + settings.read_text(encoding="utf-8"), encoding="utf-8")
    return config


def _describe_source(site: Site, source: str, host: str, cases: Sequence[Case]) -> dict[str, object]:
    base = f"http://{host}:{site.port}"
    met: dict[str, list[str]] = defaultdict(list)
    for case in cases:
        met[case.through].append(case.path)
    pages = "&".join(f"path={quote(path, safe='')}" for path in met["page"])
    return {
        "id": source, "name": f"Essai {source}", "kind": "local_press", "homepage": f"{base}/", "delay": "0s",
        "backfill_days": 3650, "interval": "10s", "interval_bounds": ["10s", "6h"],
        "feeds": [f"{base}/feed/of?{pages}", *(base + path for path in met["feed"])],
        "sitemaps": [base + path for path in met["sitemap"]],
        "listings": [base + path for path in met["listing"]],
    }  # fmt: skip


def _watch(config: Path, site: Site) -> tuple[dict[str, float], dict[str, End], int]:
    """Peaks in MiB by role, the end of each case by its path, and how many pages of all hosts ended."""
    words = [sys.executable, "-m", "vigie", "--config", str(config)]
    subprocess.run([*words, "init"], check=True, capture_output=True)
    ends: dict[str, End] = {}
    pages, is_over = 0, False
    with (config.parent / "daemon.log").open("wb") as log:
        daemon = subprocess.Popen([*words, "run"], stdout=log, stderr=log)
    try:
        peaks = MemoryPeaks(daemon.pid)
        deadline = time.monotonic() + ALL_SECONDS
        while time.monotonic() < deadline and not is_over and daemon.poll() is None:
            for _ in range(10):
                peaks.look()
                time.sleep(SAMPLE_SECONDS)
            ends, pages = _read_ends(config.parent / "data" / "catalogue.sqlite", site)
            is_over = len(ends) == len(CASES) and pages == ALL_PAGES
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(STOP_SECONDS)
    return peaks.by_role, ends, pages


def _read_ends(file: Path, site: Site) -> tuple[dict[str, End], int]:
    """The cases that are over: fetched or given up for this visit, and what was stored parsed; all pages that ended."""
    begun: dict[str, list[float]] = defaultdict(list)
    for request in site.requests(TROUBLE):
        begun[request.path].append(request.second)
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as database:
        found = ((case.path, _read_end(database, site, case, begun[case.path])) for case in CASES)
        ends = {path: end for path, end in found if end is not None}
        over = "SELECT count(*) FROM candidate WHERE outcome IS NOT NULL OR attempts > 0"
        return ends, int(database.execute(over).fetchone()[0])


def _read_end(database: sqlite3.Connection, site: Site, case: Case, begun: list[float]) -> End | None:
    url = f"http://{TROUBLE}:{site.port}{case.path}"
    state = {
        "page": "SELECT outcome IS NOT NULL OR attempts > 0 FROM candidate WHERE url = ?",
    }.get(case.through, "SELECT last_outcome IS NOT NULL FROM entry_point WHERE url = ?")
    waiting = "SELECT 1 FROM capture WHERE url = ? AND extraction_outcome IS NULL"
    if database.execute(state, (url,)).fetchone() != (1,) or database.execute(waiting, (url,)).fetchone():
        return None
    ended = database.execute("SELECT at, outcome FROM fetch_attempt WHERE url = ? ORDER BY id", (url,)).fetchall()
    # one that was stopped says nothing of its time: the only worker began it when the attempt before was over
    parsed = database.execute(
        "WITH a AS (SELECT *, (julianday(at) - julianday(lag(at) OVER (ORDER BY id))) * 86400000 AS gap "
        "FROM extraction_attempt) "
        "SELECT a.outcome, coalesce(a.milliseconds, a.gap) FROM a JOIN capture c ON c.id = a.capture "
        "WHERE c.url = ? ORDER BY a.id",
        (url,),
    ).fetchall()
    seconds = [datetime.fromisoformat(at).timestamp() - start for start, (at, _) in zip(begun, ended, strict=False)]
    return End(
        fetched=ended[-1][1] if ended else "no_outcome",
        parsed=parsed[-1][0] if parsed else None,
        fetch_seconds=max(seconds, default=0.0),
        parse_seconds=max((milliseconds or 0 for _, milliseconds in parsed), default=0) / 1000,
    )


if __name__ == "__main__":
    sys.exit(main())
