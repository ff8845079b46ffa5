"""Entries against the catalogue: what is new is kept, what is known costs nothing, what moved is looked at."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive.catalogue import captures, documents, open_catalogue, work
from archive.catalogue.captures import NewCapture
from archive.records import Entry, Place
from archive.store import Archive
from config.intervals import carried_intervals
from config.loading import load_valid
from config.public_addresses import allowed_pairs
from crawler.desk import Desk, Terms
from crawler.recording import Recorder
from crawler.run_book import RunBook
from crawler.sights import horizon_of, take_entries
from tests.crawler.crawling import Station

NOW = datetime(2025, 12, 5, 12, 0, tzinfo=UTC)
OTHER = "127.0.0.9"


@contextmanager
def desk_of(station: Station, terms: Terms | None = None) -> Iterator[Desk]:
    """The desk of a crawl that has not begun, at a fixed time."""
    loaded = load_valid(station.config)
    with closing(open_catalogue(station.data)) as catalogue:
        desk = Desk(
            settings=loaded.settings,
            sources=loaded.sources,
            intervals=carried_intervals(loaded.sources.values(), loaded.settings),
            catalogue=catalogue,
            archive=Archive(catalogue, operator=None, clock=lambda: NOW),
            recorder=Recorder(),
            clock=lambda: NOW,
            child="essai",
            terms=terms or Terms(),
            allowed=allowed_pairs(loaded.settings.private_hosts),
            book=RunBook("essai"),
        )
        yield desk
        desk.close()


def take(desk: Desk, *entries: Entry, source: str = "gazette") -> Counter[str]:
    """One look's entries; only counts that are not zero."""
    horizon = horizon_of(desk, source, None)
    return +asyncio.run(take_entries(desk, source, entries, horizon))


@pytest.fixture
def gazette(station: Station) -> Station:
    """A source with a scope of its own."""
    station.add_source("gazette", OTHER, feeds=[f"http://{OTHER}:{station.site.port}/feed"], backfill_days=7,
                       include=["/article/"], exclude=["/article/jeux/"])  # fmt: skip
    station.register()
    return station


def entry(station: Station, path: str, **said: Any) -> Entry:
    """One line of the feed."""
    return Entry(f"http://{OTHER}:{station.site.port}{path}", "feed", **said)


def test_each_entry_has_one_end(gazette: Station) -> None:
    entries = [
        entry(gazette, "/article/un", published="2025-12-05T10:00:00+01:00"),
        entry(gazette, "/article/un?utm_source=flux"),
        entry(gazette, "/article/ancien", published="2025-11-01T10:00:00+01:00"),
        entry(gazette, "/article/sans-date"),
        entry(gazette, "/article/jeux/mots"),
        entry(gazette, "/contact"),
        Entry("https://ailleurs.exemple.test/a", "feed"),
        Entry("javascript:void(0)", "feed"),
    ]
    with desk_of(gazette) as desk:
        assert take(desk, *entries) == {"new": 2, "too_old": 1, "excluded": 1, "out_of_scope": 2, "bad_url": 1}
        # then: a second look at the same feed writes nothing
        before = gazette.rows("SELECT count(*) FROM sighting")
        assert take(desk, *entries) == {"known": 6, "bad_url": 1}
        assert gazette.rows("SELECT count(*) FROM sighting") == before


def test_a_tract_keeps_the_entry_point_that_named_it(gazette: Station) -> None:
    found = [entry(gazette, "/article/tract.PDF"), entry(gazette, "/article/un")]
    listing = f"http://{OTHER}:{gazette.site.port}/communiques"
    with desk_of(gazette) as desk:
        horizon = horizon_of(desk, "gazette", None)
        for looked in ({"new": 2}, {"known": 2}):
            assert +asyncio.run(take_entries(desk, "gazette", found, horizon, listing)) == looked
    rows = gazette.rows("SELECT context_url FROM sighting ORDER BY id")
    assert rows == [(listing,), (None,)]


def test_an_entry_that_says_something_else_is_a_further_statement(gazette: Station) -> None:
    with desk_of(gazette) as desk:
        take(desk, entry(gazette, "/article/un", title="Un titre"))
        take(desk, entry(gazette, "/article/un", title="Un autre titre"))
    assert gazette.rows("SELECT title FROM sighting ORDER BY id") == [("Un titre",), ("Un autre titre",)]


def test_older_entries_are_back_fill_when_asked_for(gazette: Station) -> None:
    old = entry(gazette, "/article/ancien", published="2025-11-01T10:00:00+01:00")
    with desk_of(gazette) as desk:
        take(desk, old)
    with desk_of(gazette, Terms(since=datetime(2025, 10, 1, tzinfo=UTC))) as desk:
        take(desk, old, entry(gazette, "/article/plus-ancien", published="2025-09-01T10:00:00+02:00"))
    rows = gazette.rows("SELECT substr(url, -12), outcome, via FROM candidate ORDER BY id")
    assert [(outcome, via) for _, outcome, via in rows] == [(None, "backfill"), ("too_old", "live")]


