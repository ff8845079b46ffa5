"""Backups: whole or not at all, each WARC file once, made beside a writer; restored with every digest compared."""

import itertools
import json
import multiprocessing
import os
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.backup import BackedUp, Order, back_up
from archive.catalogue import Catalogue, create_catalogue, open_catalogue, outbox, warc_files
from archive.catalogue.catalogue import FILE_NAME
from archive.errors import BackupError, FreeSpaceError, StageBusyError
from archive.layout import WARC_FOLDER
from archive.locks import hold_stage
from archive.manifest import MANIFEST_FILE, UNFINISHED, list_backups, read_manifest
from archive.proof.sealing import seal_new
from archive.restore import Restored, restore
from archive.store import Archive
from archive.verify import verify
from archive.warc import find_file
from tests.archive.test_store import store_numbered

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
OTHER_DISK = Path("/dev/shm")


class Keeper:
    """A data folder that is written to and backed up, by a clock that moves one hour a backup."""

    def __init__(self, folder: Path) -> None:
        self.data, self.target = folder / "data", folder / "backups"
        self.catalogue: Catalogue = create_catalogue(self.data)
        self.archive = Archive(self.catalogue, operator=None, clock=lambda: NOON, file_bytes=4000)
        self.now = NOON
        self._numbers = itertools.count()
        self._pages = itertools.count()

    def write(self, count: int) -> None:
        for _ in range(count):
            store_numbered(self.archive, next(self._pages), os.urandom(300))

    def back_up(self, keep: int = 0, target: Path | None = None) -> BackedUp:
        self.now += timedelta(hours=1)
        order = Order(self._copy_configuration, lambda: self.now, self.make_id, keep)
        return back_up(self.catalogue, target or self.target, order)

    def restore(self, to: Path, backup: Path | None = None, newest: Path | None = None) -> Restored:
        return restore(backup or self.target, to, newest=newest, clock=lambda: self.now, make_id=self.make_id)

    def make_id(self) -> str:
        return f"id{next(self._numbers)}"

    @staticmethod
    def _copy_configuration(target: Path) -> None:
        target.mkdir()
        (target / "settings.yaml").write_text("contact: archive@exemple.test\n")


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    made = Keeper(tmp_path)
    yield made
    made.archive.close()
    made.catalogue.close()


def read_back(data: Path) -> tuple[int, list[str]]:
    catalogue = open_catalogue(data)
    verdict = verify(catalogue)
    catalogue.close()
    return verdict.captures, [f"{one.where}: {one.what}" for one in verdict.damages]


def test_a_backup_beside_an_open_file_is_whole_and_the_next_adds_what_is_new(keeper: Keeper, tmp_path: Path) -> None:
    # given: closed files and one that is being written
    keeper.write(20)
    assert keeper.archive._writer is not None
    first = keeper.back_up()
    keeper.write(20)
    second = keeper.back_up()

    assert (first.captures, second.captures, first.faults, second.faults) == (20, 40, [], [])
    assert first.linked > 0 and second.linked < second.files, "each file is taken once"
    closed = [path.name for path in (keeper.target / "warc").iterdir()]
    assert sorted(closed) == sorted(path.name for path in (keeper.data / WARC_FOLDER).glob("*.gz"))

    for backup, captures in ((first, 20), (second, 40)):
        restored = tmp_path / f"restored-{captures}"
        done = keeper.restore(restored, backup.folder)
        assert (done.captures, read_back(restored)) == (captures, (captures, []))
        assert not list((restored / WARC_FOLDER).glob("*.open"))


def test_seals_are_taken_and_put_back_and_speak_of_no_capture_that_the_backup_lacks(
    keeper: Keeper, tmp_path: Path
) -> None:
    # given: an archive with two seals, and one more after the backup
    for _ in range(2):
        keeper.write(3)
        seal_new(keeper.catalogue, lambda: NOON)
    backup = keeper.back_up().folder
    keeper.write(3)
    seal_new(keeper.catalogue, lambda: NOON)

    # when
    keeper.restore(tmp_path / "restored", backup)

    # then
    restored = open_catalogue(tmp_path / "restored")
    verdict = verify(restored)
    restored.close()
    assert (verdict.captures, verdict.seals, verdict.damages) == (6, 2, ())


