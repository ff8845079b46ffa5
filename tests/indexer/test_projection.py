"""The index follows the log of changes: every step of a document's life, kills at any moment, rebuilds beside."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.catalogue import Catalogue, create_catalogue
from archive.catalogue.changes import last_seq, read_watermark
from archive.catalogue.entries import EntryRow
from indexer import projection
from indexer.analysis import FrenchAnalyzer
from indexer.document import IndexEntry
from indexer.engines.base import Engine, Filters, IndexUnusableError, IndexWriteError, SearchRequest
from indexer.engines.choice import open_engine
from indexer.engines.cluster import Cluster
from indexer.entries import make_entry
from indexer.months import MonthApart, compare_months
from indexer.projection import CONSUMER, count_behind, follow, rebuild
from indexer.tree import Everything, TermIs
from tests.indexer.engines.entries import make_entry as make_invented
from tests.indexer.newsroom import START, Newsroom

PAST = Filters(past=True)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    opened = create_catalogue(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def newsroom(catalogue: Catalogue) -> Newsroom:
    return Newsroom(catalogue)


@pytest.fixture(params=["embedded", "fts5", "elasticsearch"])
def engine(request: pytest.FixtureRequest, tmp_path: Path, catalogue: Catalogue) -> Iterator[Engine]:
    place = request.getfixturevalue("cluster") if request.param == "elasticsearch" else None
    opened = open_engine(request.param, tmp_path / "index", cluster=place)
    rebuild(catalogue, opened)
    yield opened
    opened.close()


def shown(engine: Engine, filters: Filters = PAST) -> set[str]:
    return {name for _, name in engine.ids(Everything(), filters)}


def find(engine: Engine, word: str, filters: Filters = PAST) -> set[str]:
    term = FrenchAnalyzer().terms(word)[0].term
    return {name for _, name in engine.ids(TermIs("text", term), filters)}


def test_a_document_is_found_after_its_change(newsroom: Newsroom, engine: Engine) -> None:
    newsroom.publish("a", "La préfecture annonce des renforts.")
    assert count_behind(newsroom.catalogue, engine) == 1
    done = follow(newsroom.catalogue, engine)
    assert (done.changes, done.indexed, done.removed, done.refused) == (1, 1, 0, ())
    assert find(engine, "renfort", Filters()) == {"a.1"}
    assert count_behind(newsroom.catalogue, engine) == 0


def test_an_edit_leaves_the_old_version_searchable_as_past(newsroom: Newsroom, engine: Engine) -> None:
    newsroom.publish("a", "Un blessé léger.")
    follow(newsroom.catalogue, engine)
    newsroom.edit("a", "Deux gendarmes légèrement atteints.")
    follow(newsroom.catalogue, engine)
    assert shown(engine, Filters()) == {"a.2"}
    assert find(engine, "blessé") == {"a.1"}
    assert engine.count(TermIs("edited", "true"), PAST) == 2
    assert [seq for seq, _ in engine.ids(Everything(), PAST)] == [1, 2]


def test_an_older_capture_is_never_current(newsroom: Newsroom, engine: Engine) -> None:
    newsroom.publish("a")
    newsroom.find_older("a", "Un texte d'avant.")
    follow(newsroom.catalogue, engine)
    assert shown(engine, Filters()) == {"a.1"}
    assert shown(engine) == {"a.1", "a.2"}


def test_a_removed_document_stays_and_says_so(newsroom: Newsroom, engine: Engine) -> None:
    newsroom.publish("a")
    newsroom.take_offline("a")
    follow(newsroom.catalogue, engine)
    assert engine.count(TermIs("state", "removed"), Filters()) == 1


def test_withdrawn_and_merged_documents_leave_the_index(newsroom: Newsroom, engine: Engine) -> None:
    for document in ("a", "b", "c"):
        newsroom.publish(document)
        newsroom.edit(document, f"Suite de {document}.")
    follow(newsroom.catalogue, engine)
    newsroom.withdraw("a")
    newsroom.merge("b", "c")
    done = follow(newsroom.catalogue, engine)
    assert done.removed == 4
    assert shown(engine) == {"b.1", "b.2"}


def test_a_new_name_of_the_source_reaches_every_entry(newsroom: Newsroom, engine: Engine) -> None:
    for number in range(7):
        newsroom.publish(f"d{number}")
    follow(newsroom.catalogue, engine)
    newsroom.rename_source("L'Écho du Lac")
    assert engine.count(TermIs("source_name", "gazette"), PAST) == 7
    follow(newsroom.catalogue, engine)
    assert engine.count(TermIs("source_name", "echo"), PAST) == 7
    assert engine.count(TermIs("source_name", "l'echo du lac"), PAST) == 7
    assert engine.count(TermIs("source_name", "gazette"), PAST) == 0


def test_batches_end_where_they_should(newsroom: Newsroom, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "BATCH_CHANGES", 3)
    for number in range(10):
        newsroom.publish(f"d{number}")
    stops = iter([False, False, True])
    done = follow(newsroom.catalogue, engine, stop=lambda: next(stops))
    assert (done.changes, done.checkpoint, engine.checkpoint()) == (6, 6, 6)
    assert follow(newsroom.catalogue, engine).changes == 4
    again = follow(newsroom.catalogue, engine)
    assert (again.changes, again.indexed, again.checkpoint) == (0, 0, 10)


def test_the_watermark_is_what_the_index_says(newsroom: Newsroom, engine: Engine) -> None:
    newsroom.publish("a")
    follow(newsroom.catalogue, engine)
    with newsroom.catalogue.read() as transaction:
        assert read_watermark(transaction, CONSUMER) == engine.checkpoint() == last_seq(transaction) == 1


def test_an_index_ahead_of_the_catalogue_is_refused(newsroom: Newsroom, engine: Engine) -> None:
    engine.commit(99)
    with pytest.raises(IndexUnusableError, match=r"99.*backup.*vigie rebuild"):
        follow(newsroom.catalogue, engine)
    rebuild(newsroom.catalogue, engine)
    assert engine.checkpoint() == 0


def test_an_entry_that_cannot_be_indexed_is_named_and_stops_nobody(
    newsroom: Newsroom, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.publish("a")
    follow(newsroom.catalogue, engine)

    def make_bad(row: EntryRow) -> IndexEntry:
        entry = make_entry(row)
        return replace(entry, capture="none") if entry.document == "a" else entry  # type: ignore[arg-type]

    monkeypatch.setattr(projection, "make_entry", make_bad)
    newsroom.edit("a", "Une suite.")
    newsroom.publish("b")
    done = follow(newsroom.catalogue, engine)
    assert {refusal.entry for refusal in done.refused} == {"a.1", "a.2"}
    assert shown(engine) == {"b.1"}
    again = rebuild(newsroom.catalogue, engine)
    assert again is not None and len(again.refused) == 2
    assert shown(engine) == {"b.1"}


def test_a_batch_that_is_not_kept_is_sent_again(
    newsroom: Newsroom, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        newsroom.publish(f"d{number}")
    real, failures = engine.commit, [2]

    def fail_at_first(checkpoint: int) -> object:
        if failures[0]:
            failures[0] -= 1
            engine.rollback()
            raise IndexWriteError("the disk was full for a moment")
        return real(checkpoint)

    monkeypatch.setattr(engine, "commit", fail_at_first)
    done = follow(newsroom.catalogue, engine)
    assert (done.indexed, done.refused, done.checkpoint) == (4, (), 4)
    assert shown(engine) == {f"d{number}.1" for number in range(4)}


def test_an_engine_that_cannot_write_blames_no_entry(
    newsroom: Newsroom, engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    newsroom.publish("a")

    def fail(checkpoint: int) -> object:
        engine.rollback()
        raise IndexWriteError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(engine, "commit", fail)
        with pytest.raises(IndexWriteError, match="disk is full"):
            follow(newsroom.catalogue, engine)
    assert "index_refused" not in caplog.text
    assert follow(newsroom.catalogue, engine).indexed == 1


def test_a_rebuild_gives_what_following_gave(newsroom: Newsroom, engine: Engine, tmp_path: Path) -> None:
    live(newsroom, seed=4, steps=120)
    follow(newsroom.catalogue, engine)
    before = sorted(engine.ids(Everything(), PAST))
    seen = []
    done = rebuild(newsroom.catalogue, engine, report=lambda at, of: seen.append((at, of)))
    assert done is not None and done.refused == ()
    assert sorted(engine.ids(Everything(), PAST)) == before
    assert seen and seen[-1][0] == seen[-1][1]
    for field, term in (("current", "false"), ("state", "removed"), ("edited", "true")):
        assert engine.count(TermIs(field, term), PAST) == counted(newsroom, tmp_path, field, term)


def counted(newsroom: Newsroom, tmp_path: Path, field: str, term: str) -> int:
    """The same count from a third index, made only by following."""
    other = open_engine("embedded", tmp_path / "other")
    try:
        if not (tmp_path / "other").exists():
            other.swap(other.beside(covers=0))
        follow(newsroom.catalogue, other)
        return other.count(TermIs(field, term), PAST)
    finally:
        other.close()


def test_changes_during_a_rebuild_are_in_the_new_index(newsroom: Newsroom, engine: Engine) -> None:
    for number in range(20):
        newsroom.publish(f"d{number}")
    built = projection.build_beside(newsroom.catalogue, engine, stop=lambda: False, report=lambda done, of: None)
    assert built is not None
    newsroom.withdraw("d3")
    newsroom.edit("d4", "Une suite.")
    newsroom.publish("late")
    follow(newsroom.catalogue, engine)
    assert "late.1" in shown(engine)
    projection.take_over(newsroom.catalogue, engine, *built)
    assert "late.1" in shown(engine) and "d4.2" in shown(engine) and "d3.1" not in shown(engine)
    assert engine.checkpoint() == 23


def test_an_interrupted_rebuild_goes_on(newsroom: Newsroom, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "FILL_CHANGES", 5)
    for number in range(23):
        newsroom.publish(f"d{number}")
    stops = iter([False, False, True])
    assert rebuild(newsroom.catalogue, engine, stop=lambda: next(stops)) is None
    newsroom.rename_source("Le Courrier")
    done = rebuild(newsroom.catalogue, engine)
    assert done is not None and done.changes == 13 + 23
    assert engine.count(TermIs("source_name", "courrier"), PAST) == 23


def test_an_index_begun_before_a_backup_was_put_back_is_not_taken_up(newsroom: Newsroom, engine: Engine) -> None:
    newsroom.publish("a")
    lost = engine.beside(covers=50)
    lost.put([make_invented("lost", seq=7)])
    lost.commit(7)
    lost.close()
    rebuild(newsroom.catalogue, engine)
    assert shown(engine) == {"a.1"}


@pytest.mark.parametrize("engine", ["embedded", "fts5"], indirect=True)  # those whose index is files of ours
def test_unfinished_indexes_that_are_damaged_are_thrown_away(
    newsroom: Newsroom, engine: Engine, tmp_path: Path
) -> None:
    newsroom.publish("a")
    engine.close()
    # given a lost pointer and two generations, none of which can be read
    folder = tmp_path / "index" / engine.name
    (folder / "CURRENT").unlink()
    first = folder / "generation-000001"
    shutil.copytree(first, folder / "generation-000002")
    for generation in (first, folder / "generation-000002"):
        for file in generation.iterdir():
            if file.name != "stamp.json":
                file.write_bytes(b"not an index" * 40)
    rebuild(newsroom.catalogue, engine)
    assert shown(engine) == {"a.1"}


def test_a_rebuilt_index_that_lacks_something_does_not_take_over(newsroom: Newsroom, engine: Engine) -> None:
    newsroom.publish("a")
    follow(newsroom.catalogue, engine)
    built = projection.build_beside(newsroom.catalogue, engine, stop=lambda: False, report=lambda done, of: None)
    assert built is not None
    built[0].remove(["a.1"])
    built[0].commit(1)
    with pytest.raises(IndexUnusableError, match="0 entries of 2026-02 where the catalogue has 1"):
        projection.take_over(newsroom.catalogue, engine, *built)
    assert shown(engine) == {"a.1"}
    assert rebuild(newsroom.catalogue, engine) is not None


def test_a_rebuilt_index_with_an_entry_in_another_month_does_not_take_over(newsroom: Newsroom, engine: Engine) -> None:
    newsroom.publish("a")
    newsroom.publish("b")
    built = projection.build_beside(newsroom.catalogue, engine, stop=lambda: False, report=lambda done, of: None)
    assert built is not None
    built[0].put([make_invented("a", date=datetime(2025, 7, 1, tzinfo=UTC), first_seen_at=START)])
    built[0].commit(2)
    with pytest.raises(IndexUnusableError, match="1 entries of 2025-07 where the catalogue has 0"):
        projection.take_over(newsroom.catalogue, engine, *built)


def test_a_rebuilt_index_takes_over_while_the_catalogue_goes_on(
    newsroom: Newsroom, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        newsroom.publish(f"d{number}")
    built = projection.build_beside(newsroom.catalogue, engine, stop=lambda: False, report=lambda done, of: None)
    assert built is not None
    counted = 0

    def count_while_it_changes(*arguments: Any) -> list[MonthApart]:
        nonlocal counted
        counted += 1
        if counted == 1:  # the index has them all, and the catalogue one less
            newsroom.withdraw("d3")
            newsroom.publish("later")
        return compare_months(*arguments)

    monkeypatch.setattr(projection, "compare_months", count_while_it_changes)
    projection.take_over(newsroom.catalogue, engine, *built)
    assert counted == 2
    assert shown(engine) == {"d0.1", "d1.1", "d2.1", "d4.1", "d5.1", "later.1"}


def live(newsroom: Newsroom, seed: int, steps: int) -> None:
    """Random lives of documents."""
    chance = random.Random(seed)
    alive: list[str] = []
    for step in range(steps):
        what = chance.choice(("publish", "publish", "edit", "older", "offline", "withdraw", "merge"))
        if what == "publish" or len(alive) < 3:
            alive.append(f"s{seed}-{step}")
            newsroom.publish(alive[-1], f"Texte {step} de la nuit.")
            continue
        document = alive.pop(chance.randrange(len(alive)))
        if what == "withdraw":
            newsroom.withdraw(document)
        elif what == "merge":
            newsroom.merge(alive[0], document)
        else:
            alive.append(document)
            _step(newsroom, what, document, step)


def _step(newsroom: Newsroom, what: str, document: str, step: int) -> None:
    if what == "edit":
        newsroom.edit(document, f"Suite {step}.")
    elif what == "older":
        newsroom.find_older(document, f"Avant {step}.")
    else:
        newsroom.take_offline(document)


PROJECTOR = """
import sys
from pathlib import Path
from archive.catalogue import open_catalogue
from indexer import projection
from indexer.engines.choice import open_engine
from indexer.engines.cluster import Cluster
from indexer.entries import make_entry
from indexer.months import MonthApart, compare_months
projection.BATCH_CHANGES = projection.FILL_CHANGES = 4
catalogue, place = open_catalogue(Path(sys.argv[1])), Cluster((sys.argv[4],), prefix=sys.argv[5])
engine = open_engine(sys.argv[2], Path(sys.argv[1]) / "index", cluster=place)
print("ready", flush=True)
if sys.argv[3] == "rebuild":
    projection.rebuild(catalogue, engine)
