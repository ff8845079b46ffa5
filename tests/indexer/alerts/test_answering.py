"""The search index and the catalogue give the same answer over the log, whatever happened to documents since."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.catalogue import Catalogue
from archive.catalogue.changes import last_seq
from indexer import projection
from indexer.alerts.answering import Answer, answer
from indexer.alerts.batches import read_chosen
from indexer.alerts.bounds import bound
from indexer.alerts.watched import Watched, watch
from indexer.analysis import FrenchAnalyzer
from indexer.engines.base import Engine
from indexer.engines.choice import open_engine
from indexer.query import Limits, QueryError, parse
from indexer.tree import Without
from tests.indexer.alerts.desk import make_query
from tests.indexer.alerts.history import History
from tests.indexer.query_generator import QueryGenerator

LATER_TOO = (
    "edited:true", "NOT edited:oui", 'source_name:"Nom 1"', "source:gazette", "region:FR-IDF", "departement:69",
    "kind:union AND NOT source:gazette", "police AND date:>=now-30d", "date:[now-1d TO now]", "first_seen_at:now/d",
    "NOT date:>=now-7d", "police OR published_at:[now-9d/d TO now/d]", "regions:*", "sources:*",
)  # fmt: skip


@pytest.fixture(scope="module")
def analyzer() -> FrenchAnalyzer:
    return FrenchAnalyzer()


@pytest.fixture
def engine(tmp_path: Path, catalogue: Catalogue, analyzer: FrenchAnalyzer) -> Iterator[Engine]:
    opened = open_engine("embedded", tmp_path / "index", analyzer)
    yield opened
    opened.close()


def make_watched(analyzer: FrenchAnalyzer, words: str, **filters: object) -> Watched:
    return watch("q", make_query(words, **filters).asked, Limits(), analyzer)


def ask(catalogue: Catalogue, engine: Engine | None, watched: Watched, after: int = 0) -> Answer:
    with catalogue.read() as transaction:
        end = last_seq(transaction)
    return answer(catalogue, engine, watched, watched.analyzer, after=after, up_to=end)


def list_queries(analyzer: FrenchAnalyzer, seed: int, count: int) -> Iterator[Watched]:
    """Those that need care, and random ones, with filters now and then."""
    yield from (make_watched(analyzer, words) for words in LATER_TOO)
    generator = QueryGenerator(seed)
    while count:
        filters = generator.dice.choice(
            ({}, {}, {"regions": ["FR-IDF"]}, {"kinds": ["union"]}, {"sources": ["gazette"]})
        )
        try:
            yield make_watched(analyzer, generator.query(), **filters)
        except QueryError:
            continue
        count -= 1


@pytest.mark.parametrize("seed", [2, 3])
def test_both_ways_answer_alike_whatever_happened(
    catalogue: Catalogue, engine: Engine, analyzer: FrenchAnalyzer, seed: int
) -> None:
    history = History(catalogue, seed)
    history.publish(40)
    history.happen(150)
    projection.rebuild(catalogue, engine)
    history.happen(40)  # the index is behind by these

    asked = 0
    for watched in list_queries(analyzer, seed, 20):
        try:
            slow = ask(catalogue, None, watched)
        except QueryError:  # a range of dates that ends before it begins, seen from some change
            with pytest.raises(QueryError):
                ask(catalogue, engine, watched)
            continue
        fast = ask(catalogue, engine, watched)
        assert fast.seqs == slow.seqs, watched.words
        assert fast.read < fast.versions == slow.read
        asked += bool(slow.seqs)
    assert asked > 15


@pytest.mark.parametrize("words", [words for words in LATER_TOO if "now" in words])
def test_each_version_is_asked_as_of_its_own_change(catalogue: Catalogue, analyzer: FrenchAnalyzer, words: str) -> None:
    """Together, in batches, and one by one, where no other moment can interfere."""
    history = History(catalogue, 4, step=timedelta(hours=3))
    history.publish(60)
    watched = make_watched(analyzer, words)
    assert watched.tree is None

    together = ask(catalogue, None, watched).seqs

    with catalogue.read() as transaction:
        batches = [read_chosen(transaction, analyzer, [seq]) for seq in range(1, last_seq(transaction) + 1)]
    assert together == [seq for batch in batches for seq in batch.find(watched)]
    assert together


def test_a_stretch_of_the_log_is_answered_by_itself(
    catalogue: Catalogue, engine: Engine, analyzer: FrenchAnalyzer
) -> None:
    History(catalogue, 5).publish(60)
    projection.rebuild(catalogue, engine)
    watched = make_watched(analyzer, "police OR grève OR date:>=now-7d")

    whole, part = ask(catalogue, engine, watched), ask(catalogue, engine, watched, after=50)

    assert part.seqs == [seq for seq in whole.seqs if seq > 50]
    assert part.seqs and part.versions < whole.versions


def test_an_index_that_is_not_there_is_no_reason_to_fail(
    catalogue: Catalogue, engine: Engine, analyzer: FrenchAnalyzer
) -> None:
    History(catalogue, 6).publish(30)
    watched = make_watched(analyzer, "police OR grève")

    without = ask(catalogue, engine, watched)

    assert without.unusable is not None and "vigie rebuild" in without.unusable
    assert without.read == without.versions == 30
    assert without.seqs == ask(catalogue, None, watched).seqs != []


def test_an_index_of_another_log_is_not_asked(catalogue: Catalogue, engine: Engine, analyzer: FrenchAnalyzer) -> None:
    """As after a catalogue was put back from a backup: numbers may have been given again."""
    History(catalogue, 6).publish(10)
    projection.rebuild(catalogue, engine)
    engine.commit(engine.checkpoint() + 5)

    found = ask(catalogue, engine, make_watched(analyzer, "*"))

    assert found.unusable is not None and "put back from a backup" in found.unusable
    assert len(found.seqs) == found.read == 10


def test_what_the_index_lost_is_read_from_the_catalogue(
    catalogue: Catalogue, engine: Engine, analyzer: FrenchAnalyzer
) -> None:
    History(catalogue, 7).publish(30)
    projection.rebuild(catalogue, engine)
    watched = make_watched(analyzer, "*")
    whole = ask(catalogue, engine, watched)
    _, lost = next(engine.ids(watched.tree_at(datetime.now(UTC)), watched.filters, 9))
    engine.remove([lost])
    engine.commit(engine.checkpoint())

    found = ask(catalogue, engine, watched)

    assert found.seqs == whole.seqs and (whole.read, found.read) == (0, 1)


def test_only_what_changed_since_is_read(catalogue: Catalogue, engine: Engine, analyzer: FrenchAnalyzer) -> None:
    history = History(catalogue, 8)
    history.publish(50)
    history.extract_again()
    history.edit()
    projection.rebuild(catalogue, engine)

    assert ask(catalogue, engine, make_watched(analyzer, "police")).read == 1
    assert ask(catalogue, engine, make_watched(analyzer, "police edited:true")).read == 2
    history.change_labels()
    projection.follow(catalogue, engine)
    assert ask(catalogue, engine, make_watched(analyzer, "police")).read == 1
    assert ask(catalogue, engine, make_watched(analyzer, "police", regions=["FR-IDF"])).read > 10


def test_dates_that_move_with_now_are_bounded_on_the_right_side() -> None:
    early, late = (datetime(2026, 3, day, 12, tzinfo=UTC) for day in (1, 2))
    trees = [parse("police NOT date:>=now-7d", now=now).tree for now in (early, late)]

    certain, possible = bound(*trees)

    assert certain != possible
    assert bound(trees[0], trees[0]) == (trees[0], trees[0])
    for tree, low in ((certain, early - timedelta(days=7, hours=2)), (possible, late - timedelta(days=7, hours=-2))):
        (unless,) = [child.child for child in tree.children if isinstance(child, Without)]  # type: ignore[union-attr]
        assert unless.low == low  # type: ignore[union-attr]
