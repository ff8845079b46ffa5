"""The engines of the contract, each empty and ready to be written."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.analysis import FrenchAnalyzer
from indexer.engines.base import Engine
from indexer.engines.choice import open_engine
from indexer.engines.embedded import EmbeddedEngine

CLUSTERS = {"elasticsearch": "cluster", "opensearch": "opensearch_cluster"}
"""The servers that one engine works on, and the fixture that gives a place on each."""


@pytest.fixture(scope="session")
def analysis() -> FrenchAnalyzer:
    return FrenchAnalyzer()


@pytest.fixture(params=["embedded", "fts5"])
def stored(request: pytest.FixtureRequest, tmp_path: Path, analysis: FrenchAnalyzer) -> Iterator[Engine]:
    """An engine on a folder, its first index in place."""
    engine = open_engine(request.param, tmp_path, analysis)
    engine.swap(engine.beside(covers=0))
    yield engine
    engine.close()


@pytest.fixture(params=["embedded", "fts5", "memory", "elasticsearch", "opensearch"])
def engine(request: pytest.FixtureRequest, tmp_path: Path, analysis: FrenchAnalyzer) -> Iterator[Engine]:
    """Every engine, also the one in memory."""
    if request.param == "memory":
        empty: Engine = EmbeddedEngine.in_memory(analysis)
    elif request.param in CLUSTERS:
        place = request.getfixturevalue(CLUSTERS[request.param])
        empty = open_engine("elasticsearch", tmp_path, analysis, place)
        empty.swap(empty.beside(covers=0))
    else:
        empty = open_engine(request.param, tmp_path, analysis)
        empty.swap(empty.beside(covers=0))
    yield empty
    empty.close()
