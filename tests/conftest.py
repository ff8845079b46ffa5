"""Fixtures that every folder of tests may ask for, and what a skipped test means.

With `VIGIE_REQUIRE_ALL=1`, as in continuous integration, a test that the machine cannot run fails instead of being
skipped: otherwise a missing package would look like a passing test. The exceptions are the tests on real search
nodes, which ask for Maven and for a newer Java than some systems package, on a real Kibana, which somebody has to
name, on pywb, which cannot be installed beside the rest, and on the hazards that no test machine can produce
(`make hazards` lists them).
"""

import os
from collections.abc import Generator

import pytest

from tests.elasticsearch_node.fixture import cluster, elasticsearch_url
from tests.opensearch_node.fixture import opensearch_cluster, opensearch_url
from tests.site.fixture import running_site, site

__all__ = ["cluster", "elasticsearch_url", "opensearch_cluster", "opensearch_url", "running_site", "site"]

MAY_BE_SKIPPED = ("Elasticsearch node:", "OpenSearch node:", "Kibana:", "pywb:", "cannot be produced here:")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files whose tests may take longest come first, so that no worker is left alone with one of them at the end."""
    longest: dict[str, float] = {}
    for item in items:
        limit = item.get_closest_marker("timeout")
        file = str(item.path)
        longest[file] = max(longest.get(file, 0.0), float(limit.args[0]) if limit is not None else 0.0)
    items.sort(key=lambda item: -longest[str(item.path)])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where everything is required."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("VIGIE_REQUIRE_ALL") == "1":
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        if any(part in reason for part in MAY_BE_SKIPPED):
            return report
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: {reason}. VIGIE_REQUIRE_ALL=1 asks for every test to run."
    return report
