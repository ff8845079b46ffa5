"""A disk that cannot be written at all while a crawl writes; one that fills is a hazard of its own (S1)."""

from pathlib import Path

import pytest

from tests.crawler.crawling import Station
from tests.site.server import Site
from tests.site.trouble import ADDRESSES

pytestmark = pytest.mark.slow


def test_an_archive_that_cannot_be_written_stops_the_crawl_before_more_is_asked(site: Site, tmp_path: Path) -> None:
    # given: something else stands where the folder of the WARC files should be
    station = Station(tmp_path, site, ADDRESSES)
    (station.data / "warc").write_text("")

    # when
    ended = station.crawl("rempart")

    # then: no fault of the publisher's, and nothing was asked that could not be kept
    assert (ended.status, ended.end) == (1, "failed"), ended.errors
    assert "warc" in ended.errors and "Traceback" not in ended.errors
    assert [one.path for one in site.requests("rempart")] == ["/robots.txt"]
    assert station.rows("SELECT count(*) FROM fetch_attempt") == [(0,)]
