"""What one record of somebody else's WARC file is to us: a page to take in, or the outcome that keeps it out.

Computes only. The head of a record decides first, since of a large file hardly any record lies in scope; bodies are
unpacked and digests compared for those that do.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from archive.errors import RecordError
from archive.foreign import ForeignRecord
from archive.outcomes import Outcome
from archive.store import decode_record
from archive.warc import StoredRecord
from config.models import Settings
from crawler.answers import judge_answer
from crawler.extraction.decoding import sniff_kind
from crawler.scope import Scopes
from crawler.tdm import OptOut, nearest, read_header_opt_out, read_page_opt_out
from crawler.urls import BadUrlError, canonical_form, clean

FIRST_YEAR = 1990  # a record dated before the web is dated by a fault
AHEAD = timedelta(days=1)  # a clock may be wrong by some hours; a record from next week was not fetched yet
PAGES = frozenset({"html", "pdf"})
ABOUT_HOST = frozenset({"/robots.txt", "/.well-known/tdmrep.json"})


@dataclass(frozen=True)
class Address:
    """Whose page a record is of, and under which key it is known."""

    url: str
    canonical: str
    source: str


@dataclass(frozen=True)
class ForeignPage:
    """A page in scope: everything that its capture says of it, apart from its place."""

    address: Address
    stored: StoredRecord
    payload_sha256: str
    payload_bytes: int
    body_sha256: str | None
    truncated: str | None
    opt_out: OptOut | None


@dataclass(frozen=True)
class NotTaken:
    """Why a record is not taken in; `detail` says what is wrong with a damaged one."""

    outcome: Outcome
    detail: str = ""


class Judge:
    """Judges records by the scopes and the settings of one installation."""

    def __init__(self, scopes: Scopes, settings: Settings, now: datetime) -> None:
        self._scopes = scopes
        self._settings = settings
        self._latest = now + AHEAD

    def find_address(self, record: ForeignRecord) -> Address | NotTaken:
        """By its head alone: whether the record is an answer of a page in scope."""
        written = record.fields.get("warc-target-uri", "").strip("<>")
        if record.fields.get("warc-type") not in ("response", "revisit") or not written.startswith(("http:", "https:")):
            return NotTaken(Outcome.other_record)
        url = clean(written)
        if url is None:
            return NotTaken(Outcome.bad_url)
        judged = self._scopes.judge(url)
        if judged.source is None:
            return NotTaken(judged.closed or Outcome.out_of_scope)
        if urlsplit(url).path in ABOUT_HOST:
            return NotTaken(Outcome.not_a_document)
        try:
            return Address(url, canonical_form(url), judged.source)
        except BadUrlError:
            return NotTaken(Outcome.bad_url)

    def read_page(self, address: Address, record: ForeignRecord, where: str) -> ForeignPage | NotTaken:
        """A response in scope, read whole: checked, decoded, and told apart by its content."""
        stored = self.parse(record, where)
        if isinstance(stored, NotTaken):
            return stored
        decoded = decode_record(stored, self._settings.limits.body_bytes)
        outcome = judge_answer(stored.status, decoded, location=stored.header("Location"), conditional=True)
        if outcome is Outcome.fetched and sniff_kind(decoded.body) not in PAGES:
            outcome = Outcome.not_html
        headers = read_header_opt_out(stored.headers, address.url, self._settings.politeness.user_agent)
        opt_out = nearest(read_page_opt_out(decoded.body, address.url), headers)
        if opt_out is not None and opt_out.reserved and self._settings.politeness.respect_tdm_opt_out:
            outcome = Outcome.opted_out
        if outcome is not Outcome.fetched:
            return NotTaken(outcome)
        return ForeignPage(
            address=address,
            stored=stored,
            payload_sha256=hashlib.sha256(stored.payload).hexdigest(),
            payload_bytes=len(stored.payload),
            body_sha256=hashlib.sha256(decoded.body).hexdigest(),
            truncated=record.fields.get("warc-truncated") or ("length" if decoded.cut else None),
            opt_out=opt_out,
        )

    def parse(self, record: ForeignRecord, where: str) -> StoredRecord | NotTaken:
        """The record read and checked; its instant is one at which it can have been fetched."""
        if record.raw is None:
            return NotTaken(Outcome.too_large)
        if "warc-segment-number" in record.fields:
            return NotTaken(Outcome.damaged_record, "one segment of a longer record; join the segments first")
        try:
            stored = record.parse(where)
        except RecordError as error:
            return NotTaken(Outcome.damaged_record, str(error).removeprefix(f"{where}: "))
        if stored.fetched_at.year < FIRST_YEAR or stored.fetched_at > self._latest:
            return NotTaken(Outcome.damaged_record, f"its WARC-Date cannot be: {stored.fetched_at.isoformat()}")
        return replace(stored, fetched_at=stored.fetched_at.astimezone(UTC))
