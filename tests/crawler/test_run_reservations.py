"""A publisher reserves text and data mining in the head of an answer: stored, and obeyed where the settings say so."""

import pytest

from tests.crawler.crawling import Station
from tests.site.trouble import TROUBLE

pytestmark = pytest.mark.slow


def test_a_reservation_of_mining_is_stored(station: Station) -> None:
    station.add_source("reserve", TROUBLE, feeds=[station.feed_of(TROUBLE, "/tdm-reserved")])
    station.crawl("reserve")
    query = "SELECT tdm_reserved, tdm_policy, tdm_stated_in FROM capture WHERE url LIKE '%/tdm-reserved'"
    ((reserved, policy, place),) = station.rows(query)
    assert (reserved, place) == (1, "header tdm-reservation")
    assert policy.endswith("/politique-tdm.json")


def test_reserved_sources_are_skipped_when_the_settings_say_so(station: Station) -> None:
    station.set_politeness(respect_tdm_opt_out=True)
    station.add_source("reserve", TROUBLE, feeds=[station.feed_of(TROUBLE, "/tdm-reserved", "/article/libre")])
    station.crawl("reserve")
    assert station.outcomes() == {"/tdm-reserved": "opted_out", "/article/libre": "fetched"}
    assert not station.rows("SELECT id FROM capture WHERE url LIKE '%/tdm-reserved'")
