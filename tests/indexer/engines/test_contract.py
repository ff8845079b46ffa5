"""One contract, every engine: the same entries, counts, facets and order, judged entry by entry without an index."""

import random
from collections import Counter
from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import get_args

import pytest

from indexer.analysis import FrenchAnalyzer
from indexer.document import FACETS, IndexEntry
from indexer.engines.base import (
    Bucket,
    Engine,
    EngineError,
    EntryRefusedError,
    Filters,
    SearchRequest,
    Sort,
    bucket_start,
    narrow,
)  # fmt: skip
from indexer.engines.entry_terms import entry_keywords
from indexer.tree import AllOf, Everything, Node, Nothing, PhraseIs, TermIs, Without
from tests.indexer.engines.entries import make_entries, make_entry
from tests.indexer.engines.oracle import Oracle
from tests.indexer.engines.tree_generator import TreeGenerator

PAST = Filters(past=True)
SORTS: tuple[Sort, ...] = get_args(Sort)
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def fill(engine: Engine, entries: list[IndexEntry], batch: int = 60) -> None:
    """Put the entries in several commits, so that the index has several segments."""
    for start in range(0, len(entries), batch):
        part = entries[start : start + batch]
        engine.put(part)
        engine.commit(part[-1].seq)


def found(engine: Engine, tree: Node, filters: Filters = PAST) -> set[str]:
    return {name for _, name in engine.ids(tree, filters)}


def test_random_trees_find_what_they_mean(engine: Engine, analysis: FrenchAnalyzer) -> None:
    entries = make_entries(250)
    fill(engine, entries)
    oracle = Oracle(entries, analysis)
    generator = TreeGenerator(seed=20)
    matched = 0
    for _ in range(400):
        tree = generator.tree()
        expected = oracle.ids(tree)
        assert found(engine, tree) == expected, tree
        assert engine.count(tree, PAST) == len(expected), tree
        matched += bool(expected) and len(expected) < len(entries)
    assert matched > 200, "the trees are too easy: change the generator"


def test_phrases_with_moves_follow_one_rule(engine: Engine, analysis: FrenchAnalyzer) -> None:
    entries = [make_entry(f"d{n}", seq=n + 1, text=text) for n, text in enumerate(_orders("alfa bravo carlo delta"))]
    fill(engine, entries)
    oracle = Oracle(entries, analysis)
    terms = [analysis.terms(word)[0].term for word in ("alfa", "bravo", "carlo", "delta")]
    for slop in range(4):
        for words in (terms[:2], terms[:3], terms, [terms[0], terms[0]], [terms[1], terms[0], terms[1]]):
            tree = PhraseIs("text", tuple(enumerate(words)), slop)
            assert found(engine, tree) == oracle.ids(tree), tree


def _orders(words: str) -> list[str]:
    one, two, three, four = words.split()
    return [
        f"{one} {two} {three} {four}", f"{four} {three} {two} {one}", f"{two} {one} {three}", f"{one} zoulou {two}",
        f"{one} {three} zoulou {two}", f"{two} {two} {one}", f"{one} {one}", f"{one} zoulou {one} {two}",
        f"{three} {one} {two} zoulou {four}", f"{two} zoulou zoulou {one} {three}", one, f"{one} le {two} de {three}",
    ]  # fmt: skip


def test_filters_narrow_like_conditions(engine: Engine, analysis: FrenchAnalyzer) -> None:
    entries = make_entries(120, seed=3)
    fill(engine, entries)
    oracle = Oracle(entries, analysis)
    since, until = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC)
    for filters in (
        Filters(),
        Filters(sources=("Radio-des-Monts", "courrier-du-val"), past=True),
        Filters(kinds=("union",), regions=("fr-ara",), since=since, until=until),
        Filters(departements=("2a",), languages=("fr",), states=("removed",), until=until),
    ):
        expected = oracle.ids(narrow(Everything(), filters))
        assert expected
        assert found(engine, Everything(), filters) == expected


def test_only_current_versions_unless_asked(engine: Engine) -> None:
    engine.put([make_entry(version=1, seq=1, current=False), make_entry(version=2, seq=2)])
    engine.commit(2)
    assert found(engine, Everything(), Filters()) == {"d1.2"}
    assert found(engine, Everything(), PAST) == {"d1.1", "d1.2"}


