"""The archive as a whole: records before rows, repair after kills, damage found by `verify`."""

import fcntl
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, captures, create_catalogue, open_catalogue, utc_now, warc_files
from archive.catalogue.changes import append_change
from archive.errors import ArchiveError, CatalogueError, StageBusyError
from archive.layout import WARC_FOLDER
from archive.locks import find_holder, hold_stage
from archive.store import FRESH_SECONDS, Archive, check_free_space, repair_files
from archive.verify import verify
from tests.archive.stored_pages import store_page

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    opened = create_catalogue(tmp_path)
    yield opened
    opened.close()


def store_numbered(archive: Archive, number: int, body: bytes | None = None) -> int:
    page = body if body is not None else f"<p>page {number}</p>".encode()
    return store_page(archive, f"https://presse.test/article-{number}", page, NOON)


def test_what_was_stored_verifies(catalogue: Catalogue) -> None:
    archive = Archive(catalogue, operator=None, clock=utc_now)
    for number in range(20):
        store_numbered(archive, number)
    store_numbered(archive, 99, b"<p>page 3</p>")
    archive.close()

    verdict = verify(catalogue)

    assert (verdict.captures, verdict.files, verdict.damages) == (21, 1, ())
    with catalogue.read() as transaction:
        last = captures.list_captures(transaction, after=20, limit=10)[0]
        assert last.revisit_of == 4, "equal bytes are stored once"
        assert archive.read_body(transaction, last, 1 << 20).body == b"<p>page 3</p>"


def test_a_flipped_byte_is_found_and_hides_nothing_else(catalogue: Catalogue) -> None:
    archive = Archive(catalogue, operator=None, clock=utc_now)
    for number in range(5):
        store_numbered(archive, number)
    archive.close()
    with catalogue.read() as transaction:
        third = captures.list_captures(transaction, after=2, limit=1)[0]
    path = catalogue.folder / WARC_FOLDER / third.place.warc_file
    raw = bytearray(path.read_bytes())
    raw[third.place.offset + third.place.length - 12] ^= 1
    path.write_bytes(raw)

    damages = verify(catalogue).damages

    assert sorted(damage.where for damage in damages) == sorted([f"capture 3 ({third.url})", path.name])


def write_until_killed(folder: Path, count: "multiprocessing.sharedctypes.Synchronized[int]") -> None:
    archive = Archive(open_catalogue(folder), operator=None, clock=utc_now)
    number = 0
    while True:
        store_numbered(archive, number, os.urandom(20_000))
        number += 1
        count.value = number


def test_a_killed_writer_loses_nothing_that_was_stored(catalogue: Catalogue) -> None:
    context = multiprocessing.get_context("spawn")
    for round_number in range(4):
        count = context.Value("i", 0)
        process = context.Process(target=write_until_killed, args=(catalogue.folder, count))
        process.start()
        while count.value < 5 + 7 * round_number:
            process.join(0.01)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()

        sentences = repair_files(catalogue, utc_now())

        assert len(sentences) == 1, sentences
        verdict = verify(catalogue)
        assert verdict.damages == ()
        assert verdict.captures >= count.value
    assert repair_files(catalogue, utc_now()) == []
    with catalogue.read() as transaction:
        assert [file.state for file in warc_files.list_files(transaction)] == ["closed"] * 4


def test_a_file_renamed_before_its_row_is_noted_as_closed(catalogue: Catalogue) -> None:
    archive = Archive(catalogue, operator=None, clock=utc_now)
    store_numbered(archive, 1)
    assert archive._writer is not None
    archive._writer.close()  # the process dies here, before the row

    assert "final name" in repair_files(catalogue, utc_now())[0]
    assert verify(catalogue).damages == ()


def test_a_living_writers_file_is_left_alone(catalogue: Catalogue) -> None:
    archive = Archive(catalogue, operator=None, clock=utc_now)
    store_numbered(archive, 1)
    assert repair_files(catalogue, utc_now()) == []
    archive.close()


def test_no_catalogue_is_made_by_opening(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="vigie init"):
        open_catalogue(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "found"), [(b"", "an empty file"), (b"PK\x03\x04 not a database", "not an SQLite")]
)
def test_another_file_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes, found: str) -> None:
    path = tmp_path / "catalogue.sqlite"
    path.write_bytes(content)
    for action in (open_catalogue, create_catalogue):
        with pytest.raises(CatalogueError, match=found):
            action(tmp_path)
    assert path.read_bytes() == content


def test_a_newer_schema_is_refused_by_name(catalogue: Catalogue) -> None:
    with catalogue.write() as transaction:
        transaction.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(CatalogueError, match="newer Vigie \\(schema 9999\\)"):
        open_catalogue(catalogue.folder)


def test_a_crawl_does_not_start_under_the_floor(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="free_space_bytes"):
        check_free_space(tmp_path, 1 << 60)
    check_free_space(tmp_path, 1)


