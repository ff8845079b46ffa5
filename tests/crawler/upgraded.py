"""The worker's tasks of extractors one version further."""

from dataclasses import replace

from archive.outcomes import Outcome
from archive.records import Rejection
from crawler.extraction import task
from crawler.extraction.task import Job, Taken


def extract_capture(job: Job) -> Taken:
    """As the real one, under the next version number."""
    taken = task.extract_capture(job)
    return Taken(replace(taken.result, extractor_version=2), taken.milliseconds)


def reject_capture(job: Job) -> Taken:
    """One that finds no text where the version before it did."""
    return Taken(Rejection(2, Outcome.no_text, f"nothing on {job.url}"), 0)