def test_pages_by_date_neither_repeat_nor_skip(engine: Engine) -> None:
    entries = [make_entry(f"d{n}", seq=n + 1, date=NOON + timedelta(days=n % 3)) for n in range(50)]
    fill(engine, entries, batch=7)
    for sort, sign in (("newest", -1), ("oldest", 1)):
        pages = [engine.search(SearchRequest(sort=sort, offset=at, limit=7)) for at in range(0, 56, 7)]  # type: ignore[arg-type]
        order = [hit.id for page in pages for hit in page.hits]
        assert order == [entry.id for entry in sorted(entries, key=lambda entry: sign * entry.sort_key)]
        assert {page.total for page in pages} == {50}


def test_words_rank_and_the_rest_comes_newest_first(engine: Engine, analysis: FrenchAnalyzer) -> None:
    word = analysis.terms("préavis")[0].term
    engine.put([
        make_entry("rare", seq=1, text="un préavis " + "de nuit sur le quartier " * 30),
        make_entry("dense", seq=2, text="préavis préavis préavis"),
        make_entry("none", seq=3, text="autre chose"),
    ])  # fmt: skip
    engine.commit(3)
    ranked = engine.search(SearchRequest(TermIs("text", word)))
    assert [hit.id for hit in ranked.hits] == ["dense.1", "rare.1"]
    assert ranked.hits[0].score is not None and ranked.hits[0].score > (ranked.hits[1].score or 0)
    unranked = engine.search(SearchRequest(TermIs("kind", "union")))
    assert [hit.id for hit in unranked.hits] == ["none.1", "dense.1", "rare.1"]
    assert unranked.hits[0].score is None


def test_pages_by_relevance_neither_repeat_nor_skip_equal_hits(engine: Engine, analysis: FrenchAnalyzer) -> None:
    entries = [make_entry(f"d{n}", seq=n + 1, text="préavis de grève") for n in range(40)]
    fill(engine, entries, batch=9)
    tree = TermIs("text", analysis.terms("préavis")[0].term)
    pages = [engine.search(SearchRequest(tree, offset=at, limit=15)).hits for at in range(0, 45, 15)]
    assert sorted(hit.id for page in pages for hit in page) == sorted(entry.id for entry in entries)
    whole = engine.search(SearchRequest(tree, limit=40)).hits
    assert len({hit.score for hit in whole}) == 1
    assert [hit.id for hit in whole] == [entry.id for entry in reversed(entries)]


def test_pages_of_any_size_go_on_where_the_last_one_ended(engine: Engine, analysis: FrenchAnalyzer) -> None:
    # given a few scores, each of many entries, in several commits, and dates in another order than the commits
    chance = random.Random(31)
    texts = ("préavis", "préavis de grève", "préavis préavis de grève", "préavis à la commune de la gare")
    entries = [
        make_entry(f"d{n}", seq=n + 1, text=chance.choice(texts), date=NOON + timedelta(hours=chance.randrange(60)))
        for n in range(400)
    ]
    fill(engine, entries, batch=70)
    tree = TermIs("text", analysis.terms("préavis")[0].term)
    keys = {entry.id: entry.sort_key for entry in entries}
    for sort in SORTS:
        whole = engine.search(SearchRequest(tree, sort=sort, limit=400)).hits
        order = [(-(hit.score or 0.0), keys[hit.id] if sort == "oldest" else -keys[hit.id]) for hit in whole]
        assert order == sorted(order) and len(whole) == 400, sort
        at = 0
        while at < len(whole):
            limit = chance.choice((1, 3, 10, 25, 90))
            page = engine.search(SearchRequest(tree, sort=sort, offset=at, limit=limit)).hits
            assert page == whole[at : at + limit], (sort, at, limit)
            at += limit


def test_a_walk_gives_every_hit_in_the_order_of_the_pages(engine: Engine, analysis: FrenchAnalyzer) -> None:
    fill(engine, make_entries(150, seed=14))
    trees: tuple[Node, ...] = (Everything(), TermIs("text", analysis.terms("préavis")[0].term), Nothing())
    for tree, sort in product(trees, SORTS):
        request = SearchRequest(tree, Filters(states=("live",)), sort=sort, limit=200)
        assert tuple(engine.walk(replace(request, offset=3, limit=5))) == engine.search(request).hits
    with pytest.raises(EngineError, match="parentheses"):
        next(engine.walk(SearchRequest(_deep_tree())))


