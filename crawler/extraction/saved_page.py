"""What an extraction worker does with a page saved as a file: the same extraction, without an archive."""

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.outcomes import Outcome
from archive.records import Page, Rejection
from crawler.extraction.extract import EXTRACTOR_VERSION, extract
from crawler.extraction.task import Taken


@dataclass(frozen=True)
class SavedPage:
    """A file and what is known of the page in it; small, so that it travels."""

    path: Path
    url: str
    fetched_at: datetime
    zone: str
    language: str | None
    body_limit: int
    accelerated: bool = True


def extract_saved(saved: SavedPage) -> Taken:
    """Run in a worker process; a file that cannot be read is a rejection by name."""
    started = time.perf_counter()
    try:
        with saved.path.open("rb") as file:
            body = file.read(saved.body_limit + 1)
    except OSError as error:
        return Taken(Rejection(EXTRACTOR_VERSION, Outcome.damaged_record, error.strerror or str(error)), 0)
    if len(body) > saved.body_limit:
        rejection = Rejection(EXTRACTOR_VERSION, Outcome.too_large, f"more than {saved.body_limit} bytes")
        return Taken(rejection, 0)
    page = Page(body, saved.url, saved.fetched_at, zone=saved.zone, language=saved.language)
    return Taken(extract(page, accelerated=saved.accelerated), round((time.perf_counter() - started) * 1000))
