"""The second engine: SQLite's FTS5, with the same contract as the embedded one.

It is what the tests compare against, and what serves machines for which there is no tantivy. The same terms are
written; common words, facets and date order are slower by ten to fifty times on a million entries.
"""

import string
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import apsw

from indexer.document import FIELDS, IndexEntry
from indexer.engines.base import (
    Analysis,
    Committed,
    EngineError,
    EntryRefusedError,
    Facet,
    Filters,
    Health,
    Hit,
    IndexBusyError,
    IndexUnusableError,
    IndexWriteError,
    Said,
    SearchPage,
    SearchRequest,
    check_depth,
    narrow,
    ranks,
    roll_up,
)
from indexer.engines.comparing import differing_by_asking
from indexer.engines.entry_terms import entry_flags, entry_keywords, entry_numbers, entry_texts
from indexer.engines.folder import Slot
from indexer.engines.fts5_query import Condition, ConditionCompiler, scoring_match
from indexer.tree import Between, Node

FORMAT = "fts5-1"
BUSY_TIMEOUT = timedelta(seconds=1)

_FILE = "index.sqlite"
_IDS_PAGE = 10_000
_NUMBERS = tuple(name for name, field in FIELDS.items() if field.kind in ("number", "date"))
_TEXTS = ("title", "text", "title_exact", "text_exact")

_TOKENCHARS = string.punctuation.replace("'", "''''").replace('"', '""')
"""Terms are separated by blanks alone; a quotation mark is doubled once for each level of quoting around it."""

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS entry (
    rowid INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, {", ".join(f"{n} INTEGER" for n in _NUMBERS)});
CREATE INDEX IF NOT EXISTS entry_seq ON entry (seq);
CREATE INDEX IF NOT EXISTS entry_sort_key ON entry (sort_key);
CREATE TABLE IF NOT EXISTS keyword (
    field TEXT NOT NULL, term TEXT NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (field, term, entry)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS keyword_entry ON keyword (entry);
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
    {", ".join(_TEXTS)}, content='', contentless_delete=1, tokenize="ascii tokenchars '{_TOKENCHARS}'");
CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab ('words', 'col');
CREATE VIRTUAL TABLE IF NOT EXISTS instance USING fts5vocab ('words', 'instance');
"""


class Fts5Engine:
    """An FTS5 index in one SQLite file. Writing and reading have a connection each."""

    name = "fts5"

    def __init__(self, slot: Slot, analysis: Analysis) -> None:
        self._slot = slot
        self._analysis = analysis
        self._reader: tuple[str, apsw.Connection] | None = None
        self._writer: apsw.Connection | None = None
        self._put: set[str] = set()
        self._removed: set[str] = set()

    # writing

    def put(self, entries: Iterable[IndexEntry]) -> None:
        for entry in entries:
            row = _Row(entry, self._analysis)
            with self._writing("put an entry") as connection:
                _delete(connection, entry.id)
                row.insert(connection)
            self._put.add(entry.id)
            self._removed.discard(entry.id)

    def remove(self, ids: Iterable[str]) -> None:
        with self._writing("remove entries") as connection:
            for entry_id in ids:
                _delete(connection, entry_id)
                self._put.discard(entry_id)
                self._removed.add(entry_id)

    def commit(self, checkpoint: int) -> Committed:
        with self._writing("commit") as connection:
            connection.execute("INSERT OR REPLACE INTO state VALUES ('checkpoint', ?)", (checkpoint,))
            entries = int(_first(connection, "SELECT count(*) FROM entry"))
            connection.execute("COMMIT")
        counted = Committed(len(self._put), len(self._removed), entries, checkpoint)
        self._put.clear()
        self._removed.clear()
        return counted

    def rollback(self) -> None:
        if self._writer is not None:
            self._writer.close(True)
            self._writer = None
        self._put.clear()
        self._removed.clear()

    @contextmanager
    def _writing(self, doing: str) -> Iterator[apsw.Connection]:
        try:
            with _border(doing):
                if self._writer is None:
                    self._writer = _connect(self._slot.usable_path(self._slot.generation(), _FILE))
                if not self._writer.in_transaction:
                    self._writer.execute("BEGIN IMMEDIATE")
                yield self._writer
        except EngineError as error:
            self.rollback()
            if isinstance(error, IndexBusyError | IndexUnusableError):
                raise
            raise IndexWriteError(f"{error} What was pending is forgotten and must be sent again.") from error

    def forget(self, ids: Sequence[str]) -> None:
        self.remove(ids)
        self.commit(self.checkpoint())

    # reading

    def checkpoint(self) -> int:
        with self._reading("read the checkpoint") as connection:
            return _checkpoint(connection)

    def said(self) -> Said:
        return Said(self.checkpoint())

    def differing(self, entries: Sequence[IndexEntry]) -> Iterator[tuple[str, tuple[str, ...]]]:
        return differing_by_asking(self, entries, self._analysis)

    def search(self, request: SearchRequest) -> SearchPage:
        started = time.perf_counter()
        check_depth(request.tree)
        with self._reading("search") as connection:
            condition = ConditionCompiler(connection).compile(narrow(request.tree, request.filters))
            total = int(_first(connection, f"SELECT count(*) FROM entry WHERE {condition.sql}", condition.values))
            hits = tuple(_hits(connection, condition, request, limit=request.limit, offset=request.offset))
            facets = {name: _facet(connection, condition, name, request.facet_size) for name in request.facets}
            days = _days(connection, condition) if request.histogram else []
        histogram = roll_up(days, request.histogram) if request.histogram else ()
        return SearchPage(total, hits, facets, histogram, (time.perf_counter() - started) * 1000)

    def ids(
        self, tree: Node, filters: Filters, after_seq: int = 0, up_to_seq: int | None = None
    ) -> Iterator[tuple[int, str]]:
        check_depth(tree)
        while True:
            with self._reading("list entries") as connection:
                found = ConditionCompiler(connection).compile(narrow(tree, filters))
                span = ConditionCompiler(connection).compile(Between("seq", after_seq + 1, up_to_seq))
                sql = f"SELECT seq, id FROM entry WHERE {span.sql} AND {found.sql} ORDER BY seq LIMIT {_IDS_PAGE}"
                page = [(int(seq), str(name)) for seq, name in connection.execute(sql, span.values + found.values)]
            yield from page
            if len(page) < _IDS_PAGE:
                return
            after_seq = page[-1][0]

    def walk(self, request: SearchRequest) -> Iterator[Hit]:
        check_depth(request.tree)
        with _border("list hits"):
            # a connection of its own, whose transaction may last while others are asked
            connection = _connect(self._slot.usable_path(self._slot.generation(), _FILE))
        try:
            with _border("list hits"):
                connection.execute("BEGIN")
                condition = ConditionCompiler(connection).compile(narrow(request.tree, request.filters))
                hits = _hits(connection, condition, request, limit=-1)
            while True:
                with _border("list hits"):
                    hit = next(hits, None)
                if hit is None:
                    return
                yield hit
        finally:
            connection.close(True)

    def count(self, tree: Node, filters: Filters) -> int:
        return self.search(SearchRequest(tree, filters, limit=0)).total

    def refresh(self) -> None:
        generation = self._slot.generation()
        if self._reader is not None and self._reader[0] == generation:
            return
        if self._reader is not None:
            self._reader[1].close(True)
            self._reader = None
        self._reader = (generation, _connect(self._slot.usable_path(generation, _FILE)))

    def health(self) -> Health:
        with self._reading("look at the index") as connection:
            generation = self._slot.generation()
            entries = int(_first(connection, "SELECT count(*) FROM entry"))
            size = self._slot.folder.size_bytes(generation)
            return Health(self.name, entries, _checkpoint(connection), 1, size, generation)

    @contextmanager
    def _reading(self, doing: str) -> Iterator[apsw.Connection]:
        with _border(doing):
            self.refresh()
            assert self._reader is not None
            connection = self._reader[1]
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    # generations

    @property
    def covers(self) -> int:
        return self._slot.covers()

    def beside(self, covers: int) -> Self:
        return type(self)(self._slot.beside(covers), self._analysis)

    def swap(self, to: Self) -> None:
        to.health()
        to.close()
        self.close()
        self._slot.swap(to._slot)

    def discard(self) -> None:
        self.close()
        self._slot.discard()

    def close(self) -> None:
        self.rollback()
        if self._reader is not None:
            self._reader[1].close(True)
            self._reader = None


class _Row:
    """An entry with everything that is written of it, made before the first table is touched."""

    def __init__(self, entry: IndexEntry, analysis: Analysis) -> None:
        try:
            self._id = entry.id
            self._numbers = dict(entry_numbers(entry))
            self._texts = dict(entry_texts(entry, analysis))
            self._keywords = sorted({*entry_keywords(entry), *entry_flags(entry)} - {("id", entry.id)})
            if any(not -(2**63) <= number < 2**63 for number in self._numbers.values()):
                raise OverflowError("a number has more than 64 bits")
        except (TypeError, ValueError, OverflowError, AttributeError) as error:
            raise EntryRefusedError(entry.id, str(error)) from error

    def insert(self, connection: apsw.Connection) -> None:
        marks = ", ".join("?" * (1 + len(_NUMBERS)))
        values = (self._id, *(self._numbers.get(name) for name in _NUMBERS))
        connection.execute(f"INSERT INTO entry (id, {', '.join(_NUMBERS)}) VALUES ({marks})", values)
        row = connection.last_insert_rowid()
        texts = (row, *(self._texts.get(name, "") for name in _TEXTS))
        connection.execute(f"INSERT INTO words (rowid, {', '.join(_TEXTS)}) VALUES (?, ?, ?, ?, ?)", texts)
        keywords = [(field, term, row) for field, term in self._keywords]
        connection.executemany("INSERT INTO keyword VALUES (?, ?, ?)", keywords)


def _delete(connection: apsw.Connection, entry_id: str) -> None:
    row = _first(connection, "SELECT rowid FROM entry WHERE id = ?", (entry_id,))
    if row is not None:
        connection.execute("DELETE FROM words WHERE rowid = ?", (row,))
        connection.execute("DELETE FROM keyword WHERE entry = ?", (row,))
        connection.execute("DELETE FROM entry WHERE rowid = ?", (row,))


def _hits(
    connection: apsw.Connection, condition: Condition, request: SearchRequest, *, limit: int, offset: int = 0
) -> Iterator[Hit]:
    """Hits in their order, read from the index as they are asked for; a limit of -1 is none."""
    page = (limit, offset)
    match = scoring_match(request.tree)
    if request.sort == "relevance" and match is not None and ranks(request.tree):
        sql = f"""SELECT entry.id, -coalesce(scored.score, 0) AS score FROM entry LEFT JOIN
            (SELECT rowid, bm25(words, 2.0, 1.0, 0.0, 0.0) AS score FROM words WHERE words MATCH ?) AS scored
            ON scored.rowid = entry.rowid WHERE {condition.sql} ORDER BY score DESC, sort_key DESC LIMIT ? OFFSET ?"""
        rows = connection.execute(sql, (match, *condition.values, *page))
        return (Hit(str(name), float(score)) for name, score in rows)
    order = "ASC" if request.sort == "oldest" else "DESC"
    sql = f"SELECT id FROM entry WHERE {condition.sql} ORDER BY sort_key {order} LIMIT ? OFFSET ?"
    return (Hit(str(name)) for (name,) in connection.execute(sql, condition.values + page))


def _facet(connection: apsw.Connection, condition: Condition, name: str, size: int) -> tuple[Facet, ...]:
    sql = f"""SELECT term, count(*) AS times FROM keyword WHERE field = ?
        AND entry IN (SELECT entry.rowid FROM entry WHERE {condition.sql})
        GROUP BY term ORDER BY times DESC, term LIMIT ?"""
    rows = connection.execute(sql, (name, *condition.values, size))
    return tuple(Facet(str(term), int(times)) for term, times in rows)


def _days(connection: apsw.Connection, condition: Condition) -> list[tuple[int, int]]:
    sql = f"SELECT day, count(*) FROM entry WHERE {condition.sql} GROUP BY day"
    return [(int(day), int(times)) for day, times in connection.execute(sql, condition.values)]


def _checkpoint(connection: apsw.Connection) -> int:
    return int(_first(connection, "SELECT value FROM state WHERE name = 'checkpoint'") or 0)


def _first(connection: apsw.Connection, sql: str, values: tuple[Any, ...] = ()) -> Any:
    row = connection.execute(sql, values).fetchone()
    return None if row is None else row[0]


def _connect(folder: Path) -> apsw.Connection:
    connection = apsw.Connection(str(folder / _FILE))
    connection.set_busy_timeout(int(BUSY_TIMEOUT.total_seconds() * 1000))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(_SCHEMA)
    return connection


@contextmanager
def _border(doing: str) -> Iterator[None]:
    try:
        yield
    except apsw.BusyError as error:
        raise IndexBusyError("Another process is writing the search index; wait for it or stop it.") from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise IndexUnusableError(
            f"The search index is damaged ({error}). It must be rebuilt: `vigie rebuild`."
        ) from error
    except apsw.Error as error:
        raise EngineError(f"The search engine could not {doing}: {error}.") from error
