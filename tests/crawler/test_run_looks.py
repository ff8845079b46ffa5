"""Articles looked at again: conditionally, by plan or because a feed says so, within their share, until removal."""

from contextlib import closing
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from archive.catalogue import open_catalogue, utc_now
from config.loading import load_valid
from crawler.extracting import Extracting
from tests.crawler.crawling import LONG_AGO, Station

pytestmark = pytest.mark.slow

ARTICLE = "/2025/12/02/mutations-la-liste-provisoire-circule/"
EDITED = "/faits-divers/un-promeneur-sauve-de-la-noyade-par-deux-gardiens-de-la-paix-20412.html"


def extract(station: Station) -> None:
    """Make documents of what was captured."""
    loaded = load_valid(station.config)
    with closing(open_catalogue(station.data)) as catalogue:
        Extracting(catalogue, loaded.settings, loaded.sources, utc_now, lambda: uuid4().hex).run()


def look_now(station: Station, path: str = "") -> None:
    """The plan says now, for one article or for all."""
    station.execute("UPDATE document SET next_check_at = ? WHERE url LIKE ?", LONG_AGO, f"%{path}")


def state_of(station: Station, path: str) -> tuple[str, bool]:
    """State of the article's document, and whether it is missing."""
    ((state, gone),) = station.rows("SELECT state, gone_since FROM document WHERE url LIKE ?", f"%{path}")
    return state, gone is not None


def hours_until_next_look(station: Station, path: str) -> float:
    """From now to the planned look."""
    ((planned,),) = station.rows("SELECT next_check_at FROM document WHERE url LIKE ?", f"%{path}")
    return (datetime.fromisoformat(planned) - datetime.now(UTC)).total_seconds() / 3600


def test_an_unchanged_article_costs_one_conditional_request(station: Station) -> None:
    # given
    station.crawl("rempart")
    extract(station)
    look_now(station, ARTICLE)
    station.site.forget_requests()

    # when
    ended = station.crawl("rempart")

    # then
    asked = [(one.path, one.status) for one in station.site.requests() if one.path == ARTICLE]
    assert asked == [(ARTICLE, 304)], ended.errors
    assert station.rows("SELECT count(*) FROM capture WHERE url LIKE ?", f"%{ARTICLE}") == [(1,)]
    assert 0.5 < hours_until_next_look(station, ARTICLE) <= 1


def test_an_edited_article_is_captured_again_and_waits_for_extraction(station: Station) -> None:
    station.crawl("rempart")
    extract(station)
    station.site.edit("rempart", ARTICLE, title="Mutations : la liste définitive est là")
    look_now(station, ARTICLE)
    station.crawl("rempart")
    rows = station.rows(
        "SELECT extracted_by IS NULL, document FROM capture WHERE url LIKE ? ORDER BY id", f"%{ARTICLE}"
    )
    assert [waiting for waiting, _ in rows] == [0, 1]
    extract(station)
    assert station.rows("SELECT count(*) FROM change WHERE kind = 'edited'") == [(1,)]


def test_an_article_is_removed_after_two_answers_a_day_apart_and_restored_when_it_is_back(station: Station) -> None:
    # given
    station.crawl("rempart")
    extract(station)
    station.site.remove("rempart", ARTICLE, 410)

    # when: the first answer
    look_now(station, ARTICLE)
    station.crawl("rempart")
    # then
    assert state_of(station, ARTICLE) == ("live", True)
    assert 23.5 < hours_until_next_look(station, ARTICLE) <= 24

    # when: a day later
    station.execute("UPDATE document SET gone_since = ? WHERE url LIKE ?", LONG_AGO, f"%{ARTICLE}")
    look_now(station, ARTICLE)
    station.crawl("rempart")
    # then: removed, the old captures stay
    assert state_of(station, ARTICLE)[0] == "removed"
    assert station.rows("SELECT kind FROM change ORDER BY seq DESC LIMIT 1") == [("removed",)]
    statuses = station.rows("SELECT status FROM capture WHERE url LIKE ? ORDER BY id", f"%{ARTICLE}")
    assert statuses == [(200,), (410,), (410,)]

    # when: it is back as it was
    station.site.restore("rempart", ARTICLE)
    look_now(station, ARTICLE)
    station.crawl("rempart")
    # then
    assert state_of(station, ARTICLE) == ("live", False)
    assert station.rows("SELECT kind FROM change ORDER BY seq DESC LIMIT 1") == [("restored",)]


def test_a_server_error_is_no_removal(station: Station) -> None:
    station.crawl("rempart")
    extract(station)
    station.site.remove("rempart", ARTICLE, 500)
    look_now(station, ARTICLE)
    station.crawl("rempart")
    assert state_of(station, ARTICLE) == ("live", False)
    assert 0.5 < hours_until_next_look(station, ARTICLE) <= 1


def test_an_article_whose_date_moves_in_the_feed_is_looked_at_at_once(station: Station) -> None:
    # given
    station.crawl("rives")
    extract(station)
    station.site.advance("next day")
    station.site.forget_requests()

    # when: no look is due by the plan
    station.crawl("rives")

    # then
    assert station.site.count(EDITED, "rives") == 1
    assert station.rows("SELECT count(*) FROM capture WHERE url LIKE ?", f"%{EDITED}%") == [(2,)]


def test_looks_by_the_plan_keep_to_their_share_of_the_host(station: Station) -> None:
    # given: more articles due than a fifth of what the host was asked today, and than the floor of five
    station.crawl("rempart")
    extract(station)
    ((due,),) = station.rows("SELECT count(*) FROM document WHERE source = 'rempart'")
    look_now(station)
    station.site.forget_requests()

    # when
    ended = station.crawl("rempart")

    # then
    looks = [one for one in station.site.requests("rempart") if one.status == 304 and one.path != "/feed/"]
    assert due > len(looks) == 5, ended.errors
    # when: asked for, all of them
    station.execute("UPDATE document SET look_now = 1")
    station.crawl("rempart")
    looks = [one for one in station.site.requests("rempart") if one.status == 304 and one.path != "/feed/"]
    assert len({one.path for one in looks}) == due
