"""A rebuild beside a running daemon that goes on crawling: nothing is missing afterwards, and nothing stale."""

import signal

import pytest

from tests.site.articles import DAYS
from tests.site.server import Site
from tests.vigie.program import Program
from tests.vigie.test_daemon import NEWS, daemon, is_found, quick, wait_for

__all__ = ["quick"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.parametrize("engine", ["embedded", "elasticsearch"])
def test_a_rebuild_beside_a_crawling_daemon(
    quick: Program, site: Site, engine: str, request: pytest.FixtureRequest
) -> None:
    # given a daemon that takes in the second day of the site, on either engine
    if engine == "elasticsearch":
        place = request.getfixturevalue("cluster")
        settings = quick.config / "settings.yaml"
        address = f"  addresses: [{place.addresses[0]}]\n  prefix: {place.prefix}\n"
        settings.write_text(settings.read_text() + "engine: elasticsearch\nelasticsearch:\n" + address)
    with daemon(quick) as process:
        wait_for(lambda: is_found(quick, "obtempérer"), "the first day is searchable")
        site.advance(DAYS[1])

        # when the index is rebuilt again and again until the news is found
        rebuilt = 0
        while rebuilt < 2 or not is_found(quick, f'url:"{site.url(NEWS.publisher, NEWS.path)}"'):
            quick.must("rebuild")
            rebuilt += 1
            assert rebuilt < 20, "the daemon takes in nothing while the index is rebuilt"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0

    # then every entry and every field of it is as in the catalogue
    quick.must("index")
    checked = quick.must("index", "check", "--sample", "100000", "--json").json
    assert checked["ok"] and checked["sampled"] == checked["entries"] > 20
