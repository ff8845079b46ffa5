"""WARC files as others write them: made with warcio's own writer, in every shape that occurs, from pages of our own."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

HTML = ("Content-Type", "text/html; charset=utf-8")


@dataclass(frozen=True)
class Foreign:
    """One record as its archive has it. `warc` are WARC fields that are set on top of the writer's own."""

    url: str
    date: str
    payload: bytes = b""
    status: str = "200 OK"
    headers: Sequence[tuple[str, str]] = (HTML,)
    kind: str = "response"
    warc: Sequence[tuple[str, str]] = ()


def write_foreign(path: Path, records: Sequence[Foreign], *, packed: bool = True, version: str = "WARC/1.0") -> Path:
    """A file with a warcinfo record before these; the writer states SHA-1 digests in base 32."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=packed, warc_version=version)
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "essai/1.0"}))
        for record in records:
            _write(writer, record)
    return path


def _write(writer: WARCWriter, record: Foreign) -> None:
    head = StatusAndHeaders(record.status, list(record.headers), protocol="HTTP/1.1")
    if record.kind == "request":
        head = StatusAndHeaders("GET /actualites HTTP/1.1", [("Host", "courrier.test")], is_http_request=True)
    made = writer.create_warc_record(
        record.url,
        record.kind,
        payload=io.BytesIO(record.payload),
        length=len(record.payload),  # without it the writer leaves temporary files open
        http_headers=head if record.kind in ("response", "request", "revisit") else None,
        warc_headers_dict={"WARC-Date": record.date, **dict(record.warc)},
    )
    writer.write_record(made)


def offsets_of(path: Path) -> list[int]:
    """Where the gzip members of a file begin."""
    raw, places, place = path.read_bytes(), [], 0
    while (place := raw.find(b"\x1f\x8b\x08", place)) >= 0:
        places.append(place)
        place += 1
    return places
