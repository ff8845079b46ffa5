"""What people type in Kibana, compared with what `vigie search` finds: counted, and the differences written down.

Kibana asks its own `query_string` with the options that an installation sets, on the native fields that the index
names. `docs/kibana.md` lists every question of our tables that finds something else there.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from indexer.analysis import FrenchAnalyzer
from indexer.document import IndexEntry
from indexer.engines.base import Engine, Filters
from indexer.engines.choice import open_engine
from indexer.engines.cluster import Cluster
from indexer.kibana.space_settings import QUERY_STRING_OPTIONS
from indexer.query import parse
from tests.elasticsearch_node.fixture import place_on
from tests.indexer.engines.entries import make_entry

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[2] / "docs" / "kibana.md"
NOW = datetime(2026, 5, 1, tzinfo=UTC)
ANALYZER = FrenchAnalyzer()
KINDS = ("regional_press", "union", "local_press")
REGIONS: tuple[tuple[str, ...], ...] = (("FR-ARA",), ("FR-BRE",), ())
AGREEMENT = 0.9


def read_table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened, delimiter="\t", quoting=csv.QUOTE_NONE))


PAIRS = read_table(HERE.parent / "french_pairs.tsv")
ARTICLES = read_table(HERE / "typed_articles.tsv")
QUESTIONS = (HERE / "typed_questions.txt").read_text(encoding="utf-8").splitlines()


@dataclass(frozen=True)
class Both:
    """One index, asked in both ways."""

    engine: Engine
    place: Cluster

    def fill(self, entries: list[IndexEntry]) -> None:
        self.engine.put(entries)
        self.engine.commit(len(entries))

    def found(self, words: str) -> set[str]:
        """What Vigie finds."""
        tree = parse(words, now=NOW, analyzer=ANALYZER).tree
        return {name for _, name in self.engine.ids(tree, Filters())}

    def typed(self, words: str) -> set[str]:
        """What Kibana asks for when somebody types this."""
        query = {"query_string": {"query": words, **QUERY_STRING_OPTIONS}}
        with self.place.connect() as client:
            answer = client.search(index=self.place.prefix, query=query, size=1000, source=False)
        return {hit["_id"] for hit in answer["hits"]["hits"]}


@pytest.fixture
def both(cluster: Cluster, tmp_path: Path) -> Iterator[Both]:
    engine = open_engine("elasticsearch", tmp_path, ANALYZER, cluster)
    engine.swap(engine.beside(covers=0))
    yield Both(engine, cluster)
    engine.close()


def make_article(number: int, title: str, text: str) -> IndexEntry:
    return make_entry(
        f"a{number:03}", seq=number + 1, title=title, text=text, kind=KINDS[number % 3], regions=REGIONS[number % 3],
        edited=number % 10 == 0, date=datetime(2026, 2, 20, 12, tzinfo=UTC) + timedelta(hours=17 * number),
    )  # fmt: skip


def read_listed(heading: str) -> set[str]:
    """The first cells of the table under a heading of the document."""
    section = DOCUMENT.read_text(encoding="utf-8").partition(f"### {heading}\n")[2].partition("\n#")[0]
    return {match[1] for match in re.finditer(r"^\| `(.+?)` \|", section, re.MULTILINE)}


def test_the_french_table_typed_in_kibana(both: Both) -> None:
    texts = [f"Selon nos informations, {pair['text']}, a-t-on appris." for pair in PAIRS]
    both.fill([make_article(number, "", text) for number, text in enumerate(texts)])

    other = set()
    for number, pair in enumerate(PAIRS):
        name = f"a{number:03}.1"
        if (name in both.found(pair["search"])) != (name in both.typed(pair["search"])):
            other.add(f"{pair['search']} → {pair['text']}".replace("\u00ad", ""))

    assert 1 - len(other) / len(PAIRS) >= AGREEMENT
    assert other == read_listed("Pairs of words")


def test_french_questions_typed_in_kibana(both: Both) -> None:
    both.fill([make_article(number, each["title"], each["text"]) for number, each in enumerate(ARTICLES)])
    assert len(set(QUESTIONS)) == len(QUESTIONS) >= 100

    ours = {words: both.found(words) for words in QUESTIONS}
    other = {words for words in QUESTIONS if both.typed(words) != ours[words]}

    assert sum(bool(found) for found in ours.values()) >= 0.95 * len(QUESTIONS), "finding nothing is no agreement"
    assert 1 - len(other) / len(QUESTIONS) >= AGREEMENT
    assert other == read_listed("Questions")


def test_the_document_counts_as_its_tables_do() -> None:
    same = [len(PAIRS) - len(read_listed("Pairs of words")), len(QUESTIONS) - len(read_listed("Questions"))]
    said = " ".join(DOCUMENT.read_text(encoding="utf-8").split())
    assert (
        f"({len(PAIRS)} pairs) and {len(QUESTIONS)} French questions into both: in {same[0]} and {same[1]} of" in said
    )


@pytest.fixture(scope="module")
def read_only(elasticsearch_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """The invented articles, for tests that only read them."""
    with place_on(elasticsearch_url) as place:
        engine = open_engine("elasticsearch", tmp_path_factory.mktemp("engine"), ANALYZER, place)
        engine.swap(engine.beside(covers=0))
        both = Both(engine, place)
        both.fill([make_article(number, each["title"], each["text"]) for number, each in enumerate(ARTICLES)])
        yield both
        engine.close()


@pytest.mark.parametrize(
    ("ours", "typed"),
    [
        ("communiqué agression soutien", "communiqué AND agression AND soutien"),
        ("grève OR préavis AND municipale", "grève OR (préavis AND municipale)"),
        ("date:2026-03", "date:[2026-03-01 TO 2026-03-31]"),
        ("region:fr-bre", "regions:FR-BRE"),
        ("manifestati*", "title.exact:manifestati* OR text.exact:manifestati*"),
        ("muni*ale", "title.exact:muni*ale OR text.exact:muni*ale"),
        ("policers~", "title.exact:policers~ OR text.exact:policers~"),
        ("source_name:alpha", 'source_name:"Syndicat Alpha"'),
    ],
)
def test_how_to_write_what_differs(read_only: Both, ours: str, typed: str) -> None:
    same = ours.replace("region:", "regions:")
    assert read_only.found(ours) != read_only.typed(same), "it finds the same as it is: take it out"
    assert read_only.found(ours) == read_only.typed(typed)
    assert f"`{typed}`" in DOCUMENT.read_text(encoding="utf-8")
