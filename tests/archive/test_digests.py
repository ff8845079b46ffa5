"""Digests in the spellings that occur in WARC files."""

import base64
import hashlib

import pytest

from archive.digests import contradicts

DATA = "Préavis de grève à Montreval".encode()
SHA1 = hashlib.sha1(DATA, usedforsecurity=False).digest()
SHA256 = hashlib.sha256(DATA).digest()


@pytest.mark.parametrize(
    "stated",
    [
        "sha1:" + base64.b32encode(SHA1).decode(),
        "SHA-1:" + base64.b32encode(SHA1).decode().lower(),
        "sha1:" + SHA1.hex(),
        "sha256:" + SHA256.hex(),
        "sha256:" + SHA256.hex().upper(),
        "sha256:" + base64.b32encode(SHA256).decode(),
        "sha256:" + base64.b32encode(SHA256).decode().rstrip("="),
        "md5:" + hashlib.md5(DATA, usedforsecurity=False).hexdigest(),
    ],
)
def test_every_spelling_agrees_with_its_bytes_and_with_no_others(stated: str) -> None:
    assert not contradicts(stated, [DATA])
    assert contradicts(stated, [DATA + b" "])
    assert not contradicts(stated, [b"another form", DATA]), "one of the forms is enough"


@pytest.mark.parametrize("stated", [None, "", "sha1", "crc32:9a0f11c2", "sha256:tooshort", "sha1:"])
def test_what_cannot_be_compared_contradicts_nothing(stated: str | None) -> None:
    assert not contradicts(stated, [DATA])
