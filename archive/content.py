"""Undo a response's Content-Encoding, within a limit.

Bombs end at the limit without being unpacked further; a cut stream gives what it holds and says so.
"""

import re
import zlib
from dataclasses import dataclass, replace

import brotli

from archive.outcomes import Outcome

_CHUNK = 1 << 16
_CHUNK_HEADER = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]{0,1024})?\r\n")
_DECODED_ALREADY = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,64}(?:<!doctype|<html|<head|<\?xml|<!--|%PDF-)", re.IGNORECASE)


@dataclass(frozen=True)
class Decoded:
    """The body; `outcome` is None, `too_large` or `bad_encoding`; `cut` marks an unfinished stream."""

    body: bytes
    outcome: Outcome | None = None
    cut: bool = False


def decode_content(payload: bytes, encodings: str | None, limit: int) -> Decoded:
    """Decode `payload` by the Content-Encoding field's value, last coding first; at most `limit` bytes come out."""
    cut = False
    for coding in reversed([part.strip().lower() for part in (encodings or "").split(",") if part.strip()]):
        if coding == "identity" or not payload:
            continue
        step = _decode_one(payload, coding, limit)
        if step.outcome:
            return step
        payload, cut = step.body, cut or step.cut
    if len(payload) > limit:
        return Decoded(b"", Outcome.too_large)
    return Decoded(payload, None, cut)


def _decode_one(payload: bytes, coding: str, limit: int) -> Decoded:
    if coding in ("gzip", "x-gzip"):
        return _inflate(payload, 31, limit)
    if coding == "deflate":
        # RFC 9110 means zlib; some servers send the bare stream
        step = _inflate(payload, 15, limit)
        return _inflate(payload, -15, limit) if step.outcome is Outcome.bad_encoding else step
    if coding == "br":
        return _unbrotli(payload, limit)
    return Decoded(b"", Outcome.bad_encoding)


def _inflate(payload: bytes, wbits: int, limit: int) -> Decoded:
    """One or more members in a row (RFC 1952, 2.2); bytes after the last that begin no member are ignored."""
    parts: list[bytes] = []
    total = 0
    data = payload
    while data:
        unpack = zlib.decompressobj(wbits=wbits)
        try:
            body = unpack.decompress(data, limit + 1 - total)
        except zlib.error:
            return Decoded(b"".join(parts)) if parts else Decoded(b"", Outcome.bad_encoding)
        parts.append(body)
        total += len(body)
        if total > limit:
            return Decoded(b"", Outcome.too_large)
        if not unpack.eof:
            return Decoded(b"".join(parts), None, cut=True)
        data = unpack.unused_data
    return Decoded(b"".join(parts))


def _unbrotli(payload: bytes, limit: int) -> Decoded:
    unpack = brotli.Decompressor()
    parts: list[bytes] = []
    total = 0
    try:
        for start in range(0, len(payload), _CHUNK):
            piece = payload[start : start + _CHUNK]
            while True:
                body = unpack.process(piece, output_buffer_limit=_CHUNK)
                parts.append(body)
                total += len(body)
                if total > limit:
                    return Decoded(b"", Outcome.too_large)
                if unpack.can_accept_more_data():
                    break
                piece = b""
    except brotli.error:
        return Decoded(b"", Outcome.bad_encoding)
    return Decoded(b"".join(parts), None, cut=not unpack.is_finished())


def decode_stored(payload: bytes, transfer: str | None, encodings: str | None, limit: int) -> Decoded:
    """The body of a stored payload, whoever stored it; `transfer` is the value of its Transfer-Encoding field.

    Some archives keep the transfer chunks. Others keep the fields of codings that they had undone before they stored
    the payload: a payload that begins as a page or a PDF is taken for one, whatever the field says.
    """
    cut = False
    if "chunked" in (transfer or "").lower() and (whole := undo_chunks(payload)) is not None:
        payload, cut = whole.body, whole.cut
    if _DECODED_ALREADY.match(payload):
        encodings = None
    decoded = decode_content(payload, encodings, limit)
    return replace(decoded, cut=decoded.cut or cut)


def undo_chunks(payload: bytes) -> Decoded | None:
    """The body without its transfer chunks (RFC 9112, 7.1); None where it does not begin with one."""
    parts: list[bytes] = []
    place = 0
    while (header := _CHUNK_HEADER.match(payload, place)) is not None:
        size, start = int(header[1], 16), header.end()
        if size == 0:
            return Decoded(b"".join(parts))
        parts.append(payload[start : start + size])
        place = start + size
        if payload[place : place + 2] != b"\r\n":
            return Decoded(b"".join(parts), cut=True)
        place += 2
    return Decoded(b"".join(parts), cut=True) if parts else None
