"""The search node, for every test of the index."""

from tests.elasticsearch_node.fixture import cluster, elasticsearch_url

__all__ = ["cluster", "elasticsearch_url"]
