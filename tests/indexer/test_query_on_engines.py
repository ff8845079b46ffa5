"""Queries as people write them, asked of real engines: all of them answer as the entries say."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from indexer.analysis import FrenchAnalyzer
from indexer.engines.base import Engine, Filters
from indexer.engines.choice import open_engine
from indexer.query import QueryError, parse
from indexer.tree import AllOf, TermIs
from tests.indexer.engines.conftest import CLUSTERS
from tests.indexer.engines.entries import make_entries, make_entry
from tests.indexer.engines.oracle import Oracle
from tests.indexer.query_generator import QueryGenerator
from tests.indexer.test_french_pairs import pair_entry, read_pairs, should_meet

NOW = datetime(2024, 6, 1, tzinfo=UTC)
PAST = Filters(past=True)
WORDS = (
    "policier syndical préavis grève manifestants l’agression d'obtempérer narcotrafic narco-trafic Saint-Étienne "
    "coeur communiqué CRS gardiens 12,5 préfète la de insécurité"
).split()
STEMS = ("polic", "manif", "synd", "l'insecur", "préf", "saint-et")

ARTICLES = {
    "alpha": ("Refus d’obtempérer à Saint-Étienne", "Deux policières blessées ; l'IGPN est saisie. Le préfet réagit."),
    "beta": ("Grève des surveillants", "Un préavis de grève court jusqu'au 14 mars, dit le communiqué du syndicat."),
    "gamma": ("La commune sous tension", "Narco-trafic : vingt C.R.S. déployés, une garde à vue. Pas de blessé."),
}


@pytest.fixture(params=["embedded", "fts5", *CLUSTERS])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    on_cluster = request.param in CLUSTERS
    place = request.getfixturevalue(CLUSTERS[request.param]) if on_cluster else None
    opened = open_engine("elasticsearch" if on_cluster else request.param, tmp_path, FrenchAnalyzer(), place)
    opened.swap(opened.beside(covers=0))
    request.addfinalizer(opened.close)
    return opened


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("policier", {"alpha"}),
        ("blessé", {"alpha", "gamma"}),
        ("blessé -CRS", {"alpha"}),
        ("grève OR narcotrafic", {"beta", "gamma"}),
        ("communiqué", {"beta"}),
        ("titre:commune", {"gamma"}),
        ('"garde à vue"', {"gamma"}),
        ('"préavis grève"', set()),
        ('"préavis grève"~1', {"beta"}),
        ("saint-etienne", {"alpha"}),
        ("narcotraf*", {"gamma"}),
        ("saint-et*", {"alpha"}),
        ("obtemperr~", {"alpha"}),
        ("NOT grève", {"alpha", "gamma"}),
        ("author:*", set()),
        ("*", {"alpha", "beta", "gamma"}),
    ],
)
def test_articles(engine: Engine, text: str, names: set[str]) -> None:
    engine.put(
        make_entry(name, seq=seq, title=title, text=body)
        for seq, (name, (title, body)) in enumerate(ARTICLES.items(), 1)
    )
    engine.commit(3)

    found = {name.partition(".")[0] for _, name in engine.ids(parse(text, now=NOW).tree, PAST)}

    assert found == names


def test_the_french_table(engine: Engine) -> None:
    pairs = read_pairs()
    analyzer = FrenchAnalyzer()
    engine.put(pair_entry(pair, f"p{at}", at) for at, pair in enumerate(pairs, 1))
    engine.commit(len(pairs))

    wrong = []
    for at, pair in enumerate(pairs, 1):
        tree = parse(pair["search"], now=NOW, analyzer=analyzer).tree
        met = bool(engine.count(AllOf((tree, TermIs("document", f"p{at}"))), PAST))
        if met != should_meet(pair):
            wrong.append((pair["search"], pair["text"]))

    assert wrong == []


def test_random_queries_find_what_they_mean(engine: Engine) -> None:
    analyzer = FrenchAnalyzer()
    entries = make_entries(150)
    engine.put(entries)
    engine.commit(len(entries))
    oracle, generator, matched = Oracle(entries, analyzer), QueryGenerator(5, WORDS, STEMS), 0

    for _ in range(300):
        text = generator.query()
        try:
            tree = parse(text, now=NOW, analyzer=analyzer).tree
        except QueryError:
            continue
        expected = oracle.ids(tree)
        assert {name for _, name in engine.ids(tree, PAST)} == expected, text
        matched += 0 < len(expected) < len(entries)

    assert matched > 120, "the queries are too easy: change the generator's words"
