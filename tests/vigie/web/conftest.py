"""One archive and one running page for all tests that only read."""

from collections.abc import Iterator

import httpx
import pytest

from tests.vigie.program import Program
from tests.vigie.web.archive import build
from tests.vigie.web.serving import serve


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """An installation with an archive, for tests that change nothing in it."""
    return build(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="session")
def address(library: Program) -> Iterator[str]:
    """Where the page of that archive is served."""
    with serve(library) as found:
        yield found


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    """Asks for pages as a browser set to French does; redirects are not followed."""
    with httpx.Client(base_url=address, headers={"Accept-Language": "fr-FR,fr;q=0.9"}, timeout=30) as found:
        yield found
