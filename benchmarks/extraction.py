"""How well pages are extracted: `python -m benchmarks.extraction CORPUS_DIR`.

The corpus folder holds `pages.jsonl`, `pages/<id>.html.gz` and its own scorer `score_extraction.py`. Every page goes
through `extract`; the predictions are written to a temporary file, scored by the corpus's scorer and set against the
figures to reach. Nothing of the corpus is kept.
"""

import argparse
import gzip
import json
import logging
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from archive.records import Claim, Extraction, Page, Rejection
from crawler.extraction.decoding import decode_page
from crawler.extraction.extract import extract
from crawler.extraction.page_tree import parse_page

# A moment at which every page of a corpus can have been fetched, for pages that do not say when they were.
FETCHED_AT = datetime(2030, 1, 1, tzinfo=UTC)
ARCHIVE_ZONE = ZoneInfo("Europe/Paris")
_ISO_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
GROUPS = (("fr", ("--only", "lang=fr")), ("all", ()))


@dataclass(frozen=True)
class Target:
    """One figure to reach: the scorer's name for it, ours, and the bounds for French and for all languages."""

    key: str
    name: str
    french: float
    everything: float
    is_ceiling: bool = False

    def is_reached(self, measured: float, group: str) -> bool:
        """Whether the figure, rounded as it is shown, reaches its bound."""
        bound = self.bound(group)
        return round(measured, 3) <= bound if self.is_ceiling else round(measured, 3) >= bound

    def bound(self, group: str) -> float:
        """The bound for a group of `GROUPS`."""
        return self.french if group == "fr" else self.everything


TARGETS = (
    Target("tok_f1", "main text, token F1", 0.980, 0.962),
    Target("tok_r", "main text, recall", 0.975, 0.972),
    Target("must", "main text, must found", 0.952, 0.957),
    Target("viol", "main text, must-not present", 0.041, 0.063, is_ceiling=True),
    Target("title_norm", "title, normalised", 0.95, 0.85),
    Target("auth_f1", "authors, F1", 0.90, 0.86),
    Target("date_same", "publication, same day", 1.00, 0.96),
)


@dataclass(frozen=True)
class Measured:
    """What came of one page."""

    prediction: dict[str, Any]
    rejected: str | None
    extract_seconds: float
    parse_seconds: float


def measure_page(corpus: Path, line: dict[str, Any]) -> Measured:
    """Extract one page of the manifest and take the time."""
    body = gzip.decompress((corpus / "pages" / f"{line['id']}.html.gz").read_bytes())
    zone = find_zone(line)
    page = Page(
        body=body,
        url=line.get("url") or "https://exemple.test/article",
        fetched_at=_read_instant(line.get("fetched_at")),
        zone=zone or ARCHIVE_ZONE.key,
        language=None,
    )
    parse_seconds = _time_of(lambda: parse_page(decode_page(body).text))
    started = time.process_time()
    result = extract(page)
    extract_seconds = time.process_time() - started
    rejected = f"{result.outcome.name}: {result.detail}" if isinstance(result, Rejection) else None
    return Measured(_predict(line["id"], result, zone), rejected, extract_seconds, parse_seconds)


