"""Captures: one row a stored response, written after its record is durable."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from archive.catalogue.catalogue import Transaction
from archive.catalogue.schema import bytes_a_day, candidate, capture, document
from archive.catalogue.statements import add_row, find_row, set_columns
from archive.outcomes import Outcome
from archive.records import Place

Purpose = Literal["page", "feed", "sitemap", "listing", "robots", "tdm"]
Via = Literal["live", "backfill", "import"]

_WITH_PAYLOAD = (
    sa.select(capture)
    .where(capture.c.payload_sha256 == sa.bindparam("payload"), capture.c.revisit_of.is_(None))
    .where(capture.c.status == 200)
    .order_by(capture.c.id)
    .limit(1)
)
_NEWEST_FIRST = (capture.c.fetched_at.desc(), capture.c.id.desc())
_LATEST = (
    sa.select(capture)
    .where(capture.c.candidate == sa.bindparam("of"), capture.c.canonical == sa.bindparam("at"))
    .where(capture.c.status == 200)
    .order_by(*_NEWEST_FIRST)
    .limit(1)
)
_LATEST_OF_DOCUMENT = (
    sa.select(capture)
    .where(capture.c.document == sa.bindparam("of"), capture.c.status == 200)
    .order_by(*_NEWEST_FIRST)
    .limit(1)
)
_WAITING = sa.select(capture).where(capture.c.extracted_by.is_(None)).order_by(capture.c.id.desc())
_ADD_BYTES = insert(bytes_a_day)
_COUNT_BYTES = _ADD_BYTES.on_conflict_do_update(
    index_elements=["day", "purpose"],
    set_={
        "records": bytes_a_day.c.records + _ADD_BYTES.excluded.records,
        "bytes": bytes_a_day.c.bytes + _ADD_BYTES.excluded.bytes,
    },
)


@dataclass(frozen=True)
class NewCapture:
    """What is known of a stored response when its row is written.

    `hops` are the URLs that led here by redirects, first one first. `settled` is the outcome of captures from which
    no extraction is ever made (redirects, errors, entry points, unchanged bodies); None puts it up for extraction.
    """

    url: str
    canonical: str
    purpose: Purpose
    source: str
    via: Via
    fetched_at: datetime
    status: int
    place: Place
    payload_sha256: str
    payload_bytes: int
    body_sha256: str | None = None
    candidate: int | None = None
    hops: tuple[str, ...] = ()
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    revisit_of: int | None = None
    truncated: str | None = None
    tdm_reserved: bool | None = None
    tdm_policy: str | None = None
    tdm_stated_in: str | None = None
    settled: Outcome | None = None
    document: str | None = None
    version: int | None = None


@dataclass(frozen=True)
class Capture:
    """A capture as the catalogue has it."""

    id: int
    url: str
    canonical: str
    purpose: str
    source: str
    candidate: int | None
    via: Via
    hops: tuple[str, ...]
    fetched_at: datetime
    status: int
    content_type: str | None
    etag: str | None
    last_modified: str | None
    payload_sha256: str
    payload_bytes: int
    body_sha256: str | None
    place: Place
    revisit_of: int | None
    truncated: str | None
    extracted_by: int | None
    extraction_outcome: str | None
    document: str | None
    version: int | None


def add_capture(transaction: Transaction, new: NewCapture) -> int:
    """Write the row and count its bytes for the day; the record it points to must be on disk already."""
    row = {field.name: getattr(new, field.name) for field in fields(new) if field.name not in ("place", "settled")}
    row |= {
        "hops": list(new.hops),
        "warc_file": new.place.warc_file,
        "offset": new.place.offset,
        "length": new.place.length,
    }
    if new.settled is not None:
        row |= {"extracted_by": 0, "extraction_outcome": new.settled.name}
    _count_bytes(transaction, new)
    return add_row(transaction, capture, row)


def read_capture(transaction: Transaction, capture_id: int) -> Capture | None:
    """One capture, or None."""
    row = find_row(transaction, capture, id=capture_id)
    return None if row is None else _from_row(row)


def find_payload(transaction: Transaction, payload_sha256: str) -> Capture | None:
    """The first stored response with this payload, to which a revisit record can point."""
    row = transaction.execute(_WITH_PAYLOAD, {"payload": payload_sha256}).one_or_none()
    return None if row is None else _from_row(row)


def find_response(
    transaction: Transaction, canonical: str, fetched_at: datetime, payload_sha256: str | None = None
) -> Capture | None:
    """The page answered by this address at this instant, with this payload where one is given."""
    query = sa.select(capture).where(
        capture.c.canonical == canonical, capture.c.fetched_at == fetched_at, capture.c.status == 200
    )
    if payload_sha256 is not None:
        query = query.where(capture.c.payload_sha256 == payload_sha256)
    row = transaction.execute(query.order_by(capture.c.id).limit(1)).one_or_none()
    return None if row is None else _from_row(row)


def find_latest(transaction: Transaction, candidate_id: int, canonical: str) -> Capture | None:
    """The latest answer with a body to this candidate at this address."""
    row = transaction.execute(_LATEST, {"of": candidate_id, "at": canonical}).one_or_none()
    return None if row is None else _from_row(row)


def find_latest_of_document(transaction: Transaction, document_id: str) -> Capture | None:
    """The latest answer with a body that belongs to this document: what the next look is compared with."""
    row = transaction.execute(_LATEST_OF_DOCUMENT, {"of": document_id}).one_or_none()
    return None if row is None else _from_row(row)


def find_shown_beside(
    transaction: Transaction, document_id: str, fetched_at: datetime, capture_id: int
) -> tuple[Capture | None, Capture | None]:
    """The captures just before and just after a place in time that show a version of the document."""
    time, number = capture.c.fetched_at, capture.c.id
    is_before = (time < fetched_at) | ((time == fetched_at) & (number < capture_id))
    is_after = (time > fetched_at) | ((time == fetched_at) & (number > capture_id))
    shown = sa.select(capture).where(capture.c.document == document_id, capture.c.version.is_not(None)).limit(1)
    before = shown.where(is_before).order_by(time.desc(), number.desc())
    after = shown.where(is_after).order_by(time, number)
    rows = (transaction.execute(query).one_or_none() for query in (before, after))
    found = [None if row is None else _from_row(row) for row in rows]
    return found[0], found[1]


def list_same_payload(transaction: Transaction, original: Capture, *, limit: int) -> list[Capture]:
    """The page captures that repeat this one's payload, itself first."""
    query = (
        sa.select(capture)
        .where(sa.or_(capture.c.id == original.id, capture.c.revisit_of == original.id), capture.c.purpose == "page")
        .order_by(capture.c.id)
        .limit(limit)
    )
    return [_from_row(row) for row in transaction.execute(query)]


