"""What an export is made of: every hit of a search in its order, or articles that were chosen one by one.

The ids of all hits are listed before anything is written, as of one moment, so that an index that moves on meanwhile
neither repeats nor skips one; titles and texts are read in batches while they are written. What was withdrawn in
between is left out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from archive.catalogue import Catalogue, Transaction
from archive.catalogue.documents import Document
from archive.catalogue.entries import EntryRow, read_entries_by_id
from indexer.analysis import FrenchAnalyzer
from indexer.document import IndexEntry, split_entry_id
from indexer.engines.base import Engine, Hit
from indexer.entries import make_entry
from indexer.highlight import Snippet, snippet
from indexer.query import Query
from indexer.tree import Everything, Node
from vigie.exits import CommandError
from vigie.installation import Installation
from vigie.portrait import find_given_out
from vigie.searching import Asked, make_request, split_id, understand
from vigie.terminal import one_line

ID_CHARACTERS = 30  # sixteen of a document's id, a dot, and more digits than the number of a version ever has
BATCH = 200  # articles read in one transaction of the catalogue: some milliseconds each


@dataclass(frozen=True)
class Picked:
    """One article as the archive has it, before anything is said of what an export may carry."""

    entry: IndexEntry
    captured_at: datetime
    snippet: Snippet
    score: float | None


@dataclass(frozen=True)
class Selection:
    """Articles in their order, read as they are taken; `asked` is None where they were named one by one."""

    picked: Iterator[Picked]
    total: int
    asked: Asked | None


def select_hits(
    installation: Installation, catalogue: Catalogue, engine: Engine, asked: Asked, *, limit: int | None, passages: bool
) -> Selection:
    """The first `limit` hits of a search, or all of them; `passages` says whether the matching passage is looked for.

    Raises `QueryError` for a query or filter that makes no sense.
    """
    analyzer = FrenchAnalyzer()
    query = understand(installation, asked.query, analyzer)
    request = make_request(installation, catalogue, engine, asked, query)
    hits = tuple(islice(engine.walk(request), limit))
    finder = _PassageFinder(query, analyzer) if passages else None
    return Selection(_read_hits(catalogue, hits, finder), len(hits), asked)


def select_documents(catalogue: Catalogue, names: Sequence[str], *, passages: bool) -> Selection:
    """The current version of each document named, once each. Raises `CommandError` for one that cannot be had."""
    with catalogue.read() as transaction:
        found = [_find(transaction, name) for name in names]
    hits = [Hit(f"{one.id}.{one.current_version}") for one in {one.id: one for one in found}.values()]
    finder = _PassageFinder(None, FrenchAnalyzer()) if passages else None
    return Selection(_read_hits(catalogue, hits, finder), len(hits), None)


def select_entries(catalogue: Catalogue, ids: Sequence[str], *, passages: bool) -> Selection:
    """The versions of these entry ids, once each, in their order. Raises `CommandError` for one that is not there."""
    hits = [Hit(one) for one in dict.fromkeys(ids)]
    with catalogue.read() as transaction:
        rows = read_entries_by_id(transaction, [_read_id(hit.id) for hit in hits])
    there = {f"{row.document}.{row.number}" for row in rows}
    if gone := [hit.id for hit in hits if hit.id not in there]:
        raise CommandError(f'There is no article "{one_line(gone[0])[:60]}" to export. Search again.')
    finder = _PassageFinder(None, FrenchAnalyzer()) if passages else None
    return Selection(_read_hits(catalogue, hits, finder), len(hits), None)


def _read_id(name: str) -> tuple[str, int]:
    """Document and version of an entry's id, as somebody may have written it."""
    key = split_entry_id(name) if len(name) <= ID_CHARACTERS else None
    if key is None:
        raise CommandError(f'"{one_line(name)[:60]}" is no id of an article. Search again, and choose there.')
    return key


class _PassageFinder:
    """Finds the passage of a text that answers a query; without a query, its beginning."""

    def __init__(self, query: Query | None, analyzer: FrenchAnalyzer) -> None:
        self._tree: Node = query.tree if query else Everything()
        self._analyzer = analyzer

    def find(self, text: str) -> Snippet:
        return snippet(text, self._tree, self._analyzer)


def _read_hits(catalogue: Catalogue, hits: Iterable[Hit], finder: _PassageFinder | None) -> Iterator[Picked]:
    left = iter(hits)
    while batch := tuple(islice(left, BATCH)):
        keys = {hit.id: split_id(hit.id) for hit in batch}
        with catalogue.read() as transaction:
            rows = {(row.document, row.number): row for row in read_entries_by_id(transaction, list(keys.values()))}
        yield from (_pick(rows[keys[hit.id]], hit, finder) for hit in batch if keys[hit.id] in rows)


def _pick(row: EntryRow, hit: Hit, finder: _PassageFinder | None) -> Picked:
    entry = make_entry(row)
    return Picked(entry, row.fetched_at, finder.find(entry.text) if finder else Snippet(""), hit.score)


def _find(transaction: Transaction, name: str) -> Document:
    """The document of that name, or the one it was merged into."""
    found = find_given_out(transaction, name, "not exported")
    if found.current_version is None:
        raise CommandError(f'The document "{one_line(name)[:200]}" has no text yet. Run `vigie extract` first.')
    return found
