"""Append records to a WARC file.

Promise: `write` returns places only after the bytes are on disk (fsync). A file is never appended to by a second
process: each writer opens its own.
"""

import fcntl
import os
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from archive.records import Place, StoredResponse
from archive.warc.files import FRESH_SUFFIX, OPEN_SUFFIX, sync_folder
from archive.warc.packing import Copied, Original, pack_origin, pack_response, pack_warcinfo

FILE_BYTES = 1 << 30  # a file is closed past 1 GiB: small enough to copy, large enough to be few


class WarcWriter:
    """Appends records to one file of its own; not for use from two threads at once."""

    def __init__(self, folder: Path, *, software: str, operator: str | None, now: datetime) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = f"vigie-{now.astimezone(UTC):%Y%m%d%H%M%S%f}-{os.getpid()}-{uuid.uuid4().hex[:6]}.warc.gz"
        self._folder = folder
        self._path = folder / (self.name + OPEN_SUFFIX)
        self._size = 0
        self._is_torn = False  # bytes of a failed write may stand behind `_size`
        fresh = folder / (self.name + FRESH_SUFFIX)
        self._file = fresh.open("xb", buffering=0)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # tells repair: the holder lives
            self._append([pack_warcinfo(self.name, software, operator, now)])
            fresh.rename(self._path)
        except OSError:
            fresh.unlink(missing_ok=True)
            self._file.close()
            raise
        sync_folder(folder)

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._size

    def write(self, response: StoredResponse, revisit_of: Original | None = None) -> Place:
        """Append request, response (or revisit) and metadata; return the place of the response once all is durable.

        Raises OSError (disk full, read-only); the file is then cut back to its last complete record.
        """
        return self._append(pack_response(response, revisit_of))[0]

    def copy(self, records: Sequence[Copied], now: datetime) -> list[Place]:
        """Append gzip members of somebody else's file byte for byte, each followed by a metadata record on its origin.

        All become durable together; the places of the copies are returned.
        """
        members = []
        for record in records:
            members += [record.member, pack_origin(record, now)]
        return self._append(members)[::2]

    def close(self) -> Path:
        """Give the file its final name; the catalogue's row is for the caller to change afterwards."""
        os.fsync(self._file.fileno())
        closed = self._folder / self.name
        self._path.rename(closed)
        sync_folder(self._folder)
        self._file.close()
        return closed

    def _append(self, members: list[bytes]) -> list[Place]:
        if self._is_torn:
            self._cut_back()
        places, end = [], self._size
        for member in members:
            places.append(Place(self.name, end, len(member)))
            end += len(member)
        try:
            _write_all(self._file, b"".join(members))
            os.fsync(self._file.fileno())
        except OSError:
            self._is_torn = True
            self._cut_back()
            raise
        self._size = end
        return places

    def _cut_back(self) -> None:
        """Drop what a failed write left; where that fails too, nothing is appended until it succeeds."""
        self._file.truncate(self._size)
        self._file.seek(self._size)
        self._is_torn = False


def _write_all(file: IO[bytes], data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]
