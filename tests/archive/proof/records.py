"""An archive with pages, for tests that seal them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.catalogue import Catalogue, captures
from archive.layout import WARC_FOLDER
from archive.store import Archive
from tests.archive.stored_pages import store_page

NOON = datetime(2026, 3, 2, 12, 0, 0, 250_000, tzinfo=UTC)


def store_pages(catalogue: Catalogue, numbers: range, body: bytes | None = None) -> None:
    """Store one page a number, each at its own minute; equal bodies become revisits."""
    archive = Archive(catalogue, operator=None, clock=lambda: NOON)
    for number in numbers:
        page = body if body is not None else f"<p>Préavis déposé, communiqué {number}</p>".encode()
        url, at = f"https://presse.test/communiqué-{number}", NOON + timedelta(minutes=number)
        store_page(archive, url, page, at)
    archive.close()


def find_record(catalogue: Catalogue, capture: int) -> tuple[Path, int, int]:
    """The file, offset and length of a capture's record."""
    with catalogue.read() as transaction:
        found = captures.read_capture(transaction, capture)
    assert found is not None
    return catalogue.folder / WARC_FOLDER / found.place.warc_file, found.place.offset, found.place.length
