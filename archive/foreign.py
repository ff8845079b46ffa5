"""Read the WARC files of others, record by record, past damage.

Gzipped record by record (as Common Crawl does) or not at all, of every WARC version; nothing is unpacked beyond a
limit. What cannot be read is named with its place, and reading goes on at the next record. Only the head of a record
is looked at here: of a large file hardly any record is wanted, and parsing those that are is left to the caller.
"""

import mmap
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from archive.errors import ForeignFileError
from archive.warc import HEAD_END, StoredRecord, pack_member, parse_record

_GZIP = b"\x1f\x8b\x08"
_ZSTD = b"\x28\xb5\x2f\xfd"
_ARC = b"filedesc:"
_CHUNK = 1 << 16  # read at once: most records of news pages are smaller
_HEAD_BYTES = 1 << 16  # of a WARC head; real ones are below 2 KiB
_UNPACKED_BYTES = 1 << 30  # a member that grows beyond is a bomb: the rest of it is not unpacked
_SLACK = 64  # line ends that a careless writer leaves after a record
_FIRST_LINE = re.compile(rb"WARC/(?:1\.[01]|0\.1[78])[ \t]*\r?\n")
_VERSION = re.compile(rb"WARC/(?:1\.[01]|0\.1[78])[ \t]*\r?\n(?:[\x21-\x7e]+:)")
_LINE_ENDS = b"\r\n"


@dataclass(frozen=True)
class ForeignRecord:
    """One record of a file: its place there, its WARC fields by lower-case name, and its bytes.

    `raw` are the unpacked bytes, None where they are more than the limit; `packed` the gzip member as it stands in the
    file, None where the file is not gzipped.
    """

    offset: int
    length: int
    fields: Mapping[str, str]
    raw: bytes | None
    packed: bytes | None

    @property
    def end(self) -> int:
        """Where the next record begins."""
        return self.offset + self.length

    def as_member(self) -> bytes:
        """The record as one gzip member, byte for byte the one of the file where that has one."""
        return self.packed if self.packed is not None else pack_member(self.raw or b"")

    def parse(self, where: str) -> StoredRecord:
        """The record read whole and checked against its digests; raises `RecordError`."""
        return parse_record(self.raw or b"", where)


@dataclass(frozen=True)
class ForeignDamage:
    """A stretch of a file that gives no record."""

    offset: int
    what: str


class _DamageError(Exception):
    """These bytes give no record; the message says why."""


@dataclass(frozen=True)
class _Unpacked:
    """What came out of one gzip member: the first `limit` bytes, how many there were, where the member ends."""

    start: bytes
    total: int
    end: int


def read_foreign(path: Path, limit: int) -> Iterator[ForeignRecord | ForeignDamage]:
    """Every record of a file, and every damage; `limit` bounds the unpacked size of one record.

    Raises `ForeignFileError` where the file is nothing from which records can be taken.
    """
    if path.stat().st_size == 0:
        raise ForeignFileError("the file is empty")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:3] == _GZIP:
            yield from _read_members(data, limit)
        elif _FIRST_LINE.match(data[:64]):
            yield from _read_plain(data, limit)
        else:
            raise ForeignFileError(f"expected a WARC file, found {_name(data[:64])}")


def _read_members(data: mmap.mmap, limit: int) -> Iterator[ForeignRecord | ForeignDamage]:
    place = 0
    while place < len(data):
        try:
            unpacked = _unpack(data, place, limit)
            yield _take(data, place, unpacked, limit)
            place = unpacked.end
        except _DamageError as damage:
            yield ForeignDamage(place, str(damage))
            place = _find_member(data, place + 1)


def _unpack(data: mmap.mmap, start: int, limit: int) -> _Unpacked:
    unpack = zlib.decompressobj(wbits=31)
    kept = bytearray()
    total, place = 0, start
    while not unpack.eof:
        chunk = unpack.unconsumed_tail
        if not chunk:
            chunk = data[place : place + _CHUNK]
            place += len(chunk)
        try:
            piece = unpack.decompress(chunk, _CHUNK)
        except zlib.error as error:
            raise _DamageError(f"the record is damaged ({error})") from error
        if not chunk and not piece and not unpack.eof:
            raise _DamageError("the file is cut within this record")
        total += len(piece)
        if len(kept) < limit < total:
            _refuse_several(bytes(kept + piece))
        if total > _UNPACKED_BYTES:
            raise _DamageError(f"the record unpacks to more than {_UNPACKED_BYTES >> 20} MiB")
        kept += piece[: limit - len(kept)]
    return _Unpacked(bytes(kept), total, place - len(unpack.unused_data))


