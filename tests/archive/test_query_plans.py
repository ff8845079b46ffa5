"""What is asked again and again finds its rows by an index: it costs the same in an archive of any size.

SQLite itself says how it would answer. A plan that reads a growing table from end to end, or sorts all that waits to
give back the first few, fails here long before an archive is large enough for anybody to notice.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from archive.catalogue import (
    Catalogue,
    Transaction,
    candidates,
    captures,
    changed_entries,
    changes,
    counts,
    create_catalogue,
    documents,
    entries,
    extractions,
    matches,
    outbox,
    revisions,
    runs,
    standing,
    work,
)
from archive.catalogue.schema import metadata

NOW = datetime(2026, 3, 2, tzinfo=UTC)
Ask = Callable[[Transaction], Any]

SMALL = {"source", "source_facts", "entry_point", "host", "watermark", "bytes_a_day", "warc_file", "mail_pause"}
"""Tables that grow with the sources or the days, not with the articles."""

QUERIES: dict[str, Ask] = {
    "due hosts": lambda t: work.list_due_hosts(t, NOW, limit=9),
    "due hosts of a source": lambda t: work.list_due_hosts(t, NOW, limit=9, sources=["s"]),
    "due candidates": lambda t: work.list_due_candidates(t, "h", NOW, limit=9),
    "due looks": lambda t: work.list_due_looks(t, "h", NOW, limit=9),
    "due looks that were asked for": lambda t: work.list_due_looks(t, "h", NOW, limit=9, asked_only=True),
    "known among the entries of a feed": lambda t: candidates.find_known(t, ["a", "b"], "s", "feed"),
    "a candidate": lambda t: candidates.find_candidate(t, "a"),
    "what was said of a candidate": lambda t: candidates.read_hints(t, 1, NOW),
    "the latest of a source": lambda t: candidates.list_latest(t, "s", limit=9),
    "candidates to reopen": lambda t: candidates.reopen_since(t, "s", NOW, limit=9),
    "work for extraction": lambda t: captures.list_to_extract(t, limit=9),
    "work for extraction beside some in hand": lambda t: captures.list_to_extract(t, limit=9, beyond=[3, 4]),
    "work after an upgrade": lambda t: captures.list_to_extract_again(t, below=3, after=0, limit=9),
    "how much waits for extraction": captures.count_to_extract,
    "an equal payload": lambda t: captures.find_payload(t, "x"),
    "a response": lambda t: captures.find_response(t, "x", NOW),
    "the latest capture of a candidate": lambda t: captures.find_latest(t, 1, "x"),
    "the latest capture of a document": lambda t: captures.find_latest_of_document(t, "x"),
    "neighbours in time": lambda t: captures.find_shown_beside(t, "x", NOW, 1),
    "captures by number": lambda t: captures.list_captures(t, after=0, limit=9),
    "an extraction": lambda t: extractions.find_extraction(t, 1, 1),
    "claims": lambda t: extractions.read_claims(t, 1),
    "a document by its address": lambda t: documents.find_by_canonical(t, "x"),
    "a document by the address it claims": lambda t: documents.find_by_claim(t, "x"),
    "versions": lambda t: documents.list_versions(t, "x"),
    "addresses": lambda t: documents.list_aliases(t, "x"),
    "who showed a document": lambda t: documents.list_sources(t, ["x", "y"]),
    "documents of a source": lambda t: documents.list_ids_of_source(t, "s", after="a", limit=9),
    "first seen in a stretch": lambda t: documents.count_first_seen(t, NOW, NOW),
    "merged documents": lambda t: documents.list_family(t, "x"),
    "changes after a seq": lambda t: changes.read_changes(t, after=5, limit=9),
    "changes of a document": lambda t: changes.read_changes_of(t, "x"),
    "documents changed since": lambda t: changes.list_changed(t, ["x", "y"], after=5),
    "documents that left since": lambda t: changes.list_left(t, after=5),
    "the end of the log": changes.last_seq,
    "entries of documents": lambda t: entries.read_entries(t, ["x", "y"]),
    "entries by id": lambda t: entries.read_entries_by_id(t, [("x", 1), ("y", 2)]),
    "the changes that made versions": lambda t: changed_entries.list_version_seqs(t, [("x", 1), ("y", 2)]),
    "changes to match": lambda t: changed_entries.read_matched_changes(t, after=5, limit=9),
    "wordings before": lambda t: revisions.read_wordings_before(t, [5, 6]),
    "matches to tell": lambda t: matches.list_waiting(t, "q", ["told"]),
    "matches known already": lambda t: matches.find_known(t, ["q"], ["x", "y"]),
    "matches of a document": lambda t: matches.list_outcomes_of(t, "q", "x"),
    "mail to send": lambda t: outbox.list_due(t, NOW, 9),
    "mail left half sent": outbox.list_left_sending,
    "mail that could not be sent": lambda t: outbox.list_unreported(t, 9),
    "letters to write anew": lambda t: outbox.list_outdated(t, 9),
    "runs that are under way": runs.list_open_children,
    "entries of a complete index": lambda t: entries.read_entry_keys(t, after=5, limit=9),
    "requests of a day": lambda t: counts.count_attempts(t, NOW),
    "versions in a stretch of the log": lambda t: standing.list_version_changes(t, after=5, up_to=9),
}

IN_ORDER = ("work for extraction", "captures by number", "documents of a source", "changes after a seq",
            "entries of a complete index", "work after an upgrade")  # fmt: skip
"""Read page by page over all there is: a page that has to be sorted costs as much as everything that waits."""


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    made = create_catalogue(tmp_path_factory.mktemp("plans"))
    yield made
    made.close()


@pytest.mark.parametrize("name", QUERIES)
def test_no_growing_table_is_read_from_end_to_end(catalogue: Catalogue, name: str) -> None:
    steps = explain(catalogue, QUERIES[name])

    assert [step for step in steps if reads_all(step)] == [], steps


@pytest.mark.parametrize("name", IN_ORDER)
def test_pages_come_in_the_order_of_an_index(catalogue: Catalogue, name: str) -> None:
    assert "USE TEMP B-TREE FOR ORDER BY" not in explain(catalogue, QUERIES[name])


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("due hosts", "document_due (next_check_at<?)"),
        ("due hosts of a source", "document_due (next_check_at<?)"),
        ("due candidates", "candidate_pending (host=?)"),
        ("due looks", "document_to_check (host=? AND next_check_at<?)"),
        ("work for extraction", "capture_to_extract (via=?)"),
        ("documents of a source", "document_of_source (source=? AND id>?)"),
        ("an equal payload", "capture_by_payload (payload_sha256=?)"),
        ("merged documents", "document_merged (merged_into=?)"),
    ],
)
def test_an_index_that_is_there_for_a_query_is_used_by_it(catalogue: Catalogue, name: str, index: str) -> None:
    steps = explain(catalogue, QUERIES[name])
    assert any(step.endswith(f"INDEX {index}") for step in steps), steps


def test_a_query_without_an_index_is_found_out(catalogue: Catalogue) -> None:
    by_text = sa.select(metadata.tables["extraction"].c.id).where(metadata.tables["extraction"].c.text == "x")
    assert [step for step in explain(catalogue, lambda t: t.execute(by_text)) if reads_all(step)] == ["SCAN extraction"]


def explain(catalogue: Catalogue, ask: Ask) -> list[str]:
    """The steps by which SQLite answers every statement that the function sends."""
    asked: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        asked.append((statement, parameters))

    with catalogue.read() as transaction:
        sa.event.listen(transaction.engine, "before_cursor_execute", note)
        ask(transaction)
        sa.event.remove(transaction.engine, "before_cursor_execute", note)
        return [
            row[3]
            for statement, parameters in asked
            for row in transaction.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]


def reads_all(step: str) -> bool:
    """True of a step that reads a growing table from end to end; not of an index that holds only what waits."""
    found = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step)
    if found is None or found[1] not in metadata.tables.keys() - SMALL:
        return False
    return found[2] not in list_partial_indexes()


def list_partial_indexes() -> set[str]:
    """The indexes that have rows only for what is under way."""
    every = (index for table in metadata.tables.values() for index in table.indexes)
    return {str(index.name) for index in every if index.dialect_options["sqlite"]["where"] is not None}
