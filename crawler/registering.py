"""Bring the catalogue's sources in line with the configuration: new ones made known, gone ones visited no more.

A source whose labels changed has its documents labelled again, in slices. Doing this twice changes nothing.
"""

from collections.abc import Iterable
from datetime import datetime

from archive.catalogue import Catalogue, documents, sources
from archive.catalogue.sources import Facts
from config.source import Source
from crawler.urls import host_of

SLICE = 20  # sources in one transaction
DOCUMENTS_SLICE = 200


def register_sources(catalogue: Catalogue, configured: Iterable[Source], now: datetime) -> None:
    """Note every configured source, its entry points and facts; those that left are forgotten."""
    known = list(configured)
    unknown = [source for source in known if not _is_registered(catalogue, source)]
    changed: list[str] = []
    for start in range(0, len(unknown), SLICE):
        with catalogue.write() as transaction:
            for source in unknown[start : start + SLICE]:
                points = [(point.url, point.kind, host_of(point.url)) for point in source.entry_points]
                interval = source.interval.total_seconds()
                if sources.register_source(
                    transaction, facts_of(source), points, first_visit_at=now, interval_seconds=interval
                ):
                    changed.append(source.id)
    with catalogue.write() as transaction:
        sources.forget_sources(transaction, [source.id for source in known if source.enabled])
        sources.resume_sources(transaction, [source.id for source in known if source.enabled], now)
    for source_id in changed:
        _relabel(catalogue, source_id, now)


def facts_of(source: Source) -> Facts:
    """The labels of a source's documents."""
    return Facts(
        source.id, source.facts_digest, source.name, source.kind, tuple(source.regions), tuple(source.departements)
    )


def _is_registered(catalogue: Catalogue, source: Source) -> bool:
    with catalogue.read() as transaction:
        facts = sources.read_facts(transaction, [source.id]).get(source.id)
        points = {(point.url, point.through) for point in sources.list_entry_points(transaction, source.id)}
    wanted = {(point.url, point.kind) for point in source.entry_points}
    return facts is not None and facts.digest == source.facts_digest and points == wanted


def _relabel(catalogue: Catalogue, source_id: str, now: datetime) -> None:
    after = ""
    while True:
        with catalogue.write() as transaction:
            page = documents.list_ids_of_source(transaction, source_id, after=after, limit=DOCUMENTS_SLICE)
            for document_id in page:
                documents.relabel(transaction, document_id, now)
        if not page:
            return
        after = page[-1]
