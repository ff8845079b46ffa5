"""Installations that single hazards use; what many share is made by the rooms beside this file."""

from pathlib import Path

import pytest

from tests.crawler.conftest import station
from tests.hazards.archived import Archived, copy_of
from tests.site.server import Site

__all__ = ["station"]


@pytest.fixture(scope="session")
def untouched(running_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Archived:
    """An installation with an archive and an index, made once. Only for tests that change nothing."""
    running_site.reset()
    one = Archived(tmp_path_factory.mktemp("archived"), running_site)
    one.fill()
    return one


@pytest.fixture
def archived(untouched: Archived, site: Site, tmp_path: Path) -> Archived:
    """A copy of it to be broken."""
    return copy_of(untouched, tmp_path)
