"""The daemon's projection keeps the sketches up, whether or not the search index needs it or can be asked."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, create_catalogue, documents, sketches
from archive.catalogue.changes import move_watermark
from archive.catalogue.schema import sketch, sketch_band
from archive.catalogue.sketches import find_same_texts
from config.loading import load_valid
from indexer.engines.base import EngineAwayError
from tests.archive.test_sketches import DISPATCH
from tests.indexer.newsroom import Newsroom
from tests.ports import find_port
from vigie import regular_work, stages
from vigie.installation import Installation


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    (tmp_path / "config" / "sources").mkdir(parents=True)
    with closing(create_catalogue(tmp_path / "data")) as opened:
        made = Newsroom(opened)
        made.publish("original", DISPATCH)
        made.publish("copy", DISPATCH)
        yield opened


def project(catalogue: Catalogue, settings: str = "") -> None:
    config = catalogue.folder.parent / "config"
    (config / "settings.yaml").write_text(f"data_folder: ../data\n{settings}", encoding="utf-8")
    regular_work.project_waiting(Installation(load_valid(config)), catalogue, stages.never)


def count_copies(catalogue: Catalogue) -> int:
    with catalogue.read() as transaction:
        found = documents.read_document(transaction, "original")
        assert found is not None
        return len(find_same_texts(transaction, found).found)


def test_sketches_are_made_although_the_index_is_up_to_date(catalogue: Catalogue) -> None:
    """As after an upgrade: the index has applied the whole log, and there is no sketch yet."""
    project(catalogue)
    with catalogue.write() as transaction:
        for table in (sketch, sketch_band):
            transaction.execute(table.delete())
        move_watermark(transaction, sketches.CONSUMER, 0)
    assert count_copies(catalogue) == 0

    project(catalogue)

    assert count_copies(catalogue) == 1


def test_sketches_are_made_while_the_search_server_is_away(catalogue: Catalogue) -> None:
    with pytest.raises(EngineAwayError):
        project(catalogue, f"engine: elasticsearch\nelasticsearch:\n  addresses: [http://127.0.0.1:{find_port()}]\n")

    assert count_copies(catalogue) == 1
