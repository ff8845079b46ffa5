"""Read everything back and compare: each capture by its place, each closed file by its digest, each seal by its root.

`vigie verify` prints the faults and exits non-zero on any. Reading by place means that one damaged record hides none.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from archive.catalogue import Catalogue, captures, warc_files
from archive.catalogue.captures import Capture
from archive.catalogue.warc_files import WarcFile
from archive.digests import digest_file
from archive.errors import ProofError, RecordError
from archive.layout import WARC_FOLDER
from archive.proof.seals import Seal, check_chain, list_seals
from archive.store import decode_record
from archive.warc import StoredRecord, find_file, parse_record, read_member, unpack_member

PAGE = 500
BODY_LIMIT = 1 << 40  # none: what is decoded has the digest of what was let in


@dataclass(frozen=True)
class Damage:
    """One thing that is not as it was recorded."""

    where: str
    what: str


@dataclass(frozen=True)
class Verdict:
    """What was read, and every damage found."""

    captures: int
    files: int
    seals: int
    damages: tuple[Damage, ...]


def verify(catalogue: Catalogue, *, report: Callable[[int], None] = lambda done: None) -> Verdict:
    """Check the whole archive; `report` is told after each page how many captures were read."""
    damages = [Damage("catalogue", fault) for fault in catalogue.check_integrity()]
    with catalogue.read() as transaction:
        files = warc_files.list_needed(transaction)
    seals, faults = _check_seals(catalogue)
    damages += faults
    sealed = _SealedDigests(seals)
    missing = Counter({file.name: 0 for file in files if not _is_there(catalogue, file)})
    count = 0
    for page in _pages(catalogue):
        for capture in page:
            if capture.place.warc_file in missing:  # one line a file: it may hold fifty thousand
                missing[capture.place.warc_file] += 1
            else:
                damages += _check_capture(catalogue, capture, sealed)
        count += len(page)
        report(count)
    damages += [
        Damage(name, f"the file is missing, and with it {lost} captures. Is its disk mounted?")
        for name, lost in missing.items()
    ]
    damages += [damage for file in files if file.name not in missing for damage in _check_file(catalogue, file)]
    return Verdict(count, len(files), len(seals), tuple(damages))


class _SealedDigests:
    """The digest with which the record of a capture was sealed; holds those of one seal at a time."""

    def __init__(self, seals: Sequence[Seal]) -> None:
        self._seals = seals
        self._open: Seal | None = None
        self._digests: dict[int, str] = {}

    def find(self, capture: int) -> str | None:
        """The digest, or None where no seal holds the capture."""
        seal = next((seal for seal in reversed(self._seals) if seal.holds(capture)), None)
        if seal is None:
            return None
        if seal is not self._open:
            self._open = seal
            self._digests = {record.capture: record.record_sha256 for record in seal.read_records()}
        return self._digests.get(capture)


def _check_seals(catalogue: Catalogue) -> tuple[list[Seal], list[Damage]]:
    """The seals that hold, and what is wrong with others."""
    try:
        seals = list_seals(catalogue.folder)
    except ProofError as error:
        return [], [Damage("seals", str(error))]
    faults = list(check_chain(seals))
    broken = {seal.path for seal, _ in faults}
    return [seal for seal in seals if seal.path not in broken], [
        Damage(f"seals/{seal.path.name}", what) for seal, what in faults
    ]


def _pages(catalogue: Catalogue) -> Iterator[list[Capture]]:
    after = 0
    while True:
        with catalogue.read() as transaction:
            page = captures.list_captures(transaction, after=after, limit=PAGE)
        if not page:
            return
        yield page
        after = page[-1].id


def _check_capture(catalogue: Catalogue, capture: Capture, sealed: _SealedDigests) -> list[Damage]:
    where = f"capture {capture.id} ({capture.url})"
    place = f"{capture.place.warc_file} at {capture.place.offset}"
    try:
        raw = unpack_member(read_member(catalogue.folder / WARC_FOLDER, capture.place), place)
        record = parse_record(raw, place)
    except RecordError as error:
        return [Damage(where, str(error))]
    if sealed.find(capture.id) not in (None, hashlib.sha256(raw).hexdigest()):
        return [Damage(where, "the record is another one than was sealed")]
    return _check_content(catalogue, capture, record, where)


def _check_content(catalogue: Catalogue, capture: Capture, record: StoredRecord, where: str) -> list[Damage]:
    if capture.revisit_of is not None:
        return _check_original(catalogue, capture.revisit_of, where)
    if record.kind == "revisit":  # of somebody else's file, whose first copy was not taken in
        return []
    found: list[Damage] = []
    if hashlib.sha256(record.payload).hexdigest() != capture.payload_sha256:
        found.append(Damage(where, "the payload differs from the digest in the catalogue"))
    if capture.body_sha256 is not None:
        body = decode_record(record, BODY_LIMIT).body
        if hashlib.sha256(body).hexdigest() != capture.body_sha256:
            found.append(Damage(where, "the decoded body differs from the digest in the catalogue"))
    return found


def _check_original(catalogue: Catalogue, original: int, where: str) -> list[Damage]:
    """The capture that this one repeats is read by its own row, where it has one."""
    with catalogue.read() as transaction:
        if captures.read_capture(transaction, original) is not None:
            return []
    return [Damage(where, f"the capture {original} whose payload it repeats is missing")]


def _is_there(catalogue: Catalogue, file: WarcFile) -> bool:
    try:
        find_file(catalogue.folder / WARC_FOLDER, file.name)
    except RecordError:
        return False
    return True


def _check_file(catalogue: Catalogue, file: WarcFile) -> list[Damage]:
    """A closed file against the digest taken when it was closed."""
    if file.sha256 is None:
        return []
    if digest_file(find_file(catalogue.folder / WARC_FOLDER, file.name)) == file.sha256:
        return []
    return [Damage(file.name, "the file differs from the digest taken when it was closed")]
