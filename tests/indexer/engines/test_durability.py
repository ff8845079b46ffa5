"""What happens to an index when processes die, folders are damaged, several write, or the engine misbehaves."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tantivy

from indexer.analysis import FrenchAnalyzer
from indexer.engines.base import (
    Engine,
    EngineError,
    Filters,
    IndexBusyError,
    IndexUnusableError,
    IndexWriteError,
    SearchRequest,
)  # fmt: skip
from indexer.engines.choice import current_stamp, open_engine
from indexer.engines.embedded import FORMAT, EmbeddedEngine
from indexer.engines.embedded_errors import border
from indexer.engines.folder import IndexFolder, Slot, Stamp
from indexer.tree import Everything
from tests.indexer.engines.entries import make_entries, make_entry

PAST = Filters(past=True)
BATCH = 20

WRITER = """
import sys
from pathlib import Path
from indexer.engines.choice import open_engine
from tests.indexer.engines.entries import make_entry
engine = open_engine(sys.argv[1], Path(sys.argv[2]))
start = engine.checkpoint()
while True:
    engine.put([make_entry(f"d{n % 400}", seq=n, text=f"lot {n}") for n in range(start + 1, start + 21)])
    start += 20
    print(engine.commit(start).checkpoint, flush=True)
"""


@pytest.mark.parametrize("name", ["embedded", "fts5"])
def test_a_killed_writer_loses_no_commit_and_leaves_no_half_batch(name: str, tmp_path: Path) -> None:
    engine = open_engine(name, tmp_path)
    engine.swap(engine.beside(covers=0))
    for round_number in range(5):
        acknowledged = _write_and_kill(name, tmp_path, 0.15 + 0.05 * round_number)
        engine.refresh()
        checkpoint = engine.checkpoint()
        assert checkpoint >= acknowledged
        assert checkpoint % BATCH == 0
        kept = dict(engine.ids(Everything(), PAST))
        newest = {f"d{n % 400}.1": n for n in range(1, checkpoint + 1)}
        assert {name: seq for seq, name in kept.items()} == newest
    engine.put([make_entry("last", seq=10**6)])
    assert engine.commit(10**6).put == 1
    engine.close()


def _write_and_kill(name: str, folder: Path, seconds: float) -> int:
    """Let another process write for some time after its first commit, kill it, and return its last word."""
    command = [sys.executable, "-c", WRITER, name, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGKILL)
        rest = process.stdout.read()
    lines = [line for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")]
    assert lines, "the writing process printed nothing: run its program by hand"
    return int(lines[-1])


def test_a_second_writer_is_told_and_may_write_later(stored: Engine, tmp_path: Path) -> None:
    other = open_engine(stored.name, tmp_path)
    stored.put([make_entry()])
    with pytest.raises(IndexBusyError, match="Another process is writing"):
        other.put([make_entry("d2", seq=2)])
    stored.commit(1)
    stored.close()
    other.put([make_entry("d2", seq=2)])
    assert other.commit(2).entries == 2
    other.close()


def test_what_is_pending_at_the_end_is_forgotten(stored: Engine, tmp_path: Path) -> None:
    stored.put([make_entry("d1")])
    stored.commit(1)
    stored.put([make_entry("d2", seq=2)])
    stored.remove(["d1.1"])
    stored.close()
    again = open_engine(stored.name, tmp_path)
    assert [name for _, name in again.ids(Everything(), PAST)] == ["d1.1"]
    again.close()


def test_a_missing_index_says_what_to_do(tmp_path: Path) -> None:
    for name in ("embedded", "fts5"):
        engine = open_engine(name, tmp_path)
        for attempt in (engine.health, engine.checkpoint, lambda e=engine: e.put([make_entry()])):
            with pytest.raises(IndexUnusableError, match="vigie rebuild"):
                attempt()
    assert list(tmp_path.iterdir()) == []


def _damage_pointer(folder: Path) -> None:
    (folder / "CURRENT").write_bytes(b"\xff\x00")


def _damage_pointer_name(folder: Path) -> None:
    (folder / "CURRENT").write_text("../../etc")


def _damage_stamp(folder: Path) -> None:
    (folder / "generation-000001" / "stamp.json").write_text("{")


def _remove_generation(folder: Path) -> None:
    IndexFolder(folder).remove("generation-000001")


def _damage_files(folder: Path) -> None:
    for path in (folder / "generation-000001").iterdir():
        if path.name != "stamp.json":
            path.write_bytes(b"not an index" * 40)


def _remove_files(folder: Path) -> None:
    for path in (folder / "generation-000001").iterdir():
        if path.name != "stamp.json":
            path.unlink()


@pytest.mark.parametrize(
    "damage", [_remove_files, _damage_pointer, _damage_pointer_name, _damage_stamp, _remove_generation, _damage_files]
)
def test_a_damaged_index_is_named_and_can_be_rebuilt(stored: Engine, tmp_path: Path, damage: object) -> None:
    stored.put([make_entry()])
    stored.commit(1)
    stored.close()
    assert callable(damage)
    damage(tmp_path / stored.name)
    with pytest.raises(IndexUnusableError, match="rebuil"):
        open_engine(stored.name, tmp_path).health()
    fresh = open_engine(stored.name, tmp_path)
    beside = fresh.beside(covers=1)
    beside.put([make_entry()])
    beside.commit(1)
    fresh.swap(beside)
    assert fresh.health().entries == 1
    fresh.close()


def test_damage_met_by_a_search_is_named_too(stored: Engine, tmp_path: Path) -> None:
    stored.put(make_entries(300))
    stored.commit(300)
    stored.close()
    # given files of the right length and end, and something else in the middle
    for path in (tmp_path / stored.name / "generation-000001").iterdir():
        if path.suffix in (".store", ".sqlite"):
            whole, half = path.read_bytes(), path.stat().st_size // 2
            path.write_bytes(whole[:64] + b"\xa5" * (half - 64) + whole[half:])
    opened = open_engine(stored.name, tmp_path)
    with pytest.raises(IndexUnusableError, match=r"damaged.*vigie rebuild"):
        opened.search(SearchRequest())
    opened.close()


@pytest.mark.parametrize("other", [Stamp(FORMAT, 0, "x"), Stamp("tantivy-0.1", 1, "x"), current_stamp("tantivy-0.1")])
def test_an_index_of_another_schema_is_not_searched(tmp_path: Path, analysis: FrenchAnalyzer, other: Stamp) -> None:
    old = EmbeddedEngine(Slot(IndexFolder(tmp_path / "embedded"), other), analysis)
    old.swap(old.beside(covers=0))
    with pytest.raises(IndexUnusableError, match=r"made by .*this version needs .*vigie rebuild"):
        open_engine("embedded", tmp_path, analysis).health()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "embedded").write_text("a file")
    with pytest.raises(IndexUnusableError, match="embedded"):
        open_engine("embedded", tmp_path).beside(covers=0)


def test_an_interrupted_rebuild_is_taken_up_again(stored: Engine, tmp_path: Path) -> None:
    first = stored.beside(covers=90)
    first.put(make_entries(10))
    first.commit(10)
    first.close()
    again = open_engine(stored.name, tmp_path).beside(covers=500)
    assert (again.checkpoint(), again.covers) == (10, 90)
    stored.swap(again)
    assert stored.checkpoint() == 10
    assert stored.beside(covers=600).checkpoint() == 0


def test_readers_follow_a_swap(stored: Engine, tmp_path: Path) -> None:
    stored.put([make_entry("old")])
    stored.commit(1)
    reader = open_engine(stored.name, tmp_path)
    assert reader.count(Everything(), PAST) == 1
    for generation in range(3):
        beside = stored.beside(covers=0)
        beside.put(make_entries(5, seed=generation))
        total = beside.commit(99).entries
        stored.swap(beside)
        reader.refresh()
        assert reader.count(Everything(), PAST) == total
    generations = [path for path in (tmp_path / stored.name).iterdir() if path.is_dir()]
    assert len(generations) <= 2
    reader.close()


def test_a_reader_sees_commits_of_another_process_within_a_second(tmp_path: Path, analysis: FrenchAnalyzer) -> None:
    now = [0.0]
    writer = open_engine("embedded", tmp_path, analysis)
    writer.swap(writer.beside(covers=0))
    slot = Slot(IndexFolder(tmp_path / "embedded"), current_stamp(FORMAT))
    reader = EmbeddedEngine(slot, analysis, clock=lambda: now[0])
    assert reader.count(Everything(), PAST) == 0
    writer.put([make_entry()])
    writer.commit(1)
    assert reader.count(Everything(), PAST) == 0
    now[0] += 1.0
    assert reader.count(Everything(), PAST) == 1
    writer.close()


def test_a_poisoned_writer_is_found_out_and_replaced(analysis: FrenchAnalyzer) -> None:
    engine = EmbeddedEngine.in_memory(analysis)
    engine.put([make_entry("d1")])
    engine.commit(1)
    engine.put([make_entry("d2", seq=2)])
    writer = engine._writer
    assert writer is not None
    # a document made without types is not checked before it is too late
    writer._writer.add_document(tantivy.Document(seq=1.5))
    with pytest.raises(IndexWriteError, match="sent again"):
        engine.commit(2)
    assert engine.checkpoint() == 1
    engine.put([make_entry("d2", seq=2)])
    assert engine.commit(2).entries == 2


def test_a_commit_that_kept_less_than_it_took_is_undone(analysis: FrenchAnalyzer) -> None:
    engine = EmbeddedEngine.in_memory(analysis)
    engine.put([make_entry("d1")])
    engine.commit(1)
    engine.put([make_entry("d2", seq=2)])
    assert engine._writer is not None
    engine._writer._writer.delete_documents_by_term("id", "d2.1")  # as if the entry had been lost on the way
    with pytest.raises(IndexWriteError, match="does not hold"):
        engine.commit(2)
    assert engine.checkpoint() == 1
    engine.put([make_entry("d2", seq=2)])
    assert engine.commit(2).entries == 2


def test_a_panic_of_the_engine_is_an_ordinary_error(analysis: FrenchAnalyzer) -> None:
    engine = EmbeddedEngine.in_memory(analysis)
    engine.put([make_entry()])
    engine.commit(1)
    searcher = engine._opened().index.searcher()
    with pytest.raises(EngineError, match="gave up"), border("search"):
        searcher.search(tantivy.Query.all_query(), limit=0)
    with pytest.raises(KeyboardInterrupt), border("search"):
        raise KeyboardInterrupt
    assert engine.search(SearchRequest(limit=0)).total == 1