def _time_of(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _read_instant(text: str | None) -> datetime:
    if not text:
        return FETCHED_AT
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _predict(page_id: str, result: Extraction | Rejection, zone: str | None) -> dict[str, Any]:
    """What is scored; a page from which no document is made has no text, but still says its title, authors and day."""
    chosen = [claim for claim in result.claims if claim.chosen and claim.value]
    return {
        "id": page_id,
        "title": next((claim.value for claim in chosen if claim.field == "title"), None),
        "authors": [claim.value for claim in chosen if claim.field == "authors"],
        "published_at": next((_write_moment(claim, zone) for claim in chosen if claim.field == "published"), None),
        "text": result.text if isinstance(result, Extraction) else "",
    }


def _write_moment(claim: Claim, zone: str | None) -> str:
    """The moment on the source's clocks, or a day alone where that is all the page gives.

    The corpus counts the day that readers of the page saw. Where the source's zone is unknown, that is the day as
    the page wrote it, which in UTC may be another one.
    """
    moment = datetime.fromisoformat(claim.value or "")
    if claim.precision not in ("second", "minute"):
        return moment.astimezone(ARCHIVE_ZONE).date().isoformat()
    if zone is not None:
        return moment.astimezone(ZoneInfo(zone)).isoformat()
    return claim.text if _ISO_MOMENT.match(claim.text) else moment.isoformat()


def find_zone(line: dict[str, Any]) -> str | None:
    """The zone that an operator would configure: of the country that the manifest or the domain names."""
    domain = (urlsplit(line.get("url") or "").hostname or "").rpartition(".")[2]
    country = line.get("country") or (domain if len(domain) == 2 else "")
    return _read_country_zones().get(country.upper())


@cache
def _read_country_zones() -> dict[str, str]:
    """The first zone of each country in the zone database's own table."""
    table = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = (row.split("\t") for row in table.splitlines() if row and not row.startswith("#"))
    zones: dict[str, str] = {}
    for country, _, zone, *_ in rows:
        zones.setdefault(country, zone)
    return zones


def measure_corpus(corpus: Path, lines: Sequence[dict[str, Any]], processes: int) -> Iterator[Measured]:
    """All pages, in the order of the manifest."""
    jobs = [(corpus, line) for line in lines]
    with get_context("spawn").Pool(processes, initializer=_quieten) as pool:
        yield from pool.starmap(measure_page, jobs, chunksize=8)


def _quieten() -> None:
    logging.disable(logging.CRITICAL)


def score(corpus: Path, predictions: Path, only: Sequence[str]) -> dict[str, Any]:
    """The corpus's own figures for the predictions."""
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.json"
        subprocess.run(
            [
                sys.executable, corpus / "score_extraction.py", "--manifest", corpus / "pages.jsonl",
                "--predictions", predictions, "--json", figures, *only,
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        overall: dict[str, Any] = json.loads(figures.read_text(encoding="utf-8"))["overall"]
        return overall


def print_figures(figures: dict[str, dict[str, Any]]) -> bool:
    """One line a figure; whether all are reached."""
    all_reached = True
    print(f"{'figure':<30} {'pages':<5} {'measured':>8} {'target':>8}  reached")
    for group, _ in GROUPS:
        for target in TARGETS:
            measured = float(figures[group].get(target.key) or 0.0)
            reached = target.is_reached(measured, group)
            all_reached = all_reached and reached
            sign = "<=" if target.is_ceiling else ">="
            bound = f"{sign} {target.bound(group):.3f}"
            print(f"{target.name:<30} {group:<5} {measured:>8.3f} {bound:>8}  {'yes' if reached else 'NO'}")
    return all_reached


def print_costs(lines: Sequence[dict[str, Any]], measured: Sequence[Measured]) -> None:
    """Rejections by name and the processor time a page takes."""
    rejected = [(line, page) for line, page in zip(lines, measured, strict=True) if page.rejected]
    print(f"\nrejected: {len(rejected)} of {len(lines)} pages")
    for line, page in rejected:
        print(f"  {line['id']} ({line['kind']}): {page.rejected}")
    milliseconds = [1000 * page.extract_seconds for page in measured]
    parsing = sum(page.parse_seconds for page in measured)
    print(
        f"processor time a page: median {statistics.median(milliseconds):.1f} ms, mean"
        f" {statistics.mean(milliseconds):.1f} ms, most {max(milliseconds):.0f} ms;"
        f" {sum(page.extract_seconds for page in measured) / parsing:.1f} times decoding and parsing alone"
    )


def main() -> int:
    """Measure, print, and answer 0 where every figure is reached."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("corpus", type=Path, help="folder with pages.jsonl, pages/ and score_extraction.py")
    parser.add_argument("--processes", type=int, choices=(1, 2), default=1)
    parser.add_argument("--predictions", type=Path, help="keep the predictions in this file")
    arguments = parser.parse_args()
    manifest = arguments.corpus / "pages.jsonl"
    if not manifest.is_file():
        print(f"{manifest}: not found. Expected the folder of an extraction corpus.", file=sys.stderr)
        return 2
    lines = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines() if line.strip()]
    measured = list(measure_corpus(arguments.corpus, lines, arguments.processes))
    with tempfile.TemporaryDirectory() as folder:
        predictions = arguments.predictions or Path(folder) / "predictions.jsonl"
        predictions.write_text("".join(json.dumps(page.prediction) + "\n" for page in measured), encoding="utf-8")
        figures = {group: score(arguments.corpus, predictions, only) for group, only in GROUPS}
    all_reached = print_figures(figures)
    print_costs(lines, measured)
    return 0 if all_reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
