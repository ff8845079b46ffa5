"""Saved queries in numbers: many queries on a batch, backtests of a long log, and whether all ways answer alike.

    python -m benchmarks.alerts FOLDER --documents 450000

Makes (or goes on with) a catalogue of ninety days and its index in FOLDER. Each backtest runs as its command, in a
process of its own, whose time and memory are measured; the others are held against the same query asked of search and
of live matching. `--characters` cuts the texts, where making the index of whole ones takes too long.
"""

import argparse
import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.catalogue import Catalogue, create_catalogue, matches
from archive.catalogue.changes import last_seq
from benchmarks.alert_archive import open_archive, open_index
from benchmarks.figures import Figure, report_figures
from benchmarks.generator import Generator
from benchmarks.sizes import read_sizes
from config.query import SavedQuery
from indexer import projection
from indexer.alerts.answering import answer
from indexer.alerts.matching import follow
from indexer.alerts.registering import register_queries
from indexer.alerts.watched import watch
from indexer.analysis import FrenchAnalyzer
from indexer.engines.base import Filters
from indexer.engines.choice import open_engine
from indexer.query import Limits, QueryError
from tests.indexer.newsroom import Newsroom
from tests.indexer.query_generator import QueryGenerator

DAYS = 90
QUERIES_ON_A_BATCH, BATCH_DOCUMENTS, BATCH_SECONDS = 300, 200, 0.5
BACKTEST_SECONDS, BACKTEST_MEBIBYTES = 60, 500
ALIKE_QUERIES, ALIKE_DOCUMENTS = 200, 5_000
ZONE = "Europe/Paris"

Queries = dict[str, SavedQuery]


