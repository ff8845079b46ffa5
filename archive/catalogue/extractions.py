"""Extractions, the attempts that led to them, and every claim; nothing here is ever overwritten."""

import hashlib
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from archive.catalogue.catalogue import Transaction
from archive.catalogue.schema import claim, extraction, extraction_attempt
from archive.catalogue.statements import add_row, find_row
from archive.outcomes import Outcome
from archive.records import Claim, Extraction

_ADD_CLAIMS, _ADD_ATTEMPT = claim.insert(), extraction_attempt.insert()
_COUNT_ATTEMPTS = (
    sa.select(sa.func.count())
    .where(extraction_attempt.c.capture == sa.bindparam("of"))
    .where(extraction_attempt.c.extractor_version == sa.bindparam("by"))
)
FOLDED_AT_ONCE = 2**20  # characters: between two matches lies a piece of text each, fifteen times as large in memory
_BLANKS = re.compile(r"\s+")
# what changes on a page without anybody editing it: relative times and counters
_NUMBER = r"\d+(?:[ .,]\d{3})*(?:,\d+)?(?: ?k)?"
_VOLATILE = re.compile(
    r"\b(?:il y a|depuis) (?:\d+|une?) (?:secondes?|min(?:ute)?s?|h(?:eures?)?|jours?|semaines?|mois|ans?)\b"
    rf"|\b{_NUMBER} (?:commentaires?|partages?|vues?|r[ée]actions?|lectures?|j.aime)\b"
    rf"|\b(?:lue?|vue?|consultée?|partagée?|affichée?) {_NUMBER} fois\b"
    rf"|\b{_NUMBER} (?:comments?|shares?|views?|minutes? ago|hours? ago|days? ago)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class StoredExtraction:
    """An extraction as the catalogue has it, with its number, its capture and the digest of title and text."""

    id: int
    capture: int
    content_sha256: str
    content: Extraction


def digest_content(title: str | None, text: str) -> str:
    """SHA-256 over title and text, counters and relative times left out: tells whether two versions are one."""
    folded = "\n".join(map(_fold, (title or "", text)))
    return hashlib.sha256(folded.encode()).hexdigest()


def _fold(text: str) -> str:
    slices = (text[start : start + FOLDED_AT_ONCE] for start in range(0, len(text), FOLDED_AT_ONCE))
    return " ".join(_BLANKS.sub(" ", _VOLATILE.sub(" ", one)).strip() for one in slices)


def add_extraction(transaction: Transaction, capture_id: int, new: Extraction) -> StoredExtraction:
    """Keep one extraction with its claims. A second one of the same capture and version is returned, not written."""
    found = find_extraction(transaction, capture_id, new.extractor_version)
    if found is not None:
        return found
    row = asdict(new)
    del row["claims"], row["links_to_pdf"]
    row |= {"capture": capture_id, "content_sha256": digest_content(new.title, new.text)}
    number = add_row(transaction, extraction, row)
    claims = [asdict(item) | {"extraction": number, "position": place} for place, item in enumerate(new.claims)]
    if claims:
        transaction.execute(_ADD_CLAIMS, claims)
    return StoredExtraction(number, capture_id, row["content_sha256"], new)


def find_extraction(transaction: Transaction, capture_id: int, extractor_version: int) -> StoredExtraction | None:
    """The extraction of a capture by one extractor version, without its claims."""
    row = find_row(transaction, extraction, capture=capture_id, extractor_version=extractor_version)
    return None if row is None else _from_row(row)


def read_extraction(transaction: Transaction, number: int) -> StoredExtraction:
    """One extraction with its claims."""
    row = find_row(transaction, extraction, id=number)
    return _from_row(row, read_claims(transaction, number))


def read_claims(transaction: Transaction, number: int) -> tuple[Claim, ...]:
    """Every claim of an extraction, in the order in which they were found."""
    query = sa.select(claim).where(claim.c.extraction == number).order_by(claim.c.position)
    return tuple(
        Claim(
            row.field, row.origin, row.text, row.value, row.precision, row.zone_assumed, row.chosen, row.rule, row.doubt
        )
        for row in transaction.execute(query)
    )


def add_attempt(
    transaction: Transaction,
    capture_id: int,
    extractor_version: int,
    outcome: Outcome,
    *,
    at: datetime,
    milliseconds: int | None,
    detail: str = "",
    template: str | None = None,
) -> int:
    """Note one try at a capture; returns how many tries this extractor version has had at it.

    `template` is what became of the source's template on the page.
    """
    values: dict[str, object] = {
        "capture": capture_id,
        "extractor_version": extractor_version,
        "at": at,
        "outcome": outcome.name,
    }
    values |= {"detail": detail or None, "milliseconds": milliseconds, "template": template}
    transaction.execute(_ADD_ATTEMPT, values)
    return count_attempts(transaction, capture_id, extractor_version)


def count_attempts(transaction: Transaction, capture_id: int, extractor_version: int) -> int:
    """How many tries an extractor version has had at a capture."""
    return int(transaction.execute(_COUNT_ATTEMPTS, {"of": capture_id, "by": extractor_version}).scalar_one())


def _from_row(row: Any, claims: tuple[Claim, ...] = ()) -> StoredExtraction:
    content = Extraction(
        extractor_version=row.extractor_version,
        url=row.url,
        title=row.title,
        text=row.text,
        lead=row.lead,
        authors=tuple(row.authors),
        language=row.language,
        section=row.section,
        tags=tuple(row.tags),
        published_at=row.published_at,
        published_precision=row.published_precision,
        published_origin=row.published_origin,
        published_doubt=row.published_doubt,
        modified_at=row.modified_at,
        canonical_url=row.canonical_url,
        also_at=tuple(row.also_at),
        paywalled=row.paywalled,
        replaced_bytes=row.replaced_bytes,
        encoding=row.encoding,
        claims=claims,
    )
    return StoredExtraction(row.id, row.capture, row.content_sha256, content)
