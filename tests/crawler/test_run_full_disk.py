"""A disk that fills, or cannot be written at all, while a crawl writes: it stops by name and nothing is lost."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crawler.crawling import Station
from tests.site.server import Site
from tests.site.trouble import ADDRESSES, TROUBLE

pytestmark = pytest.mark.slow


def mount(folder: Path, size: str, *, again: bool = False) -> bool:
    """A file system of that size in memory; false where this machine does not let us."""
    folder.mkdir(exist_ok=True)
    options = f"{'remount,' if again else ''}size={size}"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True)
    return done.returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four MiB."""
    folder = tmp_path / "disk"
    if not mount(folder, "4m"):
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_stops_the_crawl_by_name_and_loses_nothing(small_disk: Path, site: Site) -> None:
    # given: more pages than the disk takes
    station = Station(small_disk, site, ADDRESSES)
    station.set_limits(free_space_bytes="1 KiB")
    paths = [f"/article/{number}" for number in range(1800)]
    feeds = [station.feed_of(TROUBLE, *paths[start : start + 60]) for start in range(0, len(paths), 60)]
    station.add_source("longue", TROUBLE, feeds=feeds)

    # when
    ended = station.crawl("longue")

    # then
    assert (ended.status, ended.end) == (4, "disk_full"), ended.errors
    assert "Traceback" not in ended.errors
    assert mount(small_disk, "64m", again=True)
    assert station.verify().damages == ()
    captured = station.rows("SELECT count(*) FROM capture WHERE purpose = 'page'")[0][0]

    # when: there is room again
    ended = station.crawl("longue")

    # then
    assert ended.end == "finished", ended.errors
    assert set(station.outcomes().values()) == {"fetched"}
    assert ended.counts["fetched"] == len(paths) - captured
    assert station.verify().damages == ()


def test_an_archive_that_cannot_be_written_stops_the_crawl_before_more_is_asked(site: Site, tmp_path: Path) -> None:
    # given: something else stands where the folder of the WARC files should be
    station = Station(tmp_path, site, ADDRESSES)
    (station.data / "warc").write_text("")

    # when
    ended = station.crawl("rempart")

    # then: no fault of the publisher's, and nothing was asked that could not be kept
    assert (ended.status, ended.end) == (1, "failed"), ended.errors
    assert "warc" in ended.errors and "Traceback" not in ended.errors
    assert [one.path for one in site.requests("rempart")] == ["/robots.txt"]
    assert station.rows("SELECT count(*) FROM fetch_attempt") == [(0,)]
