"""Pages in an archive: the record and its row, as a crawl writes them."""

import hashlib
from datetime import datetime

from archive.catalogue import captures
from archive.catalogue.captures import NewCapture
from archive.records import StoredResponse
from archive.store import Archive


def store_page(archive: Archive, url: str, body: bytes, at: datetime) -> int:
    """One answer, a revisit where its body is there already; the number of its capture."""
    written = archive.write(StoredResponse(url, at, 200, "OK", (("Content-Type", "text/html"),), body))
    new = NewCapture(
        url=url, canonical=url, purpose="page", source="presse", via="live", fetched_at=at, status=200,
        place=written.place, payload_sha256=written.payload_sha256, payload_bytes=len(body),
        body_sha256=hashlib.sha256(body).hexdigest(),
        revisit_of=written.revisit_of.id if written.revisit_of else None,
    )  # fmt: skip
    with archive.catalogue.write() as transaction:
        return captures.add_capture(transaction, new)
