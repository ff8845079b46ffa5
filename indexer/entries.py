"""From a version in the catalogue to its entry in the index: one way, for the projection, alerts and hits."""

from archive.catalogue.entries import EntryRow
from indexer.document import IndexEntry, date_of, searchable_text


def make_entry(row: EntryRow) -> IndexEntry:
    """The entry of a version as the catalogue holds it now."""
    date, origin, precision = date_of(
        row.published_at, row.published_origin, row.published_precision, row.published_doubt, row.first_seen_at
    )
    return IndexEntry(
        document=row.document, version=row.number, seq=row.seq, current=row.current, state=row.state,
        edited=row.edited, title=row.title, lead=row.lead, text=searchable_text(row.lead, row.text),
        authors=row.authors, source=row.facts.source, sources=row.sources, source_name=row.facts.name,
        kind=row.facts.kind, regions=row.facts.regions, departements=row.facts.departements, lang=row.language,
        section=row.section, tags=row.tags, url=row.url, date=date, date_origin=origin, date_precision=precision,
        published_at=row.published_at, modified_at=row.modified_at, first_seen_at=row.first_seen_at,
        paywalled=row.paywalled, capture=row.capture, content_hash=row.content_sha256,
    )  # fmt: skip
