"""Sketches of the current texts: kept up with the log of changes, asked for the same text elsewhere.

`follow` is a consumer of the log like the search index: it may die anywhere, and what was done twice changes nothing.
An archive that was made before there were sketches gets them in the same way, from the beginning of its log.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import floor
from typing import Any

import sqlalchemy as sa

from archive.catalogue.catalogue import Catalogue, Transaction
from archive.catalogue.changes import last_seq, move_watermark, read_watermark
from archive.catalogue.documents import Document
from archive.catalogue.schema import change, document, extraction, sketch, sketch_band, version
from archive.catalogue.sources import read_facts
from archive.sketches import MAX_CHARACTERS, Sketch, list_runs, make_sketch, measure, split_words

CONSUMER = "sketches"
SLICE = 40  # changes a write transaction, each with ten bands at most
SHOWN = 100  # a list for people; whoever wants all of more asks the search
ALIKE = 0.8  # of the runs of five words: a few words changed, a paragraph left out or put in
WORTH_MEASURING = 0.65  # three standard errors of the estimate below
MOST_OF_A_BAND = 1000  # the first in the log; a band that more share is of a text that is printed everywhere

_CHANGES_TEXT = ("new", "edited", "re_extracted", "withdrawn", "merged")
_IS_CURRENT = document.c.state.in_(["live", "removed"]) & (document.c.current_version == version.c.number)
_BAND = (
    sa.select(sketch_band.c.seq)
    .where(sketch_band.c.band == sa.bindparam("band"))
    .order_by(sketch_band.c.seq)
    .limit(MOST_OF_A_BAND)
)
_OF_VERSIONS = (
    sa.select(sketch.c.seq, sketch.c.digest, sketch.c.signature, document.c.id, document.c.first_seen_at)
    .join(version, version.c.seq == sketch.c.seq)
    .join(document, document.c.id == version.c.document)
    .where(_IS_CURRENT)
    .where(sketch.c.seq.in_(sa.bindparam("seqs", expanding=True)))
)
_TEXTS = (
    sa.select(
        version.c.seq, document.c.id, document.c.source, document.c.url, document.c.first_seen_at, extraction.c.title,
        sa.func.substr(extraction.c.text, 1, MAX_CHARACTERS).label("text"), extraction.c.published_at,
        extraction.c.published_precision, extraction.c.published_origin, extraction.c.published_doubt,
    )
    .join(document, document.c.id == version.c.document)
    .join(extraction, extraction.c.id == version.c.extraction)
    .where(_IS_CURRENT)
)  # fmt: skip


@dataclass(frozen=True)
class SameText:
    """Another document that says the same. `equal` where it does so word for word; `resemblance` is the share of runs
    of five words that both texts have, rounded down to hundredths."""

    document: str
    title: str | None
    source: str
    source_name: str
    url: str
    first_seen_at: datetime
    published_at: datetime | None
    published_precision: str | None
    published_origin: str | None
    published_doubt: str | None
    equal: bool
    resemblance: float


@dataclass(frozen=True)
class SameTexts:
    """The documents with the same text, equal ones first, then by resemblance; `left_out` counts those beyond."""

    found: tuple[SameText, ...] = ()
    left_out: int = 0


@dataclass(frozen=True)
class _Candidate:
    seq: int
    first_seen_at: datetime
    equal: bool
    estimate: float


@dataclass(frozen=True)
class _Slice:
    """Documents whose text changed up to `up_to`, and the sketches of those that are shown, by seq."""

    up_to: int
    documents: tuple[str, ...]
    sketches: dict[int, Sketch]


def follow(catalogue: Catalogue, *, stop: Callable[[], bool] = lambda: False) -> int:
    """Bring the sketches up to the end of the log, slice by slice; how many were made. `stop` is asked before each."""
    made = 0
    while not stop():
        with catalogue.read() as transaction:
            after = read_watermark(transaction, CONSUMER)
            rows = _read_slice(transaction, after)
        if rows is None:
            break
        done = _sketch(*rows)
        with catalogue.write() as transaction:
            if read_watermark(transaction, CONSUMER) == after:  # otherwise another process did the same meanwhile
                _write_slice(transaction, done)
                made += len(done.sketches)
    return made


def find_same_texts(transaction: Transaction, found: Document) -> SameTexts:
    """Where else the current text of a document stands; nothing for one that is not shown, or has a short text."""
    query = _TEXTS.where(version.c.document == found.id)
    mine = transaction.execute(query).one_or_none()
    words = split_words(mine.text) if mine is not None else []
    own = make_sketch(words)
    if own is None:
        return SameTexts()
    candidates = _list_candidates(transaction, own, found.id)
    if not candidates:
        return SameTexts()
    shown = candidates[:SHOWN]
    near = _measure(transaction, shown, list_runs(words))
    return SameTexts(near, sum(one.equal or one.estimate >= ALIKE for one in candidates[SHOWN:]))


def _read_slice(transaction: Transaction, after: int) -> tuple[int, tuple[str, ...], Sequence[Any]] | None:
    """The number up to which it goes, the documents whose text changed, the texts of those shown; None at the end."""
    end = last_seq(transaction)
    if end <= after:
        return None
    query = sa.select(change.c.seq, change.c.document).where(change.c.seq > after, change.c.kind.in_(_CHANGES_TEXT))
    changes = transaction.execute(query.order_by(change.c.seq).limit(SLICE)).all()
    up_to = changes[-1].seq if len(changes) == SLICE else end
    changed = tuple(dict.fromkeys(row.document for row in changes))
    return up_to, changed, transaction.execute(_TEXTS.where(document.c.id.in_(changed))).all()


def _sketch(up_to: int, documents: tuple[str, ...], texts: Sequence[Any]) -> _Slice:
    made = {row.seq: make_sketch(split_words(row.text)) for row in texts}
    return _Slice(up_to, documents, {seq: one for seq, one in made.items() if one is not None})


def _write_slice(transaction: Transaction, done: _Slice) -> None:
    _remove(transaction, done.documents)
    rows = [{"seq": seq, "digest": one.digest, "signature": one.signature} for seq, one in done.sketches.items()]
    bands = [{"band": band, "seq": seq} for seq, one in done.sketches.items() for band in set(one.list_bands())]
    if rows:
        transaction.execute(sketch.insert(), rows)
        transaction.execute(sketch_band.insert(), bands)
    move_watermark(transaction, CONSUMER, done.up_to)


def _remove(transaction: Transaction, documents: Iterable[str]) -> None:
    """Take away what was known of earlier texts of these documents."""
    query = sa.select(sketch).join(version, version.c.seq == sketch.c.seq).where(version.c.document.in_(documents))
    rows = transaction.execute(query).all()
    bands = [
        {"gone_band": band, "gone_seq": row.seq}
        for row in rows
        for band in Sketch(row.digest, row.signature).list_bands()
    ]
    if not rows:
        return
    of_band = sketch_band.c.band == sa.bindparam("gone_band")
    transaction.execute(sketch_band.delete().where(of_band, sketch_band.c.seq == sa.bindparam("gone_seq")), bands)
    transaction.execute(sketch.delete().where(sketch.c.seq.in_([row.seq for row in rows])))


def _list_candidates(transaction: Transaction, own: Sketch, document_id: str) -> list[_Candidate]:
    """Documents that share a band and may be alike, the most promising first; of equal ones the first seen."""
    seqs = {seq for band in own.list_bands() for seq in transaction.execute(_BAND, {"band": band}).scalars()}
    found = []
    for row in transaction.execute(_OF_VERSIONS, {"seqs": sorted(seqs)}):
        estimate = own.estimate(Sketch(row.digest, row.signature))
        if row.id != document_id and estimate >= WORTH_MEASURING:
            found.append(_Candidate(row.seq, row.first_seen_at, row.digest == own.digest, estimate))
    return sorted(found, key=lambda one: (not one.equal, -one.estimate, one.first_seen_at, one.seq))


def _measure(transaction: Transaction, chosen: Sequence[_Candidate], runs: set[str]) -> tuple[SameText, ...]:
    """Those of the chosen that are alike by their texts themselves, not by an estimate."""
    equal = {one.seq for one in chosen if one.equal}
    rows = transaction.execute(_TEXTS.where(version.c.seq.in_([one.seq for one in chosen]))).all()
    facts = read_facts(transaction, sorted({row.source for row in rows}))
    found = []
    for row in rows:
        share = 1.0 if row.seq in equal else measure(runs, list_runs(split_words(row.text)))
        if share >= ALIKE:
            name = facts[row.source].name if row.source in facts else row.source
            found.append(_make_same_text(row, name, row.seq in equal, share))
    return tuple(sorted(found, key=lambda one: (not one.equal, -one.resemblance, one.first_seen_at, one.document)))


def _make_same_text(row: Any, source_name: str, equal: bool, resemblance: float) -> SameText:
    hundredths = floor(resemblance * 100 + 1e-9)  # of 0.29, which is a little less in binary, 29
    return SameText(
        row.id, row.title, row.source, source_name, row.url, row.first_seen_at, row.published_at,
        row.published_precision, row.published_origin, row.published_doubt, equal, hundredths / 100,
    )  # fmt: skip
