"""robots.txt and tdmrep.json as real crawls meet them: kept a day, archived, obeyed when they change."""

import gzip
import itertools
import json

import pytest

from tests.crawler.crawling import LONG_AGO, Station
from tests.site.messages import Response

pytestmark = pytest.mark.slow


def put_robots(station: Station, text: str) -> None:
    """What `rempart` answers from now on."""
    station.site.put("rempart", "/robots.txt", Response(text.encode(), "text/plain"))


def test_one_copy_is_kept_a_day_and_archived(station: Station) -> None:
    # given
    station.crawl("rempart")
    assert station.rows("SELECT count(*) FROM capture WHERE purpose = 'robots' AND status = 200") == [(1,)]

    # when: the same day
    station.crawl("rempart")
    # then
    assert station.site.count("/robots.txt", "rempart") == 1

    # when: the next day
    station.execute("UPDATE host SET robots_at = ?", LONG_AGO)
    station.crawl("rempart")
    # then: asked again, and the same bytes are stored as a revisit
    assert station.site.count("/robots.txt", "rempart") == 2
    assert station.rows("SELECT count(*), count(revisit_of) FROM capture WHERE purpose = 'robots'") == [(2, 1)]


def test_what_rules_closed_is_asked_again_when_the_rules_change(station: Station) -> None:
    # given
    put_robots(station, "User-agent: *\nDisallow: /2025/12/\n")
    station.crawl("rempart")
    closed = station.rows("SELECT count(*) FROM candidate WHERE outcome = 'disallowed'")[0][0]
    assert closed > 1
    assert not [one for one in station.site.requests("rempart") if one.path.startswith("/2025/12/")]

    # when
    put_robots(station, "User-agent: *\nDisallow: /prive/\n")
    station.execute("UPDATE host SET robots_at = ?", LONG_AGO)
    station.crawl("rempart")

    # then
    assert station.rows("SELECT count(*) FROM candidate WHERE outcome = 'disallowed'") == [(0,)]
    assert station.rows("SELECT count(*) FROM candidate WHERE reopened = 1 AND outcome = 'fetched'") == [(closed,)]


def test_crawl_delay_is_kept_where_it_is_longer_than_ours(station: Station) -> None:
    put_robots(station, "User-agent: *\nCrawl-delay: 0.5\nDisallow: /2025/11/\n")
    station.crawl("rempart")
    requests = station.site.requests("rempart")
    assert len(requests) > 4
    gaps = [later.second - sooner.second for sooner, later in itertools.pairwise(requests[1:])]
    assert min(gaps) >= 0.45
    assert station.rows("SELECT crawl_delay_seconds FROM host WHERE name = '127.0.0.2'") == [(0.5,)]


def test_the_mining_file_is_asked_for_once_a_day_and_stated_with_each_page_it_covers(station: Station) -> None:
    # given
    rules = [{"location": "/2025/12/*", "tdm-reservation": 1, "tdm-policy": "https://rempart.example/tdm.json"}]
    answer = Response(json.dumps(rules).encode(), "application/json")
    station.site.put("rempart", "/.well-known/tdmrep.json", answer)

    # when
    station.crawl("rempart")
    station.site.advance("next day")
    station.crawl("rempart")

    # then
    assert station.site.count("/.well-known/tdmrep.json", "rempart") == 1
    query = "SELECT DISTINCT tdm_reserved, tdm_policy FROM capture WHERE purpose = 'page' AND url LIKE ?"
    assert station.rows(query, "%/2025/12/%") == [(1, "https://rempart.example/tdm.json")]
    assert station.rows(query, "%/2025/11/%") == [(None, None)]


def test_a_feed_that_moved_is_followed_and_its_redirect_archived_once_a_day(station: Station) -> None:
    # given
    station.site.put("rempart", "/feed/", Response(b"", status=301, headers=(("Location", "/nouveau/feed/"),)))
    item = b"<item><link>/2025/11/17/vehicules-de-patrouille-assez-de-bricolage/</link></item>"
    body = b"<rss version='2.0'><channel>" + item + b"</channel></rss>"
    station.site.put("rempart", "/nouveau/feed/", Response(body, "application/rss+xml"))

    # when
    first = station.crawl("rempart")
    station.crawl("rempart")

    # then
    assert "moved to" in first.errors
    assert station.rows("SELECT status, count(*) FROM capture WHERE purpose = 'feed' GROUP BY 1") == [
        (200, 1),
        (301, 1),
    ]
    assert station.site.count("/nouveau/feed/", "rempart") == 2
    assert station.rows("SELECT last_outcome, failures FROM entry_point WHERE source = 'rempart'") == [("same", 0)]


ARTICLE = "/2025/12/02/mutations-la-liste-provisoire-circule/"


def reserve_in_the_page(station: Station) -> None:
    """An article whose head reserves mining."""
    page = b"<html><head><meta name='tdm-reservation' content='1'><title>Mutations</title></head><body></body></html>"
    station.site.put("rempart", ARTICLE, Response(page))


def test_what_a_page_states_of_mining_is_stored_with_it_in_row_and_record(station: Station) -> None:
    # given
    reserve_in_the_page(station)

    # when
    station.crawl("rempart")

    # then
    query = "SELECT tdm_reserved, tdm_stated_in FROM capture WHERE url LIKE ?"
    assert station.rows(query, f"%{ARTICLE}") == [(1, "meta tdm-reservation")]
    stored = gzip.decompress(b"".join(path.read_bytes() for path in (station.data / "warc").iterdir()))
    said = next(one for one in stored.split(b"WARC/1.1\r\n") if b"tdm-reservation: 1 (meta" in one)
    assert ARTICLE.encode() in said and b"source: rempart" in said and b"purpose: page" in said
    assert stored.count(b"WARC-Type: metadata") == stored.count(b"WARC-Type: request") > 5


def test_a_page_that_reserves_mining_is_not_kept_where_that_is_respected(station: Station) -> None:
    reserve_in_the_page(station)
    station.set_politeness(respect_tdm_opt_out=True)
    station.crawl("rempart")
    assert station.outcomes()[ARTICLE] == "opted_out"
    assert station.rows("SELECT count(*) FROM capture WHERE url LIKE ?", f"%{ARTICLE}") == [(0,)]


def test_rules_for_our_own_name_hold_for_the_copy_that_is_kept_too(station: Station) -> None:
    # given: a name of the operator's choice, and rules for it
    station.set_politeness(user_agent="Veilleur")
    put_robots(station, "User-agent: Veilleur\nDisallow: /2025/\n\nUser-agent: *\nDisallow:\n")
    station.crawl("rempart")
    closed = {path for path, outcome in station.outcomes().items() if outcome == "disallowed"}
    assert len(closed) > 1

    # when: another process reads the rules from the catalogue
    station.execute("UPDATE candidate SET outcome = NULL WHERE outcome = 'disallowed'")
    station.crawl("rempart")

    # then
    assert station.site.count("/robots.txt", "rempart") == 1
    assert {path for path, outcome in station.outcomes().items() if outcome == "disallowed"} == closed
