"""Content encodings undone: right, bounded, and named where they are not what they say."""

import gzip
import zlib

import brotli
import pytest

from archive.content import decode_content, decode_stored
from archive.outcomes import Outcome

TEXT = "Le préfet a reçu l’intersyndicale.".encode() * 50


@pytest.mark.parametrize(
    ("encodings", "payload"),
    [
        (None, TEXT),
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("x-gzip", gzip.compress(TEXT[:900], mtime=0) + gzip.compress(TEXT[900:], mtime=0)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)[2:-4]),
        ("br", brotli.compress(TEXT)),
        ("gzip, gzip", gzip.compress(gzip.compress(TEXT, mtime=0), mtime=0)),
        ("gzip", gzip.compress(TEXT, mtime=0) + b"\0\0\0"),
    ],
)
def test_what_was_encoded_comes_back(encodings: str | None, payload: bytes) -> None:
    decoded = decode_content(payload, encodings, 1 << 20)

    assert (decoded.body, decoded.outcome, decoded.cut) == (TEXT, None, False)


@pytest.mark.parametrize(("encodings", "pack"), [("gzip", gzip.compress), ("br", brotli.compress)])
def test_a_bomb_ends_at_the_limit(encodings: str, pack: object) -> None:
    bomb = pack(b"\0" * (64 << 20))  # type: ignore[operator]

    assert decode_content(bomb, encodings, 1 << 20).outcome is Outcome.too_large


@pytest.mark.parametrize(("encodings", "pack"), [("gzip", gzip.compress), ("br", brotli.compress)])
def test_a_cut_stream_gives_what_it_holds_and_says_so(encodings: str, pack: object) -> None:
    whole: bytes = pack(TEXT + bytes(range(256)) * 40)  # type: ignore[operator]

    decoded = decode_content(whole[: len(whole) * 2 // 3], encodings, 1 << 20)

    assert decoded.cut
    assert decoded.outcome is None


@pytest.mark.parametrize("encodings", ["gzip", "br", "deflate", "zstd", "nonsense"])
def test_what_is_not_encoded_as_declared_is_named(encodings: str) -> None:
    assert decode_content(b"<html>plain</html>", encodings, 1 << 20).outcome is Outcome.bad_encoding


@pytest.mark.parametrize(
    ("payload", "body", "cut"),
    [
        (b"4\r\n<p>a\r\n6 ;x=y\r\nb</p>\n\r\n0\r\n\r\n", b"<p>ab</p>\n", False),
        (b"4\r\n<p>a\r\nA\r\nb</p>", b"<p>ab</p>", True),
        (b"4\r\n<p>a\r\n", b"<p>a", True),
        (b"<!doctype html><p>undone already", b"<!doctype html><p>undone already", False),
    ],
)
def test_transfer_chunks_that_an_archive_kept_are_undone(payload: bytes, body: bytes, cut: bool) -> None:
    decoded = decode_stored(payload, "chunked", None, 1 << 20)
    assert (decoded.body, decoded.outcome, decoded.cut) == (body, None, cut)
    assert decode_stored(payload, None, None, 1 << 20).body == payload, "only where the field says so"


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate"])
@pytest.mark.parametrize(
    "start", [b"<!DOCTYPE html>", b"\xef\xbb\xbf\n<html>", b"<?xml version='1.0'?>", b"%PDF-1.7\n"]
)
def test_a_coding_that_an_archive_had_undone_is_not_undone_again(coding: str, start: bytes) -> None:
    body = start + b" Montreval" * 50
    assert decode_stored(body, None, coding, 1 << 20).body == body
