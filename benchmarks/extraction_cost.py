"""What an extraction costs against the library's: `python -m benchmarks.extraction_cost FOLDER`.

Both get the same bytes: the library with our options and its own metadata, and ours with all claims. They take turns
page by page in one process, processor time is summed over the folder, and the median of the rounds' ratios is the
figure. Each round is a fresh process that has first seen other pages (every fourth of the folder, which do not count),
since a worker that has just started is not what anybody waits for.
"""

import argparse
import json
import logging
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

import trafilatura

from archive.records import Page
from benchmarks.figures import Figure, report_figures
from benchmarks.saved_pages import list_pages, read_pages
from crawler.extraction.extract import extract

TARGET = 0.50
WARMING = 4  # every so many pages, one is only for warming up


@dataclass(frozen=True)
class Round:
    """Processor time a page in milliseconds, and the median of the pages' own ratios."""

    library: float
    plain: float
    accelerated: float
    median_ratio: float

    @property
    def ratio(self) -> float:
        """Of the accelerated extraction to the library's."""
        return self.accelerated / self.library


def run_round(paths: list[Path]) -> Round:
    """Each page through all three, turn by turn."""
    logging.disable(logging.CRITICAL)
    works: tuple[Callable[[Page], object], ...] = (
        ask_library,
        extract,  # before the plain one, which remembers the names of classes that it would find known
        lambda page: extract(page, accelerated=False),
    )
    for _, page in read_pages(paths[::WARMING]):
        for work in works:
            work(page)
    times: list[tuple[float, ...]] = []
    for number, (_, page) in enumerate(read_pages(paths)):
        if number % WARMING:
            times.append(tuple(_time_of(work, page) for work in works))
    library, accelerated, plain = (1000 * statistics.mean(column) for column in zip(*times, strict=True))
    return Round(library, plain, accelerated, statistics.median(ours / theirs for theirs, ours, _ in times))


def ask_library(page: Page) -> object:
    """The library with our options and its own metadata."""
    return trafilatura.bare_extraction(
        page.body, url=page.url, favor_precision=True, include_comments=False, with_metadata=True
    )


def _time_of(work: Callable[[Page], object], page: Page) -> float:
    started = time.process_time()
    work(page)
    return time.process_time() - started


def main() -> int:
    """Measure the rounds, print the table, write the figures; 1 where the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="folder with .html files, with or without .gz, at any depth")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--most", type=int, help="so many pages of the folder at most")
    parser.add_argument("--json", type=Path, help="write the rounds to this file")
    arguments = parser.parse_args()
    paths = list_pages(arguments.folder)[: arguments.most] if arguments.folder.is_dir() else []
    if len(paths) < 2:
        print(f"{arguments.folder}: no pages found. Expected a folder with .html or .html.gz files.", file=sys.stderr)
        return 2
    rounds = []
    for _ in range(arguments.rounds):
        with get_context("spawn").Pool(1) as pool:
            rounds.append(pool.apply(run_round, (paths,)))
    if arguments.json is not None:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps([asdict(each) for each in rounds], indent=2) + "\n", encoding="utf-8")
    return report_figures("extraction-cost", summarise(rounds), sizes={"pages": len(paths)})


def summarise(rounds: list[Round]) -> list[Figure]:
    """Medians over the rounds."""
    return [
        Figure("the library with its metadata, a page", statistics.median(each.library for each in rounds), "ms"),
        Figure("ours without acceleration, a page", statistics.median(each.plain for each in rounds), "ms"),
        Figure("ours, a page", statistics.median(each.accelerated for each in rounds), "ms"),
        Figure("ours against the library's", statistics.median(each.ratio for each in rounds), "x", at_most=TARGET),
        Figure("median of the pages' ratios", statistics.median(each.median_ratio for each in rounds), "x"),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
