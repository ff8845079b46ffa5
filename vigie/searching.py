"""A search as people and programs get it: the query understood, the index asked, titles and texts from the catalogue.

The command line and later the page and the API call `search`, so that one query has one answer. An engine that is a
moment behind the catalogue is asked without the documents that left since, so that they are neither shown nor counted.
"""

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal, get_args

from archive.catalogue import Catalogue, changes, sources
from archive.catalogue.entries import read_entries_by_id
from config.source import Kind
from indexer.analysis import FrenchAnalyzer
from indexer.document import FIELDS, IndexEntry
from indexer.engines.base import Engine, Filters, Hit, SearchRequest, Sort
from indexer.entries import make_entry
from indexer.highlight import Snippet, mark, snippet
from indexer.query import Limits, Query, QueryError, parse
from indexer.query.dates import read_stretch
from indexer.query.values import check_value
from indexer.tree import AllOf, Between, Node, TermIs, Without
from vigie.installation import Installation

STATES = ("live", "removed")
DateField = Literal["date", "first_seen_at"]
SHOWN = tuple(name for name, field in FIELDS.items() if field.shown and name != "text")


@dataclass(frozen=True)
class Asked:
    """A search as it was asked, in the words of the command line; dates are whole days, months or years.

    `by` is the date that `since` and `until` bound: that of the article, or when the archive first saw it.
    """

    query: str
    since: str | None = None
    until: str | None = None
    sources: Sequence[str] = ()
    kinds: Sequence[str] = ()
    regions: Sequence[str] = ()
    states: Sequence[str] = ()
    past: bool = False
    sort: Sort = "relevance"
    limit: int = 10
    offset: int = 0
    facets: Sequence[str] = ()
    histogram: Any = None
    languages: Sequence[str] = ()
    by: DateField = "date"


@dataclass(frozen=True)
class Found:
    """One hit with what is shown of it; `title` and `snippet` carry the spans that match."""

    entry: IndexEntry
    title: Snippet
    snippet: Snippet
    score: float | None

    def as_json(self) -> dict[str, Any]:
        """The fields of the index schema that are shown, the snippet with its matches, the score."""
        shown = {name: _value(getattr(self.entry, name)) for name in SHOWN}
        return shown | {"snippet": {"text": self.snippet.text, "marks": self.snippet.spans}, "score": self.score}


@dataclass(frozen=True)
class Answer:
    """A page of hits, the number of all of them, and what was counted beside."""

    query: Query
    total: int
    hits: tuple[Found, ...]
    facets: Mapping[str, Mapping[str, int]]
    histogram: Mapping[date, int]
    took_ms: float

    def as_json(self) -> dict[str, Any]:
        """One object, as the command line and the API print it."""
        return {
            "query": self.query.text,
            "notes": self.query.notes,
            "total": self.total,
            "hits": [hit.as_json() for hit in self.hits],
            "facets": self.facets,
            "histogram": [{"start": start.isoformat(), "count": count} for start, count in self.histogram.items()],
            "took_ms": round(self.took_ms, 1),
        }


def understand(installation: Installation, text: str, analyzer: FrenchAnalyzer) -> Query:
    """The query, or `QueryError` with the place and what to write instead."""
    limits = installation.settings.limits
    bounds = Limits(limits.query_characters, limits.query_levels, limits.query_clauses)
    return parse(text, now=installation.clock(), limits=bounds, analyzer=analyzer)


def search(
    installation: Installation,
    catalogue: Catalogue,
    engine: Engine,
    asked: Asked,
    analyzer: FrenchAnalyzer | None = None,
) -> Answer:
    """Ask. Raises `QueryError` for a query or a filter that makes no sense, `EngineError` where the index does not.

    Whoever searches often hands in one analyzer: it remembers the words that it met.
    """
    analyzer = analyzer or FrenchAnalyzer()
    query = understand(installation, asked.query, analyzer)
    request = make_request(installation, catalogue, engine, asked, query)
    page = engine.search(request)
    return Answer(
        query,
        page.total,
        _read_hits(catalogue, page.hits, query, analyzer),
        {name: {facet.value: facet.count for facet in found} for name, found in page.facets.items()},
        {bucket.start: bucket.count for bucket in page.histogram},
        page.took_ms,
    )


