"""A node that is killed in the middle of the work, comes back, and then comes back with nothing."""

import tempfile
import threading
from pathlib import Path

import pytest

from indexer.analysis import FrenchAnalyzer
from indexer.document import IndexEntry
from indexer.engines.base import Engine, EngineAwayError, Filters, IndexUnusableError
from indexer.engines.choice import open_engine
from indexer.engines.cluster import Cluster
from indexer.tree import Everything
from tests.elasticsearch_node.fixture import make_node
from tests.indexer.engines.entries import make_entries

PAST = Filters(past=True)
BATCH = 100


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_killed_in_the_middle_and_started_again_and_started_empty(tmp_path: Path, analysis: FrenchAnalyzer) -> None:
    entries = make_entries(4_000, seed=12)
    with tempfile.TemporaryDirectory(prefix="node-", dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # another user may have to reach it
        with make_node(Path(folder)) as node:
            engine = open_engine("elasticsearch", tmp_path, analysis, Cluster((node.url,)))
            engine.swap(engine.beside(covers=0))

            engine.put(entries[:BATCH])
            engine.commit(BATCH)
            killer = threading.Timer(0.7, node.kill)
            killer.start()
            with pytest.raises(EngineAwayError, match=r"cannot be reached|could not write now"):
                _go_on(engine, entries, rounds=10_000)
            killer.join()

            node.start()
            checkpoint = engine.checkpoint()
            assert checkpoint > 0, "the first batch was confirmed before the node was killed"
            assert {seq for seq, _ in engine.ids(Everything(), PAST)} >= set(range(1, checkpoint + 1))
            _go_on(engine, entries, rounds=1)
            assert list(engine.ids(Everything(), PAST)) == [(entry.seq, entry.id) for entry in entries]

            node.kill()
            node.forget()
            node.start()
            with pytest.raises(IndexUnusableError, match="no search index"):
                engine.checkpoint()
            engine.swap(engine.beside(covers=0))
            assert engine.health().entries == 0
            engine.close()


def _go_on(engine: Engine, entries: list[IndexEntry], rounds: int) -> None:
    """Index from the checkpoint to the end, and then all of it again, so many times over."""
    start = engine.checkpoint()
    for _ in range(rounds):
        for at in range(start, len(entries), BATCH):
            part = entries[at : at + BATCH]
            engine.put(part)
            engine.commit(part[-1].seq)
        start = 0
