"""The real search nodes, for whoever asks."""

from tests.elasticsearch_node.fixture import cluster, elasticsearch_url
from tests.opensearch_node.fixture import opensearch_cluster, opensearch_url

__all__ = ["cluster", "elasticsearch_url", "opensearch_cluster", "opensearch_url"]
