"""Pages made to hang or burst a parser, through the pool with the real extractor: each ends by name."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from archive.outcomes import Outcome
from archive.records import Extraction, Page, Rejection
from crawler.extraction.pool import Failure, Pool

ARTICLE = "<p>" + "La brigade de nuit attend une réponse écrite de la direction départementale. " * 8 + "</p>"
GIGABYTE = 1 << 30


def page(name: str, body: str) -> Page:
    return Page(
        body=body.encode("utf-8", "surrogatepass"),
        url=f"https://exemple.test/{name}",
        fetched_at=datetime(2025, 3, 6, tzinfo=UTC),
        content_type="text/html; charset=utf-8",
    )


def run(*pages: Page, seconds: float) -> dict[str, Any]:
    with Pool(workers=1, seconds=seconds, memory_bytes=GIGABYTE, task="crawler.extraction.extract:extract") as pool:
        for each in pages:
            pool.submit(each)
        return {job.url.rpartition("/")[2]: result for job, result in pool.results()}


@pytest.mark.slow
def test_pages_that_take_minutes_are_stopped_and_the_batch_finishes() -> None:
    attributes = " ".join(f"a{number}='1'" for number in range(160_000))
    started = time.monotonic()

    results = run(
        page("before", f"<html><body><main>{ARTICLE}</main></body></html>"),
        page("attributes", f"<html><body><div {attributes}>x</div>{ARTICLE}</body></html>"),
        page("paragraphs", "<html><body>" + "<p>a</p>" * 250_000 + "</body></html>"),
        page("after", f"<html><body><main>{ARTICLE}</main></body></html>"),
        seconds=3.0,
    )

    assert isinstance(results["before"], Extraction)
    assert isinstance(results["after"], Extraction)
    assert results["attributes"] == Failure(Outcome.extraction_timeout, "stopped after 3 s")
    assert results["paragraphs"] == Failure(Outcome.extraction_timeout, "stopped after 3 s")
    assert time.monotonic() - started < 60


@pytest.mark.slow
def test_pages_that_fill_the_memory_fail_by_name_and_the_batch_finishes() -> None:
    small = "<i>a</i>" * 1_900_000

    results = run(
        page("elements", f"<html><body><main>{small}</main></body></html>"),
        page("depth", "<html><body>" + "<div>" * 300_000 + "fin"),
        page("after", f"<html><body><main>{ARTICLE}</main></body></html>"),
        seconds=60.0,
    )

    assert isinstance(results["after"], Extraction)
    assert isinstance(results["elements"], Failure | Rejection)
    assert isinstance(results["depth"], Rejection)
    assert results["depth"].outcome is Outcome.extraction_failed


def test_one_very_long_text_is_not_lost_in_silence() -> None:
    long = "mot " * 3_000_000

    results = run(page("long", f"<html><body><main><p>{long}</p></main></body></html>"), seconds=60.0)

    taken = results["long"]
    if isinstance(taken, Extraction):
        assert taken.text.count("mot") == 3_000_000
    else:
        assert taken.outcome in (Outcome.extraction_failed, Outcome.extraction_timeout)
