"""Packing closed WARC files anew: no record changes, no place leads nowhere, whatever moment it is killed at."""

import multiprocessing
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.backup import Order, back_up
from archive.catalogue import Catalogue, captures, create_catalogue, open_catalogue, utc_now, warc_files
from archive.errors import FreeSpaceError
from archive.layout import WARC_FOLDER
from archive.proof.sealing import seal_new
from archive.repacking import KEPT, UNFINISHED, Step, pack_files, packed_name, remove_replaced
from archive.restore import restore
from archive.store import Archive
from archive.verify import verify
from archive.warc import read_members, read_record, unpack_member
from tests.archive.stored_pages import store_page

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=2)
PAGES = 12
STEPS: tuple[Step, ...] = ("record", "named", "entered", "moved", "replaced", "forgotten", "removed")


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    opened = create_catalogue(tmp_path / "data")
    fill(opened)
    yield opened
    opened.close()


def fill(catalogue: Catalogue, pages: int = PAGES) -> None:
    """One closed file with pages that pack well, one of them answered twice."""
    archive = Archive(catalogue, operator=None, clock=lambda: NOON)
    for number in [*range(pages), 3]:
        body = f"<article>{'La section demande un renfort. ' * 200}{number}</article>".encode()
        store_page(archive, f"https://presse.test/article-{number}", body, NOON)
    archive.close()


def list_places(catalogue: Catalogue) -> list[tuple[str, int]]:
    with catalogue.read() as transaction:
        found = captures.list_captures(transaction, after=0, limit=1000)
    return [(capture.place.warc_file, capture.place.offset) for capture in found]


def list_states(catalogue: Catalogue) -> dict[str, str]:
    with catalogue.read() as transaction:
        return {file.name: file.state for file in warc_files.list_files(transaction)}


def only_name(catalogue: Catalogue) -> str:
    (name,) = list_states(catalogue)
    return name


def list_records(path: Path) -> list[bytes]:
    return [unpack_member(member, path.name) for _, member in read_members(path)]


def test_every_record_stays_and_the_file_gets_smaller(catalogue: Catalogue) -> None:
    name = only_name(catalogue)
    folder = catalogue.folder / WARC_FOLDER
    records = list_records(folder / name)

    (done,) = pack_files(catalogue, lambda: LATER, free_floor=0)

    assert done.fault is None
    assert done.after < done.before
    assert list_records(folder / packed_name(name)) == records, "the same records in the same order, byte for byte"
    assert {file for file, _ in list_places(catalogue)} == {packed_name(name)}
    assert (folder / name).exists(), "who looked up a place before still reads there"
    assert verify(catalogue).damages == ()


def test_a_packed_file_is_not_packed_again_and_a_fresh_one_rests(catalogue: Catalogue) -> None:
    assert pack_files(catalogue, lambda: NOON + timedelta(minutes=5), free_floor=0) == []
    assert len(pack_files(catalogue, lambda: LATER, free_floor=0)) == 1
    assert pack_files(catalogue, lambda: LATER, free_floor=0) == []


def test_the_old_file_goes_a_day_after(catalogue: Catalogue) -> None:
    name = only_name(catalogue)
    pack_files(catalogue, lambda: LATER, free_floor=0)

    assert remove_replaced(catalogue, LATER + KEPT - timedelta(seconds=1)) == 0
    assert remove_replaced(catalogue, LATER + KEPT) == 1

    assert not (catalogue.folder / WARC_FOLDER / name).exists()
    assert list_states(catalogue) == {packed_name(name): "packed"}
    assert verify(catalogue).damages == ()


def test_seals_hold_over_a_packed_file(catalogue: Catalogue) -> None:
    seal_new(catalogue, utc_now)
    pack_files(catalogue, lambda: LATER, free_floor=0)
    remove_replaced(catalogue, LATER + KEPT)

    verdict = verify(catalogue)

    assert (verdict.seals, verdict.damages) == (1, ())
    assert seal_new(catalogue, utc_now).seals == (), "nothing is new because it was packed"


