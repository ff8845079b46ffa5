"""Records as bytes: what stands in a WARC file for one response, ready to be appended.

The HTTP head is rebuilt from what the HTTP library hands over (order and repetition of fields kept, original spacing
and letter case of names not); each response's metadata record says so. Payloads are kept as received, before content
decoding; `Transfer-Encoding` is undone by the library and renamed `X-Archive-Orig-Transfer-Encoding`.
"""

import hashlib
import urllib.parse
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.records import StoredResponse
from archive.warc.members import pack_member

HEAD_NOTE = "rebuilt from the HTTP library: order of fields kept, letter case and spacing not"
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


def pack_warcinfo(name: str, software: str, operator: str | None, now: datetime) -> bytes:
    """The record that begins a file of ours, as one gzip member."""
    info: tuple[tuple[str, str], ...] = (("software", software), ("format", "WARC File Format 1.1"))
    info += (("operator", operator),) if operator else ()
    fields = {"WARC-Date": _warc_date(now), "WARC-Filename": name}
    return _pack_record("", "warcinfo", _fields_bytes(info), "application/warc-fields", fields)


def pack_response(response: StoredResponse, revisit_of: Original | None) -> list[bytes]:
    """The response (or the revisit), then the request and the metadata that belong to it."""
    response_id = f"<urn:uuid:{uuid.uuid4()}>"
    return [
        _pack_answer(response, response_id, revisit_of),
        _pack_request(response, response_id),
        _pack_metadata(response, response_id),
    ]


def pack_origin(record: Copied, now: datetime) -> bytes:
    """What is said of a record that was copied: where it came from."""
    fields = {"WARC-Date": _warc_date(now)}
    if record.record_id:
        fields["WARC-Refers-To"] = record.record_id
    return _pack_record(record.url, "metadata", _fields_bytes(record.origin), "application/warc-fields", fields)


def _pack_answer(response: StoredResponse, response_id: str, revisit_of: Original | None) -> bytes:
    fields = {
        "WARC-Date": _warc_date(response.fetched_at),
        "WARC-Record-ID": response_id,
        "WARC-Payload-Digest": f"sha256:{response.payload_sha256}",
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


def _pack_record(url: str, kind: str, block: bytes, content_type: str, fields: dict[str, str]) -> bytes:
    """One gzip member. The block goes in as it is: warcio's writer would re-encode its head and hash with SHA-1."""
    digest = f"sha256:{hashlib.sha256(block).hexdigest()}"
    head = {"WARC-Type": kind, "WARC-Record-ID": f"<urn:uuid:{uuid.uuid4()}>", **fields, "WARC-Block-Digest": digest}
    if url:
        head["WARC-Target-URI"] = _ascii_url(url)
    head |= {"Content-Type": content_type, "Content-Length": str(len(block))}
    return pack_member(b"".join((b"WARC/1.1\r\n", _fields_bytes(head.items()), b"\r\n", block, b"\r\n\r\n")))


def _head_bytes(line: str, headers: list[tuple[str, str]]) -> bytes:
    """HTTP fields are bytes that Latin-1 carries unchanged (RFC 9110, 5.5)."""
    rows = [line, *(f"{key}: {value}" for key, value in headers), "", ""]
    return "\r\n".join(rows).encode("latin-1", "replace")


def _fields_bytes(fields: Iterable[tuple[str, str]]) -> bytes:
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