@pytest.mark.slow
@pytest.mark.parametrize("sort", ["relevance", "oldest"])
def test_a_long_walk_is_not_disturbed_by_what_is_written_meanwhile(
    engine: Engine, analysis: FrenchAnalyzer, sort: Sort
) -> None:
    # given more hits than are read at once, half of them twice as good as the others
    entries = [make_entry(f"d{n}", seq=n + 1, text="préavis " * (1 + n % 2)) for n in range(10_400)]
    fill(engine, entries, batch=2_600)
    hits = engine.walk(SearchRequest(TermIs("text", analysis.terms("préavis")[0].term), sort=sort))
    walked = [next(hits).id]

    # when entries are added, replaced and removed before the walk is at its end
    engine.put([make_entry("new", seq=20_000, text="préavis"), make_entry("d5", seq=6, text="autre chose")])
    engine.remove([entry.id for entry in entries[8_000:]])
    engine.commit(20_000)
    walked += [hit.id for hit in hits]

    # then it gives what was there when it began, in order
    def place(entry: IndexEntry) -> tuple[int, int]:
        return (-len(entry.text), -entry.sort_key) if sort == "relevance" else (0, entry.sort_key)

    assert walked == [entry.id for entry in sorted(entries, key=place)]
    assert engine.count(Everything(), PAST) == 8_001


def test_a_walk_may_be_left_before_its_end(stored: Engine) -> None:
    fill(stored, make_entries(20))
    hits = stored.walk(SearchRequest(filters=PAST))
    first = next(hits)
    assert isinstance(hits, Generator)
    hits.close()
    stored.put([make_entry("later", seq=99)])
    assert stored.commit(99).checkpoint == 99
    assert next(stored.walk(SearchRequest(filters=PAST))) == first


def test_facets_count_all_hits(engine: Engine) -> None:
    entries = make_entries(150, seed=5)
    fill(engine, entries)
    page = engine.search(SearchRequest(filters=PAST, facets=FACETS, limit=0))
    for name in FACETS:
        counts = Counter(term for entry in entries for field, term in entry_keywords(entry) if field == name)
        expected = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        assert [(facet.value, facet.count) for facet in page.facets[name]] == expected
    short = engine.search(SearchRequest(filters=PAST, facets=("sources",), facet_size=1, limit=0))
    assert short.facets["sources"] == page.facets["sources"][:1]
    assert short.hits == ()


@pytest.mark.parametrize("interval", ["day", "week", "month"])
def test_histogram_follows_the_local_calendar(engine: Engine, interval: str) -> None:
    entries = make_entries(150, seed=6)
    fill(engine, entries)
    page = engine.search(SearchRequest(filters=PAST, histogram=interval))  # type: ignore[arg-type]
    counts = Counter(bucket_start(entry.day, interval) for entry in entries)  # type: ignore[arg-type]
    assert page.histogram == tuple(Bucket(start, counts[start]) for start in sorted(counts))


def test_a_day_is_one_of_paris(engine: Engine) -> None:
    engine.put([
        make_entry("winter", seq=1, date=datetime(2024, 1, 1, 23, 30, tzinfo=UTC)),
        make_entry("summer", seq=2, date=datetime(2024, 6, 30, 22, 0, tzinfo=UTC)),
        make_entry("before", seq=3, date=datetime(2024, 6, 30, 21, 59, 59, tzinfo=UTC)),
    ])  # fmt: skip
    engine.commit(3)
    page = engine.search(SearchRequest(histogram="day"))
    assert page.histogram == (Bucket(date(2024, 1, 2), 1), Bucket(date(2024, 6, 30), 1), Bucket(date(2024, 7, 1), 1))


def test_an_entry_put_again_replaces_itself(engine: Engine) -> None:
    engine.put([make_entry(text="avant"), make_entry(text="pendant")])
    assert engine.commit(1).entries == 1
    engine.put([make_entry(text="après", state="removed")])
    counted = engine.commit(7)
    assert (counted.put, counted.removed, counted.entries, counted.checkpoint) == (1, 0, 1, 7)
    page = engine.search(SearchRequest(facets=("state",)))
    assert [(facet.value, facet.count) for facet in page.facets["state"]] == [("removed", 1)]
    assert engine.count(TermIs("text", "avant"), PAST) == 0


def test_removed_entries_are_gone_and_unknown_ids_harmless(engine: Engine) -> None:
    engine.put([make_entry("d1"), make_entry("d2", seq=2), make_entry("d3", seq=3)])
    engine.commit(3)
    engine.remove(["d1.1", "d9.1"])
    engine.put([make_entry("d2", seq=2)])
    engine.remove(["d2.1"])
    assert engine.commit(4).entries == 1
    assert found(engine, Everything()) == {"d3.1"}


