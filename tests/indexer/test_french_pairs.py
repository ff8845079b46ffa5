"""Words that must and must not find each other: our own table, asked through the query language.

`limit-…` rows are what a light stemmer cannot do, kept so that the documentation says the truth about it.
"""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from indexer.analysis import FrenchAnalyzer
from indexer.document import IndexEntry
from indexer.query import parse
from tests.indexer.engines.entries import make_entry
from tests.indexer.engines.oracle import Oracle

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ANALYZER = FrenchAnalyzer()
PAIRS = Path(__file__).with_name("french_pairs.tsv")


def read_pairs() -> list[dict[str, str]]:
    with PAIRS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def should_meet(pair: dict[str, str]) -> bool:
    """Whether the search of a row is to find its text."""
    return pair["verdict"] in ("meet", "limit-meet")


def pair_entry(pair: dict[str, str], document: str = "d1", seq: int = 1) -> IndexEntry:
    """An article that says the text of a row."""
    return make_entry(document, seq=seq, text=f"Selon nos informations, {pair['text']}, a-t-on appris.")


@pytest.mark.parametrize("pair", read_pairs(), ids=lambda pair: f"{pair['search']}|{pair['text']}")
def test_pair(pair: dict[str, str]) -> None:
    tree = parse(pair["search"], now=NOW, analyzer=ANALYZER).tree
    found = Oracle([pair_entry(pair)], ANALYZER).ids(tree)

    assert bool(found) == should_meet(pair), (
        f"{pair}: the text becomes {ANALYZER.written(pair['text']).places!r}, the query {tree}"
    )


def test_the_table_is_large_and_limits_say_why() -> None:
    pairs = read_pairs()

    assert sum(pair["verdict"] == "meet" for pair in pairs) >= 150
    assert sum(pair["verdict"] == "apart" for pair in pairs) >= 80
    assert len({(pair["search"], pair["text"]) for pair in pairs}) == len(pairs)
    assert all(pair["remark"] for pair in pairs if pair["verdict"].startswith("limit"))
