"""The site as a pytest fixture: one a session, as it was on the first day for each test that asks for it."""

from collections.abc import Iterator

import pytest

from tests.site.server import Site


@pytest.fixture(scope="session")
def running_site() -> Iterator[Site]:
    """One server for the whole session, on a free port, with its control port."""
    with Site(control_port=0) as site:
        yield site


@pytest.fixture
def site(running_site: Site) -> Iterator[Site]:
    """The site on its first day, nothing counted yet."""
    running_site.reset()
    running_site.forget_requests()
    yield running_site
    running_site.reset()
