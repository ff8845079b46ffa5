"""Catalogue and index held against each other: every way of going wrong is found by name, and mended."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import pytest

from archive.catalogue import Catalogue, create_catalogue
from archive.catalogue.entries import read_entries
from indexer.checking import Checked, WrongEntry, check
from indexer.document import IndexEntry
from indexer.engines.base import Engine, Filters
from indexer.engines.choice import open_engine
from indexer.engines.cluster import Cluster
from indexer.entries import make_entry
from indexer.projection import follow, rebuild
from indexer.repairing import Repaired, repair
from indexer.tree import Everything
from tests.indexer.engines.conftest import CLUSTERS
from tests.indexer.engines.entries import make_entry as make_invented
from tests.indexer.newsroom import SOURCE, Newsroom

ALL = 1_000
LONG = " ".join(f"Le préfet du canton {number} reçoit les délégués, puis la presse." for number in range(40))


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    opened = create_catalogue(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def newsroom(catalogue: Catalogue) -> Newsroom:
    """Nine entries of eight documents, two of which left the index."""
    made = Newsroom(catalogue)
    for name in "abcdefgh":
        made.publish(name, f"{LONG} Affaire {name}.")
    made.edit("a", "Une suite donnée à l'affaire.")
    made.withdraw("g")
    made.merge("a", "h")
    return made


@pytest.fixture(params=["embedded", "fts5", "elasticsearch"])
def engine(request: pytest.FixtureRequest, tmp_path: Path, newsroom: Newsroom) -> Iterator[Engine]:
    place = request.getfixturevalue("cluster") if request.param == "elasticsearch" else None
    opened = open_engine(request.param, tmp_path / "index", cluster=place)
    rebuild(newsroom.catalogue, opened)
    yield opened
    opened.close()


def look(newsroom: Newsroom, engine: Engine, sample: int = ALL) -> Checked:
    return check(newsroom.catalogue, engine, sample=sample, chance=Random(4))


def mend(newsroom: Newsroom, engine: Engine) -> Repaired:
    return repair(newsroom.catalogue, engine, sample=ALL, chance=Random(4))


def entry_of(newsroom: Newsroom, document: str) -> IndexEntry:
    with newsroom.catalogue.read() as transaction:
        return make_entry(read_entries(transaction, [document])[-1])


def put(engine: Engine, *entries: IndexEntry) -> None:
    engine.put(entries)
    engine.commit(engine.said().checkpoint)


def remove(engine: Engine, *ids: str) -> None:
    engine.remove(ids)
    engine.commit(engine.said().checkpoint)


def test_a_good_index_is_said_to_be_good(newsroom: Newsroom, engine: Engine) -> None:
    found = look(newsroom, engine)
    assert found.ok, found
    assert (found.entries, found.sampled, found.checkpoint, found.end) == (7, 7, 11, 11)


def lose(newsroom: Newsroom, engine: Engine) -> set[WrongEntry]:
    remove(engine, "b.1", "a.1")
    return {WrongEntry("b.1", "missing"), WrongEntry("a.1", "missing")}


def leave_stale(newsroom: Newsroom, engine: Engine) -> set[WrongEntry]:
    late = entry_of(newsroom, "b")
    names = (("g", 1), ("h", 1), ("nowhere", 1), ("b", 9))
    put(engine, *(replace(late, document=name, version=number, seq=50 + at) for at, (name, number) in enumerate(names)))
    return {
        WrongEntry("g.1", "withdrawn"), WrongEntry("h.1", "merged"), WrongEntry("nowhere.1", "unknown"),
        WrongEntry("b.9", "unknown"),
    }  # fmt: skip


def forget_the_author(newsroom: Newsroom, engine: Engine) -> set[WrongEntry]:
    put(engine, replace(entry_of(newsroom, "c"), authors=("Élodie Vannier",)))
    return {WrongEntry("c.1", "other_values", ("authors", "has") if engine.name == "elasticsearch" else ("authors",))}


def change_one_word(newsroom: Newsroom, engine: Engine) -> set[WrongEntry]:
    right = entry_of(newsroom, "d")
    put(engine, replace(right, text=right.text.replace("canton 31", "canton 13")))
    return {WrongEntry("d.1", "other_values", ("text",))}


def keep_old_labels(newsroom: Newsroom, engine: Engine) -> set[WrongEntry]:
    put(engine, replace(entry_of(newsroom, "e"), regions=("FR-ARA", "FR-BRE"), current=False, capture=99))
    return {WrongEntry("e.1", "other_values", ("current", "capture", "regions"))}


def number_otherwise(newsroom: Newsroom, engine: Engine) -> set[WrongEntry]:
    put(engine, replace(entry_of(newsroom, "f"), seq=-3))
    return {WrongEntry("f.1", "other_values", ("seq", "sort_key"))}


BREAKS = [lose, leave_stale, forget_the_author, change_one_word, keep_old_labels, number_otherwise]


@pytest.mark.parametrize("spoil", BREAKS, ids=lambda spoil: spoil.__name__)
def test_each_wrong_entry_is_found_and_mended(
    newsroom: Newsroom, engine: Engine, spoil: Callable[[Newsroom, Engine], set[WrongEntry]]
) -> None:
    expected = spoil(newsroom, engine)
    found = look(newsroom, engine)
    assert {(each.entry, each.fault, frozenset(each.fields)) for each in found.wrong} == {
        (each.entry, each.fault, frozenset(each.fields)) for each in expected
    }
    assert found.record == ()
    done = mend(newsroom, engine)
    assert done.before.wrong == found.wrong and done.mended == len(expected)
    assert done.after is not None and done.after.ok, done.after
    assert engine.checkpoint() == 11


def test_a_wrong_source_or_date_is_found_by_counting_alone(newsroom: Newsroom, engine: Engine) -> None:
    moved = datetime(2024, 7, 1, tzinfo=UTC)
    put(
        engine,
        replace(entry_of(newsroom, "b"), source="autre-gazette"),
        replace(entry_of(newsroom, "c"), date=moved),
    )
    found = look(newsroom, engine, sample=0)
    assert found.sampled == 0
    assert [(each.source, each.month, each.catalogue, each.index) for each in found.counts] == [
        ("autre-gazette", date(2026, 2, 1), 0, 1),
        (SOURCE, date(2024, 7, 1), 0, 1),
        (SOURCE, date(2026, 2, 1), 7, 5),
    ]
    fields = {each.entry: set(each.fields) for each in found.wrong}
    assert fields == {"b.1": {"source"}, "c.1": {"date", "day", "sort_key"}}
    assert {each.fault for each in found.wrong} == {"other_values"}
    done = mend(newsroom, engine)
    assert done.after is not None and done.after.ok


def test_what_changed_since_the_checkpoint_is_no_difference(newsroom: Newsroom, engine: Engine) -> None:
    newsroom.publish("neu")
    newsroom.edit("b", "Une autre suite.")
    newsroom.withdraw("c")
    found = look(newsroom, engine)
    assert found.ok and (found.checkpoint, found.end) == (11, 14)
    done = mend(newsroom, engine)
    assert done.after is not None and (done.mended, done.after.ok, done.after.checkpoint) == (0, True, 14)


def test_a_checkpoint_beyond_the_log_is_found_and_the_index_made_anew(newsroom: Newsroom, engine: Engine) -> None:
    engine.commit(99)
    found = look(newsroom, engine)
    assert found.record == ("the index has applied change 99, but the log of changes ends at 11",)
    done = mend(newsroom, engine)
    assert done.rebuilt and done.after is not None and done.after.ok
    assert engine.checkpoint() == 11


def test_a_checkpoint_that_went_back_is_found_and_brought_forward(newsroom: Newsroom, engine: Engine) -> None:
    follow(newsroom.catalogue, engine)
    engine.commit(3)
    found = look(newsroom, engine)
    assert found.record == ("the index has applied change 3, but had applied 11 before: it was put back",)
    done = mend(newsroom, engine)
    assert done.after is not None and done.after.ok
    assert engine.checkpoint() == 11


def test_a_checkpoint_too_far_on_shows_in_what_is_missing(newsroom: Newsroom, engine: Engine) -> None:
    newsroom.publish("neu")
    newsroom.edit("b", "Une autre suite.")
    engine.commit(13)
    found = look(newsroom, engine)
    assert found.record == ()
    assert {(each.entry, each.fault) for each in found.wrong} == {
        ("neu.1", "missing"), ("b.2", "missing"), ("b.1", "other_values"),
    }  # fmt: skip
    assert mend(newsroom, engine).after == replace(look(newsroom, engine))
    assert look(newsroom, engine).ok


def test_an_entry_that_the_index_refuses_stays_wrong_and_is_named(
    newsroom: Newsroom, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make_bad(row: object) -> IndexEntry:
        entry = make_entry(row)  # type: ignore[arg-type]
        return replace(entry, capture="none") if entry.document == "b" else entry  # type: ignore[arg-type]

    remove(engine, "b.1", "c.1")
    monkeypatch.setattr("indexer.projection.make_entry", make_bad)
    done = mend(newsroom, engine)
    assert [refusal.entry for refusal in done.refused] == ["b.1"]
    assert done.after is not None
    assert done.after.wrong == (WrongEntry("b.1", "missing"),)


@pytest.mark.parametrize(("size", "expected"), [(0, 0), (3, 3), (ALL, 7)])
def test_the_sample_is_as_large_as_asked(newsroom: Newsroom, engine: Engine, size: int, expected: int) -> None:
    assert look(newsroom, engine, sample=size).sampled == expected


# what only a cluster can have


@pytest.fixture(params=CLUSTERS)
def place(request: pytest.FixtureRequest) -> Cluster:
    found: Cluster = request.getfixturevalue(CLUSTERS[request.param])
    return found


@pytest.fixture
def remote(place: Cluster, tmp_path: Path, newsroom: Newsroom) -> Iterator[Engine]:
    opened = open_engine("elasticsearch", tmp_path, cluster=place)
    rebuild(newsroom.catalogue, opened)
    yield opened
    opened.close()


def test_what_somebody_wrote_by_hand_is_mended_although_its_version_is_higher(
    newsroom: Newsroom, remote: Engine, place: Cluster
) -> None:
    pattern = f"{place.prefix}-v1-000001-2026"
    with place.connect() as client:
        client.update(index=pattern, id="b.1", doc={"kind": "union"}, refresh=True)
        client.index(index=pattern, id="c.1", document={"id": "c.1", "seq": 3}, refresh=True)
        client.delete(index=pattern, id="d.1", refresh=True)
    found = look(newsroom, remote)
    assert {(each.entry, each.fault) for each in found.wrong} == {
        ("b.1", "other_values"), ("c.1", "other_values"), ("d.1", "missing"),
    }  # fmt: skip
    assert found.record == ("the last commit left 7 entries in the index, which holds 6",)
    done = mend(newsroom, remote)
    assert done.after is not None and done.after.ok, done.after
    newsroom.edit("b", "Elle est suivie d'une autre.")
    follow(newsroom.catalogue, remote)
    assert look(newsroom, remote).ok
    assert {name for _, name in remote.ids(Everything(), Filters())} >= {"b.2", "c.1", "d.1"}


def test_an_entry_in_two_years_is_found_and_stays_in_its_own(
    newsroom: Newsroom, remote: Engine, place: Cluster
) -> None:
    put(remote, make_invented("autre", seq=60, first_seen_at=datetime(2019, 5, 1, tzinfo=UTC)))
    remove(remote, "autre.1")
    with place.connect() as client:
        stored = client.get(index=f"{place.prefix}-v1-000001-2026", id="b.1")["_source"]
        client.index(index=f"{place.prefix}-v1-000001-2019", id="b.1", document=dict(stored), refresh=True)
    assert WrongEntry("b.1", "twice") in look(newsroom, remote).wrong
    done = mend(newsroom, remote)
    assert done.after is not None and done.after.ok, done.after
    with place.connect() as client:
        assert client.exists(index=f"{place.prefix}-v1-000001-2026", id="b.1")
