"""A backup of a data folder while everything runs: catalogue, WARC files, seals, configuration, list of withdrawals.

The catalogue is copied before the files, by SQLite itself: every row of the copy finds its record. Seals are copied
before the catalogue: none of them speaks of a capture that the copy does not know. A backup is
made in a folder whose name says `unfinished`; only when all of it is on disk does the folder get its final name. Closed
WARC files never change: each is taken once, by a hard link on the same disk, otherwise as a copy; of one that is still
being written, what the copied catalogue knows is taken.
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from archive.catalogue import Catalogue, counts, open_catalogue, warc_files
from archive.catalogue.catalogue import FILE_NAME
from archive.catalogue.warc_files import WarcFile
from archive.errors import BackupError, FreeSpaceError, RecordError
from archive.layout import WARC_FOLDER
from archive.locks import hold_stage
from archive.manifest import (
    CONFIG_FOLDER,
    MANIFEST_FILE,
    OPEN_FOLDER,
    UNFINISHED,
    WARC_SHARED,
    FileFacts,
    Manifest,
    copy_bytes,
    list_backups,
    read_facts,
    read_manifest,
    write_manifest,
)
from archive.proof.seals import SEAL_FOLDER, list_files
from archive.warc import find_file, known_length, sync_folder
from archive.withdrawals import LIST_FILE, list_path, reconcile

PART = ".part"  # the end of the name of a copy that is being made


@dataclass(frozen=True)
class Order:
    """What belongs to a backup beside the data folder, and what it needs: clock, ids, how many are kept (0: all)."""

    copy_configuration: Callable[[Path], None]
    clock: Callable[[], datetime]
    make_id: Callable[[], str]
    keep: int = 0


@dataclass
class BackedUp:
    """What was made. `faults` are sentences on WARC files that are missing or damaged."""

    folder: Path
    captures: int = 0
    files: int = 0
    linked: int = 0
    copied: int = 0
    removed: int = 0
    faults: list[str] = field(default_factory=list)


def back_up(catalogue: Catalogue, target: Path, order: Order) -> BackedUp:
    """Make one backup in `target`. Raises an `ArchiveError` with one sentence where that cannot be."""
    _refuse_place(catalogue.folder, target)
    with hold_stage(catalogue.folder, "backup"):
        _refuse_others(catalogue.folder, target)
        with _explain_target(target):
            (target / WARC_SHARED).mkdir(parents=True, exist_ok=True)
            _clear_left(target)
        _check_room(catalogue, target)
        reconcile(catalogue, order.clock(), order.make_id)
        made = BackedUp(_name_backup(target, order.clock()))
        unfinished = made.folder.with_name(made.folder.name + UNFINISHED)
        try:
            with _explain_target(target):
                unfinished.mkdir()
                _fill(catalogue, target, unfinished, made, order)
                unfinished.rename(made.folder)
                sync_folder(target)
        except BaseException:
            with contextlib.suppress(OSError):
                _clear_left(target)
            raise
        made.removed = _remove_old(target, order.keep)
        return made


def _fill(catalogue: Catalogue, target: Path, unfinished: Path, made: BackedUp, order: Order) -> None:
    made_at = order.clock()
    (unfinished / SEAL_FOLDER).mkdir()
    for path in list_files(catalogue.folder):
        shutil.copyfile(path, unfinished / SEAL_FOLDER / path.name)
    catalogue.copy_into(unfinished / FILE_NAME)
    copy = open_catalogue(unfinished)
    try:
        with copy.read() as transaction:
            made.captures = counts.count_captures(transaction)
            listed = warc_files.list_needed(transaction)
            ends = warc_files.list_known_ends(transaction)
    finally:
        copy.close()
    warc = _take_closed(catalogue.folder / WARC_FOLDER, target / WARC_SHARED, listed, made)
    _take_open(catalogue.folder / WARC_FOLDER, unfinished / OPEN_FOLDER, listed, ends, made)
    if list_path(catalogue.folder).exists():
        shutil.copyfile(list_path(catalogue.folder), unfinished / LIST_FILE)
    order.copy_configuration(unfinished / CONFIG_FOLDER)
    paths = [path for path in sorted(unfinished.rglob("*")) if path.is_file()]
    for path in paths:
        _sync_file(path)
    files = {path.relative_to(unfinished).as_posix(): read_facts(path) for path in paths}
    made.files = len(warc) + sum(name.startswith(f"{OPEN_FOLDER}/") for name in files)
    missing = tuple(file.name for file in listed if file.sha256 and file.name not in warc)
    write_manifest(unfinished, Manifest(made_at, str(catalogue.folder), made.captures, files, warc, missing))
    for folder in {path.parent for path in paths} | {unfinished, target / WARC_SHARED}:
        sync_folder(folder)


def _take_closed(source: Path, shared: Path, listed: list[WarcFile], made: BackedUp) -> dict[str, FileFacts]:
    """Every closed file by its name; one that the backup has already is not read again."""
    taken: dict[str, FileFacts] = {}
    for file in listed:
        if file.sha256 is None or file.size is None:
            continue
        facts, there = FileFacts(file.size, file.sha256), shared / file.name
        if there.exists() and there.stat().st_size == file.size:
            taken[file.name] = facts
        elif not (source / file.name).exists():
            made.faults.append(f"{source / file.name}: the WARC file is missing. Is its disk mounted?")
        else:
            taken[file.name] = _take_file(source / file.name, there, facts, made)
    return taken


def _take_file(source: Path, target: Path, facts: FileFacts, made: BackedUp) -> FileFacts:
    """A hard link where both lie on one disk, otherwise a copy; its facts as they are."""
    target.unlink(missing_ok=True)  # of another size: damaged
    try:
        os.link(source, target)
    except OSError:
        part = target.with_name(target.name + PART)
        with source.open("rb") as read, part.open("wb") as written:
            found = copy_bytes(read, written)
        part.rename(target)
        made.copied += 1
    else:
        made.linked += 1
        found = facts if target.stat().st_size == facts.bytes else read_facts(target)
    if found != facts:
        made.faults.append(f"{source}: differs from the digest taken when it was closed; taken as it is.")
    return found


def _take_open(source: Path, target: Path, listed: list[WarcFile], ends: dict[str, int], made: BackedUp) -> None:
    """Of files that were being written, everything up to the last record that the copied catalogue knows."""
    for file in listed:
        if file.sha256 is not None:
            continue
        try:
            path = find_file(source, file.name)
        except RecordError as error:
            if file.name in ends:  # of one that never got a record nothing is lost
                made.faults.append(str(error))
            continue
        target.mkdir(exist_ok=True)
        end = ends.get(file.name, 0)
        with path.open("rb") as read, (target / file.name).open("wb") as written:
            facts = copy_bytes(read, written, known_length(path, end))
        if facts.bytes < end:
            made.faults.append(f"{path}: cut at {facts.bytes} bytes; the catalogue knows of {end}.")


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _refuse_place(data: Path, target: Path) -> None:
    if target.resolve().is_relative_to(data.resolve()):
        raise BackupError(f"{target}: lies inside the data folder {data}, and would be lost with it. Give another one.")


def _refuse_others(data: Path, target: Path) -> None:
    found = list_backups(target)
    if found and (other := read_manifest(found[-1]).data_folder) != str(data):
        raise BackupError(f"{target}: holds backups of {other}. Give each archive a folder of its own.")


def _check_room(catalogue: Catalogue, target: Path) -> None:
    """Before anything is written: what must be copied has to find room."""
    source, shared = catalogue.folder / WARC_FOLDER, target / WARC_SHARED
    needed = catalogue.count_bytes()
    if source.exists() and source.stat().st_dev != shared.stat().st_dev:
        needed += sum(path.stat().st_size for path in source.glob("*.warc.gz") if not (shared / path.name).exists())
    free = shutil.disk_usage(target).free
    if free < needed:
        raise FreeSpaceError(
            f"{target}: {free >> 20} MiB free, and the backup needs {needed >> 20} MiB. "
            "Make room or give another folder; nothing was written."
        )


def _clear_left(target: Path) -> None:
    """What an interrupted backup left is no backup."""
    for folder in target.glob(f"*{UNFINISHED}"):
        shutil.rmtree(folder)
    for path in (target / WARC_SHARED).glob(f"*{PART}"):
        path.unlink()


def _name_backup(target: Path, now: datetime) -> Path:
    """A folder named by its instant; two of one second are numbered."""
    name = f"{now.astimezone(UTC):%Y-%m-%dT%H%M%SZ}"
    number, folder = 1, target / name
    while folder.exists():
        number += 1
        folder = target / f"{name}-{number}"
    return folder


def _remove_old(target: Path, keep: int) -> int:
    """All but the newest backups; WARC files stay, since each is in the newest one too."""
    old = list_backups(target)[:-keep] if keep else []
    for folder in old:
        (folder / MANIFEST_FILE).unlink()  # from here on it is no backup, whatever interrupts
        shutil.rmtree(folder)
    return len(old)


@contextlib.contextmanager
def _explain_target(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = error.filename or target
        raise BackupError(f"{where}: {error.strerror or error}. No backup was made in {target}.") from error
