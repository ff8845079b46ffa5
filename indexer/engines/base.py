"""The contract of a search engine, and the values that cross it.

Every engine is handed trees (`indexer/tree.py`), never strings, and gives the same entries, counts, facets and
histogram for the same tree. An engine knows ids and order; titles and texts are read from the catalogue.

What is put becomes visible, whole, with `commit`, which also records how far the log of changes was applied. A write
that fails leaves the last commit in place and forgets what was pending; the caller goes on from `checkpoint()`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, Protocol, Self

from indexer.analysis import Written
from indexer.document import FACETS, FIELDS, IndexEntry, seconds_of
from indexer.tree import AllOf, AnyOf, BestOf, Between, Everything, Node, PhraseIs, TermIs, Without, children_of

Sort = Literal["relevance", "newest", "oldest"]
Interval = Literal["day", "week", "month"]

MAX_TREE_LEVELS = 250
"""Engines walk trees by recursion, one of them in code that dies when its stack ends; queries stay far below."""


MAX_WINDOW = 100_000
"""Engines keep every hit before the page in memory while they sort; whoever wants all of them walks."""


class EngineError(Exception):
    """The search engine could not do what was asked; the message says what to do."""


class IndexUnusableError(EngineError):
    """The index is missing, damaged or of another schema: it must be rebuilt, which loses nothing."""


class EngineAwayError(EngineError):
    """The search engine cannot be asked now; the same request may succeed later, and no entry is to blame."""


class IndexBusyError(EngineError):
    """Another process is writing the index."""


class EntryRefusedError(EngineError):
    """One entry cannot be indexed; the others can."""

    def __init__(self, entry: str, reason: str) -> None:
        super().__init__(f"{entry}: {reason}")
        self.entry = entry
        self.reason = reason


class IndexWriteError(EngineError):
    """A commit failed or did not hold what was sent; what was pending is forgotten and must be sent again."""


class EntriesRefusedError(IndexWriteError):
    """A commit failed because of some entries; without them the batch can be sent again."""

    def __init__(self, refused: Mapping[str, str]) -> None:
        super().__init__(f"{len(refused)} entries were refused, the first of them {next(iter(refused))}.")
        self.refused = refused


class Analysis(Protocol):
    """The French analysis as engines see it."""

    def written(self, text: str) -> Written: ...


@dataclass(frozen=True)
class Filters:
    """What a search is narrowed to besides its words; empty means no restriction.

    `since` is included, `until` is not. Only current versions are searched unless `past` is true.
    """

    sources: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    departements: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    past: bool = False


def narrow(tree: Node, filters: Filters) -> Node:
    """The tree with the filters as further conditions, the same for every engine."""
    values = {
        "sources": filters.sources,
        "kind": filters.kinds,
        "regions": filters.regions,
        "departements": filters.departements,
        "lang": filters.languages,
        "state": filters.states,
    }
    conditions = [_one_of(name, wanted) for name, wanted in values.items() if wanted]
    if filters.since is not None or filters.until is not None:
        conditions.append(Between("date", filters.since, filters.until, include_high=False))
    if not filters.past:
        conditions.append(ONLY_CURRENT)
    return AllOf((tree, *conditions)) if conditions else tree


ONLY_CURRENT = Without(TermIs("current", "false"))
"""Said in the negative: few entries are past ones, and leaving out a few is cheaper than keeping nearly all."""


def _one_of(name: str, values: tuple[str, ...]) -> Node:
    terms = tuple(TermIs(name, FIELDS[name].term_of(value)) for value in values)
    return terms[0] if len(terms) == 1 else AnyOf(terms)


@dataclass(frozen=True)
class SearchRequest:
    """One search: the tree, what narrows it, which page of it, and what is counted beside it.

    With `limit` 0 nothing but the counts is asked for. `facet_size` is the number of values listed for each facet.
    """

    tree: Node = field(default_factory=Everything)
    filters: Filters = Filters()
    sort: Sort = "relevance"
    offset: int = 0
    limit: int = 10
    facets: tuple[str, ...] = ()
    facet_size: int = 20
    histogram: Interval | None = None

    def __post_init__(self) -> None:
        if self.offset < 0 or self.limit < 0 or self.offset + self.limit > MAX_WINDOW:
            raise ValueError(
                f"offset and limit: expected numbers from 0 whose sum is at most {MAX_WINDOW}, got {self.offset} and "
                f"{self.limit}; narrow the search by date to see older hits"
            )
        unknown = [name for name in self.facets if name not in FACETS]
        if unknown:
            raise ValueError(f"no facet {unknown[0]!r}; there are {', '.join(FACETS)}")


@dataclass(frozen=True, slots=True)  # an export lists all of a search: half the memory for each
class Hit:
    """One entry found. The score compares only with others of the same search; None where the order is by date."""

    id: str
    score: float | None = None


@dataclass(frozen=True)
class Facet:
    """How many of all hits hold one value of a field."""

    value: str
    count: int


@dataclass(frozen=True)
class Bucket:
    """How many of all hits fall on the local day, week (from Monday) or month that begins on `start`."""

    start: date
    count: int


@dataclass(frozen=True)
class SearchPage:
    """One page of hits, with the exact number of all; the histogram leaves out what holds nothing."""

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[Facet, ...]]
    histogram: tuple[Bucket, ...]
    took_ms: float


@dataclass(frozen=True)
class Committed:
    """What a commit holds, counted in the index after the fact."""

    put: int
    removed: int
    entries: int
    checkpoint: int


@dataclass(frozen=True)
class Said:
    """What an index says of itself, not held against what lies in it.

    `entries` is None where it keeps no such number, or is being written at this moment.
    """

    checkpoint: int
    entries: int | None = None


@dataclass(frozen=True)
class Health:
    """How an index is: its entries, how far it follows the log of changes, and its size on disk."""

    engine: str
    entries: int
    checkpoint: int
    segments: int
    size_bytes: int
    generation: str | None


class Engine(Protocol):
    """A search index. One process writes it at a time; any number read it."""

    name: str

    def put(self, entries: Iterable[IndexEntry]) -> None:
        """Add or replace entries; raise `EntryRefusedError` at the first that cannot be; those before it stay."""

    def remove(self, ids: Iterable[str]) -> None:
        """Remove entries; an unknown id is no error."""

    def commit(self, checkpoint: int) -> Committed:
        """Make what is pending durable and visible, with the last seq applied, or raise `IndexWriteError`."""

    def rollback(self) -> None:
        """Forget what is pending."""

    def checkpoint(self) -> int:
        """The last seq of the log that this index has applied; 0 for none."""

    def said(self) -> Said:
        """What the index says of itself, also where something else has changed it since."""

    def differing(self, entries: Sequence[IndexEntry]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """(id, fields) of the entries that the index has with other values; those it lacks are left out."""

    def forget(self, ids: Sequence[str]) -> None:
        """Take entries out at once, whatever wrote them, so that they can be put as new; the checkpoint stays."""

    def search(self, request: SearchRequest) -> SearchPage:
        """One page of the entries that satisfy the tree and the filters.

        By relevance the best come first, of equally good ones the newest; where there is nothing to rank by, the
        newest. The order is that of all hits, so a page goes on exactly where the one before it ended.
        """

    def ids(
        self, tree: Node, filters: Filters, after_seq: int = 0, up_to_seq: int | None = None
    ) -> Iterator[tuple[int, str]]:
        """(seq, id) of the entries found whose seq is above `after_seq`, in the order of seq."""

    def walk(self, request: SearchRequest) -> Iterator[Hit]:
        """Every hit of the request in its order, as of the moment the first is asked for.

        What is written meanwhile changes nothing. Page and counts of the request are ignored. What is held open is
        let go at the end, or when the caller closes the iterator before.
        """

    def count(self, tree: Node, filters: Filters) -> int:
        """How many entries are found."""

    def refresh(self) -> None:
        """See what other processes have committed, and a swap."""

    def health(self) -> Health:
        """The state of the index, or `IndexUnusableError`."""

    def beside(self, covers: int) -> Self:
        """The index that is being built to replace this one: the one begun for the log up to `covers`, or a new one.

        An unfinished one of the same schema is taken up again; `covers` of the result is then the number it was
        begun with.
        """

    @property
    def covers(self) -> int:
        """The last seq of the log when the building of this index was begun."""

    def swap(self, to: Self) -> None:
        """Let `to`, an index made by `beside`, take the place of this one, at once and for all readers."""

    def discard(self) -> None:
        """Throw away this index, one made by `beside` that will not take anything's place."""

    def close(self) -> None:
        """Let go of files and locks; what is pending is forgotten."""