def make_request(
    installation: Installation, catalogue: Catalogue, engine: Engine, asked: Asked, query: Query
) -> SearchRequest:
    """What the engine is asked. Raises `QueryError` for a filter that makes no sense."""
    tree = _without_left(query.tree, catalogue, engine)
    tree, filters = bound(asked, tree, make_filters(installation, catalogue, asked))
    return SearchRequest(
        tree=tree,
        filters=filters,
        sort=asked.sort,
        offset=asked.offset,
        limit=asked.limit,
        facets=tuple(asked.facets),
        histogram=asked.histogram,
    )


def bound(asked: Asked, tree: Node, filters: Filters) -> tuple[Node, Filters]:
    """Tree and filters with the time range on the date that is meant: filters know the article's date alone."""
    if asked.by == "date" or not (filters.since or filters.until):
        return tree, filters
    tree = AllOf((tree, Between(asked.by, filters.since, filters.until, True, False)))
    return tree, replace(filters, since=None, until=None)


def _without_left(tree: Node, catalogue: Catalogue, engine: Engine) -> Node:
    """The tree without the documents that were withdrawn or merged after the last change that the index has applied."""
    with catalogue.read() as transaction:
        left = changes.list_left(transaction, after=engine.checkpoint())
    return AllOf((tree, *(Without(TermIs("document", name)) for name in dict.fromkeys(left)))) if left else tree


def make_filters(installation: Installation, catalogue: Catalogue, asked: Asked) -> Filters:
    """The filters of a search; a word that cannot be meant is refused with the nearest one that can."""
    now = installation.clock()
    since = _read_option("--from", asked.since, now)[0] if asked.since else None
    until = _read_option("--to", asked.until, now)[1] if asked.until else None
    if since and until and since >= until:
        raise QueryError(f"the time from {asked.since} to {asked.until} is empty", None, "Put the earlier date first")
    return Filters(
        sources=_known(asked.sources, _list_sources(installation, catalogue) if asked.sources else (), "source"),
        kinds=_known(asked.kinds, get_args(Kind), "kind"),
        regions=tuple(check_value(FIELDS["regions"], region.upper(), None) for region in asked.regions),
        languages=tuple(language.lower() for language in asked.languages),
        states=_known(asked.states, STATES, "state"),
        since=since,
        until=until,
        past=asked.past,
    )


def _list_sources(installation: Installation, catalogue: Catalogue) -> set[str]:
    """The sources that are configured, and those of which the archive has documents from before."""
    with catalogue.read() as transaction:
        return set(sources.read_facts(transaction)) | set(installation.sources)


def _read_option(option: str, written: str, now: datetime) -> tuple[datetime, datetime]:
    """The stretch of time that an option names; what is wrong with it is said of the option, not of the query."""
    try:
        return read_stretch(written, now, 0)
    except QueryError as error:
        raise QueryError(f"{option}: {error.message}", None, error.hint) from None


def _known(words: Sequence[str], known: Collection[str], what: str) -> tuple[str, ...]:
    for word in words:
        if word not in known:
            near = difflib.get_close_matches(word, known, 1)
            listed = f"Known are {', '.join(sorted(known))}" if len(known) <= 30 else ""
            raise QueryError(f"there is no {what} {word[:60]!r}", None, f"Did you mean {near[0]}?" if near else listed)
    return tuple(words)


def _read_hits(catalogue: Catalogue, hits: Sequence[Hit], query: Query, analyzer: FrenchAnalyzer) -> tuple[Found, ...]:
    keys = {hit.id: split_id(hit.id) for hit in hits}
    with catalogue.read() as transaction:
        rows = {(row.document, row.number): row for row in read_entries_by_id(transaction, list(keys.values()))}
    found = []
    for hit in hits:
        row = rows.get(keys[hit.id])
        if row is not None:
            entry = make_entry(row)
            title = mark(entry.title or "(no title)", query.tree, analyzer)
            found.append(Found(entry, title, snippet(entry.text, query.tree, analyzer), hit.score))
    return tuple(found)


def split_id(entry_id: str) -> tuple[str, int]:
    """Document and version of an entry's id."""
    document, _, number = entry_id.rpartition(".")
    return document, int(number)


def _value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