else:
    projection.follow(catalogue, engine)
print("done", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("doing", ["follow", "rebuild"])
def test_killed_anywhere_it_ends_with_the_same_index(
    newsroom: Newsroom, engine: Engine, tmp_path: Path, doing: str, request: pytest.FixtureRequest
) -> None:
    on_cluster = engine.name == "elasticsearch"
    place = request.getfixturevalue("cluster") if on_cluster else Cluster(("http://127.0.0.1:9",))
    live(newsroom, seed=11, steps=150)
    for seconds in (0.01, 0.03, 0.08, 0.25):
        engine.close()
        _run_and_kill(tmp_path, engine.name, doing, seconds, place)
        engine = open_engine(engine.name, tmp_path / "index", cluster=place)
        assert engine.checkpoint() == 0 or shown(engine), "an index that follows the log holds something"
    finished = rebuild(newsroom.catalogue, engine) if doing == "rebuild" else follow(newsroom.catalogue, engine)
    assert finished is not None and finished.refused == ()
    reference = open_engine("embedded" if engine.name == "fts5" else "fts5", tmp_path / "reference")
    rebuild(newsroom.catalogue, reference)
    assert sorted(engine.ids(Everything(), PAST)) == sorted(reference.ids(Everything(), PAST))
    wanted = SearchRequest(filters=PAST, facets=("state", "kind"), limit=0)
    assert engine.search(wanted).facets == reference.search(wanted).facets
    reference.close()
    engine.close()


def _run_and_kill(folder: Path, name: str, doing: str, seconds: float, place: Cluster) -> None:
    command = [sys.executable, "-c", PROJECTOR, str(folder), name, doing, place.addresses[0], place.prefix]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGKILL)
