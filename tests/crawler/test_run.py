"""Real crawl processes on the local news site: what is fetched, archived, counted, and how often."""

from collections import Counter

import pytest

from archive.outcomes import Outcome
from tests.crawler.crawling import Station
from tests.site.expected import expected_on

pytestmark = pytest.mark.slow

ENTRY_POINT_PATHS = {"/feed/", "/actu.htm", "/actu2.htm", "/flux.json", "/sitemap-index.xml", "/rss.xml", "/atom.xml"}


def test_a_first_visit_fetches_everything_once_and_archives_it(station: Station) -> None:
    # when
    ended = station.crawl()

    # then: every request is answered for, and nothing was asked twice but the target of a redirect
    assert (ended.status, ended.end) == (0, "finished"), ended.errors
    asked = Counter((one.host, one.path) for one in station.site.requests())
    redirected = station.rows("SELECT url FROM capture WHERE hops != '[]'")
    targets = {"/" + url.split("/", 3)[3] for (url,) in redirected}
    assert {pair: count for pair, count in asked.items() if count > 1 and pair[1] not in targets} == {}
    assert station.rows("SELECT count(*) FROM fetch_attempt WHERE status IS NOT NULL") == [(sum(asked.values()),)]
    # then: what it holds can be read back
    verdict = station.verify()
    assert verdict.damages == ()
    assert verdict.captures == station.rows("SELECT count(*) FROM capture")[0][0] > 40
    assert station.rows("SELECT count(*) FROM candidate WHERE outcome IS NULL") == [(0,)]


def test_each_page_of_the_site_ends_as_its_publisher_means_it(station: Station) -> None:
    # when
    station.crawl()

    # then
    outcomes = station.outcomes()
    named = {Outcome.gone, Outcome.disallowed, Outcome.redirect_refused, Outcome.excluded, Outcome.too_old}
    wanted = {
        one.path: one.outcomes[0].name
        for one in expected_on("first day")
        if one.found and one.path.startswith("/") and one.outcomes[0] in named
    }
    assert len(wanted) >= 5
    assert {path: outcomes.get(path) for path in wanted} == wanted


def test_a_second_visit_asks_conditionally_and_stores_nothing(station: Station) -> None:
    # given
    station.crawl()
    before = station.rows("SELECT count(*) FROM capture")
    station.site.forget_requests()

    # when
    ended = station.crawl()

    # then: only entry points, each once, robots.txt kept in the catalogue
    paths = [one.path for one in station.site.requests()]
    assert sorted(paths) == sorted(ENTRY_POINT_PATHS), ended.errors
    assert ended.counts == {"same": len(ENTRY_POINT_PATHS)}
    assert station.rows("SELECT count(*) FROM capture") == before
    assert {one.status for one in station.site.requests() if one.conditional} == {304}


def test_an_entry_point_is_fetched_whole_and_archived_once_a_day(station: Station) -> None:
    # given
    station.crawl("rempart")
    station.execute(
        "UPDATE entry_point SET last_full_at = '2020-01-01T00:00:00.000000Z', last_archived_at = last_full_at"
    )
    station.execute("UPDATE entry_point SET last_archived_at = '2020-01-01T00:00:00.000000Z'")
    station.site.forget_requests()

    # when
    station.crawl("rempart")

    # then
    assert [(one.path, one.status) for one in station.site.requests()] == [("/feed/", 200)]
    assert station.rows("SELECT count(*), count(revisit_of) FROM capture WHERE purpose = 'feed'") == [(2, 1)]


def test_news_halve_the_interval_and_quiet_doubles_it(station: Station) -> None:
    station.crawl("rempart")
    assert station.rows("SELECT interval_seconds FROM source WHERE id = 'rempart'") == [(450.0,)]
    station.crawl("rempart")
    assert station.rows("SELECT interval_seconds FROM source WHERE id = 'rempart'") == [(900.0,)]


def test_the_next_day_brings_only_what_is_new(station: Station) -> None:
    # given
    station.crawl()
    station.site.advance("next day")
    station.site.forget_requests()

    # when
    station.crawl()

    # then
    fetched = {one.path for one in station.site.requests()} - ENTRY_POINT_PATHS
    new = {one.path for one in expected_on("next day")} - {one.path for one in expected_on("first day")}
    assert {path for path in new if path.startswith("/2025/")} <= fetched
    assert not {path for path in fetched if path.startswith("/2025/")} - new


def test_no_public_host_is_visited_before_a_contact_is_set(station: Station) -> None:
    # given: a source on a public host, and only that one asked for
    station.add_source("publique", "presse.exemple.test", homepage="https://presse.exemple.test/",
                       feeds=["https://presse.exemple.test/rss"])  # fmt: skip

    # when
    ended = station.crawl("publique")

    # then
    assert ended.status == 2
    assert "contact: no public host is visited before it is set" in ended.errors
    assert "Traceback" not in ended.errors


def test_older_entries_are_taken_when_asked_for(station: Station) -> None:
    # given: a publisher whose old entries were left alone
    station.add_source("vieux", "127.0.0.9", feeds=[station.feed_of("127.0.0.9", "/article/vieux-1")], backfill_days=7)
    station.crawl("vieux")
    assert station.outcomes() == {"/article/vieux-1": "too_old"}

    # when
    station.crawl("vieux", since="2025-01-01")

    # then
    assert station.outcomes() == {"/article/vieux-1": "fetched"}
    assert station.rows("SELECT via FROM capture WHERE purpose = 'page'") == [("backfill",)]


def test_a_misspelt_source_is_named(station: Station) -> None:
    ended = station.crawl("rempar")
    assert (ended.status, ended.end) == (2, "refused")
    assert "rempar: no such source" in ended.errors
