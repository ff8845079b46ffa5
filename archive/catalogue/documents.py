"""Documents, their aliases and versions, and the changes that each step appends to the log.

Rules of who is whose version live in `crawler/documents.py`; each step here is one write that leaves all whole.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from archive.catalogue import outbox
from archive.catalogue.captures import assign
from archive.catalogue.catalogue import Transaction
from archive.catalogue.changes import append_change, last_seq, list_left
from archive.catalogue.extractions import StoredExtraction
from archive.catalogue.schema import alias, alias_moved, candidate, capture, document, extraction, sighting, version
from archive.catalogue.statements import add_row_once, find_row, set_columns

ID_SLICE = 400  # values in one statement

_ADD_DOCUMENT, _ADD_VERSION = document.insert(), version.insert()
_BY_CANONICAL = (
    sa.select(document)
    .join(alias, alias.c.document == document.c.id)
    .where(alias.c.canonical == sa.bindparam("canonical"))
)
_BY_CLAIM = (
    sa.select(document)
    .where(document.c.canonical_claim == sa.bindparam("canonical"), document.c.state != "merged")
    .order_by(document.c.first_seen_at)
    .limit(1)
)
_VERSIONS = (
    sa.select(version, extraction.c.content_sha256, extraction.c.extractor_version)
    .join(extraction, extraction.c.id == version.c.extraction)
    .where(version.c.document == sa.bindparam("of"))
    .order_by(version.c.fetched_at, version.c.capture)
)

State = Literal["live", "removed", "withdrawn", "merged"]


@dataclass(frozen=True)
class Document:
    """One article under an id that never changes."""

    id: str
    source: str
    url: str
    first_seen_at: datetime
    state: State
    merged_into: str | None
    current_version: int | None
    canonical_claim: str | None
    gone_since: datetime | None
    suspect_since: datetime | None
    host: str
    next_check_at: datetime | None


@dataclass(frozen=True)
class Version:
    """A distinct state of title and text; `number` is given once and says nothing about the order in time."""

    document: str
    number: int
    capture: int
    extraction: int
    seq: int
    fetched_at: datetime
    content_sha256: str
    extractor_version: int


def find_by_canonical(transaction: Transaction, canonical: str) -> Document | None:
    """The document that this canonical form leads to, after merges."""
    row = transaction.execute(_BY_CANONICAL, {"canonical": canonical}).one_or_none()
    return None if row is None else document_from_row(row)


def find_by_claim(transaction: Transaction, canonical: str) -> Document | None:
    """The first document whose own page named this address as its canonical one."""
    row = transaction.execute(_BY_CLAIM, {"canonical": canonical}).one_or_none()
    return None if row is None else document_from_row(row)


def read_document(transaction: Transaction, document_id: str) -> Document | None:
    """One document by id."""
    row = find_row(transaction, document, id=document_id)
    return None if row is None else document_from_row(row)


def create_document(
    transaction: Transaction,
    document_id: str,
    *,
    source: str,
    url: str,
    host: str,
    first_seen_at: datetime,
    canonical_claim: str | None,
    next_check_at: datetime | None,
) -> None:
    """A document without versions yet; `source` is fixed from here on."""
    values = {
        "id": document_id, "source": source, "url": url, "host": host, "first_seen_at": first_seen_at, "state": "live",
        "canonical_claim": canonical_claim, "next_check_at": next_check_at,
    }  # fmt: skip
    transaction.execute(_ADD_DOCUMENT, values)


def add_alias(transaction: Transaction, canonical: str, document_id: str, url: str, seen_at: datetime) -> None:
    """Let this canonical form lead to the document; an alias that exists stays as it is."""
    values = {"canonical": canonical, "document": document_id, "url": url, "seen_at": seen_at}
    values["from_seq"] = last_seq(transaction)
    add_row_once(transaction, alias, values)


def list_aliases(transaction: Transaction, document_id: str) -> list[str]:
    """Every address under which the document was met, first one first: as fetched, passed through, or named."""
    fetched = sa.select(alias.c.url, alias.c.seen_at, alias.c.canonical).where(alias.c.document == document_id)
    named = (
        sa.select(sighting.c.url, sighting.c.seen_at, alias.c.canonical)
        .join(candidate, candidate.c.id == sighting.c.candidate)
        .join(alias, alias.c.canonical == candidate.c.canonical)
        .where(alias.c.document == document_id)
    )
    met = sa.union_all(fetched, named).order_by("seen_at", "canonical")
    return list(dict.fromkeys(transaction.execute(met).scalars()))


def list_versions(transaction: Transaction, document_id: str) -> list[Version]:
    """The versions in the order of time."""
    return [Version(*row) for row in transaction.execute(_VERSIONS, {"of": document_id})]


def add_version(
    transaction: Transaction,
    document_id: str,
    *,
    capture_id: int,
    extraction_id: int,
    fetched_at: datetime,
    is_latest: bool,
    via: str,
    now: datetime,
) -> int:
    """The next number at its place in time; appends `new`, `edited` or `older_found`. Returns the number.

    `is_latest` where no capture after this one shows a version: only then does it become the current one.
    """
    row = find_row(transaction, document, id=document_id)
    number = int(row.last_number) + 1
    kind: Literal["new", "edited", "older_found"] = "new" if number == 1 else "edited" if is_latest else "older_found"
    seq = append_change(transaction, kind, document_id, at=now, via=via, version=number, extraction=extraction_id)
    values = {"document": document_id, "number": number, "capture": capture_id, "extraction": extraction_id, "seq": seq}
    transaction.execute(_ADD_VERSION, values | {"fetched_at": fetched_at})
    changed: dict[str, Any] = {"last_number": number}
    if is_latest:
        changed["current_version"] = number
    _update(transaction, document_id, **changed)
    assign(transaction, capture_id, document_id, number)
    return number


def replace_extraction(
    transaction: Transaction, found: Version, new: StoredExtraction, *, at: datetime, via: str
) -> int:
    """A version read again by another extractor: appends `re_extracted`, never `edited`."""
    where = (version.c.document == found.document) & (version.c.number == found.number)
    transaction.execute(version.update().where(where).values(extraction=new.id))
    return append_change(
        transaction, "re_extracted", found.document, at=at, via=via, version=found.number, extraction=new.id
    )


def mark_gone(transaction: Transaction, found: Document, now: datetime, *, confirm_after_seconds: float) -> bool:
    """Note a 404, 410 or 451. The second one, long enough after the first, removes the document: then True."""
    if found.state != "live":
        return False
    if found.gone_since is None:
        _update(transaction, found.id, gone_since=now)
        return False
    if (now - found.gone_since).total_seconds() < confirm_after_seconds:
        return False
    _update(transaction, found.id, state="removed")
    append_change(transaction, "removed", found.id, at=now, via="live", version=found.current_version)
    return True


def mark_present(transaction: Transaction, found: Document, now: datetime) -> bool:
    """An answer with a body: forget what was missing; True where a removed document is restored."""
    if found.gone_since is not None:
        _update(transaction, found.id, gone_since=None)
    if found.state != "removed":
        return False
    _update(transaction, found.id, state="live")
    append_change(transaction, "restored", found.id, at=now, via="live", version=found.current_version)
    return True


def mark_suspect(transaction: Transaction, document_id: str, since: datetime | None) -> None:
    """The page shrank or became an error page: flagged, or no longer."""
    _update(transaction, document_id, suspect_since=since)


def withdraw(transaction: Transaction, document_id: str, now: datetime) -> None:
    """Take a document out of every index for good; rows, records and the dated change stay.

    Mails that wait and tell of it are written anew before they leave.
    """
    _update(transaction, document_id, state="withdrawn", next_check_at=None, look_now=False)
    append_change(transaction, "withdrawn", document_id, at=now, via="live")
    outbox.mark_outdated(transaction, list_family(transaction, document_id), now)


def list_family(transaction: Transaction, document_id: str) -> tuple[str, ...]:
    """The document and all that were merged into it, in any number of steps."""
    found, waiting = [document_id], [document_id]
    while waiting:
        query = sa.select(document.c.id).where(document.c.merged_into.in_(waiting)).order_by(document.c.id)
        waiting = list(transaction.execute(query).scalars())
        found += waiting
    return tuple(found)


def list_left_families(transaction: Transaction, *, after: int) -> list[str]:
    """The documents that left every index above `after`, with all that were merged into them."""
    return sorted({name for one in list_left(transaction, after=after) for name in list_family(transaction, one)})


def find_withdrawn(transaction: Transaction, document_ids: Iterable[str]) -> set[str]:
    """Which of these nobody is to see: those withdrawn, and those merged, in any number of steps, into one that is."""
    leads_to = {one: one for one in document_ids}
    withdrawn: set[str] = set()
    while leads_to:
        rows = _read_states(transaction, set(leads_to.values()))
        withdrawn |= {one for one, end in leads_to.items() if rows[end][0] == "withdrawn"}
        leads_to = {one: rows[end][1] for one, end in leads_to.items() if rows[end][0] == "merged"}
    return withdrawn


def _read_states(transaction: Transaction, document_ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """The state of each document and the one it was merged into."""
    found: dict[str, tuple[str, str]] = {}
    ids = sorted(document_ids)
    for start in range(0, len(ids), ID_SLICE):
        query = sa.select(document.c.id, document.c.state, document.c.merged_into)
        query = query.where(document.c.id.in_(ids[start : start + ID_SLICE]))
        found.update({row.id: (row.state, row.merged_into) for row in transaction.execute(query)})
    return found


def relabel(transaction: Transaction, document_id: str, now: datetime) -> None:
    """Its labels changed (another source named it, a source's facts changed): the entries are put again."""
    append_change(transaction, "relabelled", document_id, at=now, via="live")


def merge(transaction: Transaction, winner: Document, loser: Document, now: datetime) -> list[int]:
    """Two documents are one: the loser keeps id, rows and numbers and leaves the index. Returns its captures' numbers,
    which the caller handles again as the winner's."""
    state = "withdrawn" if "withdrawn" in (winner.state, loser.state) else winner.state
    merged = {"state": "merged", "merged_into": winner.id, "next_check_at": None, "look_now": False}
    _update(transaction, loser.id, **merged)
    seq = append_change(transaction, "merged", loser.id, at=now, via="live")
    _move_aliases(transaction, loser.id, winner.id, seq)
    if state != winner.state:
        withdraw(transaction, winner.id, now)
    elif state == "withdrawn":
        outbox.mark_outdated(transaction, [loser.id], now)
    query = sa.select(capture.c.id).where(capture.c.document == loser.id).order_by(capture.c.fetched_at, capture.c.id)
    return list(transaction.execute(query).scalars())


def _move_aliases(transaction: Transaction, loser: str, winner: str, seq: int) -> None:
    """The loser's aliases lead to the winner; to whom they led up to the merge stays on record."""
    mine = alias.c.document == loser
    kept = sa.select(alias.c.canonical, sa.literal(seq), alias.c.document).where(mine)
    transaction.execute(alias_moved.insert().from_select(["canonical", "until_seq", "document"], kept))
    transaction.execute(alias.update().where(mine).values(document=winner))


def plan_check(transaction: Transaction, document_id: str, at: datetime | None) -> None:
    """When the article is looked at next; None for never."""
    _update(transaction, document_id, next_check_at=at, look_now=False)


def ask_to_look(transaction: Transaction, document_id: str, now: datetime) -> None:
    """A feed or sitemap says that the article moved: look at once."""
    where = (document.c.id == document_id) & document.c.state.in_(["live", "removed"])
    transaction.execute(document.update().where(where).values(next_check_at=now, look_now=True))


def list_sources(transaction: Transaction, document_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """For each document the sources that have named one of its addresses, by first sighting."""
    first = sa.func.min(sighting.c.id).label("first")
    query = (
        sa.select(alias.c.document, sighting.c.source, first)
        .join(candidate, candidate.c.canonical == alias.c.canonical)
        .join(sighting, sighting.c.candidate == candidate.c.id)
        .where(alias.c.document.in_(list(document_ids)))
        .group_by(alias.c.document, sighting.c.source)
        .order_by(alias.c.document, first)
    )
    found: dict[str, tuple[str, ...]] = dict.fromkeys(document_ids, ())
    for row in transaction.execute(query):
        found[row.document] += (row.source,)
    return found


def list_contexts(transaction: Transaction, document_id: str) -> list[str]:
    """The pages that linked to the document as theirs, by first sighting: a tract's communiqué."""
    query = (
        sa.select(sighting.c.context_url)
        .join(candidate, candidate.c.id == sighting.c.candidate)
        .join(alias, alias.c.canonical == candidate.c.canonical)
        .where(alias.c.document == document_id, sighting.c.context_url.is_not(None))
        .group_by(sighting.c.context_url)
        .order_by(sa.func.min(sighting.c.id))
    )
    return list(transaction.execute(query).scalars())


def list_ids_of_source(transaction: Transaction, source_id: str, *, after: str, limit: int) -> list[str]:
    """Documents of a source by id, in pages."""
    query = sa.select(document.c.id).where(document.c.source == source_id, document.c.id > after)
    return list(transaction.execute(query.order_by(document.c.id).limit(limit)).scalars())


def count_first_seen(transaction: Transaction, since: datetime, until: datetime) -> dict[str, int]:
    """How many documents of each source were first seen from one instant up to another."""
    seen = document.c.first_seen_at
    query = sa.select(document.c.source, sa.func.count()).where(seen >= since, seen < until)
    rows = transaction.execute(query.where(document.c.state != "merged").group_by(document.c.source))
    return {row[0]: row[1] for row in rows}


def count_states(transaction: Transaction) -> dict[str, int]:
    """How many documents there are in each state."""
    query = sa.select(document.c.state, sa.func.count()).group_by(document.c.state)
    return {row[0]: row[1] for row in transaction.execute(query)}


def _update(transaction: Transaction, document_id: str, **values: Any) -> None:
    set_columns(transaction, document, {"id": document_id}, values)


def document_from_row(row: Any) -> Document:
    """A row of the table as its dataclass."""
    return Document(
        row.id, row.source, row.url, row.first_seen_at, row.state, row.merged_into, row.current_version,
        row.canonical_claim, row.gone_since, row.suspect_since, row.host, row.next_check_at,
    )  # fmt: skip
