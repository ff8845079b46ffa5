"""Check the folder of a proof, without the archive it comes from and without any settings.

Each step is said in one sentence, also after one has failed. The folder may come from anybody: only files with plain
names inside it are read, up to a size, and nothing in it is run.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.digests import digest_file
from archive.errors import ArchiveError, ProofError, RecordError, TimeStampError
from archive.proof.folder import (
    FACTS_NAME,
    MAX_FILE_BYTES,
    PROOF_NAME,
    SUMS_NAME,
    CaptureFacts,
    Facts,
    Proof,
    ProvedRecord,
    ProvedSeal,
    ProvedStamp,
    read_path,
    read_sums,
)
from archive.proof.statements import SealedRecord, SealHead
from archive.proof.time_stamps import TimeStamp, verify_time_stamp
from archive.proof.tree import follow_path
from archive.warc import StoredRecord, parse_record, unpack_member

RECORD_BYTES = 1 << 28  # of one record, unpacked


@dataclass(frozen=True)
class Finding:
    """One step: `good` is None for something to know that is no fault."""

    good: bool | None
    what: str


@dataclass(frozen=True)
class Verdict:
    """Every step in its order."""

    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """True where no step failed."""
        return all(finding.good is not False for finding in self.findings)


def check_folder(folder: Path, certificates: bytes | None = None) -> Verdict:
    """Check everything in the folder; `certificates`, in PEM, are trusted in place of those that lie in it."""
    return Verdict(tuple(_Check(folder, certificates).run()))


class _Check:
    """One folder being checked, and what was found so far."""

    def __init__(self, folder: Path, certificates: bytes | None) -> None:
        self._folder = folder
        self._certificates = certificates
        self._lines: dict[int, SealedRecord] = {}
        self._payloads: set[str] = set()
        self._revisits: list[SealedRecord] = []
        self._heads: dict[int, SealHead] = {}
        self._stamps: dict[int, TimeStamp] = {}

    def run(self) -> Iterator[Finding]:
        yield from self._attempt(self._check_sums)
        try:
            proof = Proof.read(self._read(PROOF_NAME), PROOF_NAME)
            facts = Facts.read(self._read(FACTS_NAME), FACTS_NAME)
        except ProofError as error:
            yield Finding(False, str(error))
            return
        roots = {seal.number: seal.root for seal in proof.seals}
        for record in proof.records:
            yield from self._attempt(self._check_record, record, roots)
        yield from self._check_revisits()
        for seal in proof.seals:
            yield from self._attempt(self._check_seal, seal, roots)
        for stamp in proof.time_stamps:
            yield from self._attempt(self._check_stamp, stamp, roots)
        yield from self._date_records(proof)
        yield from self._attempt(self._check_facts, proof, facts, roots)

    @staticmethod
    def _attempt(step: Callable[..., Iterator[Finding]], *given: object) -> Iterator[Finding]:
        """A step whose fault ends it alone."""
        try:
            yield from step(*given)
        except (ArchiveError, OSError) as error:
            yield Finding(False, str(error))

    def _read(self, name: str) -> bytes:
        path = self._folder / name
        try:
            if path.is_symlink() or not path.is_file():
                raise ProofError(f"{name}: the file is missing")
            if path.stat().st_size > MAX_FILE_BYTES:
                raise ProofError(f"{name}: larger than any file of a proof")
            return path.read_bytes()
        except OSError as error:
            raise ProofError(f"{name}: cannot be read ({error.strerror or error})") from error

    def _check_sums(self) -> Iterator[Finding]:
        try:
            listed = read_sums(self._read(SUMS_NAME).decode("ascii"))
        except UnicodeDecodeError as error:
            raise ProofError(f"{SUMS_NAME}: expected digests and names, found other characters") from error
        wrong = [name for name, digest in listed.items() if not self._has_digest(name, digest)]
        for name in wrong:
            yield Finding(False, f"{name}: missing, or its bytes were changed since the proof was made")
        for path in sorted(self._folder.iterdir()):
            if path.name not in listed and path.name != SUMS_NAME:
                yield Finding(None, f"{path.name}: not part of the proof; nothing was read in it")
        for name in (PROOF_NAME, FACTS_NAME):
            if name not in listed:
                yield Finding(False, f"{SUMS_NAME}: {name} is not listed")
        if not wrong:
            yield Finding(True, f"all {len(listed)} files have the digests listed in {SUMS_NAME}")

    def _has_digest(self, name: str, digest: str) -> bool:
        path = self._folder / name
        return path.is_file() and not path.is_symlink() and digest_file(path) == digest

    def _check_record(self, proved: ProvedRecord, roots: dict[int, str]) -> Iterator[Finding]:
        """The bytes of a record against its line, and the line against the root."""
        line = SealedRecord.read(proved.line, f"{PROOF_NAME}, line of {proved.file}")
        if follow_path(proved.line.encode(), read_path(proved.path)).hex() != roots.get(proved.seal):
            raise ProofError(f"{proved.file}: its line does not lead to the root of seal {proved.seal}")
        raw = unpack_member(self._read(proved.file), proved.file, RECORD_BYTES)
        if hashlib.sha256(raw).hexdigest() != line.record_sha256:
            raise ProofError(f"{proved.file}: the record is another one than was sealed")
        self._note(line, parse_record(raw, proved.file))
        yield Finding(True, f"{proved.file}: the record of {line.url} is the one in seal {proved.seal}")

    def _note(self, line: SealedRecord, record: StoredRecord) -> None:
        said = (record.url, record.fetched_at, record.record_id, record.kind)
        if said != (line.url, line.fetched_at, line.record, line.kind):
            raise RecordError(f"capture {line.capture}: the record and its sealed line tell different things")
        if record.kind == "revisit":
            self._revisits.append(line)
        elif hashlib.sha256(record.payload).hexdigest() != line.payload_sha256:
            raise RecordError(f"capture {line.capture}: the payload differs from the digest that was sealed")
        else:
            self._payloads.add(line.payload_sha256)
        self._lines[line.capture] = line

    def _check_revisits(self) -> Iterator[Finding]:
        for line in self._revisits:
            if line.payload_sha256 in self._payloads:
                yield Finding(True, f"capture {line.capture} repeats a payload that is in the folder")
            else:
                yield Finding(None, f"capture {line.capture} repeats a payload that is not in the folder")

    def _check_seal(self, seal: ProvedSeal, roots: dict[int, str]) -> Iterator[Finding]:
        """The head of a seal against its root, and the root of the seal before as it names it."""
        head = SealHead.read(seal.head, f"{PROOF_NAME}, head of seal {seal.number}")
        if roots[seal.number] != seal.root:
            raise ProofError(f"{PROOF_NAME}: two roots for seal {seal.number}")
        if head.number != seal.number or follow_path(seal.head.encode(), read_path(seal.path)).hex() != seal.root:
            raise ProofError(f"seal {seal.number}: its head does not lead to its root")
        before = head.previous
        said = f"seal {seal.number}, of {_show(head.sealed_at)}"
        if before is None or before.number not in roots:
            yield Finding(True, f"{said}: head and root agree")
        elif before.number != seal.number - 1 or before.root != roots[before.number]:
            raise ProofError(f"seal {seal.number} does not follow seal {before.number}")
        else:
            yield Finding(True, f"{said}, holds the root of seal {before.number}")
        self._heads[seal.number] = head

    def _check_stamp(self, stamp: ProvedStamp, roots: dict[int, str]) -> Iterator[Finding]:
        root = self._read(stamp.data).decode("ascii", "replace")
        if root != roots.get(stamp.seal):
            raise ProofError(f"{stamp.data}: expected the root of seal {stamp.seal}")
        trusted = self._certificates if self._certificates is not None else self._read(stamp.certificates)
        try:
            found = verify_time_stamp(self._read(stamp.response), root, trusted)
        except TimeStampError as error:
            raise ProofError(f"{stamp.response}: {error}") from error
        self._stamps[stamp.seal] = found
        yield Finding(True, f"{stamp.response}: seal {stamp.seal} was stamped on {_show(found.at)} by {found.signer}")
        if self._certificates is None:
            shown = ", ".join(found.trusted_sha256)
            yield Finding(None, f"{stamp.certificates}: compare with what the authority publishes: SHA-256 {shown}")

    def _date_records(self, proof: Proof) -> Iterator[Finding]:
        """By when each record was there at the latest: the first stamp that its seal leads to."""
        for record in proof.records:
            stamp = self._find_stamp(record.seal)
            if stamp is not None:
                yield Finding(True, f"{record.file}: existed as it is on {_show(stamp.at)} at the latest")
            else:
                yield Finding(None, f"{record.file}: no time stamp; when it was sealed rests on the archive's own word")

    def _find_stamp(self, number: int) -> TimeStamp | None:
        while number in self._heads:
            if number in self._stamps:
                return self._stamps[number]
            following = self._heads.get(number + 1)
            if following is None or following.previous is None:
                return None
            number += 1
        return None

    def _check_facts(self, proof: Proof, facts: Facts, roots: dict[int, str]) -> Iterator[Finding]:
        """What the facts say against what was sealed."""
        told = {one.capture: one for one in facts.captures}
        if set(told) != set(self._lines) or len(told) != len(proof.records):
            raise ProofError(f"{FACTS_NAME}: tells of other captures than {PROOF_NAME}")
        files = {record.file: record.seal for record in proof.records}
        for one in facts.captures:
            _compare(one, self._lines[one.capture], files)
        for version in facts.versions:
            if hashlib.sha256(self._read(version.text_file)).hexdigest() != version.text_sha256:
                raise ProofError(f"{version.text_file}: another text than {FACTS_NAME} tells of")
            if version.capture not in self._lines:
                raise ProofError(f"{version.text_file}: its capture is not in the folder")
        for seal in facts.seals:
            stamp, head = self._stamps.get(seal.number), self._heads.get(seal.number)
            said = (seal.sealed_at, seal.root, seal.stamped_at, seal.signer)
            if head is None or said != (head.sealed_at, roots[seal.number], stamp and stamp.at, stamp and stamp.signer):
                raise ProofError(f"{FACTS_NAME}: tells of seal {seal.number} what neither it nor a time stamp says")
        yield Finding(True, f"{FACTS_NAME} says what was sealed, of {len(told)} captures")
        yield Finding(None, "title, text and dates of the article were read from the page by a program; none is sealed")


def _compare(told: CaptureFacts, line: SealedRecord, files: dict[str, int]) -> None:
    said = (told.url, told.fetched_at, told.record, told.kind, told.record_sha256, told.payload_sha256)
    sealed = (line.url, line.fetched_at, line.record, line.kind, line.record_sha256, line.payload_sha256)
    if said != sealed or files.get(told.file) != told.seal:
        raise ProofError(f"{FACTS_NAME}: tells of capture {told.capture} what was not sealed")


def _show(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
