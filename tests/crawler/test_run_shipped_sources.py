"""Every source that comes with Vigie in one crawl, with no network behind it: all fail by name, none is forgotten.

Requests go to a proxy on loopback that is not there, so that nothing is looked up and nothing leaves the machine.
"""

import shutil
import socket
from datetime import datetime

import pytest

from config.loading import load_valid
from tests.crawler.crawling import ROOT, Station

pytestmark = pytest.mark.slow


@pytest.fixture
def unreachable(station: Station) -> Station:
    """The shipped sources behind a proxy that refuses every connection."""
    shutil.rmtree(station.config / "sources")
    shutil.copytree(ROOT / "config" / "sources", station.config / "sources")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    settings = station.config / "settings.yaml"
    lines = f"contact: redaction@exemple.test\nproxy: http://127.0.0.1:{port}\n"
    settings.write_text(settings.read_text(encoding="utf-8") + lines, encoding="utf-8")
    return station


def test_all_shipped_sources_at_once_fail_by_name_and_are_planned_again(unreachable: Station) -> None:
    # given: a crawl process that would retire at three times the memory that it takes
    unreachable.set_limits(child_bytes="400 MiB")
    enabled = {source.id: source for source in load_valid(unreachable.config).enabled}

    # when: all of them are due at one moment
    ended = unreachable.crawl()

    # then: one process asked each host once
    hosts = unreachable.rows("SELECT name FROM host WHERE last_request_at IS NOT NULL")
    assert (ended.status, ended.end) == (0, "finished"), ended.errors
    assert ended.counts["robots_unreachable"] == len(hosts) > 200

    # then: each source says since when and why it fails, those whose shared host was asked for another too
    states = unreachable.rows(
        "SELECT id, failing_since, failing_why, last_visit_at, next_visit_at FROM source"
        " WHERE last_visit_at IS NOT NULL"
    )
    assert {name for name, *_ in states} == enabled.keys()
    assert [name for name, since, why, *_ in states if since is None or "robots_unreachable" not in why] == []

    # then: nobody comes back early, and not all in one moment
    waits = [datetime.fromisoformat(after) - datetime.fromisoformat(last) for *_, last, after in states]
    assert (
        min(wait - enabled[name].interval for wait, (name, *_) in zip(waits, states, strict=True)).total_seconds() >= 0
    )
    assert max(waits) - min(waits) > min(waits) / 20
    assert len({after for *_, after in states}) > 400
