"""How fast entries are indexed, and how large the index is beside its text.

    python -m benchmarks.indexing FOLDER --documents 100000

Makes (or goes on with) an index of the generated corpus in FOLDER, with the texts in an SQLite file beside it, from
which the search benchmark reads snippets. The generator's own time is not counted. A rerun adds only what is missing.
"""

import argparse
import sqlite3
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, report_figures
from benchmarks.generator import Generator
from benchmarks.sizes import read_sizes
from indexer.document import IndexEntry
from indexer.engines.base import Engine, IndexUnusableError
from indexer.engines.choice import ENGINES, open_engine

BATCH = 5_000
TARGET_RATE = 1_500  # as it ran, on two cores: the engine works in a thread of its own beside the analysis
TARGET_RATIO = 0.30


class TextFile:
    """The texts of the corpus, compressed, by entry id."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(folder / "texts.sqlite")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS text (id TEXT PRIMARY KEY, title TEXT, body BLOB, bytes INTEGER) WITHOUT ROWID"
        )

    def add(self, entries: list[IndexEntry]) -> None:
        """Keep the texts of these entries, durably."""
        rows = [(entry.id, entry.title, _packed(entry.text), len(entry.text.encode())) for entry in entries]
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO text VALUES (?, ?, ?, ?)", rows)

    def texts(self, ids: list[str]) -> dict[str, str]:
        """The texts of these entries."""
        marks = ",".join("?" * len(ids))
        rows = self._connection.execute(f"SELECT id, body FROM text WHERE id IN ({marks})", ids)
        return {name: zlib.decompress(body).decode() for name, body in rows}

    def total_bytes(self) -> int:
        """The size of all texts in UTF-8."""
        return int(self._connection.execute("SELECT coalesce(sum(bytes), 0) FROM text").fetchone()[0])


def open_or_create(name: str, folder: Path) -> Engine:
    """The engine in that folder, with an empty index if there was none."""
    engine = open_engine(name, folder)
    try:
        engine.health()
    except IndexUnusableError:
        engine.swap(engine.beside(covers=0))
    return engine


def fill(engine: Engine, texts: TextFile, generator: Generator) -> tuple[int, float, float]:
    """Index what is missing; the number of documents, processor seconds and seconds they took, texts excluded."""
    start = engine.checkpoint()
    processor = seconds = 0.0
    for batch in _batches(generator, start):
        texts.add(batch)
        began, wall = time.process_time(), time.perf_counter()
        engine.put(batch)
        engine.commit(batch[-1].seq)
        processor += time.process_time() - began
        seconds += time.perf_counter() - wall
        _report(batch[-1].seq, generator.documents, seconds)
    began, wall = time.process_time(), time.perf_counter()
    engine.close()
    return generator.documents - start, processor + time.process_time() - began, seconds + time.perf_counter() - wall


def _batches(generator: Generator, start: int) -> Iterator[list[IndexEntry]]:
    for first in range(start, generator.documents, BATCH):
        yield list(generator.entries(first, min(first + BATCH, generator.documents)))


def _report(done: int, documents: int, seconds: float) -> None:
    if sys.stderr.isatty() or done % 50_000 == 0:
        print(f"{done:,} of {documents:,}, {seconds:,.0f} s of indexing", file=sys.stderr)


def _packed(text: str) -> bytes:
    return zlib.compress(text.encode(), 1)


def main() -> int:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--engine", choices=ENGINES, default=ENGINES[0])
    arguments = read_sizes(parser, documents=150)
    engine, texts = open_or_create(arguments.engine, arguments.folder), TextFile(arguments.folder)
    documents, processor, seconds = fill(engine, texts, Generator(arguments.seed, arguments.documents))
    health = engine.health()
    engine.close()
    figures = [
        Figure("entries in the index", health.entries, ""),
        Figure("text", texts.total_bytes() / 1e6, "MB"),
        Figure("index / text", health.size_bytes / max(1, texts.total_bytes()), "", at_most=TARGET_RATIO),
        Figure("segments", health.segments, ""),
    ]
    if documents:
        figures += [
            Figure("indexed now", documents, ""),
            Figure("processor time a document", processor / documents * 1000, "ms"),
            Figure("rate of one core", documents / processor, "a second"),
            Figure("rate as it ran", documents / seconds, "a second", at_least=TARGET_RATE),
        ]
    return report_figures("indexing", figures, tiny=arguments.tiny, sizes=arguments.sizes)


if __name__ == "__main__":
    sys.exit(main())
