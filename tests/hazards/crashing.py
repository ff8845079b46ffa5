"""The task of an extraction worker that some page brings down: for the test of what happens then."""

import ctypes

from crawler.extraction.task import Job, Taken
from crawler.extraction.task import extract_capture as extract_in_peace

CRASHES = "/p8/crash"


def extract_capture(job: Job) -> Taken:
    """The real extraction, which ends with a segmentation fault at one page."""
    if job.url.endswith(CRASHES):
        ctypes.string_at(0)
    return extract_in_peace(job)
