"""Entries by month, in the catalogue and in an index: what an index is held against before it takes another's place."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from archive.catalogue import Catalogue
from archive.catalogue.entries import EntryKey, read_entry_keys
from indexer.document import ARCHIVE_ZONE, date_of, entry_id
from indexer.engines.base import Engine, Filters, SearchRequest, bucket_start

KEYS_PAGE = 2_000
"""Read in one transaction, which takes some hundredths of a second."""

_ALL = SearchRequest(filters=Filters(past=True), limit=0, histogram="month")


@dataclass(frozen=True)
class MonthApart:
    """A month of which an index holds another number of entries than the catalogue."""

    month: date
    catalogue: int
    index: int

    def __str__(self) -> str:
        """One clause for people."""
        return f"{self.index} entries of {self.month:%Y-%m} where the catalogue has {self.catalogue}"


def compare_months(catalogue: Catalogue, engine: Engine, refused: Collection[str] = ()) -> list[MonthApart]:
    """The months that are apart, without the entries that the engine refused and those made after its checkpoint."""
    checkpoint = engine.checkpoint()
    found = {bucket.start: bucket.count for bucket in engine.search(_ALL).histogram}
    expected: Counter[date] = Counter()
    for key in read_all_keys(catalogue):
        if key.seq <= checkpoint and entry_id(key.document, key.number) not in refused:
            expected[month_of(key)] += 1
    months = sorted({*expected, *found})
    return [
        MonthApart(month, expected[month], found.get(month, 0))
        for month in months
        if expected[month] != found.get(month, 0)
    ]


def read_all_keys(catalogue: Catalogue) -> Iterator[EntryKey]:
    """The keys of every entry of a complete index in the order of seq, in short transactions."""
    after = 0
    while True:
        with catalogue.read() as transaction:
            page = read_entry_keys(transaction, after=after, limit=KEYS_PAGE)
        yield from page
        if len(page) < KEYS_PAGE:
            return
        after = page[-1].seq


def month_of(key: EntryKey) -> date:
    """The first day of the month by which an entry is counted."""
    instant, _, _ = date_of(
        key.published_at, key.published_origin, key.published_precision, key.published_doubt, key.first_seen_at
    )
    return bucket_start(instant.astimezone(ARCHIVE_ZONE).toordinal(), "month")
