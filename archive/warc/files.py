"""The files of one folder: by which name each lies there, and the bytes at a place in it.

A file is named `*.warc.gz.open` until it is closed.
"""

import os
from pathlib import Path

from archive.errors import RecordError
from archive.records import Place

OPEN_SUFFIX = ".open"
FRESH_SUFFIX = ".fresh"  # before its first record: so that repair, in another process, never meets one without its lock


def find_file(folder: Path, name: str) -> Path:
    """The file of that name, closed or still open. Raises `RecordError` where it is missing, or no name of a file."""
    if Path(name).name != name:
        raise RecordError(f"{name}: a path, where the catalogue should have the name of a WARC file")
    closed = folder / name
    for path in (closed, folder / (name + OPEN_SUFFIX), closed):  # once more: it may be closed between the two looks
        if path.exists():
            return path
    raise RecordError(f"{folder / name}: the WARC file is missing. Is its disk mounted?")


def read_member(folder: Path, place: Place) -> bytes:
    """The gzip member at a place as it lies on disk, unchecked but for its length; raises `RecordError`."""
    where = f"{place.warc_file} at {place.offset}"
    try:
        member = _read_bytes(folder, place)
    except OSError as error:
        raise RecordError(f"{where}: cannot be read ({error})") from error
    if len(member) != place.length:
        raise RecordError(f"{where}: expected {place.length} bytes, found {len(member)}: the file is cut")
    return member


def _read_bytes(folder: Path, place: Place) -> bytes:
    try:
        file = find_file(folder, place.warc_file).open("rb")
    except FileNotFoundError:  # found under its open name, and closed before it was opened
        file = find_file(folder, place.warc_file).open("rb")
    with file:
        file.seek(place.offset)
        return file.read(place.length)


def sync_folder(folder: Path) -> None:
    """A new or renamed name survives a power cut only once its folder is synced."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