def list_to_extract(transaction: Transaction, *, limit: int, beyond: Sequence[int] = ()) -> list[Capture]:
    """Captures without a final attempt: live before back-fill before import, newest first; `beyond` are left out."""
    found: list[Capture] = []
    for via in get_args(Via):  # one after the other, each in the order of the index: a long backlog is not sorted
        query = _WAITING.where(capture.c.via == via).limit(limit - len(found))
        if beyond:
            query = query.where(capture.c.id.not_in(beyond))
        found += [_from_row(row) for row in transaction.execute(query)]
        if len(found) == limit:
            break
    return found


def list_to_extract_again(transaction: Transaction, *, below: int, after: int, limit: int) -> list[Capture]:
    """Captures whose last final attempt was by an older extractor, by number; pages of `limit`, from `after` on."""
    never = [Outcome.not_a_document.name, Outcome.unchanged.name, Outcome.soft_block.name]
    query = (
        sa.select(capture)
        .where(capture.c.extracted_by < below, capture.c.id > after, capture.c.extraction_outcome.not_in(never))
        .order_by(capture.c.id)
        .limit(limit)
    )
    return [_from_row(row) for row in transaction.execute(query)]


def list_captures(transaction: Transaction, *, after: int, limit: int) -> list[Capture]:
    """Every capture by number, for `verify` and `status`."""
    query = sa.select(capture).where(capture.c.id > after).order_by(capture.c.id).limit(limit)
    return [_from_row(row) for row in transaction.execute(query)]


