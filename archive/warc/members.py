"""Gzip members: one a record, so that each can be read by its place alone.

Promise: what is packed is one whole member with the time left out, the same bytes for the same record, whatever packs
it. `isal` does it in an eighth of zlib's time at its best level for a sixth more disk; where there is no build of it,
zlib's fastest level does. Closed files can be packed smaller when there is time (`archive/repacking.py`).
"""

import gzip
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO

from archive.errors import RecordError

FAST, SMALL = 1, 9  # levels of zlib; level 1 of isal packs about as well as level 1 of zlib
_CHUNK = 1 << 20
_VERSION = b"WARC/"


def _choose_packer() -> Callable[[bytes], bytes]:
    try:
        from isal import igzip_lib
    except ImportError:  # a machine for which it is not built
        return partial(gzip.compress, compresslevel=FAST, mtime=0)
    return partial(igzip_lib.compress, level=FAST, flag=igzip_lib.COMP_GZIP)


_pack_fast = _choose_packer()


def pack_member(raw: bytes) -> bytes:
    """One gzip member, quickly: the crawl writes it between two requests."""
    return _pack_fast(raw)


def pack_small(raw: bytes) -> bytes:
    """One gzip member as small as zlib makes it."""
    return gzip.compress(raw, SMALL, mtime=0)


def unpack_member(member: bytes, where: str, limit: int = 0) -> bytes:
    """The bytes of the record in one whole gzip member, at most `limit` where one is given; raises `RecordError`."""
    unpack = zlib.decompressobj(wbits=31)
    try:
        raw = unpack.decompress(member, limit)
    except zlib.error as error:
        raise RecordError(f"{where}: the record is damaged ({error})") from error
    if limit and len(raw) >= limit:
        raise RecordError(f"{where}: the record unpacks to more than {limit >> 20} MiB")
    if not unpack.eof or unpack.unused_data:
        raise RecordError(f"{where}: expected one whole gzip member, found a cut or a longer one")
    return raw


def begins_record(member: bytes) -> bool:
    """Whether a gzip member begins as a WARC record does: whatever else a file may hold is no capture."""
    try:
        return zlib.decompressobj(wbits=31).decompress(member, len(_VERSION)) == _VERSION
    except zlib.error:
        return False


def read_members(path: Path, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """Offset and bytes of every complete gzip member of a file, ours or another's; ends at the first damaged one.

    `start` is where one begins.
    """
    with path.open("rb") as file:
        file.seek(start)
        offset, rest = start, b""
        while True:
            member, rest = _read_member(file, rest)
            if not member:
                return
            yield offset, member
            offset += len(member)


def complete_length(path: Path) -> int:
    """Bytes up to the end of the last complete record of a file that a killed writer left behind."""
    end = 0
    for offset, member in read_members(path):
        end = offset + len(member)
    return end


def _read_member(file: IO[bytes], rest: bytes) -> tuple[bytes, bytes]:
    unpack = zlib.decompressobj(wbits=31)
    parts: list[bytes] = []
    chunk = rest or file.read(_CHUNK)
    try:
        while chunk:
            unpack.decompress(chunk)
            if unpack.eof:
                used = len(chunk) - len(unpack.unused_data)
                return b"".join([*parts, chunk[:used]]), unpack.unused_data
            parts.append(chunk)
            chunk = file.read(_CHUNK)
    except zlib.error:
        pass
    return b"", b""
