"""Seal what was archived since the last seal: read each record back and write down its digest.

Which captures are new is known from the last seal alone. A record that cannot be read is left out and named in the
seal; the next run tries it again, so that one on a disk that was not mounted is sealed a day later.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.catalogue import Catalogue, captures
from archive.catalogue.captures import Capture
from archive.errors import ProofError, RecordError
from archive.layout import WARC_FOLDER
from archive.proof.seals import Seal, list_seals, write_seal
from archive.proof.statements import SealedRecord, SealHead, list_numbers, make_ranges
from archive.warc import parse_record, read_member, unpack_member

PAGE = 500  # captures read from the catalogue at once
RECORDS = 50_000  # of one seal: about 25 MB that are held while it is made


@dataclass(frozen=True)
class NewSeals:
    """What one run made, and how many records no seal holds because they cannot be read."""

    seals: tuple[Seal, ...]
    left_out: int


def seal_new(
    catalogue: Catalogue,
    clock: Callable[[], datetime],
    *,
    stop: Callable[[], bool] = lambda: False,
    report: Callable[[int], None] = lambda done: None,
    records_each: int = RECORDS,
) -> NewSeals:
    """Seal everything that is not sealed yet, in one seal or in several where there is much.

    Interrupted by `stop`, it leaves the seals that are whole; the next run goes on from there. Raises `ProofError`
    where the seals are damaged, or are those of another catalogue.
    """
    known = list_seals(catalogue.folder)
    _check_catalogue(catalogue, known)
    last = known[-1] if known else None
    left_out = list_numbers(last.head.left_out) if last else []
    waiting = _list_waiting(catalogue, left_out, last.head.up_to if last else 0)
    made: list[Seal] = []
    done = 0
    while True:
        batch = _Batch(catalogue.folder / WARC_FOLDER, last.head.up_to if last else 0)
        while len(batch.records) < records_each and not stop() and (capture := next(waiting, None)) is not None:
            batch.add(capture)
            done += 1
            report(done)
        if stop() or not batch.has_news:
            break
        left_out = sorted({*left_out, *batch.unread} - {record.capture for record in batch.records})
        last = write_seal(catalogue.folder, batch.make_head(last, clock(), left_out), batch.records)
        made.append(last)
    return NewSeals(tuple(made), len(left_out))


def _check_catalogue(catalogue: Catalogue, seals: Sequence[Seal]) -> None:
    """An older catalogue that was put back gives numbers anew that newer seals have given to other captures."""
    seal = next((seal for seal in reversed(seals) if seal.captures), None)
    if seal is None:
        return
    *_, record = seal.read_records()
    with catalogue.read() as transaction:
        found = captures.read_capture(transaction, record.capture)
    if found is None or found.payload_sha256 != record.payload_sha256:
        raise ProofError(
            f"{seal.path}: it holds capture {record.capture}; the catalogue has none or another one of that number. "
            "Was an older catalogue put back? Put the seals of the same backup back too, and keep these elsewhere."
        )


class _Batch:
    """What goes into one seal, as it is read."""

    def __init__(self, folder: Path, up_to: int) -> None:
        self._folder = folder
        self._before = self._up_to = up_to
        self.records: list[SealedRecord] = []
        self.unread: list[int] = []

    @property
    def has_news(self) -> bool:
        """False where nothing was read but what could not be read before either."""
        return bool(self.records) or self._up_to > self._before

    def add(self, capture: Capture) -> None:
        self._up_to = max(self._up_to, capture.id)
        try:
            self.records.append(_describe(self._folder, capture))
        except RecordError:
            self.unread.append(capture.id)  # `vigie verify` says what is wrong with it

    def make_head(self, last: Seal | None, now: datetime, left_out: list[int]) -> SealHead:
        return SealHead(
            number=last.number + 1 if last else 1,
            sealed_at=now,
            previous=last.as_previous() if last else None,
            captures=make_ranges([record.capture for record in self.records]),
            up_to=self._up_to,
            left_out=make_ranges(left_out),
        )


def _describe(folder: Path, capture: Capture) -> SealedRecord:
    where = f"capture {capture.id}"
    raw = unpack_member(read_member(folder, capture.place), where)
    record = parse_record(raw, where)
    if record.kind != "revisit" and hashlib.sha256(record.payload).hexdigest() != capture.payload_sha256:
        raise RecordError(f"{where}: the payload differs from the digest in the catalogue")
    return SealedRecord(
        capture=capture.id,
        record=record.record_id,
        kind=record.kind,
        record_sha256=hashlib.sha256(raw).hexdigest(),
        payload_sha256=capture.payload_sha256,
        url=record.url,
        fetched_at=record.fetched_at,
    )


def _list_waiting(catalogue: Catalogue, left_out: list[int], up_to: int) -> Iterator[Capture]:
    """Those that were left out before, then new ones, by number."""
    for start in range(0, len(left_out), PAGE):
        with catalogue.read() as transaction:
            found = captures.read_many(transaction, left_out[start : start + PAGE])
        yield from (found[number] for number in sorted(found))
    while True:
        with catalogue.read() as transaction:
            page = captures.list_captures(transaction, after=up_to, limit=PAGE)
        if not page:
            return
        yield from page
        up_to = page[-1].id
