"""Bring the configured sources into the catalogue, and tell documents when their source's labels changed.

Runs before every crawl. First visits are spread over the interval by a stable draw from the source's id, so that a
fresh installation does not ask hundreds of hosts in one second, and a restart changes nothing. That a source's
documents want new labels is noted in the transaction that notes the new facts: a kill in between loses none of them.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.catalogue import Catalogue, Transaction, documents, errands, sources
from archive.catalogue.sources import Facts
from config.addresses import host_of
from config.intervals import effective_intervals
from config.models import Settings
from config.source import Source

SOURCES_A_SLICE = 25  # a source is a handful of rows: a slice stays far below 500
DOCUMENTS_A_SLICE = 400
RELABEL = "relabel"


@dataclass(frozen=True)
class Registered:
    """What registering did: how many sources are visited, and how many documents were labelled anew."""

    visited: int
    relabelled: int


def register_all(
    catalogue: Catalogue, configured: Mapping[str, Source], settings: Settings, now: datetime
) -> Registered:
    """Make every configured source known, those that are off without visits, and label documents anew."""
    intervals = effective_intervals(configured.values(), settings)
    for slice_ in _slices(sorted(configured.values(), key=lambda source: source.id), SOURCES_A_SLICE):
        with catalogue.write() as transaction:
            for source in slice_:
                if _register(transaction, source, intervals, now):
                    errands.leave_errand(transaction, RELABEL, {"source": source.id}, now)
    enabled = [source.id for source in configured.values() if source.enabled]
    with catalogue.write() as transaction:
        sources.forget_sources(transaction, enabled)
    return Registered(len(enabled), _relabel_all(catalogue, now))


def first_visit(source_id: str, interval: timedelta, now: datetime) -> datetime:
    """A moment within the interval from now, always the same part of it for one source."""
    draw = int.from_bytes(hashlib.sha256(source_id.encode()).digest()[:4], "big") / 2**32
    return now + interval * draw


def _relabel_all(catalogue: Catalogue, now: datetime) -> int:
    """Label the documents of every source that asks for it, also of those that a killed process left."""
    with catalogue.read() as transaction:
        asked = errands.list_open_errands(transaction, RELABEL)
    total = 0
    for errand in asked:
        count = _relabel_documents(catalogue, errand.arguments["source"], now)
        with catalogue.write() as transaction:
            errands.finish_errand(transaction, errand.id, f"{count} documents", now)
        total += count
    return total


def _relabel_documents(catalogue: Catalogue, source_id: str, now: datetime) -> int:
    after, count = "", 0
    while True:
        with catalogue.write() as transaction:
            page = documents.list_ids_of_source(transaction, source_id, after=after, limit=DOCUMENTS_A_SLICE)
            for document_id in page:
                documents.relabel(transaction, document_id, now)
        if not page:
            return count
        after, count = page[-1], count + len(page)


def _register(transaction: Transaction, source: Source, intervals: Mapping[str, timedelta], now: datetime) -> bool:
    """One source; true where its facts changed. A source that comes back from being off is planned again."""
    interval = intervals.get(source.id, source.interval)
    first = first_visit(source.id, interval, now)
    changed = sources.register_source(
        transaction,
        Facts(source.id, source.facts_digest, source.name, source.kind, source.regions, source.departements),
        [(point.url, point.kind, host_of(point.url)) for point in source.entry_points],
        first_visit_at=first,
        interval_seconds=interval.total_seconds(),
    )
    state = sources.read_source(transaction, source.id)
    if source.enabled and state is not None and state.next_visit_at is None:
        sources.update_source(transaction, source.id, next_visit_at=first)
    return changed


def _slices(items: Sequence[Source], size: int) -> Iterator[Sequence[Source]]:
    return (items[start : start + size] for start in range(0, len(items), size))
