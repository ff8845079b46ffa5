"""An archive with pages, for tests that seal them."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.catalogue import Catalogue, captures
from archive.catalogue.captures import NewCapture
from archive.layout import WARC_FOLDER
from archive.records import StoredResponse
from archive.store import Archive

NOON = datetime(2026, 3, 2, 12, 0, 0, 250_000, tzinfo=UTC)


def store_pages(catalogue: Catalogue, numbers: range, body: bytes | None = None) -> None:
    """Store one page a number, each at its own minute; equal bodies become revisits."""
    archive = Archive(catalogue, operator=None, clock=lambda: NOON)
    for number in numbers:
        page = body if body is not None else f"<p>Préavis déposé, communiqué {number}</p>".encode()
        url, at = f"https://presse.test/communiqué-{number}", NOON + timedelta(minutes=number)
        written = archive.write(StoredResponse(url, at, 200, "OK", (("Content-Type", "text/html"),), page))
        new = NewCapture(
            url=url, canonical=url, purpose="page", source="presse", via="live", fetched_at=at, status=200,
            place=written.place, payload_sha256=written.payload_sha256, payload_bytes=len(page),
            body_sha256=hashlib.sha256(page).hexdigest(),
            revisit_of=written.revisit_of.id if written.revisit_of else None,
        )  # fmt: skip
        with catalogue.write() as transaction:
            captures.add_capture(transaction, new)
    archive.close()


def find_record(catalogue: Catalogue, capture: int) -> tuple[Path, int, int]:
    """The file, offset and length of a capture's record."""
    with catalogue.read() as transaction:
        found = captures.read_capture(transaction, capture)
    assert found is not None
    return catalogue.folder / WARC_FOLDER / found.place.warc_file, found.place.offset, found.place.length
