"""What it costs to find the same text elsewhere: a sketch of each article, its bytes, and a look at one document.

    python -m benchmarks.same_texts FOLDER --documents 100000

Fills a catalogue with generated articles, sketches them as the projection does, and adds wire copy: each dispatch is
printed by twenty titles, by ten word for word and by ten with two words changed, an opening of their own, or the end
cut off. Then ordinary documents and dispatches are looked at, a document a transaction, as for a page.
"""

import argparse
import logging
import random
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.catalogue import Catalogue, create_catalogue, documents
from archive.catalogue.extractions import add_extraction
from archive.catalogue.sketches import find_same_texts, follow
from archive.records import Extraction
from benchmarks.alert_archive import BulkArchive
from benchmarks.figures import Figure, percentile, report_figures
from benchmarks.generator import Generator
from benchmarks.sizes import read_sizes

TITLES = 20  # that print one dispatch
DISPATCHES = 100
LOOKS = 500
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
FIRST_CAPTURE = 1 << 40  # beyond those of the generated articles


def print_dispatches(catalogue: Catalogue, generator: Generator) -> list[str]:
    """Write every dispatch as twenty titles print it; the ids of the first ones."""
    chance = random.Random(generator.seed)
    firsts = []
    for number in range(DISPATCHES):
        words = generator.entry(generator.documents + number).text.split()
        with catalogue.write() as transaction:
            for title, text in enumerate(_vary(words, chance)):
                name, at = f"wire{number:04}x{title:02}", FIRST + timedelta(minutes=number)
                url, capture = f"https://source-{title:03}.test/{name}", FIRST_CAPTURE + number * TITLES + title
                documents.create_document(
                    transaction, name, source=f"source-{title:03}", url=url, host=f"source-{title:03}.test",
                    first_seen_at=at, canonical_claim=None, next_check_at=None,
                )  # fmt: skip
                stored = add_extraction(transaction, capture, Extraction(1, url, f"Titre {title}", text))
                documents.add_version(
                    transaction, name, capture_id=capture, extraction_id=stored.id, fetched_at=at, is_latest=True,
                    via="live", now=at,
                )  # fmt: skip
        firsts.append(f"wire{number:04}x00")
    return firsts


def _vary(words: Sequence[str], chance: random.Random) -> Iterator[str]:
    """The dispatch as each title prints it."""
    for title in range(TITLES):
        printed = list(words)
        if title >= TITLES // 2:
            way = title % 3
            if way == 0:
                for place in chance.sample(range(len(printed)), 2):
                    printed[place] = "autrement"
            elif way == 1:
                printed[:0] = [f"ouverture{title}x{number}" for number in range(len(words) // 12)]
            else:
                del printed[-len(words) // 8 :]
        yield " ".join(printed)


def look(catalogue: Catalogue, names: Sequence[str]) -> tuple[list[float], int]:
    """The milliseconds of processor that each look took, sorted, and how many documents were found in all."""
    spent, found = [], 0
    for name in names:
        with catalogue.read() as transaction:
            one = documents.read_document(transaction, name)
            assert one is not None
            began = time.process_time()
            found += len(find_same_texts(transaction, one).found)
            spent.append((time.process_time() - began) * 1000)
    return sorted(spent), found


def measure(folder: Path, count: int) -> list[Figure]:
    """Fill, sketch, look."""
    generator = Generator(documents=count)
    catalogue = create_catalogue(folder)
    BulkArchive(catalogue, generator, FIRST - timedelta(days=20), FIRST).fill()
    before, began = catalogue.count_bytes(), time.process_time()
    made = follow(catalogue)
    processor, size = time.process_time() - began, catalogue.count_bytes() - before
    firsts = print_dispatches(catalogue, generator)
    follow(catalogue)
    chance = random.Random(generator.seed)
    ordinary = [f"{chance.randrange(count):08x}" for _ in range(LOOKS)]
    look(catalogue, ordinary[:20])  # statements are made and pages read once
    alone, _ = look(catalogue, ordinary)
    printed, found = look(catalogue, firsts)
    catalogue.close()
    return [
        Figure("processor time a sketch, written", processor * 1000 / made, "ms", at_most=1.0),
        Figure("catalogue a sketch", size / made, "bytes", at_most=300),
        Figure("processor time a look, article of its own, 95 %", percentile(alone, 0.95), "ms", at_most=10),
        Figure("processor time a look, dispatch, half", percentile(printed, 0.5), "ms", at_most=10),
        Figure("processor time a look, dispatch, 95 %", percentile(printed, 0.95), "ms", at_most=10),
        Figure("copies found of nineteen", found / len(firsts), "documents", at_least=18.5),
    ]


def main() -> int:
    """Measure and print; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="an empty folder for the catalogue")
    parser.add_argument("--documents", type=int, default=100_000)
    asked = read_sizes(parser, documents=400)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    figures = measure(asked.folder, asked.documents)
    return report_figures("same-texts", figures, tiny=asked.tiny, sizes=asked.sizes)


if __name__ == "__main__":
    sys.exit(main())
