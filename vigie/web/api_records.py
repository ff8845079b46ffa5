"""What the API answers, as types: the same records that `--json` prints, written down for the OpenAPI document."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from archive.catalogue.captures import Capture
from archive.catalogue.changes import Change
from archive.catalogue.documents import Document
from archive.catalogue.runs import Run
from archive.catalogue.sketches import SameTexts
from archive.catalogue.sources import EntryPoint, Facts, SourceState
from archive.records import Extraction
from vigie.seal_state import SealState


class Fault(BaseModel):
    """Why there is no answer; `position` counts characters of the query from 0."""

    message: str
    hint: str = ""
    position: int | None = None


class Refusal(BaseModel):
    """The body of every answer that is not 200."""

    error: Fault


class Passage(BaseModel):
    """A piece of text, and the stretches of it that match."""

    text: str
    marks: list[tuple[int, int]]


class Hit(BaseModel):
    """One version that was found."""

    id: str
    document: str
    version: int
    seq: int
    current: bool
    state: str
    edited: bool
    title: str | None
    lead: str | None
    authors: list[str]
    source: str
    sources: list[str]
    source_name: str
    kind: str
    regions: list[str]
    departements: list[str]
    lang: str | None
    section: str | None
    tags: list[str]
    url: str
    date: datetime
    date_origin: str
    date_precision: str
    published_at: datetime | None
    modified_at: datetime | None
    first_seen_at: datetime
    paywalled: bool
    capture: int
    content_hash: str
    snippet: Passage
    score: float | None


class Bucket(BaseModel):
    """Hits of the day, week or month that begins on `start`."""

    start: str
    count: int


class SearchAnswer(BaseModel):
    """A page of hits, the number of all of them, and what was counted beside."""

    query: str
    notes: list[str]
    total: int
    hits: list[Hit]
    facets: dict[str, dict[str, int]]
    histogram: list[Bucket]
    took_ms: float


class VersionRecord(BaseModel):
    """One state of a text with what was read in it, claims included."""

    document: str
    number: int
    capture: int
    seq: int
    fetched_at: datetime
    content_sha256: str
    extractor_version: int
    extraction: Extraction


class DocumentRecord(BaseModel):
    """Everything of one document; `source` are the labels of its source, `same_texts` the other documents that say
    the same as its current version, or at least four fifths of it."""

    document: Document
    source: Facts | None
    sources: list[str]
    contexts: list[str]
    aliases: list[str]
    versions: list[VersionRecord]
    captures: list[Capture]
    changes: list[Change]
    same_texts: SameTexts


class SourceRecord(BaseModel):
    """One source and how it goes."""

    id: str
    name: str
    kind: str
    enabled: bool
    reason: str | None
    unverified: bool
    entry_points: int
    last_visit_at: datetime | None
    next_visit_at: datetime | None
    trouble: str | None


class SourceDetails(BaseModel):
    """One source in full, as it is configured and as it went."""

    source: dict[str, Any]
    state: SourceState | None
    entry_points: list[EntryPoint]
    runs: list[Run]
    rejected: dict[str, int]


class Status(BaseModel):
    """What is going on, as `vigie status --json` says it."""

    at: datetime
    running: dict[str, str]
    sources_on: int
    due: int
    late: int
    next_visit_at: datetime | None
    troubles: list[dict[str, Any]]
    paused_hosts: dict[str, str]
    candidates: dict[str, int]
    documents: dict[str, int]
    outcomes_of_day: dict[str, int]
    extraction_queue: int
    last_seq: int
    indexed_seq: int
    index_fault: str | None
    index_behind: int
    growth: dict[str, Any]
    errands: list[dict[str, Any]]
    seals: SealState
