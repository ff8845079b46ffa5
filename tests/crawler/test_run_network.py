"""What a crawl is allowed: a certificate that a source waives, room on the disk, hosts of others without a contact."""

import gzip
from pathlib import Path

import pytest

from tests.crawler.crawling import Station
from tests.hazards.tls_hosts import UNSIGNED, run_tls_hosts

pytestmark = pytest.mark.slow


def allow(station: Station, pair: str) -> None:
    """One more private host."""
    settings = station.config / "settings.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("private_hosts:\n", f"private_hosts:\n  - {pair}\n"), encoding="utf-8")


def test_a_source_may_opt_out_of_certificates_and_the_capture_says_so(station: Station, tmp_path: Path) -> None:
    with run_tls_hosts(tmp_path) as (_, ports):
        base = f"https://{UNSIGNED}:{ports[UNSIGNED]}"
        allow(station, base.removeprefix("https://"))
        station.add_source("chiffree", UNSIGNED, homepage=f"{base}/", feeds=[f"{base}/rss"], verify_tls=False)
        station.crawl("chiffree")
    assert station.rows("SELECT last_outcome FROM entry_point WHERE source = 'chiffree'") == [("read",)]
    stored = b"".join(path.read_bytes() for path in (station.data / "warc").glob("*.warc.gz"))
    assert b"certificate: not verified" in gzip.decompress(stored)


def test_a_crawl_does_not_start_below_the_floor_of_free_space(station: Station) -> None:
    station.set_limits(free_space_bytes="900000 GiB")
    ended = station.crawl("rempart")
    assert (ended.status, ended.end) == (4, "disk_full")
    assert "Make room or lower the limit" in ended.errors
    assert station.site.requests() == ()


def test_an_article_on_a_public_host_stays_queued_until_a_contact_is_set(station: Station) -> None:
    # given: a source of our own whose home page, and so its scope, lies on a public host too
    feed = station.feed_of("127.0.0.9", "/article/ici")
    station.add_source("mixte", "127.0.0.9", homepage="http://presse.invalid/", feeds=[feed])
    station.register()
    station.execute(
        "INSERT INTO candidate (canonical, url, host, source, via, first_seen_at, attempts, reopened) "
        "VALUES ('https://presse.invalid/a', 'http://presse.invalid/a', 'presse.invalid', 'mixte', 'live', ?, 0, 0)",
        "2026-01-01T00:00:00.000000Z",
    )

    # when
    ended = station.crawl("mixte")

    # then
    assert ended.end == "finished", ended.errors
    assert station.outcomes() == {"/article/ici": "fetched", "/a": "pending"}
    assert station.rows("SELECT count(*) FROM fetch_attempt WHERE url LIKE '%presse.invalid%'") == [(0,)]
