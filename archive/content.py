"""Undo a response's Content-Encoding, within a limit.

Bombs end at the limit without being unpacked further; a cut stream gives what it holds and says so.
"""

import zlib
from dataclasses import dataclass

import brotli

from archive.outcomes import Outcome

_CHUNK = 1 << 16


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
