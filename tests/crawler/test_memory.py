"""What counts as the memory of a crawl process."""

import subprocess
import sys

import pytest

from tests.crawler.crawling import ROOT, Station, end_of

LARGE = f"""
import subprocess, sys
much = bytearray(400 << 20)
for place in range(0, len(much), 4096):
    much[place] = 1
sys.exit(subprocess.run([{sys.executable!r}, *sys.argv[1:]]).returncode)
"""


def test_the_memory_of_the_parent_is_not_counted() -> None:
    command = [sys.executable, "-c", LARGE, "-c", "from crawler.memory import peak_bytes; print(peak_bytes() >> 20)"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert 10 < int(done.stdout) < 350


@pytest.mark.slow
def test_the_crawl_of_a_large_daemon_does_its_work(station: Station) -> None:
    station.set_limits(child_bytes="350 MiB")
    station.register()
    crawl = ["-m", "crawler.run", "--config", str(station.config), "--once", "--source", "rempart"]
    process = subprocess.Popen(
        [sys.executable, "-c", LARGE, *crawl], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    ended = end_of(process)
    assert (ended.status, ended.end) == (0, "finished"), ended.errors
    assert ended.counts["fetched"] > 5
