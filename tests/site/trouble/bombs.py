"""Small answers that unpack to much, at `/bomb?mib=200&coding=gzip`.

The coding is gzip, deflate, br, zstd, or `gzip, gzip` for a bomb in a bomb; `mib` is what comes out.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache

import brotli

from tests.site.messages import RawAnswer, Request, Response

MIB = 2**20
OPENING = b"<html><body><p>"
_GZIP, _DEFLATE = 31, 15
_ZSTD_MAGIC = 0xFD2FB528
_ZSTD_BLOCK = 128 * 1024  # the most that one block may stand for


def answer(request: Request, base: str) -> Response | RawAnswer | None:
    """The bomb that was asked for."""
    if request.path != "/bomb":
        return None
    coding = request.query.get("coding", "gzip")
    body = _make_bomb(coding, int(request.query.get("mib", "200")))
    return Response(body, headers=(("Content-Encoding", coding),))


@lru_cache(maxsize=32)
def _make_bomb(coding: str, mebibytes: int) -> bytes:
    makers = {
        "gzip": lambda: zip_blanks(mebibytes),
        "deflate": lambda: _pack(_blanks(mebibytes), _DEFLATE),
        "gzip, gzip": lambda: _pack(zip_blanks(mebibytes), _GZIP),
        "br": lambda: _brotli_blanks(mebibytes),
        "zstd": lambda: _zstd_blanks(mebibytes),
    }
    return b"".join(makers[coding]())


def zip_blanks(mebibytes: int, opening: bytes = OPENING) -> Iterator[bytes]:
    """A gzip stream of that many MiB of blanks, piece by piece: a thousandth of it travels."""
    return _pack(_blanks(mebibytes, opening), _GZIP)


def _blanks(mebibytes: int, opening: bytes = OPENING) -> Iterator[bytes]:
    yield opening
    for _ in range(mebibytes):
        yield b" " * MIB


def _pack(pieces: Iterable[bytes], window: int) -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, window)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


def _brotli_blanks(mebibytes: int) -> Iterator[bytes]:
    packer = brotli.Compressor(quality=1)
    for piece in _blanks(mebibytes):
        yield packer.process(piece)
    yield packer.finish()


def _zstd_blanks(mebibytes: int) -> Iterator[bytes]:
    """A frame whose blocks each say "this byte, 131,072 times" (RFC 8878, 3.1.1.2)."""
    yield struct.pack("<IBB", _ZSTD_MAGIC, 0x00, 0x38)  # no size told, a window of 128 KiB
    blocks = mebibytes * MIB // _ZSTD_BLOCK
    for number in range(blocks):
        repeated, last = 1, number == blocks - 1
        yield struct.pack("<I", _ZSTD_BLOCK << 3 | repeated << 1 | last)[:3] + b" "