def inclusive_range(node: Between) -> tuple[int | None, int | None]:
    """The range as whole numbers, both ends included: instants are indexed as seconds, rounded down."""
    low, high = node.low, node.high
    if isinstance(low, datetime):
        first: int | None = seconds_of(low)
        if not node.include_low and low.microsecond == 0:
            first = seconds_of(low) + 1
    else:
        first = None if low is None else low + (not node.include_low)
    if isinstance(high, datetime):
        last: int | None = seconds_of(high)
        if not node.include_high and high.microsecond == 0:
            last = seconds_of(high) - 1
    else:
        last = None if high is None else high - (not node.include_high)
    return first, last


def ranks(tree: Node) -> bool:
    """True where the tree holds words or phrases to rank by; without them the newest come first."""
    if isinstance(tree, TermIs | PhraseIs):
        return FIELDS[tree.field].kind == "text"
    if isinstance(tree, AllOf | AnyOf):
        return any(ranks(child) for child in tree.children)
    if isinstance(tree, BestOf):
        return any(ranks(child) for _, child in tree.children)
    return False


def check_depth(tree: Node) -> None:
    """Refuse a tree that no query could make, before an engine walks it."""
    level: Sequence[Node] = (tree,)
    for _ in range(MAX_TREE_LEVELS):
        level = [child for node in level for child in children_of(node)]
        if not level:
            return
    raise EngineError(f"The query is nested deeper than {MAX_TREE_LEVELS} levels; take some parentheses out.")


def bucket_start(day: int, interval: Interval) -> date:
    """The first day of the day, week or month in which an ordinal day lies."""
    local = date.fromordinal(day)
    if interval == "week":
        return local - timedelta(days=local.weekday())
    return local.replace(day=1) if interval == "month" else local


def roll_up(days: Iterable[tuple[int, int]], interval: Interval) -> tuple[Bucket, ...]:
    """Counts by ordinal day, gathered by day, week or month, in order of time."""
    counts: dict[date, int] = {}
    for day, count in days:
        start = bucket_start(day, interval)
        counts[start] = counts.get(start, 0) + count
    return tuple(Bucket(start, counts[start]) for start in sorted(counts))
