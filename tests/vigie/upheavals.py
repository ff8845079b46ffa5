"""What shakes an archive as a whole: an import, late documents, everything read again, a new index.

Each happens by its command, as a person runs it, and after each one the audit is asked about the saved queries.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from archive.catalogue import matches, open_catalogue
from tests.archive.foreign_files import Foreign, write_foreign
from tests.crawler.test_extracting import MORE_PARAGRAPHS, PARAGRAPHS, make_page
from tests.vigie.program import Program

HOST = "127.0.0.5"
FIRST, SECOND, EARLIER = (datetime(2025, month, 10, 6, 30, tzinfo=UTC) for month in (9, 10, 6))

QUERIES: dict[str, dict[str, object]] = {
    "first": {"query": "gardiens"},
    "listed": {"query": "gardiens AND NOT vestiaires", "tell_backfill": True, "on_edit": "mail", "on_removal": "mail"},
    "old-words": {"query": "bandeau", "tell_backfill": True},
    "sources": {"query": "source:ambre AND tract", "regions": ["FR-GES"], "schedule": "daily 07:30"},
}
"""`bandeau` stands in what an older extractor read, and in nothing that today's finds."""


@dataclass(frozen=True)
class Verdict:
    """What the audit said after a step, and the matches by outcome of all queries by then."""

    step: str
    audit: dict[str, Any]
    outcomes: Counter[str]

    @property
    def wrong(self) -> int:
        """How much is missed, extra, unsent or told twice."""
        return sum(len(self.audit[name]) for name in ("missed", "extra", "unsent", "twice"))


def shake(program: Program, port: int, count: int) -> Iterator[Verdict]:
    """Take in `count` articles, then let everything happen to them; the verdict after each step."""
    _save_queries(program)
    program.must("init")
    program.must("alerts", "run")  # queries begin here
    _import(program, _pages(port, "dossier", count, FIRST, PARAGRAPHS + MORE_PARAGRAPHS))
    _age_extractions(program)
    yield _judge(program, "an import")
    older = _pages(port, "dossier", count, EARLIER, MORE_PARAGRAPHS)
    _import(program, [*older, *_pages(port, "ancien", count, EARLIER, PARAGRAPHS),
                      *_pages(port, "dossier", count // 4, SECOND, PARAGRAPHS)])  # fmt: skip
    yield _judge(program, "late documents")
    program.must("extract", "--again")
    yield _judge(program, "everything read again")
    program.must("index")
    program.must("rebuild")
    yield _judge(program, "a new index")


def _save_queries(program: Program) -> None:
    folder = program.config / "queries"
    folder.mkdir(exist_ok=True)
    for name, keys in QUERIES.items():
        query = {"title": name, "recipients": ["redaction@exemple.test"]} | keys
        (folder / f"{name}.yaml").write_text(json.dumps(query), encoding="utf-8")


def _pages(port: int, name: str, count: int, first: datetime, paragraphs: list[str]) -> list[Foreign]:
    """Articles of one publisher whose texts differ, captured a minute apart."""
    return [
        Foreign(
            f"http://{HOST}:{port}/archives/{name}-{number}",
            f"{first + timedelta(minutes=number):%Y-%m-%dT%H:%M:%SZ}",
            make_page(
                f"{name.title()} {number} de la Sarvène",
                [*paragraphs, f"Le dossier {name} porte le numéro {number} au registre {number * 7919} de la ville."],
            ),
        )
        for number in range(count)
    ]


def _import(program: Program, pages: list[Foreign]) -> None:
    path = write_foreign(program.folder / "ailleurs.warc.gz", pages)
    program.must("import", str(path))
    program.must("extract")


def _age_extractions(program: Program) -> None:
    """As if an older extractor, which took a banner for text, had read everything so far."""
    with closing(open_catalogue(program.data)) as catalogue, catalogue.write() as transaction:
        transaction.exec_driver_sql("UPDATE capture SET extracted_by = 0 WHERE extracted_by IS NOT NULL")
        transaction.exec_driver_sql("UPDATE extraction SET extractor_version = 0, text = text || ' Un bandeau.'")


def _judge(program: Program, step: str) -> Verdict:
    program.must("alerts", "run")
    audit = program.run("alerts", "audit", "--json").json
    outcomes: Counter[str] = Counter()
    with closing(open_catalogue(program.data)) as catalogue, catalogue.read() as transaction:
        for name in QUERIES:
            outcomes.update(matches.count_outcomes(transaction, name))
    return Verdict(step, audit, outcomes)
