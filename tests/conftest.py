"""Fixtures that every folder of tests may ask for."""

from tests.elasticsearch_node.fixture import cluster, elasticsearch_url
from tests.site.fixture import running_site, site

__all__ = ["cluster", "elasticsearch_url", "running_site", "site"]
