"""Records read back: WARC fields, HTTP head and payload, checked against every length and digest they state."""

import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeadersParserException

from archive.content import undo_chunks
from archive.digests import contradicts
from archive.errors import RecordError
from archive.records import Place
from archive.warc.files import read_member
from archive.warc.members import read_members, unpack_member

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


def read_record(folder: Path, place: Place) -> StoredRecord:
    """Read one record back by its place and check it: whole gzip member, payload and block digests.

    Raises `RecordError` naming the place and what was found.
    """
    return parse_member(read_member(folder, place), f"{place.warc_file} at {place.offset}")


def parse_member(member: bytes, where: str) -> StoredRecord:
    """One gzip member as a record; raises `RecordError`. `where` names it in the message."""
    return parse_record(unpack_member(member, where), where)


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


def known_length(path: Path, end: int) -> int:
    """Bytes of a file of ours up to the last record that belongs to what ends at `end`.

    Request and metadata records stand behind the response of which they tell; the next response is not known yet.
    """
    for offset, member in read_members(path, end):
        if parse_member(member, path.name).kind in ("response", "revisit"):
            break
        end = offset + len(member)
    return end


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
