"""Write and read WARC 1.1 records (ISO 28500:2017), one gzip member each.

Promise: `write` returns places only after the bytes are on disk (fsync). A file is named `*.warc.gz.open` until it is
closed and is never appended to by a second process: each writer opens its own.
The HTTP head is rebuilt from what the HTTP library hands over (order and repetition of fields kept, original spacing
and letter case of names not); each response's metadata record says so. Payloads are kept as received, before content
decoding; `Transfer-Encoding` is undone by the library and renamed `X-Archive-Orig-Transfer-Encoding`.
"""

import fcntl
import gzip
import hashlib
import io
import os
import re
import urllib.parse
import uuid
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParserException

from archive.content import undo_chunks
from archive.digests import contradicts
from archive.errors import RecordError
from archive.records import Place, StoredResponse

OPEN_SUFFIX = ".open"
FRESH_SUFFIX = ".fresh"  # before its first record: so that repair, in another process, never meets one without its lock
FILE_BYTES = 1 << 30  # a file is closed past 1 GiB: small enough to copy, large enough to be few
GZIP_LEVEL = 6  # level 9 costs half as much time again for one per cent
HEAD_NOTE = "rebuilt from the HTTP library: order of fields kept, letter case and spacing not"
_VERSION = b"WARC/"
HEAD_END = re.compile(rb"\r?\n\r?\n")  # some writers end the lines of a head without a carriage return
# what the library raises on damaged heads, those included that it takes for granted and that are not there
_UNREADABLE = (
    StopIteration,
    ValueError,
    EOFError,
    OSError,
    AttributeError,
    TypeError,
    ArchiveLoadFailed,
    StatusAndHeadersParserException,
)
REVISIT_PROFILE = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"


@dataclass(frozen=True)
class Original:
    """The earlier response whose payload a revisit record points to."""

    url: str
    fetched_at: datetime
    record_id: str | None = None


@dataclass(frozen=True)
class Copied:
    """A record of somebody else's file as one gzip member, its own id where it has one, and where it came from."""

    member: bytes
    url: str
    record_id: str | None
    origin: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class StoredRecord:
    """One record read back: its WARC fields, HTTP head and payload as received."""

    kind: str
    url: str
    fetched_at: datetime
    status: int
    headers: tuple[tuple[str, str], ...]
    payload: bytes
    warc_headers: tuple[tuple[str, str], ...]

    def header(self, name: str) -> str | None:
        """The first HTTP field of that name, in any letter case."""
        return _find_field(self.headers, name)

    @property
    def record_id(self) -> str | None:
        """The record's own id; files of others may lack it."""
        return _find_field(self.warc_headers, "WARC-Record-ID")


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
        response_id = f"<urn:uuid:{uuid.uuid4()}>"
        members = [
            _pack_response(response, response_id, revisit_of),
            _pack_request(response, response_id),
            _pack_metadata(response, response_id),
        ]
        return self._append(members)[0]

    def copy(self, records: Sequence[Copied], now: datetime) -> list[Place]:
        """Append gzip members of somebody else's file byte for byte, each followed by a metadata record on its origin.

        All become durable together; the places of the copies are returned.
        """
        members = []
        for record in records:
            members += [record.member, _pack_origin(record, now)]
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


def pack_warcinfo(name: str, software: str, operator: str | None, now: datetime) -> bytes:
    """The record that begins a file of ours, as one gzip member."""
    info: tuple[tuple[str, str], ...] = (("software", software), ("format", "WARC File Format 1.1"))
    info += (("operator", operator),) if operator else ()
    fields = {"WARC-Date": _warc_date(now), "WARC-Filename": name}
    return _pack_record("", "warcinfo", _fields_bytes(info), "application/warc-fields", fields)


def _pack_response(response: StoredResponse, response_id: str, revisit_of: Original | None) -> bytes:
    fields = {
        "WARC-Date": _warc_date(response.fetched_at),
        "WARC-Record-ID": response_id,
        "WARC-Payload-Digest": f"sha256:{hashlib.sha256(response.payload).hexdigest()}",
    }
    if response.ip_address:
        fields["WARC-IP-Address"] = response.ip_address
    if response.truncated:
        fields["WARC-Truncated"] = response.truncated
    kind, payload = "response", response.payload
    if revisit_of is not None:
        kind, payload = "revisit", b""
        fields["WARC-Profile"] = REVISIT_PROFILE
        fields["WARC-Refers-To-Target-URI"] = _ascii_url(revisit_of.url)
        fields["WARC-Refers-To-Date"] = _warc_date(revisit_of.fetched_at)
        if revisit_of.record_id:
            fields["WARC-Refers-To"] = revisit_of.record_id
    line = f"{response.http_version} {response.status} {response.reason}".rstrip()
    block = _head_bytes(line, _archived_headers(response.headers)) + payload
    return _pack_record(response.url, kind, block, "application/http; msgtype=response", fields)


