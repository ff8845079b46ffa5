"""The archive of one data folder: WARC files and catalogue together.

Promise (R3 of the hazards): a record is complete and on disk before its row is committed, one response at a time;
no row ever points to bytes that are not there. `repair_files` mends what a killed process left, in both orders.
"""

import contextlib
import fcntl
import logging
import os
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from archive.catalogue import Catalogue, Transaction, warc_files
from archive.catalogue import captures as capture_rows
from archive.catalogue.captures import Capture
from archive.content import Decoded, decode_stored
from archive.digests import digest_file
from archive.errors import FreeSpaceError, RecordError
from archive.layout import WARC_FOLDER
from archive.records import Place, StoredResponse
from archive.warc import (
    FILE_BYTES,
    FRESH_SUFFIX,
    OPEN_SUFFIX,
    Copied,
    Original,
    StoredRecord,
    WarcWriter,
    complete_length,
    read_record,
)

logger = logging.getLogger(__name__)

FRESH_SECONDS = 3600  # a file is fresh for milliseconds


@dataclass(frozen=True)
class Written:
    """A stored response: its place, digests, and the capture whose payload it repeats (None for a new payload)."""

    place: Place
    payload_sha256: str
    revisit_of: Capture | None


class Archive:
    """Writes responses for one process; opens its WARC file at the first one. Safe for use from several threads."""

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        operator: str | None,
        clock: Callable[[], datetime],
        file_bytes: int = FILE_BYTES,
    ) -> None:
        self.catalogue = catalogue
        self.folder = catalogue.folder / WARC_FOLDER
        self._operator = operator
        self._clock = clock
        self._file_bytes = file_bytes
        self._writer: WarcWriter | None = None
        self._lock = threading.Lock()

    def write(self, response: StoredResponse) -> Written:
        """Make one response durable, as a revisit record where an earlier capture has the same payload.

        Raises OSError where the disk is full or read-only; nothing half-written stays behind.
        """
        digest = response.payload_sha256
        earlier = self._find_payload(digest) if response.payload and response.status == 200 else None
        original = Original(earlier.url, earlier.fetched_at) if earlier else None
        with self._lock:
            place = self._open_writer().write(response, original)
            self._rotate()
        return Written(place, digest, earlier)

    def copy(self, records: Sequence[Copied]) -> list[Place]:
        """Take in records of somebody else's files byte for byte; all are durable when their places are returned."""
        with self._lock:
            places = self._open_writer().copy(records, self._clock())
            self._rotate()
        return places

    def read_body(self, transaction: Transaction, capture: Capture, limit: int) -> Decoded:
        """The decoded body of a capture, through its original where it is a revisit. Raises `RecordError`."""
        source = capture
        if capture.revisit_of is not None:
            found = capture_rows.read_capture(transaction, capture.revisit_of)
            if found is None:
                raise RecordError(f"capture {capture.id}: the capture {capture.revisit_of} it repeats is missing")
            source = found
        record = read_record(self.folder, source.place)
        return decode_record(record, limit)

    def close(self) -> None:
        """Close the file being written, if any: final name first, then its row."""
        with self._lock:
            if self._writer is not None:
                self._finish(self._writer)
                self._writer = None

    def _find_payload(self, digest: str) -> Capture | None:
        with self.catalogue.read() as transaction:
            return capture_rows.find_payload(transaction, digest)

    def _open_writer(self) -> WarcWriter:
        if self._writer is None:
            now = self._clock()
            self._writer = WarcWriter(
                self.folder, software=f"Vigie/{version('vigie')}", operator=self._operator, now=now
            )
            with self.catalogue.write() as transaction:
                warc_files.add_file(transaction, self._writer.name, str(os.getpid()), now)
        return self._writer

    def _rotate(self) -> None:
        if self._writer is not None and self._writer.size >= self._file_bytes:
            self._finish(self._writer)
            self._writer = None

    def _finish(self, writer: WarcWriter) -> None:
        _record_closed(self.catalogue, writer.close(), self._clock())


def decode_record(record: StoredRecord, limit: int) -> Decoded:
    """The body of a response record after transfer and content decoding, at most `limit` bytes."""
    return decode_stored(record.payload, record.header("Transfer-Encoding"), record.header("Content-Encoding"), limit)


def repair_files(catalogue: Catalogue, now: datetime) -> list[str]:
    """Close what killed writers left open, and note files renamed before their row changed. One sentence each."""
    folder = catalogue.folder / WARC_FOLDER
    done: list[str] = []
    if not folder.exists():
        return done
    for path in folder.glob(f"*{FRESH_SUFFIX}"):
        with contextlib.suppress(FileNotFoundError):  # its writer lives and has just renamed it
            if now.timestamp() - path.stat().st_mtime > FRESH_SECONDS:  # it died before the first record
                path.unlink()
    for path in sorted(folder.glob(f"*.warc.gz{OPEN_SUFFIX}")):
        cut = None
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile, by its writer or by another repair
            cut = _close_left_open(path)
        if cut is not None:
            _record_closed(catalogue, path.with_name(path.name.removesuffix(OPEN_SUFFIX)), now)
            done.append(
                f"{path.name}: closed after its writer died" + (f"; a cut record of {cut} bytes removed" if cut else "")
            )
    with catalogue.read() as transaction:
        opened = [file.name for file in warc_files.list_files(transaction, "open")]
    for name in opened:
        path = folder / name
        if path.exists():
            _record_closed(catalogue, path, now)
            done.append(f"{name}: had its final name already; noted as closed")
    return done


def check_free_space(folder: Path, floor_bytes: int) -> None:
    """Raises `FreeSpaceError` where less than the floor is free: a crawl does not start then."""
    free = shutil.disk_usage(folder).free
    if free < floor_bytes:
        raise FreeSpaceError(
            f"{folder}: {free >> 20} MiB free, and limits.free_space_bytes asks for {floor_bytes >> 20} MiB. "
            "Make room or lower the limit; nothing was fetched."
        )


def _close_left_open(path: Path) -> int | None:
    """Cut a file whose writer is dead back to its last complete record and rename it; None where the writer lives."""
    with path.open("r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        end = complete_length(path)
        cut = path.stat().st_size - end
        file.truncate(end)
        os.fsync(file.fileno())
        path.rename(path.with_name(path.name.removesuffix(OPEN_SUFFIX)))
    return cut


def _record_closed(catalogue: Catalogue, path: Path, now: datetime) -> None:
    digest = digest_file(path)
    with catalogue.write() as transaction:
        warc_files.close_file(transaction, path.name, size=path.stat().st_size, sha256=digest, now=now, opened_at=now)
