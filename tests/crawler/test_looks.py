"""What of an entry point is read at all: a body that was seen before never reaches a parser."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.catalogue import create_catalogue, utc_now
from archive.catalogue.sources import EntryPoint
from archive.content import decode_content
from archive.outcomes import Outcome
from archive.records import StoredResponse
from archive.store import Archive
from config.models import Settings
from crawler.asking import Asking
from crawler.desk import Desk, Terms
from crawler.looks import find_body, name_look
from crawler.recording import Recorder
from crawler.responses import Received
from crawler.run_book import RunBook

URL = "https://www.gazette.test/fil.xml"
FEED = b"<rss version='2.0'><channel><item><link>https://www.gazette.test/a/1</link></item></channel></rss>"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    catalogue = create_catalogue(tmp_path)
    archive = Archive(catalogue, operator="essai@redaction.test", clock=utc_now)
    found = Desk(
        settings=Settings(), sources={}, intervals={}, catalogue=catalogue, archive=archive, recorder=Recorder(),
        clock=utc_now, child="essai", terms=Terms(), allowed=frozenset(), book=RunBook("essai"),
    )  # fmt: skip
    yield found
    found.close()
    archive.close()
    catalogue.close()


def ask(seen: bytes | None) -> Asking:
    """A look at an address whose last body was this one."""
    digest = None if seen is None else hashlib.sha256(seen).hexdigest()
    none = (None,) * 3
    point = EntryPoint("gazette", URL, "feed", "www.gazette.test", None, None, digest, *none, None, None, 1, 0, *none)
    return Asking(URL, "feed", "gazette", entry_point=point)


def receive(body: bytes) -> Received:
    at = datetime(2026, 4, 18, tzinfo=UTC)
    stored = StoredResponse(url=URL, fetched_at=at, status=200, reason="OK", headers=(), payload=body)
    return Received(stored, decode_content(body, "", 1 << 20), Outcome.fetched, milliseconds=1)


def test_a_body_that_was_seen_before_is_not_read(desk: Desk) -> None:
    received = receive(FEED)

    assert find_body(desk, ask(FEED), received) is None
    assert name_look("feed", received, None) is Outcome.same


@pytest.mark.parametrize("seen", [None, FEED + b"\n"], ids=["first look", "another body"])
def test_another_body_is_read_whole(desk: Desk, seen: bytes | None) -> None:
    body = find_body(desk, ask(seen), receive(FEED))

    assert body is not None
    assert body.body == FEED
