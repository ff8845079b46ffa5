"""Take in the WARC files of others: pages in scope become captures with the record's own time, as if fetched then.

Records are copied byte for byte, with their origin in a metadata record beside each, and are durable before their rows
are written. Work goes in slices, each of them one short transaction; what a killed import had written is `known` to
the next one, so that it can be run again at any time. From the capture on a page takes the way of every other one.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from archive.catalogue import Catalogue, Transaction, candidates, captures, documents
from archive.catalogue.candidates import REOPENABLE, Sight
from archive.catalogue.captures import Capture, NewCapture
from archive.errors import ForeignFileError
from archive.foreign import ForeignDamage, ForeignRecord, read_foreign
from archive.outcomes import Outcome
from archive.records import Entry, Place
from archive.store import Archive
from archive.warc import Copied
from config.models import Settings
from crawler.foreign_pages import Address, ForeignPage, Judge, NotTaken
from crawler.scope import Scopes
from crawler.urls import BadUrlError, canonical_form, host_of

logger = logging.getLogger(__name__)

SLICE_RECORDS = 8  # one takes two milliseconds of a transaction, several times that on a busy machine: others wait
SLICE_BYTES = 16 << 20  # of copies that wait in memory
HEAD_BYTES = 1 << 20  # by which a record may be larger than its body
REPORTED_BYTES = 1 << 20  # between two reports of the position
KEPT_ORIGINALS = 20_000  # of one file, to which later revisit records may point by payload digest alone


@dataclass(frozen=True)
class Fault:
    """A damaged record, or (without an offset) a file from which none can be taken."""

    file: str
    offset: int | None
    what: str


@dataclass(frozen=True)
class Imported:
    """What became of every record by named end, and what is wrong with the files."""

    counts: Counter[str]
    damages: tuple[Fault, ...]
    refused: tuple[Fault, ...]


@dataclass(frozen=True)
class _Taken:
    """A page that waits for the end of its slice. `revisit_of` is the capture whose payload it repeats."""

    page: ForeignPage
    copied: Copied
    revisit_of: Capture | None = None
    stated_digest: str | None = None


@dataclass
class Importing:
    """One run over any number of files. `report` is told how many bytes were read, and of how many."""

    catalogue: Catalogue
    archive: Archive
    settings: Settings
    scopes: Scopes
    clock: Callable[[], datetime]
    stop: Callable[[], bool] = lambda: False
    report: Callable[[int, int], None] = lambda done, of: None
    _counts: Counter[str] = field(default_factory=Counter)
    _damages: list[Fault] = field(default_factory=list)
    _refused: list[Fault] = field(default_factory=list)
    _waiting: list[_Taken] = field(default_factory=list)
    _originals: dict[str, int] = field(default_factory=dict)
    _before: int = 0
    _total: int = 0

    def run(self, files: Sequence[Path]) -> Imported:
        """Read every file to its end, past what is damaged; ends early where `stop` says so."""
        self._judge = Judge(self.scopes, self.settings, self.clock())
        self._total = sum(path.stat().st_size for path in files)
        for path in files:
            if self.stop():
                break
            self._read(path)
            self._before += path.stat().st_size
            self.report(self._before, self._total)
        return Imported(self._counts, tuple(self._damages), tuple(self._refused))

    def _read(self, path: Path) -> None:
        self._originals.clear()
        reported = 0
        try:
            for item in read_foreign(path, self.settings.limits.body_bytes + HEAD_BYTES):
                self._look_at(path, item)
                if item.offset - reported >= REPORTED_BYTES:
                    reported = item.offset
                    self.report(self._before + reported, self._total)
                if self.stop():
                    break
        except ForeignFileError as error:
            self._refused.append(Fault(str(path), None, f"{error}."))
            logger.warning("%s: %s", path, error)
        finally:
            self._flush()

    def _look_at(self, path: Path, item: ForeignRecord | ForeignDamage) -> None:
        if isinstance(item, ForeignDamage):
            self._close(path, item.offset, NotTaken(Outcome.damaged_record, item.what))
            return
        address = self._judge.find_address(item)
        taken = address if isinstance(address, NotTaken) else self._take(path, address, item)
        if isinstance(taken, NotTaken):
            self._close(path, item.offset, taken)
            return
        self._waiting.append(taken)
        if len(self._waiting) >= SLICE_RECORDS or sum(len(one.copied.member) for one in self._waiting) >= SLICE_BYTES:
            self._flush()

    def _close(self, path: Path, offset: int, why: NotTaken) -> None:
        self._counts[why.outcome.name] += 1
        if why.outcome is Outcome.damaged_record:
            self._damages.append(Fault(str(path), offset, why.detail))
            logger.warning("damaged_record %s at %s: %s", path, offset, why.detail)

    def _take(self, path: Path, address: Address, record: ForeignRecord) -> _Taken | NotTaken:
        where = f"{path.name} at {record.offset}"
        if record.fields["warc-type"] == "revisit":
            return self._take_revisit(path, address, record, where)
        page = self._judge.read_page(address, record, where)
        if isinstance(page, NotTaken):
            return page
        stated = record.fields.get("warc-payload-digest")
        return _Taken(_without_payload(page), _copy(path, address, record), None, stated)

    def _take_revisit(self, path: Path, address: Address, record: ForeignRecord, where: str) -> _Taken | NotTaken:
        """A repeated page is taken where its first copy was: then its payload is known."""
        if "not-modified" in record.fields.get("warc-profile", ""):
            return NotTaken(Outcome.unchanged)
        if any(one.revisit_of is None for one in self._waiting):
            self._flush()  # the first copy may be among those that wait
        stored = self._judge.parse(record, where)
        if isinstance(stored, NotTaken):
            return stored
        original = self._find_original(record)
        if original is None:
            return NotTaken(Outcome.unmatched_revisit)
        page = ForeignPage(
            address=address,
            stored=replace(stored, status=original.status, payload=b""),
            payload_sha256=original.payload_sha256,
            payload_bytes=original.payload_bytes,
            body_sha256=original.body_sha256,
            truncated=original.truncated,
            opt_out=None,
        )
        return _Taken(page, _copy(path, address, record), original)

    def _find_original(self, record: ForeignRecord) -> Capture | None:
        """By address and instant where the record names them, otherwise by the digest that both records state."""
        with self.catalogue.read() as transaction:
            found = _find_referred(transaction, record)
            number = self._originals.get(record.fields.get("warc-payload-digest", ""))
            if found is None and number is not None:
                found = captures.read_capture(transaction, number)
            if found is not None and found.revisit_of is not None:
                found = captures.read_capture(transaction, found.revisit_of)
        return found

    def _flush(self) -> None:
        """Make the slice durable, then write its rows; what the catalogue has already is left out."""
        fresh = self._without_known(self._waiting)
        self._waiting = []
        if not fresh:
            return
        places = self.archive.copy([one.copied for one in fresh])
        now = self.clock()
        with self.catalogue.write() as transaction:
            numbers = [_record(transaction, one, place, now) for one, place in zip(fresh, places, strict=True)]
        for one, number in zip(fresh, numbers, strict=True):
            self._counts[Outcome.imported.name] += 1
            self._keep_original(one, number)

    def _without_known(self, waiting: Iterable[_Taken]) -> list[_Taken]:
        fresh: dict[tuple[str, datetime, str], _Taken] = {}
        with self.catalogue.read() as transaction:
            for one in waiting:
                page = one.page
                key = (page.address.canonical, page.stored.fetched_at, page.payload_sha256)
                found = captures.find_response(transaction, *key)
                if found is None and key not in fresh:
                    fresh[key] = one
                    continue
                self._counts[Outcome.known.name] += 1
                if found is not None:
                    self._keep_original(one, found.id)
        return list(fresh.values())

    def _keep_original(self, one: _Taken, number: int) -> None:
        if one.stated_digest is not None and one.revisit_of is None and len(self._originals) < KEPT_ORIGINALS:
            self._originals.setdefault(one.stated_digest, number)


def _record(transaction: Transaction, one: _Taken, place: Place, now: datetime) -> int:
    """Candidate, sighting and capture of one page, as they would be had it been fetched at its own time."""
    page, address = one.page, one.page.address
    sight = Sight(
        entry=Entry(url=address.url, through="import"),
        canonical=address.canonical,
        host=host_of(address.url),
        source=address.source,
        via="import",
        closed=Outcome.fetched,
        newest_hint_at=page.stored.fetched_at,
    )
    _tell_document(transaction, sight, now)
    number, outcome = candidates.record_sight(transaction, sight, page.stored.fetched_at)
    if outcome is Outcome.known and candidates.read_candidate(transaction, number).outcome in REOPENABLE:
        candidates.close(transaction, number, Outcome.fetched, "imported")  # a pending one is still fetched
    return captures.add_capture(transaction, _new_capture(one, place, number))


def _tell_document(transaction: Transaction, sight: Sight, now: datetime) -> None:
    """A known article that lies in another source's scope by today's configuration: its labels change."""
    found = documents.find_by_canonical(transaction, sight.canonical)
    if found is None or found.state not in ("live", "removed"):
        return
    if sight.source not in documents.list_sources(transaction, [found.id])[found.id]:
        documents.relabel(transaction, found.id, now)


def _new_capture(one: _Taken, place: Place, candidate: int) -> NewCapture:
    page, stored, original = one.page, one.page.stored, one.revisit_of
    return NewCapture(
        url=page.address.url,
        canonical=page.address.canonical,
        purpose="page",
        source=page.address.source,
        via="import",
        fetched_at=stored.fetched_at,
        status=stored.status,
        place=place,
        payload_sha256=page.payload_sha256,
        payload_bytes=page.payload_bytes,
        body_sha256=page.body_sha256,
        candidate=candidate,
        content_type=stored.header("Content-Type") or (original.content_type if original else None),
        etag=stored.header("ETag"),
        last_modified=stored.header("Last-Modified"),
        revisit_of=original.id if original else None,
        truncated=page.truncated,
        tdm_reserved=page.opt_out.reserved if page.opt_out else None,
        tdm_policy=page.opt_out.policy if page.opt_out else None,
        tdm_stated_in=page.opt_out.stated_in if page.opt_out else None,
    )


def _copy(path: Path, address: Address, record: ForeignRecord) -> Copied:
    """The record as it is written into a file of ours, and where it came from."""
    member = record.as_member()
    origin = (
        ("importedFrom", path.name),
        ("importedOffset", str(record.offset)),
        ("importedLength", str(record.length)),
        ("importedDigest", f"sha256:{hashlib.sha256(record.packed or record.raw or b'').hexdigest()}"),
    )
    return Copied(member, address.url, record.fields.get("warc-record-id"), origin)


def _find_referred(transaction: Transaction, record: ForeignRecord) -> Capture | None:
    """The capture that a revisit record names by address and instant."""
    url, instant = record.fields.get("warc-refers-to-target-uri"), record.fields.get("warc-refers-to-date")
    if not url or not instant:
        return None
    try:
        fetched_at = datetime.fromisoformat(instant)
        canonical = canonical_form(url.strip("<>"))
    except (ValueError, BadUrlError):
        return None
    return captures.find_response(
        transaction, canonical, fetched_at if fetched_at.tzinfo else fetched_at.replace(tzinfo=UTC)
    )


def _without_payload(page: ForeignPage) -> ForeignPage:
    """What waits for the end of a slice needs the page's fields, not its bytes."""
    return replace(page, stored=replace(page.stored, payload=b""))
