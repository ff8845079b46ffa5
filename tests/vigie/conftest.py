"""An archive of the local news site, taken in once for all tests that only read it."""

import shutil
from pathlib import Path

import pytest

from tests.site.server import Site
from tests.vigie.program import Program


@pytest.fixture(scope="session")
def taken_in(running_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """An installation that has seen the first day of the site. Only for tests that change nothing."""
    running_site.reset()
    program = Program(tmp_path_factory.mktemp("taken-in"), running_site.port)
    program.take_in()
    return program


@pytest.fixture
def program(site: Site, tmp_path: Path) -> Program:
    """A fresh installation beside the site as it was on the first day."""
    return Program(tmp_path, site.port)


@pytest.fixture
def after_first_day(taken_in: Program, site: Site, tmp_path: Path) -> Program:
    """A copy of that installation for a test that goes on from there."""
    program = Program(tmp_path, site.port)
    shutil.copytree(taken_in.data, program.data)
    return program
