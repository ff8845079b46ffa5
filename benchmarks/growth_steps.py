"""What `benchmarks.growth` measures that is no command of Vigie, each as a process.

python -m benchmarks.growth_steps search --config DIR --documents 100000
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from archive.catalogue import Catalogue, captures, utc_now, work
from archive.catalogue.entries import read_entries_by_id
from archive.store import Archive
from benchmarks.alerts import BATCH_DOCUMENTS, ZONE, make_queries
from benchmarks.figures import percentile
from benchmarks.generator import Generator
from benchmarks.growth_archive import Press, add_stored
from benchmarks.search import WARM_UP, Bench, Question, Questions
from config.loading import load_valid
from indexer.alerts.matching import follow
from indexer.alerts.registering import register_queries
from indexer.analysis import FrenchAnalyzer
from indexer.document import split_entry_id
from indexer.entries import make_entry
from indexer.query import Limits
from vigie.installation import Installation

SEED = 7


class CatalogueTexts:
    """Texts as a search reads them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def texts(self, ids: list[str]) -> dict[str, str]:
        """The texts of these entries."""
        keys = [key for name in ids if (key := split_entry_id(name))]
        with self._catalogue.read() as transaction:
            entries = [make_entry(row) for row in read_entries_by_id(transaction, keys)]
        return {entry.id: entry.text for entry in entries}


def search(installation: Installation, documents: int, times: int) -> dict[str, float]:
    """Milliseconds of all kinds of question together, and of those with snippets."""
    kinds = Questions(Generator(SEED, documents), SEED).kinds()
    with installation.open_catalogue() as catalogue, installation.open_engine() as engine:
        bench = Bench(engine, CatalogueTexts(catalogue))
        taken = {name: ask_often(bench, make, times) for name, make in kinds.items()}
    every = sorted(one for values in taken.values() for one in values)
    snippets = sorted(taken["ten hits with snippets"])
    return {
        "p50": percentile(every, 0.5), "p99": percentile(every, 0.99),
        "snippets_p50": percentile(snippets, 0.5), "snippets_p99": percentile(snippets, 0.99),
    }  # fmt: skip


def ask_often(bench: Bench, make: Callable[[], Question], times: int) -> list[float]:
    """Milliseconds of each of so many questions of a kind, after some to warm up."""
    for _ in range(WARM_UP):
        bench.ask(make())
    return [bench.ask(make())[0] for _ in range(times)]


def find_due(installation: Installation, times: int) -> dict[str, float]:
    """Milliseconds of one look for hosts with work, as a crawl takes it at every turn, and for work for extraction."""
    with installation.open_catalogue() as catalogue, catalogue.read() as transaction:
        hosts = [spend(lambda: work.list_due_hosts(transaction, utc_now(), limit=64)) for _ in range(times)]
        pages = [spend(lambda: captures.list_to_extract(transaction, limit=8)) for _ in range(times)]
    return {"hosts": statistics.median(hosts), "pages": statistics.median(pages)}


def spend(ask: Callable[[], object]) -> float:
    """Milliseconds of a call."""
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


def match(installation: Installation, config: Path, port: int, documents: int) -> dict[str, float]:
    """Milliseconds of matching a batch, after one that makes the words known."""
    press, analyzer = Press(config, port, documents), FrenchAnalyzer()
    queries = make_queries(Generator(SEED, documents).vocabulary.words)
    with installation.open_catalogue() as catalogue:
        watched = register_queries(catalogue, queries, Limits(), analyzer, utc_now(), ZONE)
        first = documents * 2  # beyond those that were added before
        for start in (first, first + BATCH_DOCUMENTS):
            with closing(Archive(catalogue, operator=None, clock=utc_now)) as archive:
                entries = [press.make_entry(number) for number in range(start, start + BATCH_DOCUMENTS)]
                add_stored(catalogue, archive, entries)
            began = time.perf_counter()
            found = follow(catalogue, watched, analyzer, utc_now)
            milliseconds = (time.perf_counter() - began) * 1000
    return {"milliseconds": milliseconds, "matches": sum(found.counts.values()), "queries": len(queries)}


def main() -> int:
    """One step; one line of JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.growth_steps", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("step", choices=("search", "due", "match"))
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--documents", type=int, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--times", type=int, default=50, help="questions of each kind")
    asked = parser.parse_args()
    installation = Installation(load_valid(asked.config))
    if asked.step == "search":
        said = search(installation, asked.documents, asked.times)
    elif asked.step == "due":
        said = find_due(installation, asked.times)
    else:
        said = match(installation, asked.config, asked.port, asked.documents)
    print(json.dumps(said))
    return 0


if __name__ == "__main__":
    sys.exit(main())