def test_of_an_open_file_nothing_is_taken_that_the_catalogue_does_not_know(keeper: Keeper, tmp_path: Path) -> None:
    keeper.write(2)
    real = Catalogue.copy_into

    def write_more_meanwhile(catalogue: Catalogue, path: Path) -> None:
        real(catalogue, path)
        keeper.write(3)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Catalogue, "copy_into", write_more_meanwhile)
        made = keeper.back_up()

    (taken,) = (made.folder / "open").iterdir()
    whole = find_file(keeper.data / WARC_FOLDER, taken.name).read_bytes()  # it was closed meanwhile
    assert whole.startswith(taken.read_bytes()) and taken.stat().st_size < len(whole)
    keeper.restore(tmp_path / "restored")
    assert read_back(tmp_path / "restored") == (2, [])


def test_writers_go_on_while_the_catalogue_is_copied(keeper: Keeper, tmp_path: Path) -> None:
    stop, faults = threading.Event(), []

    def write() -> None:
        try:
            while not stop.is_set():
                keeper.write(1)
        except Exception as error:  # noqa: BLE001 - told by the test
            faults.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    made = [keeper.back_up() for _ in range(3)]
    stop.set()
    writer.join()

    assert faults == [] and [one.faults for one in made] == [[], [], []]
    for number, one in enumerate(made):
        keeper.restore(tmp_path / str(number), one.folder)
        assert read_back(tmp_path / str(number)) == (one.captures, [])


@pytest.mark.skipif(
    not OTHER_DISK.is_dir() or OTHER_DISK.stat().st_dev == Path("/tmp").stat().st_dev,
    reason="no second file system to copy to",
)
def test_on_another_disk_files_are_copied_once(keeper: Keeper) -> None:
    keeper.write(20)
    target = OTHER_DISK / f"vigie-test-{os.getpid()}"
    try:
        first, second = keeper.back_up(target=target), keeper.back_up(target=target)
        assert (first.linked, second.copied) == (0, 0) and first.copied > 0
        assert not list(target.rglob("*.part"))
    finally:
        shutil.rmtree(target)


def test_what_an_interrupted_backup_left_is_no_backup_and_goes(keeper: Keeper, tmp_path: Path) -> None:
    keeper.write(3)
    whole = keeper.back_up()
    left = whole.folder.with_name(f"2026-03-09T000000Z{UNFINISHED}")
    shutil.copytree(whole.folder, left)

    keeper.restore(tmp_path / "restored")
    with pytest.raises(BackupError, match="found none that is whole"):
        keeper.restore(tmp_path / "again", left)
    keeper.back_up()

    assert not left.exists() and len(list_backups(keeper.target)) == 2


def test_a_backup_that_fails_leaves_nothing(keeper: Keeper) -> None:
    keeper.write(3)

    def fail(target: Path) -> None:
        raise OSError(28, "No space left on device", str(target))

    order = Order(fail, lambda: NOON, keeper.make_id)
    with pytest.raises(BackupError, match=r"config: No space left on device\. No backup was made in"):
        back_up(keeper.catalogue, keeper.target, order)

    assert [path.name for path in keeper.target.iterdir()] == ["warc"]


def test_only_so_many_are_kept_and_their_files_with_them(keeper: Keeper, tmp_path: Path) -> None:
    for _ in range(4):
        keeper.write(15)
        made = keeper.back_up(keep=2)

    assert (made.removed, len(list_backups(keeper.target))) == (1, 2)
    for number, backup in enumerate(list_backups(keeper.target)):
        keeper.restore(tmp_path / str(number), backup)
    assert read_back(tmp_path / "0") == (45, [])


def test_a_place_that_will_not_do_is_refused_in_one_sentence(keeper: Keeper, tmp_path: Path) -> None:
    keeper.write(1)
    (tmp_path / "file").write_text("")
    other = Keeper(tmp_path / "other")
    other.back_up(target=tmp_path / "others")
    other.catalogue.close()

    for target, said in (
        (keeper.data / "backups", "lies inside the data folder"),
        (tmp_path / "file" / "backups", "Not a directory. No backup was made"),
        (tmp_path / "others", "holds backups of .*/other/data"),
    ):
        with pytest.raises(BackupError, match=said):
            keeper.back_up(target=target)
    with hold_stage(keeper.data, "backup"), pytest.raises(StageBusyError, match="backup: already under way in process"):
        keeper.back_up()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 128 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_no_room_is_said_before_anything_is_written(keeper: Keeper, small_disk: Path, tmp_path: Path) -> None:
    keeper.write(1)
    keeper.back_up()

    with pytest.raises(FreeSpaceError, match=r"0 MiB free, and the backup needs .* nothing was written"):
        keeper.back_up(target=small_disk / "backups")
    with pytest.raises(FreeSpaceError, match=r"0 MiB free, and .* are needed\. Nothing was written"):
        keeper.restore(small_disk / "data")
    assert [path.name for path in (small_disk / "backups").iterdir()] == ["warc"]
    assert not (small_disk / "data").exists()