def _pack_request(response: StoredResponse, response_id: str) -> bytes:
    line = f"{response.request_method} {_request_target(response.url)} {response.http_version}"
    fields = {"WARC-Date": _warc_date(response.fetched_at), "WARC-Concurrent-To": response_id}
    block = _head_bytes(line, list(response.request_headers))
    return _pack_record(response.url, "request", block, "application/http; msgtype=request", fields)


def _pack_metadata(response: StoredResponse, response_id: str) -> bytes:
    fields = {"WARC-Date": _warc_date(response.fetched_at), "WARC-Concurrent-To": response_id}
    said = (("http-head", HEAD_NOTE), *response.metadata)
    return _pack_record(response.url, "metadata", _fields_bytes(said), "application/warc-fields", fields)


def _pack_origin(record: Copied, now: datetime) -> bytes:
    fields = {"WARC-Date": _warc_date(now)}
    if record.record_id:
        fields["WARC-Refers-To"] = record.record_id
    return _pack_record(record.url, "metadata", _fields_bytes(record.origin), "application/warc-fields", fields)


def _pack_record(url: str, kind: str, block: bytes, content_type: str, fields: dict[str, str]) -> bytes:
    """One gzip member. The block goes in as it is: warcio's writer would re-encode its head and hash with SHA-1."""
    digest = f"sha256:{hashlib.sha256(block).hexdigest()}"
    head = {"WARC-Type": kind, "WARC-Record-ID": f"<urn:uuid:{uuid.uuid4()}>", **fields, "WARC-Block-Digest": digest}
    if url:
        head["WARC-Target-URI"] = _ascii_url(url)
    head |= {"Content-Type": content_type, "Content-Length": str(len(block))}
    lines = StatusAndHeaders("", list(head.items()), protocol="WARC/1.1").to_bytes(encoding="utf-8")
    return gzip.compress(lines + block + b"\r\n\r\n", GZIP_LEVEL, mtime=0)


def find_file(folder: Path, name: str) -> Path:
    """The file of that name, closed or still open. Raises `RecordError` where it is missing, or no name of a file."""
    if Path(name).name != name:
        raise RecordError(f"{name}: a path, where the catalogue should have the name of a WARC file")
    closed = folder / name
    for path in (closed, folder / (name + OPEN_SUFFIX), closed):  # once more: it may be closed between the two looks
        if path.exists():
            return path
    raise RecordError(f"{folder / name}: the WARC file is missing. Is its disk mounted?")


def read_record(folder: Path, place: Place) -> StoredRecord:
    """Read one record back by its place and check it: whole gzip member, payload and block digests.

    Raises `RecordError` naming the place and what was found.
    """
    return parse_member(read_member(folder, place), f"{place.warc_file} at {place.offset}")


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


def parse_member(member: bytes, where: str) -> StoredRecord:
    """One gzip member as a record; raises `RecordError`. `where` names it in the message."""
    return parse_record(unpack_member(member, where), where)


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


def parse_record(raw: bytes, where: str) -> StoredRecord:
    """The unpacked bytes of one record, checked against the digests it states; raises `RecordError`."""
    try:
        record = next(iter(ArchiveIterator(io.BytesIO(raw), no_record_parse=False)))
        payload = record.raw_stream.read()
    except _UNREADABLE as error:
        raise RecordError(f"{where}: no readable WARC record ({one_line(error)})") from error
    stored = _describe(record, payload, where)
    _check_digests(record, raw, payload, where)
    return stored


def one_line(error: Exception) -> str:
    """What a library says, short and on one line: it may quote the bytes it could not read."""
    return " ".join(str(error).split())[:200] or type(error).__name__


def complete_length(path: Path) -> int:
    """Bytes up to the end of the last complete record of a file that a killed writer left behind."""
    end = 0
    for offset, member in read_members(path):
        end = offset + len(member)
    return end


