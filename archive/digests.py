"""Digests of whole files, and as WARC records state them: an algorithm, a colon, the value in hexadecimal or base 32.

Ours are SHA-256 in hexadecimal; others write SHA-1 in base 32, and every mixture of the two occurs.
"""

import base64
import hashlib
from collections.abc import Iterable
from pathlib import Path

_ALGORITHMS = {"md5": "md5", "sha1": "sha1", "sha256": "sha256", "sha384": "sha384", "sha512": "sha512"}


def contradicts(stated: str | None, forms: Iterable[bytes]) -> bool:
    """True where the digest that is stated is the digest of none of these bytes.

    False where nothing is stated, and where algorithm or spelling are none we can compare.
    """
    name, _, value = (stated or "").strip().partition(":")
    algorithm = _ALGORITHMS.get(name.lower().replace("-", ""))
    if algorithm is None:
        return False
    spellings = [_spell(algorithm, form) for form in forms]
    if all(len(value.rstrip("=")) != len(spelling) for pair in spellings for spelling in pair):
        return False
    return all(value.lower().rstrip("=") not in pair for pair in spellings)


def _spell(algorithm: str, data: bytes) -> tuple[str, str]:
    digest = hashlib.new(algorithm, data, usedforsecurity=False).digest()
    return digest.hex(), base64.b32encode(digest).decode().lower().rstrip("=")


def digest_file(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
