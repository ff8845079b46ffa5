"""A data folder made from a backup: every file compared with its digest, withdrawals applied, mail paused.

The catalogue comes last, under its final name when all the rest is there: without it nothing starts, so an interrupted
restore is never taken for an archive. What fails leaves nothing behind.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.catalogue import create_catalogue, open_catalogue, outbox
from archive.catalogue.catalogue import FILE_NAME
from archive.catalogue.withdrawals import Withdrawal
from archive.errors import BackupError, FreeSpaceError
from archive.layout import WARC_FOLDER
from archive.manifest import (
    CONFIG_FOLDER,
    OPEN_FOLDER,
    WARC_SHARED,
    FileFacts,
    Manifest,
    copy_bytes,
    find_backup,
    list_backups,
    read_facts,
    read_manifest,
)
from archive.proof.seals import SEAL_FOLDER
from archive.store import repair_files
from archive.warc import OPEN_SUFFIX, sync_folder
from archive.withdrawals import LIST_FILE, append_list, join_lists, list_path, read_list, reconcile

STAGING = "restoring"  # the folder in which the catalogue is made ready


@dataclass(frozen=True)
class Restored:
    """What was put back. `hidden` withdrawals are younger than the backup; `missing` files it did not have."""

    backup: Path
    made_at: datetime
    captures: int
    files: int
    withdrawals: int
    hidden: int
    missing: tuple[str, ...]
    configuration: Path


def restore(
    folder: Path, target: Path, *, newest: Path | None, clock: Callable[[], datetime], make_id: Callable[[], str]
) -> Restored:
    """Make the data folder `target` from a backup, or from the newest one in its folder.

    `newest` is the list of withdrawals of the archive that is replaced; those of every backup beside this one count in
    any case. Raises `BackupError` where a file is damaged, the target is not empty or a list cannot be read.
    """
    backup = find_backup(folder)
    manifest = read_manifest(backup)
    lists = _read_lists(backup, newest)
    _check_target(target, manifest)
    is_new = not target.exists()
    try:
        _copy_files(backup, target, manifest)
        applied = _place_catalogue(backup, target, manifest, lists, clock, make_id)
    except BaseException:
        _clear(target, is_new)
        raise
    opened = [name for name in manifest.files if name.startswith(f"{OPEN_FOLDER}/")]
    return Restored(
        backup, manifest.made_at, manifest.captures, len(manifest.warc) + len(opened), len(lists), applied,
        manifest.missing, backup / CONFIG_FOLDER,
    )  # fmt: skip


def _read_lists(backup: Path, newest: Path | None) -> list[Withdrawal]:
    """The withdrawals of every list at hand; one that was given has to be there."""
    if newest is not None and not newest.is_file():
        raise BackupError(f"{newest}: expected a list of withdrawals, found no such file. Nothing was written.")
    beside = [one / LIST_FILE for one in {backup, *list_backups(backup.parent)}]
    return join_lists([read_list(path) for path in [*beside, *([newest] if newest else [])]])


def _check_target(target: Path, manifest: Manifest) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BackupError(f"{target}: expected an empty folder or none, found something in it. Nothing was written.")
    needed = sum(facts.bytes for facts in [*manifest.files.values(), *manifest.warc.values()])
    place = next(path for path in (target, *target.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    if free < needed:
        said = f"{free >> 20} MiB free, and {needed >> 20} MiB are needed"
        raise FreeSpaceError(f"{target}: {said}. Nothing was written.")


def _copy_files(backup: Path, target: Path, manifest: Manifest) -> None:
    """WARC files, each compared with its digest while it is copied; what is not copied is compared too."""
    (target / WARC_FOLDER).mkdir(parents=True)
    for name, facts in manifest.warc.items():
        _copy(backup.parent / WARC_SHARED / name, target / WARC_FOLDER / name, facts)
    for name, facts in manifest.files.items():
        path = backup / name
        if name.startswith(f"{OPEN_FOLDER}/"):
            _copy(path, target / WARC_FOLDER / (path.name + OPEN_SUFFIX), facts)
        elif name.startswith(f"{SEAL_FOLDER}/"):
            (target / SEAL_FOLDER).mkdir(exist_ok=True)
            _copy(path, target / name, facts)
        elif name != FILE_NAME:
            _compare(path, read_facts(path) if path.exists() else None, facts)


def _place_catalogue(
    backup: Path,
    target: Path,
    manifest: Manifest,
    lists: Sequence[Withdrawal],
    clock: Callable[[], datetime],
    make_id: Callable[[], str],
) -> int:
    """Bring the catalogue to today's schema, pause mail, hide what was withdrawn, then let it be found.

    Returns how many withdrawals it did not know.
    """
    staging = target / STAGING
    staging.mkdir()
    _copy(backup / FILE_NAME, staging / FILE_NAME, manifest.files[FILE_NAME])
    append_list(list_path(staging), lists)
    catalogue = create_catalogue(staging)
    try:
        with catalogue.write() as transaction:
            why = f"restored from the backup of {manifest.made_at:%Y-%m-%d %H:%M} UTC"
            outbox.pause_mail(transaction, why, clock())
        done = reconcile(catalogue, clock(), make_id)
    finally:
        catalogue.close()
    if list_path(staging).exists():
        list_path(staging).rename(list_path(target))
    for folder in (WARC_FOLDER, SEAL_FOLDER):
        if (target / folder).exists():
            sync_folder(target / folder)
    (staging / FILE_NAME).rename(target / FILE_NAME)
    shutil.rmtree(staging)
    sync_folder(target)
    _close_files(target, clock())
    return len(done.applied)


def _close_files(target: Path, now: datetime) -> None:
    """Files that were being written when the backup was made have no writer any more."""
    catalogue = open_catalogue(target)
    try:
        repair_files(catalogue, now)
    finally:
        catalogue.close()


def _copy(source: Path, target: Path, facts: FileFacts) -> None:
    if not source.exists():
        _compare(source, None, facts)
    with source.open("rb") as read, target.open("wb") as written:
        _compare(source, copy_bytes(read, written), facts)


def _compare(path: Path, found: FileFacts | None, expected: FileFacts) -> None:
    if found == expected:
        return
    what = "is missing" if found is None else f"is damaged: expected {_say(expected)}, found {_say(found)}"
    raise BackupError(f"{path}: the file of the backup {what}. Nothing was restored; take another backup.")


def _say(facts: FileFacts) -> str:
    return f"{facts.bytes} bytes with digest {facts.sha256[:12]}"


def _clear(target: Path, is_new: bool) -> None:
    """Remove what was written into a folder that was empty."""
    if is_new:
        shutil.rmtree(target, ignore_errors=True)
        return
    for path in target.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
