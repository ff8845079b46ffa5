"""The station that single hazards use; what many share is made by the rooms beside this file."""

from tests.crawler.conftest import station

__all__ = ["station"]