def test_a_row_that_came_after_the_move_is_moved_before_the_old_file_goes(catalogue: Catalogue) -> None:
    name = only_name(catalogue)
    with catalogue.read() as transaction:
        late = captures.list_captures(transaction, after=0, limit=1)[0]
    pack_files(catalogue, lambda: LATER, free_floor=0)
    with catalogue.write() as transaction:  # as it stood before: the row of one more capture of that record
        transaction.exec_driver_sql(
            "update capture set warc_file = ?, offset = ?, length = ? where id = ?",
            (late.place.warc_file, late.place.offset, late.place.length, late.id),
        )

    remove_replaced(catalogue, LATER + KEPT)

    assert {file for file, _ in list_places(catalogue)} == {packed_name(name)}
    assert verify(catalogue).damages == ()


def test_a_damaged_file_stays_as_it_is(catalogue: Catalogue) -> None:
    path = catalogue.folder / WARC_FOLDER / only_name(catalogue)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    path.write_bytes(raw)
    places = list_places(catalogue)

    (done,) = pack_files(catalogue, lambda: LATER, free_floor=0)

    assert done.fault is not None
    assert "differs from the digest taken when it was closed" in done.fault
    assert list_places(catalogue) == places
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_without_room_nothing_is_written(catalogue: Catalogue) -> None:
    path = catalogue.folder / WARC_FOLDER / only_name(catalogue)
    with pytest.raises(FreeSpaceError, match="Make room or lower the limit"):
        pack_files(catalogue, lambda: LATER, free_floor=1 << 60)
    assert list(path.parent.iterdir()) == [path]


def test_asked_to_stop_it_leaves_the_file_as_it_was(catalogue: Catalogue) -> None:
    path = catalogue.folder / WARC_FOLDER / only_name(catalogue)
    seen: list[Step] = []
    assert pack_files(catalogue, lambda: LATER, free_floor=0, stop=lambda: len(seen) > 3, report=seen.append) == []
    assert list(path.parent.iterdir()) == [path]


def pack_until(folder: Path, step: Step) -> None:
    """A process that dies the moment a step is done; it packs, and removes what was replaced a day before."""

    def die(done: Step) -> None:
        if done == step:
            os._exit(9)

    catalogue = open_catalogue(folder)
    pack_files(catalogue, lambda: LATER, free_floor=0, report=die)
    remove_replaced(catalogue, LATER + KEPT, die)
    os._exit(0)


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_nothing_is_lost_and_the_next_run_ends_it(catalogue: Catalogue, step: Step) -> None:
    # given: a process that is killed
    name, folder = only_name(catalogue), catalogue.folder / WARC_FOLDER
    records = list_records(folder / name)
    killed = multiprocessing.get_context("spawn").Process(target=pack_until, args=(catalogue.folder, step))
    killed.start()
    killed.join(60)
    assert killed.exitcode == 9, f"it never came to {step}"

    # then: every place leads to its record
    assert verify(catalogue).damages == ()

    # when: the next run, a day later
    pack_files(catalogue, lambda: LATER, free_floor=0)
    pack_files(catalogue, lambda: LATER + KEPT, free_floor=0)

    # then
    assert list_states(catalogue) == {packed_name(name): "packed"}
    assert list_records(folder / packed_name(name)) == records
    assert sorted(path.name for path in folder.iterdir()) == [packed_name(name)], f"a {UNFINISHED} file or the old one"
    assert verify(catalogue).damages == ()


def test_a_backup_between_the_move_and_the_removal_holds_what_is_needed(catalogue: Catalogue, tmp_path: Path) -> None:
    pack_files(catalogue, lambda: LATER, free_floor=0)
    back_up(catalogue, tmp_path / "backup", Order(lambda target: target.mkdir(), utc_now, lambda: "x", 0))

    restore(tmp_path / "backup", tmp_path / "restored", newest=None, clock=utc_now, make_id=lambda: "y")

    restored = open_catalogue(tmp_path / "restored")
    try:
        assert verify(restored).damages == ()
        remove_replaced(restored, LATER + KEPT)
        assert "replaced" not in list_states(restored).values()
        assert verify(restored).damages == ()
    finally:
        restored.close()


def test_places_move_in_slices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.repacking.SLICE", 5)
    catalogue = create_catalogue(tmp_path)
    try:
        fill(catalogue)
        steps: list[Step] = []
        pack_files(catalogue, lambda: LATER, free_floor=0, report=steps.append)
        assert steps.count("moved") > 5
        with catalogue.read() as transaction:
            for capture in captures.list_captures(transaction, after=0, limit=100):
                assert read_record(catalogue.folder / WARC_FOLDER, capture.place).url == capture.url
    finally:
        catalogue.close()
