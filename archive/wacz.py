"""Write a WACZ 1.1.1 file: captures with their index and page list in one ZIP that any player of web archives opens.

Records are copied byte for byte, each gzip member as it lies in the archive, and stored uncompressed in the ZIP, so
that a player reads one of them without unpacking the rest. A revisit record is only put where the record it repeats is
put too. `datapackage.json` lists every part with its digest; `datapackage-digest.json` holds the digest of that list.
"""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any, BinaryIO

from archive.cdxj import IndexedRecord, compress_lines, write_line
from archive.warc import StoredRecord, pack_warcinfo

WACZ_VERSION = "1.1.1"
WARC_NAME = "captures.warc.gz"
SPOOL_BYTES = 8 << 20  # the page list carries whole texts; beyond this it waits on disk
_COPY_BYTES = 1 << 20
_PAGES_HEAD = {"format": "json-pages-1.0", "id": "pages", "title": "Pages", "hasText": True}


@dataclass(frozen=True)
class PackedCapture:
    """One response or revisit record: its gzip member, what was read in it, and the digest the catalogue has."""

    member: bytes
    record: StoredRecord
    payload_sha256: str


@dataclass(frozen=True)
class Page:
    """One line of the page list: an article at one time, as a reader chooses it."""

    id: str
    url: str
    fetched_at: datetime
    title: str
    text: str


@dataclass(frozen=True)
class Label:
    """What the package says of itself."""

    title: str
    description: str
    software: str
    made_at: datetime


def write_wacz(file: BinaryIO, entries: Iterable[PackedCapture | Page], label: Label) -> int:
    """Write the whole file from captures and pages in their order; return how many captures it holds."""
    writer = _Writer(file, label)
    writer.write_entries(entries)
    return writer.finish()


class _Writer:
    """The parts of one file, in the order in which a ZIP takes them."""

    def __init__(self, file: BinaryIO, label: Label) -> None:
        self._label = label
        self._zip = zipfile.ZipFile(file, "w")
        self._resources: list[dict[str, Any]] = []
        self._lines: list[str] = []
        self._first_page: Page | None = None

    def write_entries(self, entries: Iterable[PackedCapture | Page]) -> None:
        """Records go straight into the ZIP; the page list waits, since a ZIP takes one part after the other."""
        with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as pages:
            pages.write(_json_line(_PAGES_HEAD))
            with self._part(f"archive/{WARC_NAME}", zipfile.ZIP_STORED) as archive:
                archive.write(pack_warcinfo(WARC_NAME, self._label.software, None, self._label.made_at))
                for one in entries:
                    if isinstance(one, Page):
                        pages.write(_json_line(_describe_page(one)))
                        self._first_page = self._first_page or one
                    else:
                        self._put(one, archive)
            pages.seek(0)
            with self._part("pages/pages.jsonl", zipfile.ZIP_DEFLATED) as part:
                while chunk := pages.read(_COPY_BYTES):
                    part.write(chunk)

    def finish(self) -> int:
        """Add the index, the list of parts and its digest, and close the ZIP; return the number of captures."""
        blocks, index = compress_lines(sorted(self._lines), "index.cdx.gz")
        for name, data, method in (
            ("indexes/index.cdx.gz", blocks, zipfile.ZIP_STORED),
            ("indexes/index.idx", index, zipfile.ZIP_DEFLATED),
        ):
            with self._part(name, method) as part:
                part.write(data)
        package = json.dumps(self._describe(), ensure_ascii=False, indent=2).encode()
        digest = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(package).hexdigest()}"}
        self._zip.writestr(self._info("datapackage.json"), package, zipfile.ZIP_DEFLATED)
        self._zip.writestr(self._info("datapackage-digest.json"), json.dumps(digest), zipfile.ZIP_DEFLATED)
        self._zip.close()
        return len(self._lines)

    def _put(self, capture: PackedCapture, archive: "_Measured") -> None:
        record = capture.record
        line = IndexedRecord(
            url=record.url,
            fetched_at=record.fetched_at,
            mime="warc/revisit" if record.kind == "revisit" else _media_type(record),
            status=record.status,
            payload_sha256=capture.payload_sha256,
            record_sha256=hashlib.sha256(capture.member).hexdigest(),
            filename=WARC_NAME,
            offset=archive.size,
            length=len(capture.member),
        )
        archive.write(capture.member)
        self._lines.append(write_line(line))

    @contextmanager
    def _part(self, path: str, method: int) -> Iterator["_Measured"]:
        """A part being written, entered into the list of parts when it is whole."""
        info = self._info(path)
        info.compress_type = method
        with self._zip.open(info, "w", force_zip64=True) as file:
            measured = _Measured(file)
            yield measured
        name = path.rpartition("/")[2]
        self._resources.append({"name": name, "path": path, "hash": measured.digest, "bytes": measured.size})

    def _info(self, path: str) -> zipfile.ZipInfo:
        made = self._label.made_at.astimezone(UTC)
        info = zipfile.ZipInfo(path, (made.year, made.month, made.day, made.hour, made.minute, made.second))
        info.external_attr = 0o644 << 16
        return info

    def _describe(self) -> dict[str, Any]:
        made = _show_time(self._label.made_at)
        described: dict[str, Any] = {
            "profile": "data-package",
            "wacz_version": WACZ_VERSION,
            "title": self._label.title,
            "description": self._label.description,
            "software": self._label.software,
            "created": made,
            "modified": made,
        }
        if self._first_page is not None:
            described |= {"mainPageUrl": self._first_page.url, "mainPageDate": _show_time(self._first_page.fetched_at)}
        return described | {"resources": self._resources}


class _Measured:
    """A part that counts and digests what goes through it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)
        self.size += len(data)

    @property
    def digest(self) -> str:
        return f"sha256:{self._digest.hexdigest()}"


def _describe_page(page: Page) -> dict[str, Any]:
    return {
        "id": page.id,
        "url": page.url,
        "ts": _show_time(page.fetched_at),
        "title": page.title,
        "text": page.text,
    }


def _media_type(record: StoredRecord) -> str:
    """The content type without its parameters; players take `unk` for none."""
    return (record.header("Content-Type") or "").partition(";")[0].strip().lower() or "unk"


def _json_line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def _show_time(instant: datetime) -> str:
    """To the second, as the tools for WACZ read it."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
