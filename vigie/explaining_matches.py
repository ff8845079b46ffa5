"""Why a saved query matches a version or not: each condition asked by itself, in the index that matching uses."""

from collections.abc import Iterator
from datetime import datetime

from archive.catalogue.entries import EntryRow
from config.query import SavedQuery
from indexer.alerts.batches import index_texts
from indexer.alerts.watched import watch
from indexer.analysis import FrenchAnalyzer
from indexer.engines.base import Engine, Filters, narrow
from indexer.entries import make_entry
from indexer.query.rendering import describe
from indexer.tree import AllOf, AnyOf, BestOf, Node, Without
from vigie.installation import Installation
from vigie.trying_queries import limits_of

Told = tuple[int, bool, str]

_EVERY_VERSION = Filters(past=True)


def explain_match(
    query: SavedQuery, name: str, row: EntryRow, at: datetime, installation: Installation
) -> Iterator[Told]:
    """Each condition as (depth, whether it holds, what it asks after analysis), filters among them."""
    analyzer = FrenchAnalyzer()
    watched = watch(name, query.asked, limits_of(installation.settings.limits), analyzer)
    engine = index_texts([make_entry(row)], analyzer)
    yield from _walk(engine, narrow(watched.tree_at(at), watched.filters), 0)


def _walk(engine: Engine, node: Node, depth: int) -> Iterator[Told]:
    line = next(iter(describe(node)))
    yield depth, engine.count(node, _EVERY_VERSION) > 0, line.strip()
    for child in _children(node):
        yield from _walk(engine, child, depth + 1)


def _children(node: Node) -> tuple[Node, ...]:
    if isinstance(node, AllOf | AnyOf):
        return node.children
    if isinstance(node, BestOf):
        return tuple(child for _, child in node.children)
    return (node.child,) if isinstance(node, Without) else ()