def known_length(path: Path, end: int) -> int:
    """Bytes of a file of ours up to the last record that belongs to what ends at `end`.

    Request and metadata records stand behind the response of which they tell; the next response is not known yet.
    """
    for offset, member in read_members(path, end):
        if parse_member(member, path.name).kind in ("response", "revisit"):
            break
        end = offset + len(member)
    return end


def _read_member(file: Any, rest: bytes) -> tuple[bytes, bytes]:
    unpack = zlib.decompressobj(wbits=31)
    parts: list[bytes] = []
    chunk = rest or file.read(1 << 20)
    try:
        while chunk:
            unpack.decompress(chunk)
            if unpack.eof:
                used = len(chunk) - len(unpack.unused_data)
                return b"".join([*parts, chunk[:used]]), unpack.unused_data
            parts.append(chunk)
            chunk = file.read(1 << 20)
    except zlib.error:
        pass
    return b"", b""


def _find_field(fields: tuple[tuple[str, str], ...], name: str) -> str | None:
    wanted = name.lower()
    return next((value for key, value in fields if key.lower() == wanted), None)


def _describe(record: ArcWarcRecord, payload: bytes, where: str) -> StoredRecord:
    head = record.http_headers
    status = 0
    if head is not None and record.rec_type in ("response", "revisit"):
        code = head.get_statuscode()
        status = int(code) if code and code.isascii() and code.isdigit() else 0
    try:
        fetched_at = datetime.fromisoformat(record.rec_headers.get_header("WARC-Date") or "")
    except ValueError as error:
        raise RecordError(f"{where}: no usable WARC-Date") from error
    return StoredRecord(
        kind=record.rec_type,
        url=record.rec_headers.get_header("WARC-Target-URI") or "",
        fetched_at=fetched_at if fetched_at.tzinfo else fetched_at.replace(tzinfo=UTC),
        status=status,
        headers=tuple(head.headers) if head is not None else (),
        payload=payload,
        warc_headers=tuple(record.rec_headers.headers),
    )


def _check_digests(record: ArcWarcRecord, raw: bytes, payload: bytes, where: str) -> None:
    head = HEAD_END.search(raw)
    stated = record.rec_headers.get_header("Content-Length") or ""
    if head is None or not (stated.isascii() and stated.isdigit()):
        raise RecordError(f"{where}: the record does not say how long it is")
    block = raw[head.end() : head.end() + int(stated)]
    if len(block) != int(stated):
        raise RecordError(f"{where}: the record says {stated} bytes and has {len(block)}")
    if contradicts(record.rec_headers.get_header("WARC-Block-Digest"), [block]):
        raise RecordError(f"{where}: the block digest differs from the one recorded")
    if record.rec_type == "response":
        _check_payload_digest(record, payload, where)


def _check_payload_digest(record: ArcWarcRecord, payload: bytes, where: str) -> None:
    """Some archives that keep the transfer chunks take the digest with them, others without."""
    stated = record.rec_headers.get_header("WARC-Payload-Digest")
    if not contradicts(stated, [payload]):
        return
    whole = undo_chunks(payload)
    if whole is None or contradicts(stated, [whole.body]):
        raise RecordError(f"{where}: the payload digest differs from the one recorded")


def _head_bytes(line: str, headers: list[tuple[str, str]]) -> bytes:
    """HTTP fields are bytes that Latin-1 carries unchanged (RFC 9110, 5.5)."""
    rows = [line, *(f"{key}: {value}" for key, value in headers), "", ""]
    return "\r\n".join(rows).encode("latin-1", "replace")


def _fields_bytes(fields: tuple[tuple[str, str], ...]) -> bytes:
    return "".join(f"{key}: {' '.join(value.split())}\r\n" for key, value in fields).encode()


def _ascii_url(url: str) -> str:
    return urllib.parse.quote(url, safe="%/:=&?~#+!$,;'@()*[]")


def _request_target(url: str) -> str:
    parts = urllib.parse.urlsplit(_ascii_url(url))
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _archived_headers(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    hidden = "transfer-encoding"
    return [(f"X-Archive-Orig-{key}" if key.lower() == hidden else key, value) for key, value in headers]


def _warc_date(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _write_all(file: Any, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def sync_folder(folder: Path) -> None:
    """A new or renamed name survives a power cut only once its folder is synced."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
