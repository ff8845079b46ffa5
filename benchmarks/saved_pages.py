"""The pages saved in a folder: `.html` and `.htm` files at any depth, as they are or with gzip (`.gz`)."""

import gzip
from collections.abc import Iterator
from pathlib import Path

from archive.records import Page
from benchmarks.extraction import ARCHIVE_ZONE, FETCHED_AT

SUFFIXES = (".html", ".htm", ".html.gz", ".htm.gz")


def list_pages(folder: Path) -> list[Path]:
    """The files, in the order of their names."""
    return sorted(path for path in folder.rglob("*") if path.name.lower().endswith(SUFFIXES) and path.is_file())


def read_pages(paths: list[Path]) -> Iterator[tuple[Path, Page]]:
    """Each file as a page that was fetched from nowhere in particular."""
    for path in paths:
        body = path.read_bytes()
        if path.suffix == ".gz":
            body = gzip.decompress(body)
        yield path, Page(body, "https://exemple.test/article", FETCHED_AT, zone=ARCHIVE_ZONE.key)
