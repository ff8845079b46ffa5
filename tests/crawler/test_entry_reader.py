"""Entry points read off the event loop: small ones here, large ones in a worker that is killed when it must be."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.outcomes import Outcome
from config.models import Limits
from crawler.entry_reader import SMALL_BYTES, EntryBody, EntryReader
from crawler.looks import OwnScope
from crawler.reading import Reading
from crawler.recording import Recorder
from crawler.scope import Scopes
from tests.hazards.bad_feeds import make_feed, make_item
from tests.site.trouble.heavy import make_heavy

URL = "https://val.test/fil"
SMALL = make_feed(make_item("Une affaire", "https://val.test/article/1"))
LARGE = make_feed(*[make_item("Une affaire de plus", f"https://val.test/article/{n}") for n in range(1_000)])
ENDLESS = make_heavy("feed")


@pytest.fixture
def reader() -> Iterator[EntryReader]:
    recorder = Recorder()
    opened = EntryReader(recorder, Limits())
    yield opened
    opened.close()
    recorder.close()


def read(reader: EntryReader, body: bytes, **limits: int) -> Reading:
    scope = OwnScope(frozenset({"val.test"}), Scopes([]))
    entry = EntryBody("feed", body, URL, None, Limits().model_copy(update=limits), scope)
    return asyncio.run(reader.read(entry))


def count_workers() -> int:
    """The processes that this one started, in whatever thread, and that still run."""
    return sum(len(file.read_text().split()) for file in Path("/proc/self/task").glob("*/children"))


def test_a_small_one_is_read_without_a_worker_and_a_large_one_by_one_worker(reader: EntryReader) -> None:
    assert len(SMALL) < SMALL_BYTES < len(LARGE)
    before = count_workers()

    assert len(read(reader, SMALL).entries) == 1
    assert count_workers() == before
    for _ in range(2):
        found = read(reader, LARGE)
        assert (found.outcome, len(found.entries)) == (Outcome.read, 1_000)
        assert count_workers() == before + 1


def test_one_that_takes_too_long_is_unreadable_and_the_next_is_read(reader: EntryReader) -> None:
    stopped = read(reader, ENDLESS, parse_seconds=1)

    assert stopped == Reading(Outcome.unreadable, detail="stopped after 1 s")
    assert read(reader, LARGE).outcome is Outcome.read


def test_one_that_fills_the_memory_is_unreadable_and_the_next_is_read() -> None:
    recorder = Recorder()
    reader = EntryReader(recorder, Limits().model_copy(update={"parse_bytes": 450 * 2**20}))
    try:
        assert read(reader, ENDLESS) == Reading(Outcome.unreadable, detail="out of memory")
        assert read(reader, LARGE).outcome is Outcome.read
    finally:
        reader.close()
        recorder.close()


def test_the_limits_of_a_source_go_with_its_entry_point(reader: EntryReader) -> None:
    found = read(reader, LARGE, feed_entries=10)

    assert (len(found.entries), found.left_out) == (10, 990)
