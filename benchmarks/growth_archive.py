"""An archive of as many generated articles as asked for, as a crawl would have left it: WARC files, catalogue, sources.

Every page has its record in a WARC file and its rows by the functions that the crawler calls. The newest articles of
each publisher are those that the generated site names in its feed.
"""

import json
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from archive.catalogue import Catalogue, utc_now
from archive.records import StoredResponse
from archive.store import Archive
from archive.warc import Copied
from archive.warc.packing import pack_response
from benchmarks.generator import Generator
from benchmarks.news_site import FEED_ITEMS, address_of, make_page
from benchmarks.web import SLICE, StoredPage, add_slice
from config.loading import load_valid
from indexer.document import IndexEntry
from vigie.installation import Installation
from vigie.stages import prepare

MOST_PUBLISHERS = 100
SPAN = timedelta(days=360)  # in which all were first seen: each of them has another look planned
TOLD_EACH = 50_000
_HEADERS = (("Content-Type", "text/html; charset=utf-8"),)


def count_publishers(documents: int) -> int:
    """So many that the feed of each is full of articles that the archive has."""
    return max(1, min(MOST_PUBLISHERS, documents // FEED_ITEMS))


def write_configuration(folder: Path, port: int, publishers: int) -> Path:
    """Every publisher of the generated site as a source."""
    config = folder / "config"
    (config / "sources").mkdir(parents=True, exist_ok=True)
    hosts = [f"{address_of(number)}:{port}" for number in range(publishers)]
    settings = {"data_folder": str(folder / "data"), "private_hosts": hosts, "politeness": {"delay": "0s"}}
    sources = [
        {
            "id": f"source-{number:03}", "name": f"Source {number}", "kind": "local_press", "homepage": f"http://{host}/",
            "feeds": [f"http://{host}/feed"], "delay": "0s", "regions": ["FR-ARA"],
        }
        for number, host in enumerate(hosts)
    ]  # fmt: skip
    (config / "settings.yaml").write_text(json.dumps(settings), encoding="utf-8")
    (config / "sources" / "all.yaml").write_text(json.dumps(sources), encoding="utf-8")
    return config


class Press:
    """Adds articles to an archive; equal numbers are equal articles."""

    def __init__(self, config: Path, port: int, documents: int) -> None:
        self._installation = Installation(load_valid(config))
        self._port = port
        self._publishers = count_publishers(documents)
        self._documents, self._now = documents, utc_now()
        self._generator = Generator(7, documents)

    def register(self) -> None:
        """Make the sources known."""
        with self._installation.open_catalogue() as catalogue:
            prepare(self._installation, catalogue)

    def add(self, first: int, stop: int) -> None:
        """The articles from one number up to but not including another."""
        with (
            self._installation.open_catalogue() as catalogue,
            closing(Archive(catalogue, operator=None, clock=utc_now)) as archive,
        ):
            for start in range(first, stop, SLICE):
                entries = [self.make_entry(number) for number in range(start, min(start + SLICE, stop))]
                add_stored(catalogue, archive, entries)
                if start % TOLD_EACH == 0 and start > first:
                    print(f"{start:,} of {stop:,} documents written", file=sys.stderr)

    def make_entry(self, number: int) -> IndexEntry:
        """One article, at the publisher whose feed names it."""
        publisher = number % self._publishers
        name, host = f"source-{publisher:03}", f"{address_of(publisher)}:{self._port}"
        entry = self._generator.entry(number)
        return replace(
            entry, source=name, sources=(name,), url=f"http://{host}/articles/{number}",
            first_seen_at=self._now - SPAN * (1 - min(1.0, number / self._documents)),
        )  # fmt: skip


def add_stored(catalogue: Catalogue, archive: Archive, entries: Sequence[IndexEntry]) -> None:
    """Records of these articles, durable together, then their rows."""
    responses = [_make_response(entry) for entry in entries]
    members = [pack_response(response, None)[0] for response in responses]
    records = [Copied(member, entry.url, None, ()) for member, entry in zip(members, entries, strict=True)]
    pages = {
        entry.url: StoredPage(place, response.payload_sha256, len(response.payload))
        for entry, response, place in zip(entries, responses, archive.copy(records), strict=True)
    }
    add_slice(catalogue, entries, lambda entry: pages[entry.url])


def _make_response(entry: IndexEntry) -> StoredResponse:
    page = make_page(entry, entry.seq, entry.url.split("/")[2])
    return StoredResponse(entry.url, entry.first_seen_at, 200, "OK", _HEADERS, page)
