"""What an extraction worker does with one capture: read the record by its place, undo the encoding, extract."""

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.errors import RecordError
from archive.outcomes import Outcome
from archive.records import Extraction, Hint, Page, Place, Rejection
from archive.store import decode_record
from archive.warc import read_record
from crawler.extraction.extract import EXTRACTOR_VERSION, extract
from crawler.extraction.templates.lessons import Lesson, Note, read_page


@dataclass(frozen=True)
class Job:
    """One capture to extract: where its record lies, and what the catalogue knows of it. Small, so that it travels."""

    capture: int
    folder: Path
    place: Place
    url: str
    fetched_at: datetime
    content_type: str | None
    zone: str
    language: str | None
    hints: tuple[Hint, ...]
    truncated: bool
    body_limit: int
    seconds: float
    accelerated: bool = True
    lesson: Lesson | None = None


@dataclass(frozen=True)
class Taken:
    """What a worker made of a capture, how long it took, and what became of the source's template."""

    result: Extraction | Rejection
    milliseconds: int
    note: Note | None = None


def extract_capture(job: Job) -> Taken:
    """Run in a worker process; whatever goes wrong with the record is named, not raised."""
    started = time.perf_counter()
    page = _open(job)
    note = None
    if isinstance(page, Rejection):
        result: Extraction | Rejection = page
    elif job.lesson is None:
        result = extract(page, accelerated=job.accelerated)
    else:
        result, note = read_page(page, job.lesson, accelerated=job.accelerated)
    return Taken(result, round((time.perf_counter() - started) * 1000), note)


def _open(job: Job) -> Page | Rejection:
    try:
        record = read_record(job.folder, job.place)
    except RecordError as error:
        return Rejection(EXTRACTOR_VERSION, Outcome.damaged_record, str(error))
    decoded = decode_record(record, job.body_limit)
    if decoded.outcome is not None:
        return Rejection(EXTRACTOR_VERSION, Outcome.truncated_body, f"the body: {decoded.outcome.sentence}")
    return Page(
        body=decoded.body,
        url=job.url,
        fetched_at=job.fetched_at,
        content_type=job.content_type,
        zone=job.zone,
        language=job.language,
        hints=job.hints,
        truncated=job.truncated or decoded.cut,
        last_modified=record.header("Last-Modified"),
    )
