"""The embedded engine and the cluster, given the same entries, answer random queries alike."""

from itertools import islice
from pathlib import Path

from benchmarks.generator import Generator
from benchmarks.parity import differences, fill, make_trees, shared_of_first
from indexer.analysis import FrenchAnalyzer
from indexer.engines.choice import open_engine
from indexer.engines.cluster import Cluster

DOCUMENTS = 800
QUERIES = 60


def test_a_cluster_answers_alike(cluster: Cluster, tmp_path: Path) -> None:
    analysis = FrenchAnalyzer()
    entries = list(Generator(7, DOCUMENTS).entries(0, DOCUMENTS))
    trees = list(islice(make_trees(entries, analysis), QUERIES))
    embedded = open_engine("embedded", tmp_path, analysis)
    remote = open_engine("elasticsearch", tmp_path, analysis, cluster)
    for engine in (embedded, remote):
        engine.swap(engine.beside(covers=0))
        fill(engine, entries)

    wrong = [(text, said) for text, tree in trees if (said := list(differences(embedded, remote, tree)))]
    shared = [found for _, tree in trees if (found := shared_of_first(embedded, remote, tree)) is not None]

    assert wrong == []
    assert len(shared) > QUERIES / 20, "hardly any of the queries ranks: change the generator"
    assert sum(alike for _, alike in shared) / len(shared) >= 8
    embedded.close()
    remote.close()