def test_a_missing_or_damaged_file_is_named_and_the_rest_is_backed_up(keeper: Keeper, tmp_path: Path) -> None:
    keeper.write(30)
    gone, cut = sorted((keeper.data / WARC_FOLDER).glob("*.gz"))[:2]
    gone.unlink()
    cut.write_bytes(cut.read_bytes()[:-7])

    made = keeper.back_up()

    assert [fault.partition(": ")[0] for fault in made.faults] == [str(gone), str(cut)]
    done = keeper.restore(tmp_path / "restored")
    assert done.missing == (gone.name,)


def test_restored_mail_is_paused_and_says_why(keeper: Keeper, tmp_path: Path) -> None:
    keeper.back_up()
    keeper.restore(tmp_path / "restored")

    catalogue = open_catalogue(tmp_path / "restored")
    with catalogue.read() as transaction:
        pause = outbox.read_pause(transaction)
        opened = warc_files.list_files(transaction, "open")
    catalogue.close()
    assert pause is not None and pause.why == "restored from the backup of 2026-03-02 13:00 UTC"
    assert opened == []


@pytest.mark.parametrize("part", ["warc", "open", "catalogue", "config"])
def test_a_flipped_byte_is_named_and_nothing_is_restored(keeper: Keeper, tmp_path: Path, part: str) -> None:
    keeper.write(20)
    made = keeper.back_up()
    places = {
        "warc": lambda: min((keeper.target / "warc").iterdir()),
        "open": lambda: min((made.folder / "open").iterdir()),
        "catalogue": lambda: made.folder / FILE_NAME,
        "config": lambda: made.folder / "config" / "settings.yaml",
    }
    path = places[part]()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()  # a hard link to the archive's own file may stand here
    path.write_bytes(content)

    with pytest.raises(BackupError, match=rf"{path.name}: the file of the backup is damaged: expected"):
        keeper.restore(tmp_path / "restored")
    assert not (tmp_path / "restored").exists()


def test_a_file_that_the_backup_lost_is_named(keeper: Keeper, tmp_path: Path) -> None:
    keeper.write(20)
    keeper.back_up()
    lost = min((keeper.target / "warc").iterdir())
    lost.unlink()
    (tmp_path / "restored").mkdir()

    with pytest.raises(BackupError, match=f"{lost.name}: the file of the backup is missing"):
        keeper.restore(tmp_path / "restored")
    assert list((tmp_path / "restored").iterdir()) == []


def test_a_target_in_use_and_a_list_that_is_not_there_are_refused(keeper: Keeper, tmp_path: Path) -> None:
    keeper.back_up()
    with pytest.raises(BackupError, match="expected an empty folder or none"):
        keeper.restore(keeper.data)
    with pytest.raises(BackupError, match=r"nowhere\.jsonl: expected a list of withdrawals"):
        keeper.restore(tmp_path / "restored", newest=tmp_path / "nowhere.jsonl")
    with pytest.raises(BackupError, match="expected a backup as `vigie backup` makes it"):
        keeper.restore(tmp_path / "restored", tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text[:-20], "the manifest is damaged"),
        (lambda text: json.dumps(json.loads(text) | {"format": 2}), "made by a newer Vigie"),
        (lambda text: json.dumps({"format": 1}), "the manifest is damaged"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_named(keeper: Keeper, tmp_path: Path, change: object, said: str) -> None:
    made = keeper.back_up()
    path = made.folder / MANIFEST_FILE
    assert read_manifest(made.folder).captures == 0
    assert callable(change)
    path.write_text(change(path.read_text()))

    with pytest.raises(BackupError, match=said):
        keeper.restore(tmp_path / "restored")


def test_killed_at_any_moment_only_whole_backups_are_found(keeper: Keeper, tmp_path: Path) -> None:
    chance = random.Random(11)
    keeper.write(40)
    keeper.catalogue.close()  # no open connection is carried over a fork
    for _ in range(8):
        child = multiprocessing.get_context("fork").Process(target=keeper.back_up)
        child.start()
        time.sleep(chance.uniform(0.0, 0.15))
        child.kill()
        child.join()
        for backup in list_backups(keeper.target):
            assert read_manifest(backup).captures == 40
    made = keeper.back_up()

    assert not list(keeper.target.glob(f"*{UNFINISHED}"))
    keeper.restore(tmp_path / "restored")
    assert (made.faults, read_back(tmp_path / "restored")) == ([], (40, []))
