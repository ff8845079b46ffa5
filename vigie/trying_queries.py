"""Saved queries tried before anybody is told anything: can they be asked, and what do they say of their examples."""

from collections.abc import Iterator
from datetime import UTC, datetime

from config.models import Limits as ConfiguredLimits
from config.query import SavedQuery
from indexer.alerts.batches import index_texts
from indexer.alerts.watched import Watched, watch
from indexer.analysis import FrenchAnalyzer
from indexer.document import IndexEntry
from indexer.query import Limits, QueryError
from indexer.tree import AllOf, AnyOf, Node, TermIs, Without, children_of

_NOW = datetime(2026, 1, 1, tzinfo=UTC)

EXPECTED = "a query that can be asked"

Complaint = tuple[str, str, str]


def limits_of(configured: ConfiguredLimits) -> Limits:
    """The limits of queries, as the query language takes them."""
    return Limits(configured.query_characters, configured.query_levels, configured.query_clauses)


def try_query(query: SavedQuery, configured: ConfiguredLimits) -> Iterator[Complaint]:
    """What is wrong, as (found, expected, advice); filters are left aside, since examples are words alone."""
    analyzer = FrenchAnalyzer()
    bare = query.asked | {"sources": [], "kinds": [], "regions": [], "languages": []}
    try:
        watched = watch("tried", bare, limits_of(configured), analyzer)
    except QueryError as error:
        place = "" if error.position is None else f"character {error.position + 1}: "
        yield f"{place}{error.message}", EXPECTED, error.hint
        return
    if _only_leaves_out(watched.tree_at(_NOW)):
        yield "words that only leave out", EXPECTED, "Say first what to watch; * is everything, as in * NOT police"
        return
    for text in query.examples.match:
        if not _matches(watched, text, analyzer):
            yield f'no match with "{text[:60]}"', "words that match this example", "Widen the words or drop the example"
    for text in query.examples.no_match:
        if _matches(watched, text, analyzer):
            yield f'a match with "{text[:60]}"', "words that leave this example out", "Narrow the words"


def list_sources_asked(query: SavedQuery, configured: ConfiguredLimits) -> list[str]:
    """The ids of sources that stand in the words of a query, as in `source:rempart`; none where it cannot be asked."""
    try:
        watched = watch("looked at", query.asked, limits_of(configured), FrenchAnalyzer())
    except QueryError:
        return []
    return sorted(set(_list_terms(watched.tree_at(_NOW), "sources")))


def _list_terms(tree: Node, field: str) -> Iterator[str]:
    if isinstance(tree, TermIs) and tree.field == field:
        yield tree.term
    for child in children_of(tree):
        yield from _list_terms(child, field)


def _matches(watched: Watched, text: str, analyzer: FrenchAnalyzer) -> bool:
    entry = IndexEntry(
        document="example", version=1, seq=1, source="example", source_name="example", kind="local_press",
        url="https://exemple.test/", text=text, date=_NOW, date_origin="page", date_precision="second",
        first_seen_at=_NOW, capture=1, content_hash="", title=text.splitlines()[0], sources=("example",), lang="fr",
    )  # fmt: skip
    engine = index_texts([entry], analyzer)
    return engine.count(watched.tree_at(_NOW), watched.filters) == 1


def _only_leaves_out(tree: Node) -> bool:
    """True for `NOT police`: nearly every document satisfies it, which hardly anybody means."""
    if isinstance(tree, AllOf):
        return all(_only_leaves_out(child) for child in tree.children)
    if isinstance(tree, AnyOf):
        return any(_only_leaves_out(child) for child in tree.children)
    return isinstance(tree, Without)
