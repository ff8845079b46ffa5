"""Pages read by the learned layout of their source: what that costs, and whether it says the same.

    python -m benchmarks.templates
    python -m benchmarks.templates --folder DIR

Pages of the generated news site, three publishers with a layout each, in the order in which they came out: a template
is learned, proven and used as the extraction stage does it, every twentieth page read both ways. Library, full
extraction and templates take turns page by page; every reading by a template is compared with the full one, field by
field. Each round is a fresh process. With a folder, the pages of each publisher in it (file names that differ only in
a number at the end) are read instead, twice, a template being used as soon as there is one: there are too few of them
to prove it, so all that is asked is whether the readings are the same.
"""

import argparse
import logging
import re
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from archive.records import Page
from benchmarks.extraction import ARCHIVE_ZONE, FETCHED_AT
from benchmarks.extraction_cost import ask_library
from benchmarks.figures import Figure, print_figures, report_figures
from benchmarks.generator import Generator
from benchmarks.news_site import address_of, make_page
from benchmarks.saved_pages import list_pages, read_pages
from benchmarks.sizes import read_sizes
from crawler.extraction.extract import extract
from crawler.extraction.templates.lessons import Lesson, Note, read_page
from crawler.templates import MOST_LESSONS, PROVEN, SAMPLE

TARGET = 0.20
PUBLISHERS = 3
Result = TypeVar("Result")
_NUMBER = re.compile(r"[-_]?\d+$")


@dataclass
class Round:
    """Processor seconds by what was done, ends of pages, and pages that were read otherwise than in full."""

    library: float = 0.0
    full: float = 0.0
    templates: float = 0.0
    library_of_hits: float = 0.0
    hits_only: float = 0.0
    pages: int = 0
    ends: dict[str, int] = field(default_factory=dict)
    differing: int = 0

    def add(self, library: float, full: float, spent: float, note: Note | None, same: bool) -> None:
        """One page of a source whose template is in use."""
        self.library += library
        self.full += full
        self.templates += spent
        self.pages += 1
        if note is not None and note.end == "hit":
            self.library_of_hits += library
            self.hits_only += spent
        self.count(note, same)

    def count(self, note: Note | None, same: bool) -> None:
        """One page more with this end."""
        end = note.end if note else "none"
        self.ends[end] = self.ends.get(end, 0) + 1
        self.differing += not same


class Source:
    """The pages of one source, one after the other."""

    def __init__(self, found: Round, proven: int) -> None:
        self._round, self._proven = found, proven
        self._template: str | None = None
        self._agreed = self._lessons = self._seen = 0

    def take(self, page: Page) -> None:
        """One page, all three ways."""
        self._seen += 1
        is_in_use = self._template is not None and self._agreed >= self._proven
        trusted = is_in_use and (self._seen % SAMPLE != 0 or not self._proven)
        lesson = Lesson(self._template, trusted, self._lessons < MOST_LESSONS)
        library, _ = _time(lambda: ask_library(page))
        full, wanted = _time(lambda: extract(page))
        spent, (read, note) = _time(lambda: read_page(page, lesson, accelerated=True))
        if is_in_use:
            self._round.add(library, full, spent, note, read == wanted)
        else:
            self._round.count(note, read == wanted)
        if note is not None:
            self._learn(note)

    def _learn(self, note: Note) -> None:
        self._agreed += note.end == "agreed"
        self._lessons += note.studied
        if note.end == "disagreed":
            self._template, self._agreed = None, 0
        elif note.learned is not None:
            self._template = note.learned


def _time(work: Callable[[], Result]) -> tuple[float, Result]:
    started = time.process_time()
    result = work()
    return time.process_time() - started, result


def run_generated(pages: int) -> Round:
    """So many pages of each publisher of the generated site."""
    logging.disable(logging.CRITICAL)
    generator, found = Generator(7, pages * PUBLISHERS), Round()
    sources = [Source(found, PROVEN) for _ in range(PUBLISHERS)]
    for number in range(pages * PUBLISHERS):
        host = address_of(number % PUBLISHERS)
        body = make_page(generator.entry(number), number, host)
        sources[number % PUBLISHERS].take(
            Page(body, f"http://{host}/articles/{number}", FETCHED_AT, "text/html", zone=ARCHIVE_ZONE.key)
        )
    return found


def run_folder(paths: Sequence[Path]) -> Round:
    """All pages of each publisher, twice."""
    logging.disable(logging.CRITICAL)
    found = Round()
    for group in group_paths(paths):
        source = Source(found, 0)
        for _ in range(2):
            for _, page in read_pages(group):
                source.take(page)
    return found


def group_paths(paths: Sequence[Path]) -> list[list[Path]]:
    """The files of each publisher that has at least three."""
    groups: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        groups[_NUMBER.sub("", path.name.partition(".htm")[0])].append(path)
    return [group for group in groups.values() if len(group) > 2]


def summarise(rounds: Sequence[Round], *, proven: bool) -> list[Figure]:
    """Medians over the rounds; the ends of pages are the same in each."""
    first = rounds[0]
    compared = sum(first.ends.get(end, 0) for end in ("hit", "agreed", "disagreed"))
    figures = [
        Figure(f"pages with {name}", first.ends.get(name, 0), "")
        for name in ("learned", "unfit", "doubt", "agreed", "hit", "disagreed")
    ]
    hits = statistics.median(each.hits_only / each.library_of_hits for each in rounds)
    return [
        *figures,
        Figure("pages read by a template and compared", compared, ""),
        Figure("pages stored otherwise than in full", max(each.differing for each in rounds), "", at_most=0),
        Figure("the library with its metadata, a page", _per_page(rounds, "library"), "ms"),
        Figure("full extraction, a page", _per_page(rounds, "full"), "ms"),
        Figure("with templates, a page, doubts and sample included", _per_page(rounds, "templates"), "ms"),
        Figure(
            "with templates against the library",
            statistics.median(each.templates / each.library for each in rounds),
            "x",
        ),
        Figure("read by the template alone against the library", hits, "x", at_most=TARGET if proven else None),
        Figure(
            "full extraction against the library", statistics.median(each.full / each.library for each in rounds), "x"
        ),
    ]


def _per_page(rounds: Sequence[Round], what: str) -> float:
    return float(statistics.median(1000 * getattr(each, what) / each.pages for each in rounds))


def main() -> int:
    """Measure the rounds, print the table, write the figures; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pages", type=int, default=200, help="of each publisher of the generated site")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="folder with .html files, with or without .gz, at any depth")
    asked = read_sizes(parser, pages=30, rounds=1)
    work, given = (run_folder, list_pages(asked.folder)) if asked.folder else (run_generated, asked.pages)
    rounds = []
    for _ in range(asked.rounds):
        with get_context("spawn").Pool(1) as pool:
            rounds.append(pool.apply(work, (given,)))
    figures = summarise(rounds, proven=asked.folder is None)
    if asked.folder is not None:
        return print_figures(figures)
    return report_figures("templates", figures, tiny=asked.tiny, sizes=asked.sizes)


if __name__ == "__main__":
    raise SystemExit(main())
