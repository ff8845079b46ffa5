"""Equal hits beyond the number that is put in order together: pages agree all the same."""

import pytest

from indexer.analysis import FrenchAnalyzer
from indexer.engines import embedded_ranking
from indexer.engines.base import SearchRequest
from indexer.engines.embedded import EmbeddedEngine
from indexer.tree import TermIs
from tests.indexer.engines.entries import make_entry


def test_pages_agree_where_more_hits_are_equal_than_are_put_in_order(
    analysis: FrenchAnalyzer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_ranking, "MOST_EQUAL", 20)
    monkeypatch.setattr(embedded_ranking, "_SPARE", 1)
    monkeypatch.setattr(embedded_ranking, "_FURTHER", 7)
    engine = EmbeddedEngine.in_memory(analysis)
    for start in range(1, 131, 30):
        engine.put(make_entry(f"d{seq}", seq=seq, text="préavis") for seq in range(start, start + 30))
        engine.commit(start)
    tree = TermIs("text", analysis.terms("préavis")[0].term)

    whole = engine.search(SearchRequest(tree, limit=150)).hits
    seqs = [int(hit.id[1:-2]) for hit in whole]

    assert sorted(seqs) == list(range(1, 151))
    for start in range(0, 150, 20):
        assert seqs[start : start + 20] == sorted(seqs[start : start + 20], reverse=True)
    for size in (1, 7, 20, 33):
        pages = [engine.search(SearchRequest(tree, offset=at, limit=size)).hits for at in range(0, 150, size)]
        assert tuple(hit for page in pages for hit in page) == whole
    assert tuple(engine.walk(SearchRequest(tree))) == whole
