"""Fixtures that every folder of tests may ask for."""

from tests.site.fixture import running_site, site

__all__ = ["running_site", "site"]
