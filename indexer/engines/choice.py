"""Opening an engine by the name that the settings give it."""

from pathlib import Path

from indexer.analysis import ANALYZER_VERSION, FrenchAnalyzer, analyzer_digest
from indexer.document import SCHEMA_VERSION
from indexer.engines import elasticsearch_mapping, embedded, fts5
from indexer.engines.base import Engine
from indexer.engines.cluster import Cluster
from indexer.engines.folder import IndexFolder, Slot, Stamp

ENGINES = ("embedded", "fts5")
"""The engines that need nothing but a folder."""


def open_engine(
    name: str, folder: Path, analysis: FrenchAnalyzer | None = None, cluster: Cluster | None = None
) -> Engine:
    """The engine `name` on its own part of `folder`, or on the cluster; nothing is read or made before it is used."""
    analyzer = analysis or FrenchAnalyzer()
    if name == "elasticsearch":
        if cluster is None:
            raise ValueError("engine: elasticsearch needs the addresses of a cluster")
        from indexer.engines.elasticsearch import ElasticsearchEngine  # its client takes long to import

        return ElasticsearchEngine(cluster, current_stamp(elasticsearch_mapping.FORMAT), analyzer)
    root = IndexFolder(folder / name)
    if name == "embedded":
        return embedded.EmbeddedEngine(Slot(root, current_stamp(embedded.FORMAT)), analyzer)
    if name == "fts5":
        return fts5.Fts5Engine(Slot(root, current_stamp(fts5.FORMAT)), analyzer)
    raise ValueError(f"engine: expected one of {', '.join((*ENGINES, 'elasticsearch'))}, got {name!r}")


def current_stamp(engine_format: str) -> Stamp:
    """What an index made by this version bears."""
    return Stamp(engine_format, SCHEMA_VERSION, f"{ANALYZER_VERSION}-{analyzer_digest()}")