def test_a_known_article_is_looked_at_when_its_date_moves_and_labelled_when_another_names_it(gazette: Station) -> None:
    # given: a document of the first sight
    first = entry(gazette, "/article/un", updated="2025-12-05T10:00:00+01:00")
    with desk_of(gazette) as desk:
        take(desk, first)
        add_document(desk, first.url)
        # when
        take(desk, replace(first, updated="2025-12-05T11:00:00+01:00"))
        # then
        assert gazette.rows("SELECT look_now FROM document") == [(1,)]
        assert gazette.rows("SELECT kind FROM change") == []
        # when
        take(desk, first, source="rempart")
        take(desk, first, source="rempart")
        # then
        assert gazette.rows("SELECT kind FROM change") == [("relabelled",)]


def test_a_document_that_its_own_source_names_is_not_labelled_anew(gazette: Station) -> None:
    first = entry(gazette, "/article/un")
    with desk_of(gazette) as desk:
        take(desk, first, source="rempart")
        add_document(desk, first.url)
        take(desk, first)
    assert gazette.rows("SELECT kind FROM change") == []


def test_a_changed_scope_gives_the_address_to_its_new_owner(gazette: Station) -> None:
    # given: an address outside every scope
    contact = entry(gazette, "/contact")
    with desk_of(gazette) as desk:
        take(desk, contact, source="rempart")
    assert gazette.rows("SELECT source, outcome FROM candidate") == [("rempart", "out_of_scope")]

    # when
    gazette.add_source("guichet", OTHER, feeds=[f"http://{OTHER}:{gazette.site.port}/guichet"], include=["/contact"])
    with desk_of(gazette) as desk:
        take(desk, contact, source="rempart")

    # then
    assert gazette.rows("SELECT source, outcome FROM candidate") == [("guichet", None)]


def test_due_sources_that_are_not_asked_for_do_not_crowd_out_those_that_are(gazette: Station) -> None:
    with desk_of(gazette) as desk, desk.catalogue.read() as transaction:
        found = work.list_due_sources(transaction, NOW, limit=1, among=["rives"])
    assert [due.id for due in found] == ["rives"]


def test_dates_that_all_move_at_once_mean_nothing(gazette: Station) -> None:
    # given: a sitemap whose dates are those of its making
    with desk_of(gazette) as desk:
        paths = [f"/article/{number}" for number in range(30)]
        take(desk, *(entry(gazette, path, updated="2025-12-05T10:00:00Z") for path in paths))
        add_document(desk, entry(gazette, "/article/3").url)

        # when
        again = [entry(gazette, path, updated="2025-12-05T11:00:00Z") for path in paths]
        counts = take(desk, *again, entry(gazette, "/article/nouveau", updated="2025-12-05T11:00:00Z"))

    # then
    assert counts["new"] == 1
    assert gazette.rows("SELECT count(*) FROM sighting") == [(31,)]
    assert gazette.rows("SELECT look_now FROM document") == [(0,)]


def test_what_was_given_up_is_asked_again_when_the_feed_still_names_it_but_not_for_ever(gazette: Station) -> None:
    first = entry(gazette, "/article/un")
    with desk_of(gazette) as desk:
        take(desk, first)
        for _ in range(5):
            gazette.execute("UPDATE candidate SET outcome = 'given_up'")
            take(desk, first)
    assert gazette.rows("SELECT outcome, reopened FROM candidate") == [("given_up", 3)]


def test_what_was_gone_is_asked_again_when_the_feed_says_that_it_changed(gazette: Station) -> None:
    with desk_of(gazette) as desk:
        take(desk, entry(gazette, "/article/un", updated="2025-12-05T10:00:00Z"))
        gazette.execute("UPDATE candidate SET outcome = 'gone'")

        take(desk, entry(gazette, "/article/un", updated="2025-12-05T10:00:00Z"))
        unmoved = gazette.rows("SELECT outcome, reopened FROM candidate")
        take(desk, entry(gazette, "/article/un", updated="2025-12-05T11:00:00Z"))

    assert unmoved == [("gone", 0)]
    assert gazette.rows("SELECT outcome, reopened FROM candidate") == [(None, 1)]


def add_document(desk: Desk, url: str) -> None:
    """A captured article under that address."""
    from crawler.urls import canonical_form

    with desk.catalogue.write() as transaction:
        captures.add_capture(
            transaction,
            NewCapture(url, canonical_form(url), "page", "gazette", "live", NOW, 200, Place("essai", 0, 1), "x", 1),
        )
        documents.create_document(
            transaction, "d1", source="gazette", url=url, host=OTHER, first_seen_at=NOW, canonical_claim=None,
            next_check_at=NOW + timedelta(hours=1),
        )  # fmt: skip
        documents.add_alias(transaction, canonical_form(url), "d1", url, NOW)