def list_shown(transaction: Transaction, *, after: int, limit: int) -> list[Capture]:
    """Captures of pages by number, but for those of withdrawn documents: what may be shown to readers."""
    withdrawn = sa.select(document.c.id).where(document.c.state == "withdrawn")
    query = (
        sa.select(capture)
        .where(capture.c.id > after, capture.c.purpose == "page")
        .where(sa.or_(capture.c.document.is_(None), capture.c.document.not_in(withdrawn)))
        .order_by(capture.c.id)
        .limit(limit)
    )
    return [_from_row(row) for row in transaction.execute(query)]


def list_of_document(transaction: Transaction, document_id: str) -> list[Capture]:
    """The captures that belong to a document, in time order."""
    query = sa.select(capture).where(capture.c.document == document_id).order_by(capture.c.fetched_at, capture.c.id)
    return [_from_row(row) for row in transaction.execute(query)]


def mark_extracted(transaction: Transaction, capture_id: int, extractor_version: int, outcome: Outcome) -> None:
    """The last final attempt at this capture."""
    values = {"extracted_by": extractor_version, "extraction_outcome": outcome.name}
    set_columns(transaction, capture, {"id": capture_id}, values)


def assign(transaction: Transaction, capture_id: int, document_id: str, number: int | None) -> None:
    """Which document and version this capture shows."""
    values = {"document": document_id, "version": number}
    set_columns(transaction, capture, {"id": capture_id}, values)


def count_to_extract(transaction: Transaction) -> int:
    """How many captures wait for extraction."""
    query = sa.select(sa.func.count()).select_from(capture).where(capture.c.extracted_by.is_(None))
    return int(transaction.execute(query).scalar_one())


def count_rejected(transaction: Transaction, source_id: str) -> dict[str, int]:
    """How many addresses of a source gave no document, by why: `image_only`, `no_text`, `teaser` and the like."""
    rejections = [outcome.name for outcome in Outcome if outcome.stage == "extract" and outcome.final]
    addresses = sa.func.count(candidate.c.id.distinct())
    query = (
        sa.select(capture.c.extraction_outcome, addresses)
        .join(candidate, candidate.c.id == capture.c.candidate)
        .where(candidate.c.source == source_id, capture.c.purpose == "page", capture.c.document.is_(None))
        .where(capture.c.extraction_outcome.in_(rejections), capture.c.extracted_by > 0)
        .group_by(capture.c.extraction_outcome)
        .order_by(addresses.desc(), capture.c.extraction_outcome)
    )
    return {row[0]: row[1] for row in transaction.execute(query)}


def count_bytes(transaction: Transaction, since_day: str) -> list[tuple[str, str, int, int]]:
    """(day, purpose, records, bytes) from a day on, oldest first."""
    query = (
        sa.select(bytes_a_day).where(bytes_a_day.c.day >= since_day).order_by(bytes_a_day.c.day, bytes_a_day.c.purpose)
    )
    return [(row.day, row.purpose, row.records, row.bytes) for row in transaction.execute(query)]


def as_place(row: Any) -> Place:
    """The place columns of a row."""
    return Place(row.warc_file, row.offset, row.length)


def _count_bytes(transaction: Transaction, new: NewCapture) -> None:
    values = {"day": new.fetched_at.date().isoformat(), "purpose": new.purpose, "records": 1, "bytes": new.place.length}
    transaction.execute(_COUNT_BYTES, values)


def _from_row(row: Any) -> Capture:
    values: dict[str, Any] = {
        field.name: getattr(row, field.name) for field in fields(Capture) if field.name != "place"
    }
    values["hops"] = tuple(values["hops"])
    return Capture(**values, place=as_place(row))


def read_many(transaction: Transaction, ids: Iterable[int]) -> dict[int, Capture]:
    """Several captures by number."""
    rows = transaction.execute(sa.select(capture).where(capture.c.id.in_(list(ids))))
    return {row.id: _from_row(row) for row in rows}
