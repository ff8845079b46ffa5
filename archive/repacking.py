"""Pack closed WARC files smaller when there is time: `vigie archive pack`.

The crawl packs quickly; this packs each record again as small as zlib can, in the same order, into a file of its own.
No record changes by a byte: seals and proofs are about what is in the gzip members, and hold as before.

Promise: killed at any moment it loses nothing, and the next run goes on. A capture's place leads to a whole record at
every moment: the new file is complete, on disk, and compared record by record with the old one before the first place
moves; places move in slices while both files lie there; the old one goes a day after the last. A file in which
something is damaged stays as it is.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, zip_longest
from pathlib import Path
from typing import Literal

from archive.catalogue import Catalogue, warc_files
from archive.catalogue.warc_files import Move, WarcFile
from archive.digests import digest_file
from archive.errors import FreeSpaceError, RecordError
from archive.layout import WARC_FOLDER
from archive.warc import pack_small, read_members, sync_folder, unpack_member

REST = timedelta(hours=1)  # after closing: the rows of a file's last records may be on their way yet
KEPT = timedelta(days=1)  # after its last place moved: who looked a place up before still reads there
SLICE = 500  # places moved in one transaction
PACKED_MARK = "-packed"
UNFINISHED = ".packing"
Step = Literal["record", "named", "entered", "moved", "replaced", "forgotten", "removed"]


@dataclass(frozen=True)
class Repacked:
    """One file packed anew: its size before and after, or why it was left as it is."""

    name: str
    before: int
    after: int
    fault: str | None = None


def pack_files(
    catalogue: Catalogue,
    clock: Callable[[], datetime],
    *,
    free_floor: int,
    stop: Callable[[], bool] = lambda: False,
    report: Callable[[Step], None] = lambda step: None,
) -> list[Repacked]:
    """Pack every closed file that is not packed yet, the oldest first, after finishing what a killed run began.

    Raises `FreeSpaceError` where the disk has no room for the next file beside the floor.
    """
    done: list[Repacked] = []
    for left in (catalogue.folder / WARC_FOLDER).glob(f"*{UNFINISHED}"):
        left.unlink()
    remove_replaced(catalogue, clock(), report)
    for file in _list_waiting(catalogue, clock()):
        if stop():
            break
        try:
            done.append(_pack_file(catalogue, file, clock, free_floor, stop, report))
        except _StoppedError:
            break
        except RecordError as error:
            done.append(Repacked(file.name, file.size or 0, file.size or 0, str(error)))
    return done


def remove_replaced(catalogue: Catalogue, now: datetime, report: Callable[[Step], None] = lambda step: None) -> int:
    """Remove old files whose places have moved more than a day ago; how many went."""
    folder = catalogue.folder / WARC_FOLDER
    with catalogue.read() as transaction:
        files = {file.name: file for file in warc_files.list_files(transaction)}
    for file in files.values():
        if file.state == "replaced" and file.closed_at is not None and now - file.closed_at >= KEPT:
            if (folder / file.name).exists():  # of a backup only the file in use was put back
                _move_places(catalogue, file.name, report)  # a row that came late after all
            with catalogue.write() as transaction:
                warc_files.forget_file(transaction, file.name)
            report("forgotten")
    with catalogue.read() as transaction:
        files = {file.name: file for file in warc_files.list_files(transaction)}
    removed = 0
    for name in [_origin_of(file.name) for file in files.values() if file.state == "packed"]:
        if name not in files and (folder / name).exists():
            (folder / name).unlink()
            report("removed")
            removed += 1
    return removed


class _StoppedError(Exception):
    """Asked to stop in the middle of a file, which stays as it was."""


def _list_waiting(catalogue: Catalogue, now: datetime) -> list[WarcFile]:
    """Files of which a killed run moved only some places come first."""
    with catalogue.read() as transaction:
        begun = warc_files.list_files(transaction, "packing")
        closed = warc_files.list_files(transaction, "closed")
    return begun + [file for file in closed if file.closed_at is not None and now - file.closed_at >= REST]


def _pack_file(
    catalogue: Catalogue,
    file: WarcFile,
    clock: Callable[[], datetime],
    free_floor: int,
    stop: Callable[[], bool],
    report: Callable[[Step], None],
) -> Repacked:
    folder = catalogue.folder / WARC_FOLDER
    packed = folder / packed_name(file.name)
    if file.state == "closed":
        _check(folder, file, free_floor)
        _write_packed(folder / file.name, packed, stop, report)
        report("named")
        _compare(folder / file.name, packed)
        digest = digest_file(packed)
        with catalogue.write() as transaction:
            warc_files.enter_packed(
                transaction, file.name, packed.name, size=packed.stat().st_size, sha256=digest, now=clock()
            )
        report("entered")
    _move_places(catalogue, file.name, report)
    with catalogue.write() as transaction:
        warc_files.mark_replaced(transaction, file.name, clock())
    report("replaced")
    return Repacked(file.name, file.size or 0, packed.stat().st_size)


def packed_name(name: str) -> str:
    """The name of the file into which a file is packed."""
    return name.removesuffix(".warc.gz") + PACKED_MARK + ".warc.gz"


def _origin_of(packed: str) -> str:
    return packed.removesuffix(".warc.gz").removesuffix(PACKED_MARK) + ".warc.gz"


def _check(folder: Path, file: WarcFile, free_floor: int) -> None:
    path = folder / file.name
    if not path.exists():
        raise RecordError(f"{path}: the WARC file is missing. Is its disk mounted?")
    if digest_file(path) != file.sha256:
        raise RecordError(f"{path}: the file differs from the digest taken when it was closed. See `vigie verify`.")
    free, needed = shutil.disk_usage(folder).free, path.stat().st_size
    if free - needed < free_floor:
        raise FreeSpaceError(
            f"{folder}: {free >> 20} MiB free; packing {file.name} needs {needed >> 20} MiB for a while, and "
            f"limits.free_space_bytes asks for {free_floor >> 20} MiB. Make room or lower the limit."
        )


def _write_packed(source: Path, target: Path, stop: Callable[[], bool], report: Callable[[Step], None]) -> None:
    """Every record packed anew under a passing name; the file gets its own once it is whole and on disk."""
    unfinished = target.with_name(target.name + UNFINISHED)
    try:
        with unfinished.open("wb") as file:
            for offset, member in read_members(source):
                if stop():
                    raise _StoppedError
                raw = unpack_member(member, f"{source.name} at {offset}")
                file.write(min(pack_small(raw), member, key=len))
                report("record")
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(target)
        sync_folder(target.parent)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _compare(source: Path, target: Path) -> None:
    """Read both files from disk: each record of the one is the record of the other, and nothing stands behind them."""
    try:
        for _ in _pair(source, target):
            pass
    except RecordError:
        target.unlink()
        raise


def _pair(source: Path, target: Path) -> Iterator[Move]:
    """Where each record stands in the old file and in the new one; raises `RecordError` on any difference."""
    ends = [0, 0]
    for old, new in zip_longest(read_members(source), read_members(target)):
        if old is None or new is None:
            break
        where = f"{source.name} at {old[0]}"
        if unpack_member(old[1], where) != unpack_member(new[1], where):
            raise RecordError(f"{where}: the record packed anew is another one")
        ends = [old[0] + len(old[1]), new[0] + len(new[1])]
        yield Move(old[0], new[0], len(new[1]))
    if ends != [source.stat().st_size, target.stat().st_size]:
        raise RecordError(f"{source.name} at {ends[0]}: no whole record stands here. See `vigie verify`.")


def _move_places(catalogue: Catalogue, name: str, report: Callable[[Step], None]) -> None:
    """Point every capture of the old file to its record in the new one, in slices."""
    folder, packed = catalogue.folder / WARC_FOLDER, packed_name(name)
    pairs = _pair(folder / name, folder / packed)
    while moves := list(islice(pairs, SLICE)):
        with catalogue.write() as transaction:
            moved = warc_files.move_places(transaction, name, packed, moves)
        if moved:
            report("moved")
