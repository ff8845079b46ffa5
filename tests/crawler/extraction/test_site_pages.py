"""Every page of the local news site through `extract`: the end it must meet, and all of an article's own words."""

import gzip
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from archive.outcomes import Outcome
from archive.records import Extraction, Page, Rejection
from crawler.extraction.extract import extract
from tests.site.articles import DAYS
from tests.site.expected import Expected, differences, expected_on
from tests.site.markup import text_of
from tests.site.server import Site

FETCHED_AT = datetime(2025, 12, 6, 12, 0, tzinfo=UTC)
# what this stage alone can say; the next one compares with the version before and finds `suspect`
JUDGED_HERE = frozenset(outcome for outcome in Outcome if outcome.stage == "extract")


def fetch(url: str) -> tuple[bytes, str | None]:
    request = urllib.request.Request(url, headers={"User-Agent": "Vigie-test"})
    with urllib.request.urlopen(request, timeout=10) as response:
        body = response.read()
        if response.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return body, response.headers.get("Content-Type")


def pages_of(site: Site, day: str) -> Iterator[tuple[Expected, Extraction | Rejection]]:
    site.advance(day)
    for expected in expected_on(day):
        if expected.role == "robots" or not JUDGED_HERE.intersection(expected.outcomes):
            continue
        url = site.url(expected.publisher, expected.path)
        body, content_type = fetch(url)
        yield expected, extract(Page(body=body, url=url, fetched_at=FETCHED_AT, content_type=content_type))


def faults_of(expected: Expected, result: Extraction | Rejection) -> list[str]:
    outcome = result.outcome if isinstance(result, Rejection) else Outcome.extracted
    if outcome not in expected.outcomes:
        return [f"ended {outcome.name}, not {[each.name for each in expected.outcomes]}"]
    if isinstance(result, Rejection) or expected.document is None:
        return []
    wanted = expected.document
    faults = list(differences(wanted, result.title, result.authors, result.published_at, result.published_precision))
    if result.paywalled != wanted.paywalled:
        faults.append(f"paywalled is {result.paywalled}")
    if wanted.wording is not None and not wanted.paywalled:
        lines = result.text.splitlines()
        faults += [f"lost: {text_of(block)}" for block in wanted.wording.blocks if text_of(block) not in lines]
    return faults


@pytest.mark.parametrize("day", DAYS)
def test_each_page_ends_as_it_must_and_no_paragraph_is_lost(site: Site, day: str) -> None:
    results = list(pages_of(site, day))

    faults = {f"{one.publisher}{one.path}": found for one, result in results if (found := faults_of(one, result))}

    assert faults == {}
    assert sum(isinstance(result, Extraction) for _, result in results) > 20
