"""The seals of an archive: one file each, written once, in a chain from the first to the newest.

A file holds one JSON object a line: the head, the sealed records by capture, and last the root of the tree over all
lines before it. The head names the root of the seal before, so that whoever knows one root can check all that was
sealed up to it. A file appears under its name only when it is whole and on disk, and is never written again.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from archive.errors import ProofError
from archive.proof.statements import Previous, SealedRecord, SealEnd, SealHead, list_numbers
from archive.proof.tree import hash_leaf, hash_root

SEAL_FOLDER = "seals"
SEAL_SUFFIX = ".seal"
STAMP_SUFFIX = ".tsr"
CERTIFICATES_SUFFIX = ".pem"
_END_BYTES = 4096  # more than the last line of a seal ever has


@dataclass(frozen=True)
class Seal:
    """One seal on disk: its head and its root are read, the records are not."""

    path: Path
    head: SealHead
    end: SealEnd

    @property
    def number(self) -> int:
        """Its place in the chain, from 1 on."""
        return self.head.number

    @property
    def root(self) -> str:
        """The root of its tree, in hexadecimal."""
        return self.end.root

    @property
    def stamp_path(self) -> Path:
        """Where its time stamp lies, if it has one."""
        return self.path.with_suffix(STAMP_SUFFIX)

    @property
    def certificates_path(self) -> Path:
        """Where the certificates lie that were trusted for that time stamp."""
        return self.path.with_suffix(CERTIFICATES_SUFFIX)

    @cached_property
    def captures(self) -> tuple[int, ...]:
        """The numbers of its captures, in the order of its lines."""
        return tuple(list_numbers(self.head.captures))

    def holds(self, capture: int) -> bool:
        """True where the record of this capture is sealed here."""
        return any(first <= capture <= last for first, last in self.head.captures)

    def as_previous(self) -> Previous:
        """What the next seal says of this one."""
        return Previous(number=self.number, root=self.root)

    def read_leaves(self) -> list[bytes]:
        """The lines under the root: the head, then the records. Raises `ProofError` where they lead to another."""
        try:
            lines = self.path.read_bytes().split(b"\n")
        except OSError as error:
            raise ProofError(f"{self.path}: cannot be read ({error.strerror or error})") from error
        leaves = lines[:-2]
        if lines[-1] or len(leaves) != self.end.leaves or len(leaves) != 1 + len(self.captures):
            raise ProofError(f"{self.path}: expected {self.end.leaves} lines before the last, found {len(leaves)}")
        if hash_root(map(hash_leaf, leaves)).hex() != self.root:
            raise ProofError(f"{self.path}: its lines lead to another root than it states: the file was changed")
        return leaves

    def read_records(self) -> Iterator[SealedRecord]:
        """Its records, in their order."""
        for line, capture in zip(self.read_leaves()[1:], self.captures, strict=True):
            record = SealedRecord.read(line, str(self.path))
            if record.capture != capture:
                raise ProofError(f"{self.path}: expected capture {capture}, found {record.capture}")
            yield record


def list_seals(folder: Path) -> list[Seal]:
    """Every seal of a data folder, oldest first. Raises `ProofError` for a file that is none."""
    return [_open_seal(path) for path in _list_paths(folder)]


def find_last_seals(folder: Path) -> tuple[Seal | None, Seal | None]:
    """The newest seal, and the newest that has a time stamp; no other is opened. Raises `ProofError` as above."""
    paths = _list_paths(folder)[::-1]
    stamped = next((path for path in paths if path.with_suffix(STAMP_SUFFIX).exists()), None)
    return _open_seal(paths[0]) if paths else None, _open_seal(stamped) if stamped else None


def list_files(folder: Path) -> list[Path]:
    """Every file that belongs to the seals: themselves, time stamps, certificates; none that is being written."""
    return sorted(path for path in (folder / SEAL_FOLDER).glob("*") if not path.name.startswith("."))


def _list_paths(folder: Path) -> list[Path]:
    return sorted((folder / SEAL_FOLDER).glob(f"*{SEAL_SUFFIX}"))


def write_seal(folder: Path, head: SealHead, records: Sequence[SealedRecord]) -> Seal:
    """Write one seal; it is on disk under its name when this returns. Raises OSError and leaves nothing then."""
    lines = [head.as_line(), *(record.as_line() for record in records)]
    end = SealEnd(root=hash_root(map(hash_leaf, lines)).hex(), leaves=len(lines))
    place = folder / SEAL_FOLDER
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{head.number:06d}-{head.sealed_at:%Y-%m-%d}{SEAL_SUFFIX}"
    write_durably(path, b"".join(line + b"\n" for line in [*lines, end.as_line()]))
    return Seal(path, head, end)


def write_durably(path: Path, data: bytes) -> None:
    """Write a new file beside its place, make it durable, and give it its name."""
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)  # a new name survives a power cut only once its folder is synced
    finally:
        os.close(handle)


def check_chain(seals: Sequence[Seal]) -> Iterator[tuple[Seal, str]]:
    """What is wrong with the seals of an archive, oldest first: lines that were changed, a link that is missing."""
    before: Seal | None = None
    for seal in seals:
        expected = before.as_previous() if before else None
        if seal.number != (before.number + 1 if before else 1):
            yield seal, f"expected seal {before.number + 1 if before else 1}, found {seal.number}: one is missing"
        elif seal.head.previous != expected:
            yield seal, "it follows another seal than the one before it: one of the two was changed"
        try:
            seal.read_leaves()
        except ProofError as error:
            yield seal, str(error).removeprefix(f"{seal.path}: ")
        before = seal


def _open_seal(path: Path) -> Seal:
    try:
        with path.open("rb") as file:
            head = SealHead.read(file.readline().rstrip(b"\n"), f"{path}, first line")
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _END_BYTES))
            last = file.read().removesuffix(b"\n").rpartition(b"\n")[2]
    except OSError as error:
        raise ProofError(f"{path}: cannot be read ({error.strerror or error})") from error
    return Seal(path, head, SealEnd.read(last, f"{path}, last line"))