def _take(data: mmap.mmap, place: int, unpacked: _Unpacked, limit: int) -> ForeignRecord:
    """The one record of a gzip member."""
    if place == 0 and not _FIRST_LINE.match(unpacked.start):
        raise ForeignFileError(f"expected WARC records in the gzip file, found {_name(unpacked.start)}")
    _refuse_several(unpacked.start)
    fields, _ = _read_head(unpacked.start)
    length = unpacked.end - place
    fits = max(unpacked.total, length) <= limit
    raw, packed = (unpacked.start, data[place : unpacked.end]) if fits else (None, None)
    return ForeignRecord(place, length, fields, raw, packed)


def _refuse_several(start: bytes) -> None:
    """A member that holds a second record cannot be copied record by record, nor read by place."""
    try:
        _, end = _read_head(start)
    except _DamageError:
        return
    if _FIRST_LINE.match(start[end : end + _SLACK].lstrip(_LINE_ENDS)):
        raise ForeignFileError(
            "several records are packed in one gzip member, so none can be read by its place. Recompress the file "
            "record by record, for example with `warcio recompress FILE NEW-FILE`, and import the new one"
        )


def _find_member(data: mmap.mmap, start: int) -> int:
    """Where the next gzip member with a WARC record begins; the end of the file where none does."""
    place = data.find(_GZIP, start)
    while place >= 0:
        try:
            if _FIRST_LINE.match(zlib.decompressobj(wbits=31).decompress(data[place : place + _CHUNK], 64)):
                return place
        except zlib.error:
            pass
        place = data.find(_GZIP, place + 1)
    return len(data)


def _read_plain(data: mmap.mmap, limit: int) -> Iterator[ForeignRecord | ForeignDamage]:
    place = 0
    while place < len(data):
        try:
            fields, length = _read_head(data[place : place + _HEAD_BYTES])
            end = _end_of_plain(data, place + length)
            raw = data[place : place + length] if length <= limit else None
            yield ForeignRecord(place, end - place, fields, raw, None)
            place = end
        except _DamageError as damage:
            yield ForeignDamage(place, str(damage))
            place = _find_plain(data, place + 1)


def _end_of_plain(data: mmap.mmap, end: int) -> int:
    """Where the next record begins after one that should end here."""
    if end > len(data):
        raise _DamageError("the file is cut within this record")
    following = data[end : end + _SLACK]
    next_record = end + len(following) - len(following.lstrip(_LINE_ENDS))
    if next_record < len(data) and not _FIRST_LINE.match(data[next_record : next_record + 64]):
        raise _DamageError("the record is not as long as it says")
    return next_record


def _find_plain(data: mmap.mmap, start: int) -> int:
    """Where the next record begins in a file that is not gzipped: a version line, and a field below it."""
    place = data.find(b"\nWARC/", start)
    while place >= 0:
        if _VERSION.match(data[place + 1 : place + 1 + _HEAD_BYTES]):
            return place + 1
        place = data.find(b"\nWARC/", place + 1)
    return len(data)


def _read_head(raw: bytes) -> tuple[dict[str, str], int]:
    """The WARC fields by lower-case name, and the length of the record up to the last byte of its block."""
    first, end = _FIRST_LINE.match(raw), HEAD_END.search(raw, 0, _HEAD_BYTES)
    if first is None or end is None:
        raise _DamageError(f"expected the head of a WARC record, found {_name(raw)}")
    fields: dict[str, str] = {}
    for line in raw[first.end() : end.start()].decode("utf-8", "replace").splitlines():
        name, colon, value = line.partition(":")
        if colon and not line.startswith((" ", "\t")):
            fields.setdefault(name.strip().lower(), value.strip())
    length = fields.get("content-length", "")
    if not (length.isascii() and length.isdigit()) or len(length) > 15:
        raise _DamageError("the record does not say how long it is")
    return fields, end.end() + int(length)


def _name(start: bytes) -> str:
    """What these bytes look like, for people."""
    if start.startswith(_ZSTD):
        return "a file compressed with Zstandard. Unpack it first"
    if start.startswith(_ARC):
        return "an ARC file, the format before WARC. Convert it first"
    if start.startswith(b"WARC/"):
        return "a WARC version that is not known"
    return "something else" if start else "nothing"
