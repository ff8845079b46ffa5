"""A catalogue and a newsroom for the tests of saved queries."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, create_catalogue
from tests.indexer.newsroom import Newsroom


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    opened = create_catalogue(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def newsroom(catalogue: Catalogue) -> Newsroom:
    return Newsroom(catalogue)
