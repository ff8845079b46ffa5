"""Everything a search server can do to the projection, in the middle of twenty thousand documents."""

import re
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from archive.catalogue import Catalogue, create_catalogue
from indexer.analysis import FrenchAnalyzer
from indexer.checking import check
from indexer.engines import cluster as cluster_module
from indexer.engines.base import Engine, EngineAwayError, IndexUnusableError
from indexer.engines.choice import current_stamp
from indexer.engines.cluster import Cluster
from indexer.engines.elasticsearch import ElasticsearchEngine
from indexer.engines.elasticsearch_mapping import FORMAT
from indexer.projection import follow, rebuild
from tests.elasticsearch_node.fixture import make_node
from tests.elasticsearch_node.node import Node
from tests.elasticsearch_node.proxy import Proxy, hang_up, refuse
from tests.indexer.newsroom import Newsroom

DOCUMENTS = 20_000
BATCHES = 40
AWAY = re.compile(r"overloaded or starting|blocked writing|cannot be reached|did not answer in time")


@pytest.fixture
def node() -> Iterator[Node]:
    with tempfile.TemporaryDirectory(prefix="node-", dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # another user may have to reach it
        with make_node(Path(folder)) as running:
            yield running


class Trouble:
    """Does something to the server before a given batch; what must be undone is undone before the next turn."""

    def __init__(self, node: Node, proxy: Proxy) -> None:
        self._node = node
        self._proxy = proxy
        self._undo: list[Callable[[], object]] = []
        busy, gone = refuse(429, "es_rejected_execution_exception"), refuse(503, "unavailable")
        self.before: dict[int, Callable[[], None]] = {
            3: lambda: self._refuse(busy, gone, hang_up),
            8: lambda: self._refuse(*[busy] * 6),  # longer than one turn of the projection waits
            13: self._be_slow,
            18: self._block,
            23: lambda: self._refuse(self._die),
        }
        self.batch = 0

    def __call__(self) -> bool:
        """Asked by the projection before each batch whether it is to stop, which it never is."""
        self.batch += 1
        self.before.get(self.batch, lambda: None)()
        return False

    def end(self) -> None:
        """What an operator does when he has read the sentence."""
        while self._undo:
            self._undo.pop()()

    def _refuse(self, *faults: Callable[[], Any]) -> None:
        self._proxy.faults += faults

    def _be_slow(self) -> None:
        def answer_late(answer: dict[str, Any]) -> dict[str, Any]:
            time.sleep(cluster_module.REQUEST_SECONDS + 0.5)  # everything was written, and the client does not know
            return answer

        self._proxy.changes += [answer_late]

    def _block(self) -> None:
        self._set_block(True)
        self._undo.append(lambda: self._set_block(None))

    def _set_block(self, on: bool | None) -> None:
        with Cluster((self._node.url,)).connect() as client:
            client.indices.put_settings(index="vigie-all", settings={"index.blocks.read_only_allow_delete": on})

    def _die(self) -> None:
        self._node.kill()
        self._undo.append(self._node.start)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_index_catches_up_by_itself_whatever_the_server_does(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "REQUEST_SECONDS", 4.0)
    catalogue = create_catalogue(tmp_path)
    Newsroom(catalogue).publish_all([f"d{number:05}" for number in range(DOCUMENTS)])
    with Proxy(node.url) as proxy:
        engine = _open(proxy.url)
        engine.swap(engine.beside(covers=0))
        trouble = Trouble(node, proxy)

        # when it follows the log in turns, as the daemon does
        sentences = []
        for _ in range(10):
            try:
                follow(catalogue, engine, stop=trouble)
                break
            except EngineAwayError as error:
                sentences.append(str(error))
                trouble.end()

        # then every fault was met, those that last were told in one sentence each, and nothing is missing
        assert trouble.batch > BATCHES and not proxy.faults and not proxy.changes
        assert [AWAY.findall(sentence) for sentence in sentences] == [
            ["overloaded or starting"], ["blocked writing"], ["cannot be reached"],
        ]  # fmt: skip
        assert _equal(catalogue, engine)

        # and when the server comes back empty, it says what to do, and that mends it
        node.kill()
        node.forget()
        node.start()
        with pytest.raises(IndexUnusableError, match=r"no search index.*vigie rebuild"):
            follow(catalogue, engine)
        rebuild(catalogue, engine)
        assert _equal(catalogue, engine)
        engine.close()
    catalogue.close()


def _open(url: str) -> ElasticsearchEngine:
    """The engine, with pauses of a tenth of their length."""
    stamp, sleep = current_stamp(FORMAT), lambda seconds: time.sleep(seconds / 10)
    return ElasticsearchEngine(Cluster((url,)), stamp, FrenchAnalyzer(), sleep=sleep)


def _equal(catalogue: Catalogue, engine: Engine) -> bool:
    found = check(catalogue, engine, chance=Random(3))
    assert found.entries == DOCUMENTS, found
    assert found.ok, found
    return True
