"""What an article said before an edit: title and text of the version before it in time."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from archive.catalogue.catalogue import Transaction
from archive.catalogue.schema import change, extraction, version


@dataclass(frozen=True)
class Wording:
    """Title and text of one version."""

    title: str | None
    text: str


def read_wordings_before(transaction: Transaction, seqs: Sequence[int]) -> dict[int, Wording]:
    """For each of these changes the wording of the version before, as it was known when the change was made.

    It is read from the extraction by the same extractor version as the change names, so that an upgrade since then is
    not taken for the publisher's edit. Changes without a version before them are left out.
    """
    found = {}
    for seq in seqs:
        wording = _read_before(transaction, seq)
        if wording is not None:
            found[seq] = wording
    return found


def _read_before(transaction: Transaction, seq: int) -> Wording | None:
    mine = transaction.execute(
        sa.select(version, extraction.c.extractor_version)
        .join(change, change.c.seq == version.c.seq)
        .join(extraction, extraction.c.id == change.c.extraction)
        .where(version.c.seq == seq)
    ).one_or_none()
    if mine is None:
        return None
    is_same_time = (version.c.fetched_at == mine.fetched_at) & (version.c.capture < mine.capture)
    before = transaction.execute(
        sa.select(version)
        .where(version.c.document == mine.document, version.c.seq < seq)
        .where((version.c.fetched_at < mine.fetched_at) | is_same_time)
        .order_by(version.c.fetched_at.desc(), version.c.capture.desc())
        .limit(1)
    ).one_or_none()
    if before is None:
        return None
    is_same = (extraction.c.capture == before.capture) & (extraction.c.extractor_version == mine.extractor_version)
    row = transaction.execute(
        sa.select(extraction.c.title, extraction.c.text)
        .where(is_same | (extraction.c.id == before.extraction))
        .order_by(sa.case((is_same, 0), else_=1))
        .limit(1)
    ).one()
    return Wording(row.title, row.text)