def main() -> int:
    """Measure, print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alerts", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=450_000)
    parser.add_argument("--characters", type=int)
    parser.add_argument("--alike-documents", type=int, default=ALIKE_DOCUMENTS)
    parser.add_argument("--alike-queries", type=int, default=ALIKE_QUERIES)
    asked = read_sizes(parser, documents=200, alike_documents=200, alike_queries=20)
    logging.basicConfig(level="WARNING")
    logging.getLogger("benchmarks").setLevel("INFO")
    now = datetime.now(UTC)
    first = now - timedelta(days=DAYS)
    with closing(open_archive(asked.folder, asked.documents, first, now, asked.characters)) as made:
        open_index(asked.folder / "index", made).close()
        words = list(_choose_words(asked.documents))
    figures = list(_measure_backtests(asked.folder, words))
    with tempfile.TemporaryDirectory(prefix="vigie-alerts-") as folder:
        figures += _measure_batch(Path(folder))
    with tempfile.TemporaryDirectory(prefix="vigie-alike-") as folder:
        figures += _measure_agreement(Path(folder), asked.alike_documents, asked.alike_queries)
    return report_figures("alerts", figures, tiny=asked.tiny, sizes=asked.sizes)


def _choose_words(documents: int) -> Iterator[tuple[str, dict[str, object]]]:
    """Backtests that differ in what they cost: rare and frequent words, dates that move, facts that change."""
    vocabulary = Generator(7, documents).vocabulary.words
    rare, middle = vocabulary[9_000], vocabulary[400]
    yield "a rare word", {"query": rare}
    yield "a frequent word", {"query": middle}
    yield "dates that count from the change", {"query": f"{middle} AND date:>=now-900d"}
    yield "sources and edits", {"query": f"{middle} AND source:source-003 AND edited:false", "on_removal": "mail"}
    yield "everything", {"query": "*", "schedule": "daily 07:30"}


def _measure_backtests(folder: Path, chosen: list[tuple[str, dict[str, object]]]) -> Iterator[Figure]:
    config = folder / "config"
    (config / "sources").mkdir(parents=True, exist_ok=True)
    (config / "settings.yaml").write_text(json.dumps({"data_folder": str(folder)}))
    for name, keys in chosen:
        file = folder / "essai.yaml"
        file.write_text(json.dumps({"title": name} | keys))
        began = time.monotonic()
        command = [sys.executable, "-m", "vigie", "--config", str(config), "alerts", "backtest", str(file)]
        done = subprocess.run([*command, "--days", "36500", "--json"], capture_output=True, text=True, check=True)
        seconds, found = time.monotonic() - began, json.loads(done.stdout)
        yield Figure(f"backtest of {name}", seconds, "s", at_most=BACKTEST_SECONDS)
        yield Figure("  matches", sum(found["outcomes"].values()), "")
        yield Figure("  versions read from the catalogue", found["read"], f"of {found['changes']}")
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    yield Figure("memory of the largest backtest", most, "MiB", at_most=BACKTEST_MEBIBYTES)


def _measure_batch(folder: Path) -> list[Figure]:
    """Live matching as the stage does it: the batch read, indexed, asked by every query, and the rows written.

    A batch before it makes the words known, as they are to a daemon that runs.
    """
    generator = Generator(7, 2 * BATCH_DOCUMENTS)
    queries = make_queries(generator.vocabulary.words)
    with closing(create_catalogue(folder)) as catalogue:
        newsroom, analyzer = Newsroom(catalogue), FrenchAnalyzer()
        watched = register_queries(catalogue, queries, Limits(), analyzer, datetime.now(UTC), ZONE)
        for start in (0, BATCH_DOCUMENTS):
            for entry in generator.entries(start, start + BATCH_DOCUMENTS):
                newsroom.publish(entry.document, entry.text, entry.title or "Titre")
            began, processor = time.perf_counter(), time.process_time()
            found = follow(catalogue, watched, analyzer, lambda: datetime.now(UTC))
            seconds, processor = time.perf_counter() - began, time.process_time() - processor
    return [
        Figure(f"{QUERIES_ON_A_BATCH} queries on {BATCH_DOCUMENTS} documents", seconds, "s", at_most=BATCH_SECONDS),
        Figure("  of which processor time", processor, "s"),
        Figure("  matches", sum(found.counts.values()), ""),
    ]


def make_queries(words: Sequence[str]) -> Queries:
    """As many as a busy desk has, each a word or a phrase."""
    return {
        f"q{number}": SavedQuery(
            title="q",
            query=f'{words[2_000 + number * 7]} OR "{words[number]} {words[number + 1]}"',
            recipients=("a@b.test",),
        )
        for number in range(QUERIES_ON_A_BATCH)
    }


def _measure_agreement(folder: Path, documents: int, count: int) -> list[Figure]:
    """The same random queries by search, by backtest and by live matching."""
    with closing(create_catalogue(folder)) as catalogue, closing(open_engine("embedded", folder / "index")) as engine:
        analyzer = FrenchAnalyzer()
        queries = _random_queries(analyzer, documents, count)
        watched = register_queries(catalogue, queries, Limits(), analyzer, datetime.now(UTC), ZONE)
        newsroom = Newsroom(catalogue)
        for entry in Generator(7, documents).entries():
            newsroom.publish(entry.document, entry.text[:800], entry.title or "Titre")
        follow(catalogue, watched, analyzer, lambda: datetime.now(UTC))
        projection.rebuild(catalogue, engine)
        with catalogue.read() as transaction:
            end = last_seq(transaction)
        alike = telling = moving = 0
        for name, query in watched.items():
            alert = _list_told(catalogue, name, end)
            played = answer(catalogue, engine, query, analyzer, after=0, up_to=end).seqs
            searched = alert  # a search with `now` in it asks about another moment
            if query.tree is not None:
                searched = [seq for seq, _ in engine.ids(query.tree, Filters(past=True))]
            moving += query.tree is None
            telling += 0 < len(alert) < end
            alike += alert == played == searched
    return [
        Figure("queries that search, backtest and alert answer alike", alike, f"of {len(queries)}",
               at_least=len(queries)),
        Figure("  of which with some matches, not all", telling, ""),
        Figure("  of which with `now` in them, not asked of search", moving, ""),
    ]  # fmt: skip


def _random_queries(analyzer: FrenchAnalyzer, documents: int, count: int) -> Queries:
    words = Generator(7, documents).vocabulary.words[150:1_500:12]
    generator = QueryGenerator(17, tuple(words), tuple(sorted({word[:4] for word in words if len(word) > 6})))
    queries: Queries = {}
    while len(queries) < count:
        query = SavedQuery(title="q", query=generator.query(), recipients=("a@b.test",))
        try:
            watch("q", query.asked, Limits(), analyzer)
        except QueryError:
            continue
        queries[f"q{len(queries)}"] = query
    return queries


def _list_told(catalogue: Catalogue, name: str, end: int) -> list[int]:
    with catalogue.read() as transaction:
        return [one.seq for one in matches.list_matches(transaction, name, after=0, up_to=end)]


if __name__ == "__main__":
    sys.exit(main())
