"""The first visit to addresses that nobody has seen is their trial: one request each, whatever comes."""

import pytest

from tests.crawler.crawling import Station
from tests.site.trouble import TROUBLE

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("unverified", "requests"), [(True, [1, 4]), (False, [3, 6])])
def test_a_guessed_address_is_asked_once_at_the_first_visit(
    station: Station, unverified: bool, requests: list[int]
) -> None:
    # given: a feed that answers with a fault that may pass
    feed = f"http://{TROUBLE}:{station.site.port}/status/500"
    station.add_source("essai", TROUBLE, feeds=[feed], unverified=unverified)
    counts = []

    # when
    for _ in range(2):
        station.crawl("essai")
        counts.append(station.site.count("/status/500", TROUBLE))

    # then: from the second visit on it is repeated as any other is
    assert counts == requests
    assert station.rows("SELECT looks, failures FROM entry_point WHERE source = 'essai'") == [(2, 0)]
