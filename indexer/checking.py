"""The search index held against the catalogue: which entries are missing, too many or not as they should be.

Every entry is compared by id and seq, and counted by source and month; where a count differs, the entries behind it are
found out. Of a sample, every field is compared. What changed in the catalogue after the index's checkpoint is the
projection's business and no difference, so the check may run beside a daemon. It writes nothing, and reads the
catalogue in short transactions.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Literal

from archive.catalogue import Catalogue, Transaction
from archive.catalogue.changes import last_seq, list_changed, read_watermark
from archive.catalogue.documents import read_document
from archive.catalogue.entries import EntryKey, read_entries_by_id
from indexer.document import FIELDS, entry_id, split_entry_id
from indexer.engines.base import Engine, Filters, Said, SearchRequest
from indexer.entries import make_entry
from indexer.months import month_of, read_all_keys
from indexer.projection import CONSUMER
from indexer.tree import AllOf, Between, Everything, Node, TermIs

SAMPLE = 500
"""Entries compared field by field: a few seconds on any engine."""

COMPARED_AT_ONCE = 50
_SOURCES = 100_000
_LEAST_SEQ = -(2**62)
_PAST = Filters(past=True)

Fault = Literal["missing", "withdrawn", "merged", "unknown", "twice", "other_values"]
Group = tuple[str, date]
"""A source and the first day of a month."""

_SENTENCES: dict[Fault, str] = {
    "missing": "missing from the index",
    "withdrawn": "in the index, though its document was withdrawn",
    "merged": "in the index, though its document was merged into another",
    "unknown": "in the index, though the catalogue does not know it",
    "twice": "more than once in the index",
    "other_values": "other values in the index",
}


@dataclass(frozen=True)
class WrongEntry:
    """One entry that is not as the catalogue has it; `fields` names what differs."""

    entry: str
    fault: Fault
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.entry}: {_SENTENCES[self.fault]}{': ' if self.fields else ''}{', '.join(self.fields)}"


@dataclass(frozen=True)
class WrongCount:
    """A source and a month of which the index counts another number of entries than the catalogue."""

    source: str
    month: date
    catalogue: int
    index: int

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.source} {self.month:%Y-%m}: {self.catalogue} entries in the catalogue, {self.index} in the index"


@dataclass(frozen=True)
class Checked:
    """What a check found. `checkpoint` and `end` are how far the index and the log go."""

    engine: str
    entries: int
    checkpoint: int
    end: int
    sampled: int
    record: tuple[str, ...]
    counts: tuple[WrongCount, ...]
    wrong: tuple[WrongEntry, ...]

    @property
    def differences(self) -> tuple[str, ...]:
        """One line for each."""
        return (*self.record, *map(str, self.counts), *map(str, self.wrong))

    @property
    def ok(self) -> bool:
        """True where index and catalogue agree."""
        return not self.differences

    @property
    def is_ahead(self) -> bool:
        """True where the index has applied more than the log holds: no entry of it can be relied on."""
        return self.checkpoint > self.end


@dataclass
class _Findings:
    """What both sides hold, as far as they have been read; `suspects` are looked at field by field."""

    entries: int = 0
    missing: set[str] = field(default_factory=set)
    extra: set[str] = field(default_factory=set)
    suspects: set[str] = field(default_factory=set)
    groups: Counter[Group] = field(default_factory=Counter)
    behind: dict[Group, set[str]] = field(default_factory=dict)


def check(catalogue: Catalogue, engine: Engine, *, sample: int = SAMPLE, chance: Random) -> Checked:
    """Compare everything by id and count, and `sample` entries field by field."""
    engine.refresh()
    with catalogue.read() as transaction:
        watermark = read_watermark(transaction, CONSUMER)
    said = engine.said()
    found, chosen = _Findings(), _Sample(sample, chance)
    _compare_listings(catalogue, engine, found, chosen)
    counted = _compare_counts(catalogue, engine, found)
    wrong = [*_explain_ids(catalogue, engine, found), *_compare_values(catalogue, engine, found, chosen)]
    unsettled = _Unsettled(catalogue, said.checkpoint)
    counts = tuple(each for each in counted if unsettled.leave(found.behind[each.source, each.month]))
    left = unsettled.leave({each.entry for each in wrong})
    record = tuple(_check_record(engine, said, watermark, unsettled.end))
    wrong = sorted((each for each in wrong if each.entry in left), key=lambda each: (each.entry, each.fault))
    return Checked(
        engine.name, found.entries, said.checkpoint, unsettled.end, len(chosen.ids), record, counts, tuple(wrong)
    )


class _Sample:
    """Entries drawn from a listing of unknown length, each as likely as any other."""

    def __init__(self, size: int, chance: Random) -> None:
        self.ids: list[str] = []
        self._size = size
        self._chance = chance
        self._met = 0

    def offer(self, entry: str) -> None:
        self._met += 1
        if len(self.ids) < self._size:
            self.ids.append(entry)
        elif (place := self._chance.randrange(self._met)) < self._size:
            self.ids[place] = entry


class _Unsettled:
    """Documents that have changed since the checkpoint: the projection comes to them by itself."""

    def __init__(self, catalogue: Catalogue, checkpoint: int) -> None:
        self._catalogue = catalogue
        self._checkpoint = checkpoint
        with catalogue.read() as transaction:
            self.end = last_seq(transaction)

    def leave(self, entries: Iterable[str]) -> set[str]:
        """The entries whose documents have not."""
        documents = {entry: _key_of(entry)[0] for entry in entries}
        changed: set[str] = set()
        for part in _sliced(sorted(set(documents.values())), 500):
            with self._catalogue.read() as transaction:
                changed |= list_changed(transaction, part, after=self._checkpoint)
        return {entry for entry, document in documents.items() if document not in changed}


def _check_record(engine: Engine, said: Said, watermark: int, end: int) -> Iterator[str]:
    """What is wrong with what the index says of itself, which a commit may have renewed meanwhile."""
    if said.checkpoint > end:
        yield f"the index has applied change {said.checkpoint}, but the log of changes ends at {end}"
    elif said.checkpoint < watermark:
        yield f"the index has applied change {said.checkpoint}, but had applied {watermark} before: it was put back"
    held = engine.count(Everything(), _PAST)
    if said.entries is not None and held != said.entries and engine.said() == said:
        yield f"the last commit left {said.entries} entries in the index, which holds {held}"


def _compare_listings(catalogue: Catalogue, engine: Engine, found: _Findings, chosen: _Sample) -> None:
    """Go through both in the order of seq, side by side, and remember only what differs."""
    ours = read_all_keys(catalogue)
    theirs = engine.ids(Everything(), _PAST, after_seq=_LEAST_SEQ)
    key, hit = next(ours, None), next(theirs, None)
    while key is not None or hit is not None:
        if key is not None and (hit is None or _place_of(key) <= hit):
            same = _place_of(key) == hit
            (chosen.offer if same else found.missing.add)(_place_of(key)[1])
            found.groups[_group_of(key)] += 1
            key, hit = next(ours, None), (next(theirs, None) if same else hit)
        elif hit is not None:
            found.extra.add(hit[1])
            hit = next(theirs, None)
    found.entries = engine.count(Everything(), _PAST)


def _compare_counts(catalogue: Catalogue, engine: Engine, found: _Findings) -> list[WrongCount]:
    """The sources and months that are counted differently, and the entries behind that."""
    counted = _count_groups(engine, {source for source, _ in found.groups})
    groups = sorted(group for group in {*found.groups, *counted} if found.groups[group] != counted[group])
    held = {group: {name for _, name in engine.ids(_tree_of(group), _PAST, after_seq=_LEAST_SEQ)} for group in groups}
    expected: dict[Group, set[str]] = {group: set() for group in groups}
    for key in read_all_keys(catalogue) if groups else ():
        if (group := _group_of(key)) in expected:
            expected[group].add(entry_id(key.document, key.number))
    found.behind = {group: expected[group] ^ held[group] or held[group] & found.extra for group in groups}
    found.suspects |= {name for names in found.behind.values() for name in names}
    return [WrongCount(source, month, found.groups[source, month], counted[source, month]) for source, month in groups]


def _count_groups(engine: Engine, known: Iterable[str]) -> Counter[Group]:
    every = SearchRequest(Everything(), _PAST, limit=0, facets=("source",), facet_size=_SOURCES)
    sources = {*known, *(facet.value for facet in engine.search(every).facets["source"])}
    counted: Counter[Group] = Counter()
    for source in sorted(sources):
        page = engine.search(SearchRequest(TermIs("source", source), _PAST, limit=0, histogram="month"))
        counted.update({(source, bucket.start): bucket.count for bucket in page.histogram})
    return counted


def _tree_of(group: Group) -> Node:
    source, first = group
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return AllOf((TermIs("source", source), Between("day", first.toordinal(), after.toordinal() - 1)))


def _explain_ids(catalogue: Catalogue, engine: Engine, found: _Findings) -> Iterator[WrongEntry]:
    """Why entries are in one listing alone; those that are in both under two numbers are looked at field by field."""
    found.suspects |= found.missing & found.extra
    yield from (WrongEntry(name, "missing") for name in found.missing - found.extra)
    for part in _sliced(sorted(found.extra), COMPARED_AT_ONCE):
        with catalogue.read() as transaction:
            reasons = {name: _find_reason(transaction, name) for name in part}
        for name, reason in reasons.items():
            if reason is not None:
                yield WrongEntry(name, reason)
            elif engine.count(TermIs("id", name), _PAST) > 1:
                yield WrongEntry(name, "twice")


def _find_reason(transaction: Transaction, name: str) -> Fault | None:
    """Why an entry should not be in the index, or None where it should."""
    key = _key_of(name)
    document = read_document(transaction, key[0])
    if document is not None and document.state == "withdrawn":
        return "withdrawn"
    if document is not None and document.state == "merged":
        return "merged"
    return None if read_entries_by_id(transaction, [key]) else "unknown"


def _compare_values(catalogue: Catalogue, engine: Engine, found: _Findings, chosen: _Sample) -> Iterator[WrongEntry]:
    """Every field of the sample and of what the counts have made suspect."""
    names = sorted({*chosen.ids, *found.suspects} - (found.missing - found.extra))
    for part in _sliced(names, COMPARED_AT_ONCE):
        with catalogue.read() as transaction:
            rows = read_entries_by_id(transaction, [_key_of(name) for name in part])
        for name, fields in engine.differing([make_entry(row) for row in rows]):
            yield WrongEntry(name, "other_values", fields)


def _place_of(key: EntryKey) -> tuple[int, str]:
    return key.seq, entry_id(key.document, key.number)


def _group_of(key: EntryKey) -> Group:
    return FIELDS["source"].term_of(key.source), month_of(key)


def _key_of(name: str) -> tuple[str, int]:
    return split_entry_id(name) or (name, 0)


def _sliced(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), size):
        yield names[start : start + size]
