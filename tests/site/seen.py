"""What an archive saw of the site: the last named end of every URL and the facts of every document, by URL.

Read from the catalogue's tables, not through the code under test.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from archive.outcomes import Outcome
from tests.site.accounting import Seen, SeenDocument
from tests.site.publishers import ambre

_TAKEN = {"new_document", "new_version", "same_text"}

_CANDIDATES = "select id, url, outcome from candidate"
_UNUSABLE = "select count(*) from day_count where outcome = 'bad_url' and source = 'ambre'"
_PAGES = """
    select url, candidate, status, extraction_outcome, document from capture
    where purpose = 'page' order by fetched_at, id
"""
_DOCUMENTS = """
    select d.id, e.title, e.authors, e.published_at, e.published_precision, e.paywalled, f.kind
    from document d
    join version v on v.document = d.id and v.number = d.current_version
    join extraction e on e.id = v.extraction
    join source_facts f on f.source = d.source
    where d.state != 'merged'
    order by f.id
"""


def read_seen(data_folder: Path) -> dict[str, Seen]:
    """The end of every URL that a crawl met; what an address answered after it was captured changes nothing."""
    path = (data_folder / "catalogue.sqlite").absolute()
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        documents = _read_documents(connection)
        seen = {}
        numbers = {}
        for row in connection.execute(_CANDIDATES):
            numbers[row["id"]] = row["url"]
            seen[row["url"]] = Seen(_outcome(row["outcome"]))
        for url, one in _read_pages(connection, numbers, documents):
            seen[url] = one
        if connection.execute(_UNUSABLE).fetchone()[0]:
            seen[ambre.SCRIPT] = Seen(Outcome.bad_url)  # the one unusable link of the site; such links are only counted
    return seen


def _read_documents(connection: sqlite3.Connection) -> dict[str, SeenDocument]:
    documents = {}
    for row in connection.execute(_DOCUMENTS):
        published = datetime.fromisoformat(row["published_at"]) if row["published_at"] else None
        documents[row["id"]] = SeenDocument(
            row["title"],
            tuple(json.loads(row["authors"])),
            published,
            row["published_precision"],
            row["kind"],
            bool(row["paywalled"]),
        )
    return documents


def _read_pages(
    connection: sqlite3.Connection, numbers: dict[int, str], documents: dict[str, SeenDocument]
) -> Iterator[tuple[str, Seen]]:
    """Later captures of an address override earlier ones. A redirect says nothing of where it leads to."""
    for row in connection.execute(_PAGES):
        if row["status"] != 200:
            continue
        if row["document"] in documents:
            seen = Seen(Outcome.extracted, documents[row["document"]])
        else:
            seen = Seen(_outcome(row["extraction_outcome"]))
        yield row["url"], seen
        if row["candidate"] in numbers:
            yield numbers[row["candidate"]], seen


def _outcome(name: str | None) -> Outcome | None:
    return None if name is None else Outcome.extracted if name in _TAKEN else Outcome[name]
