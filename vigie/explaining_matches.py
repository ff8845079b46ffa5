"""Why a saved query matches a document or not: each condition asked by itself, in the index that matching uses.

Version by version, as its change left it, with what was recorded of it; and where nothing was recorded, why.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from archive.catalogue import Catalogue, matches, saved_queries
from archive.catalogue.changed_entries import MATCHED_KINDS, read_changed_entries
from archive.catalogue.changes import Change, read_changes_of
from archive.catalogue.entries import EntryRow
from archive.catalogue.saved_queries import QueryState, QueryText
from config.query import SavedQuery
from indexer.alerts.batches import index_texts
from indexer.alerts.letters import cut_pieces, mark_pieces
from indexer.alerts.watched import Watched, watch
from indexer.analysis import FrenchAnalyzer
from indexer.document import IndexEntry
from indexer.engines.base import Engine, Filters, narrow
from indexer.entries import make_entry
from indexer.highlight import mark, snippet
from indexer.query import parse
from indexer.query.rendering import describe
from indexer.tree import Node, children_of
from vigie.installation import Installation
from vigie.trying_queries import limits_of

Condition = tuple[int, bool, str]
"""How deep it stands, whether it holds, and what it asks after analysis."""

_EVERY_VERSION = Filters(past=True)


@dataclass(frozen=True)
class Explained:
    """One version: whether it satisfies the query as it is written now, why, where, and what was recorded."""

    change: Change
    holds: bool
    recorded: str
    conditions: tuple[Condition, ...]
    title: str
    passage: str


@dataclass(frozen=True)
class Explanation:
    """The versions of one document in the order of the log, and what was left out of the query; `hidden` counts
    versions that nobody is to see, since the document was withdrawn."""

    notes: tuple[str, ...]
    versions: tuple[Explained, ...]
    hidden: int


def explain_document(
    installation: Installation, catalogue: Catalogue, name: str, query: SavedQuery, document: str
) -> Explanation:
    """Everything that there is to say of a query and a document. Raises `QueryError` where it cannot be asked."""
    analyzer = FrenchAnalyzer()
    limits = limits_of(installation.settings.limits)
    watched = watch(name, query.asked, limits, analyzer)
    with catalogue.read() as transaction:
        changes = [one for one in read_changes_of(transaction, document) if one.kind in MATCHED_KINDS]
        rows = read_changed_entries(transaction, changes)
        outcomes = matches.list_outcomes_of(transaction, name, document)
        state = saved_queries.read_query(transaction, name)
        texts = saved_queries.list_texts(transaction, name)
    versions = tuple(
        _explain(watched, change, rows[change.seq], _say_recorded(change, outcomes, state, texts))
        for change in changes
        if change.seq in rows
    )
    notes = parse(query.query, now=installation.clock(), limits=limits, analyzer=analyzer).notes
    return Explanation(notes, versions, len(changes) - len(rows))


def _explain(watched: Watched, change: Change, row: EntryRow, recorded: str) -> Explained:
    entry = make_entry(row)
    engine = index_texts([entry], watched.analyzer)
    tree = watched.tree_at(change.at)
    conditions = tuple(_walk(engine, narrow(tree, watched.filters), 0))
    title, passage = _show_text(entry, tree, watched.analyzer)
    return Explained(change, conditions[0][1], recorded, conditions, title, passage)


def _walk(engine: Engine, node: Node, depth: int) -> Iterator[Condition]:
    line = next(iter(describe(node)))
    yield depth, engine.count(node, _EVERY_VERSION) > 0, line.strip()
    for child in children_of(node):
        yield from _walk(engine, child, depth + 1)


def _show_text(entry: IndexEntry, tree: Node, analyzer: FrenchAnalyzer) -> tuple[str, str]:
    """Title and passage, with what single conditions find in them between asterisks."""
    title = mark(entry.title or "", tree, analyzer)
    return mark_pieces(cut_pieces(title)), mark_pieces(cut_pieces(snippet(entry.text, tree, analyzer)))


def _say_recorded(change: Change, outcomes: Mapping[int, str], state: QueryState | None, texts: list[QueryText]) -> str:
    """What became of it, or why nothing did; the words in force then may have been others."""
    if change.seq in outcomes:
        return f"recorded as {outcomes[change.seq]}"
    if state is None:
        return "not asked: the query never ran"
    ends = [(one.from_seq, state.watermark if one.until_seq is None else one.until_seq) for one in texts]
    if any(start < change.seq <= end for start, end in ends):
        return "asked then, no match"
    if change.seq <= state.watermark or state.ended_at is not None:
        return "not asked: the query did not run then"
    waiting = "paused" if state.paused_at else "disabled" if state.disabled_at else "behind"
    return f"not asked yet: the query is {waiting}, at change {state.watermark}"
