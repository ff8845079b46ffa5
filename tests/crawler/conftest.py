"""A station for crawls: the site's five publishers, with the bad neighbourhood allowed too."""

from pathlib import Path

import pytest

from tests.crawler.crawling import Station
from tests.site.server import Site
from tests.site.trouble import ADDRESSES


@pytest.fixture
def station(tmp_path: Path, site: Site) -> Station:
    """An installation whose catalogue is new."""
    return Station(tmp_path, site, ADDRESSES)
