"""Index lines by which players of web archives find a record: CDXJ, in compressed blocks with an index of the blocks.

A line is a key that sorts addresses of one host together, a time of 14 digits, and a JSON object on the record. The
key follows the practice of the Internet Archive's tools: host reversed and without `www.`, path and query in lower
case, query fields in order. Players compute the same key from the address a reader asks for.
"""

import gzip
import hashlib
import json
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote_to_bytes, urlsplit

BLOCK_LINES = 3000
"""Lines of one compressed block: what a player fetches to find one page, and the number that others use."""

_WWW = re.compile(r"^www\d*\.")
_SAFE = "/!$&'()*+,;=:@~-._?[]|"
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class IndexedRecord:
    """What a line says of one record; offset and length are those of its gzip member in the file named.

    `record_sha256` is None where nobody read the member; the line then leaves it out.
    """

    url: str
    fetched_at: datetime
    mime: str
    status: int
    payload_sha256: str
    record_sha256: str | None
    filename: str
    offset: int
    length: int


def write_line(record: IndexedRecord) -> str:
    """The line of one record, without its line end."""
    fields = {
        "url": record.url,
        "mime": record.mime,
        "status": str(record.status),
        "digest": f"sha256:{record.payload_sha256}",
        "length": str(record.length),
        "offset": str(record.offset),
        "filename": record.filename,
    }
    if record.record_sha256 is not None:
        fields["recordDigest"] = f"sha256:{record.record_sha256}"
    return f"{make_key(record.url)} {make_timestamp(record.fetched_at)} {json.dumps(fields)}"


def make_key(url: str) -> str:
    """The key under which an address is sorted and looked up."""
    parts = urlsplit(url.strip())
    host = _WWW.sub("", (parts.hostname or "").lower())
    port = f":{parts.port}" if parts.port and parts.port != _DEFAULT_PORTS.get(parts.scheme) else ""
    query = f"?{_sort_query(parts.query)}" if parts.query else ""
    return f"{','.join(reversed(host.split('.')))}{port}){_shorten_path(parts.path)}{query}"


def make_timestamp(instant: datetime) -> str:
    """The instant as 14 digits, in UTC."""
    return f"{instant.astimezone(UTC):%Y%m%d%H%M%S}"


def compress_lines(lines: Sequence[str], filename: str) -> tuple[bytes, bytes]:
    """The sorted lines as gzip blocks, and the index that says where each block begins."""
    blocks: list[bytes] = []
    index = [f"!meta 0 {json.dumps({'format': 'cdxj-gzip-1.0', 'filename': filename})}"]
    offset = 0
    for first, block in _compress_blocks(lines):
        digest = f"sha256:{hashlib.sha256(block).hexdigest()}"
        index.append(f"{first} {json.dumps({'offset': offset, 'length': len(block), 'digest': digest})}")
        blocks.append(block)
        offset += len(block)
    return b"".join(blocks), "".join(f"{line}\n" for line in index).encode()


def _compress_blocks(lines: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Key and time of each block's first line, and the block."""
    for start in range(0, len(lines), BLOCK_LINES):
        block = lines[start : start + BLOCK_LINES]
        first = " ".join(block[0].split(" ", 2)[:2])
        yield first, gzip.compress("".join(f"{line}\n" for line in block).encode(), mtime=0)


def _shorten_path(path: str) -> str:
    """The path in lower case with as few escapes as can be, dots resolved, without the closing slash."""
    whole = posixpath.normpath("/" + _unescape(path).lstrip("/")).lower()
    return whole if len(whole) > 1 else "/"


def _sort_query(query: str) -> str:
    """The fields in order. An escaped `&` parts them too: so do others, and keys must be the same."""
    return "&".join(sorted(_unescape(query).lower().split("&")))


def _unescape(text: str) -> str:
    return quote(unquote_to_bytes(text), safe=_SAFE)