def test_nothing_is_seen_before_the_commit_and_a_rollback_forgets_it(stored: Engine) -> None:
    stored.put([make_entry("d1")])
    assert stored.count(Everything(), PAST) == 0
    stored.rollback()
    stored.put([make_entry("d2", seq=2)])
    stored.commit(2)
    assert found(stored, Everything()) == {"d2.1"}


def test_the_checkpoint_is_no_entry(engine: Engine) -> None:
    assert engine.checkpoint() == 0
    counted = engine.commit(12)
    assert (counted.entries, counted.checkpoint) == (0, 12)
    assert engine.checkpoint() == engine.health().checkpoint == 12
    for tree in (Everything(), Without(Nothing()), Without(TermIs("kind", "union")), AllOf((Everything(),))):
        assert engine.count(tree, PAST) == 0
        assert list(engine.ids(tree, PAST)) == []
    assert engine.search(SearchRequest(filters=PAST, facets=("state",))).facets == {"state": ()}
    assert engine.health().entries == 0


def test_ids_come_in_the_order_of_seq_within_a_range(engine: Engine) -> None:
    entries = make_entries(80, seed=8)
    fill(engine, list(reversed(entries)), batch=11)
    listed = list(engine.ids(Everything(), PAST, after_seq=10, up_to_seq=40))
    assert listed == [(entry.seq, entry.id) for entry in entries if 10 < entry.seq <= 40]


def test_a_bad_entry_is_refused_by_name_and_the_others_stay(engine: Engine) -> None:
    engine.put([make_entry("good")])
    naive = replace(make_entry("naive", seq=2), published_at=datetime(2024, 1, 1))
    wrong = replace(make_entry("wrong", seq=3), capture="seven")  # type: ignore[arg-type]
    huge = replace(make_entry("huge", seq=4), capture=2**70)
    for entry in (naive, wrong, huge):
        with pytest.raises(EntryRefusedError, match=entry.document):
            engine.put([entry])
    engine.put([make_entry("last", seq=5)])
    assert engine.commit(5).entries == 2
    assert found(engine, Everything()) == {"good.1", "last.1"}


def test_odd_texts_are_taken(engine: Engine) -> None:
    texts = ["", "\x00 nul", "😀 rue", "é" * 70_000, "un \" et un ' seul", "a" * 300 + " fin", "·", "中文 文字", "a b"]
    fill(engine, [make_entry(f"d{n}", seq=n + 1, text=text, title=text[:200]) for n, text in enumerate(texts)])
    assert engine.count(Everything(), PAST) == len(texts)
    assert engine.count(TermIs("text_exact", "fin"), PAST) == 1
    for odd in ('"', "'", "·", "", "a b", "*"):
        assert engine.count(PhraseIs("text", ((0, odd), (1, "rue"))), PAST) == 0, odd
        assert engine.count(TermIs("text", odd), PAST) == 0, odd


def test_long_addresses_are_found_by_what_they_begin_with(engine: Engine) -> None:
    address = "https://alpha.test/" + "x" * 5_000
    engine.put([make_entry(url=address)])
    engine.commit(1)
    assert engine.count(TermIs("url", address[:2_000]), PAST) == 1


def test_a_tree_no_query_could_make_is_refused(engine: Engine) -> None:
    engine.commit(0)
    tree = _deep_tree()
    with pytest.raises(EngineError, match="parentheses"):
        engine.search(SearchRequest(tree))
    with pytest.raises(EngineError, match="parentheses"):
        list(engine.ids(tree, PAST))


def _deep_tree() -> Node:
    tree: Node = Everything()
    for _ in range(50_000):
        tree = Without(tree)
    return tree


def test_requests_that_would_eat_the_memory_are_refused() -> None:
    for offset, limit in ((-1, 10), (0, -1), (10**9, 10), (0, 10**9)):
        with pytest.raises(ValueError, match="offset"):
            SearchRequest(offset=offset, limit=limit)
    with pytest.raises(ValueError, match="facet"):
        SearchRequest(facets=("text",))


def test_a_page_beyond_the_last_is_empty(engine: Engine) -> None:
    fill(engine, make_entries(5))
    page = engine.search(SearchRequest(offset=500, filters=PAST))
    assert page.hits == () and page.total > 0
