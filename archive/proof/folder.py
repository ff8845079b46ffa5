"""What lies in the folder of a proof, as one program writes it and another reads it.

Every file is listed with its digest in `SHA256SUMS`, in the form that `sha256sum --check` takes; `proof.json` holds the
sealed lines and their paths to the roots, `facts.json` what the archive knows of the document.
"""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from archive.errors import ProofError
from archive.proof.seals import Seal
from archive.proof.statements import Digest, Number, Statement
from archive.proof.tree import Step, hash_leaf, make_paths

SUMS_NAME = "SHA256SUMS"
PROOF_NAME = "proof.json"
FACTS_NAME = "facts.json"
MAX_FILE_BYTES = 1 << 30  # of one file of a folder that somebody hands in
_SUM = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9.-]*)")

FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*$")]  # no folder: nothing outside is ever read
PathStep = Annotated[str, Field(pattern=r"^(left|right):[0-9a-f]{64}$")]


class ProvedRecord(Statement):
    """One record: the file that holds it, its line in a seal, and the path from that line to the seal's root."""

    file: FileName
    line: str
    seal: Number
    path: tuple[PathStep, ...]


class ProvedSeal(Statement):
    """One seal: its first line with the path to its root. The line names the root of the seal before."""

    number: Number
    root: Digest
    head: str
    path: tuple[PathStep, ...]


class ProvedStamp(Statement):
    """One time stamp: the files with the root that was stamped, the answer of the authority, and its certificates."""

    seal: Number
    data: FileName
    response: FileName
    certificates: FileName


class Proof(Statement):
    """The whole of `proof.json`."""

    format: Literal["vigie-proof-1"] = "vigie-proof-1"
    records: tuple[ProvedRecord, ...]
    seals: tuple[ProvedSeal, ...]
    time_stamps: tuple[ProvedStamp, ...]


class VersionFacts(Statement):
    """One version of the text, as the archive read it from a capture."""

    number: Number
    capture: Number
    fetched_at: datetime
    extractor_version: int
    title: str | None
    authors: tuple[str, ...]
    published_at: datetime | None
    published_precision: str | None
    published_origin: str | None
    published_doubt: str | None
    text_file: FileName
    text_sha256: Digest


class CaptureFacts(Statement):
    """One capture whose record is in the folder; `belongs` is false where only another one's payload repeats it."""

    capture: Number
    file: FileName
    belongs: bool
    kind: str
    url: str
    hops: tuple[str, ...]
    fetched_at: datetime
    status: int
    content_type: str | None
    via: str
    revisit_of: Number | None
    record: str | None
    record_sha256: Digest
    payload_sha256: Digest
    seal: Number


class SealFacts(Statement):
    """One seal that holds a record of the folder, or leads to a time stamp; `stamped_at` is the authority's time."""

    number: Number
    sealed_at: datetime
    root: Digest
    stamped_at: datetime | None
    signer: str | None


class Facts(Statement):
    """The whole of `facts.json`. `not_proved` are captures of the document without a record here, and why."""

    format: Literal["vigie-facts-1"] = "vigie-facts-1"
    software: str
    made_at: datetime
    document: str
    url: str
    state: str
    first_seen_at: datetime
    source: str
    source_name: str
    versions: tuple[VersionFacts, ...]
    captures: tuple[CaptureFacts, ...]
    seals: tuple[SealFacts, ...]
    not_proved: dict[str, str]


def prove_lines(seal: Seal, captures: list[int]) -> tuple[ProvedSeal, dict[int, tuple[str, tuple[str, ...]]]]:
    """The head of a seal with its path, and the lines of these captures with theirs."""
    lines = seal.read_leaves()
    indexes = [0, *(1 + seal.captures.index(capture) for capture in captures)]
    head_path, *paths = make_paths([hash_leaf(line) for line in lines], indexes)
    proved = {
        capture: (lines[index].decode(), write_path(path))
        for capture, index, path in zip(captures, indexes[1:], paths, strict=True)
    }
    head = ProvedSeal(number=seal.number, root=seal.root, head=lines[0].decode(), path=write_path(head_path))
    return head, proved


def write_path(path: list[Step]) -> tuple[str, ...]:
    """The steps as `proof.json` has them."""
    return tuple(f"{step.side}:{step.hash.hex()}" for step in path)


def read_path(path: tuple[str, ...]) -> list[Step]:
    """The steps of a path that was checked for its form."""
    return [Step("left" if step.startswith("left:") else "right", bytes.fromhex(step[-64:])) for step in path]


def write_sums(digests: dict[str, str]) -> str:
    """The text of `SHA256SUMS`."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))


def read_sums(text: str) -> dict[str, str]:
    """Digest by name of file. Raises `ProofError` where a line is not in the form in which it was written."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = _SUM.fullmatch(line)
        if match is None:
            raise ProofError(f"{SUMS_NAME}, line {number}: expected a digest and the name of a file")
        found[match[2]] = match[1]
    if write_sums(found) != text:
        raise ProofError(f"{SUMS_NAME}: expected lines in the order of names, each ended by a line feed")
    return found