def test_a_stage_is_held_once_and_names_its_holder(tmp_path: Path) -> None:
    with hold_stage(tmp_path, "extract"):
        assert find_holder(tmp_path, "extract") is not None
        with pytest.raises(StageBusyError, match=f"process {os.getpid()}"), hold_stage(tmp_path, "extract"):
            pass
        assert find_holder(tmp_path, "project") is None
    assert find_holder(tmp_path, "extract") is None


def test_seq_order_is_commit_order_across_processes(catalogue: Catalogue) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=append_changes, args=(catalogue.folder, name)) for name in ("a", "b", "c")]
    for process in processes:
        process.start()
    seen: list[int] = []
    while any(process.is_alive() for process in processes):
        with catalogue.read() as transaction:
            rows = transaction.exec_driver_sql("SELECT seq FROM change ORDER BY seq").scalars().all()
        assert list(rows[: len(seen)]) == seen, "a line appeared below one that was already visible"
        seen = list(rows)
    for process in processes:
        process.join()
        assert process.exitcode == 0
    with catalogue.read() as transaction:
        assert transaction.exec_driver_sql("SELECT count(*), max(seq) FROM change").one() == (150, 150)


def append_changes(folder: Path, name: str) -> None:

    catalogue = open_catalogue(folder)
    for number in range(50):
        with catalogue.write() as transaction:
            append_change(transaction, "new", f"{name}{number}", at=utc_now(), via="live")
    catalogue.close()


def test_a_file_whose_writer_died_before_its_first_record_goes_after_a_while(catalogue: Catalogue) -> None:
    folder = catalogue.folder / WARC_FOLDER
    folder.mkdir()
    fresh = folder / "vigie-20260302120000000000-1-abcdef.warc.gz.fresh"
    fresh.touch()
    made = datetime.fromtimestamp(fresh.stat().st_mtime, UTC)

    assert repair_files(catalogue, made) == []
    assert fresh.exists(), "its writer may be about to lock it"
    assert repair_files(catalogue, made + timedelta(seconds=FRESH_SECONDS + 1)) == []
    assert not fresh.exists()


def test_how_long_writers_wait_and_hold_can_be_measured(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[tuple[float, float]] = []
    monkeypatch.setattr(Catalogue, "on_written", lambda waited, held: measured.append((waited, held)))
    entered = threading.Event()

    def hold() -> None:
        with catalogue.write():
            entered.set()
            time.sleep(0.3)

    holder = threading.Thread(target=hold)
    holder.start()
    entered.wait()
    with catalogue.write():
        pass
    holder.join()
    (first_waited, first_held), (second_waited, second_held) = sorted(measured)
    assert first_waited < 0.1 < second_waited
    assert second_held < 0.2 < first_held


def test_a_repeated_payload_whose_first_capture_is_missing_is_damage(catalogue: Catalogue) -> None:
    archive = Archive(catalogue, operator=None, clock=utc_now)
    for number in (1, 2):
        store_numbered(archive, number, b"<p>deux fois</p>")
    archive.close()
    with catalogue.write() as transaction:
        transaction.exec_driver_sql("DELETE FROM capture WHERE id = 1")

    damages = verify(catalogue).damages

    assert [damage.what for damage in damages] == ["the capture 1 whose payload it repeats is missing"]


def test_two_repairs_at_once_do_not_stumble_over_each_other(catalogue: Catalogue) -> None:
    folder = catalogue.folder / WARC_FOLDER
    folder.mkdir()
    for number in range(60):
        (folder / f"vigie-{number:03}.warc.gz.open").touch()

    with ThreadPoolExecutor(4) as threads:
        done = [threads.submit(repair_files, catalogue, utc_now()) for _ in range(4)]
        sentences = [sentence for one in done for sentence in one.result() if "writer died" in sentence]

    assert len(sentences) == 60
    assert not list(folder.glob("*.open"))


def test_a_missing_file_is_one_damage_and_names_how_much_lay_in_it(catalogue: Catalogue) -> None:
    archive = Archive(catalogue, operator=None, clock=utc_now)
    for number in range(5):
        store_numbered(archive, number)
    archive.close()
    (path,) = (catalogue.folder / WARC_FOLDER).iterdir()
    path.unlink()

    (damage,) = verify(catalogue).damages

    assert damage.where == path.name
    assert damage.what == "the file is missing, and with it 5 captures. Is its disk mounted?"


def test_somebody_who_looks_for_the_holder_holds_up_nobody(tmp_path: Path) -> None:
    with hold_stage(tmp_path, "crawl"):
        pass
    looking = (tmp_path / "locks" / "crawl.lock").open("a+")
    fcntl.flock(looking, fcntl.LOCK_EX)
    gone = threading.Timer(0.1, looking.close)
    gone.start()
    with hold_stage(tmp_path, "crawl"):
        assert find_holder(tmp_path, "crawl") is not None
    gone.join()
