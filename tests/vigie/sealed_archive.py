"""An archive of invented articles with real records, for tests that seal and prove them."""

import hashlib
from datetime import UTC, datetime, timedelta

from archive.catalogue import Catalogue, captures, documents
from archive.catalogue.captures import Capture, NewCapture
from archive.catalogue.extractions import add_extraction
from archive.catalogue.sources import Facts, register_source
from archive.proof.sealing import NewSeals, seal_new
from archive.records import Extraction, StoredResponse
from archive.store import Archive
from archive.warc import Copied

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOURCE = "gazette-du-lac"


class SealedArchive:
    """Articles are published and looked at again, and sealed when a test says so."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._archive = Archive(catalogue, operator=None, clock=lambda: START)
        self._minutes = 0
        facts = Facts(SOURCE, "facts-1", "La Gazette du Lac", "local_press", ("FR-ARA",), ("74",))
        with catalogue.write() as transaction:
            register_source(transaction, facts, (), first_visit_at=START, interval_seconds=900)

    def publish(self, document: str, text: str, title: str = "Préavis déposé au commissariat d’Écluse") -> Capture:
        """A new document with its first capture and version."""
        at = START + timedelta(minutes=self._minutes)
        with self.catalogue.write() as transaction:
            documents.create_document(
                transaction, document, source=SOURCE, url=f"https://lac.test/{document}", host="lac.test",
                first_seen_at=at, canonical_claim=None, next_check_at=None,
            )  # fmt: skip
        return self.look_again(document, text, title)

    def look_again(self, document: str, text: str, title: str = "Préavis déposé au commissariat d’Écluse") -> Capture:
        """One more capture of the page; the text it shows becomes a version."""
        at = START + timedelta(minutes=self._minutes)
        self._minutes += 1
        url = f"https://lac.test/{document}"
        page = f"<!DOCTYPE html><title>{title}</title><article>{text}</article>".encode()
        written = self._archive.write(StoredResponse(url, at, 200, "OK", (("Content-Type", "text/html"),), page))
        new = NewCapture(
            url=url, canonical=url, purpose="page", source=SOURCE, via="live", fetched_at=at, status=200,
            place=written.place, payload_sha256=written.payload_sha256, payload_bytes=len(page),
            body_sha256=hashlib.sha256(page).hexdigest(), content_type="text/html",
            revisit_of=written.revisit_of.id if written.revisit_of else None,
        )  # fmt: skip
        with self.catalogue.write() as transaction:
            number = captures.add_capture(transaction, new)
            stored = add_extraction(transaction, number, Extraction(1, url, title, text, published_at=START))
            documents.add_version(
                transaction, document, capture_id=number, extraction_id=stored.id, fetched_at=at, is_latest=True,
                via="live", now=at,
            )  # fmt: skip
            found = captures.read_capture(transaction, number)
        assert found is not None
        return found

    def take_in(self, document: str, member: bytes, payload: bytes) -> None:
        """A record of somebody else's file, as the import stores it: byte for byte, with no text yet."""
        url = f"https://lac.test/{document}"
        (place,) = self._archive.copy([Copied(member, url, None, (("origin", "d-ailleurs.warc.gz"),))])
        new = NewCapture(
            url=url, canonical=url, purpose="page", source=SOURCE, via="import", fetched_at=START, status=200,
            place=place, payload_sha256=hashlib.sha256(payload).hexdigest(), payload_bytes=len(payload),
            document=document,
        )  # fmt: skip
        with self.catalogue.write() as transaction:
            documents.create_document(
                transaction, document, source=SOURCE, url=url, host="lac.test", first_seen_at=START,
                canonical_claim=None, next_check_at=None,
            )  # fmt: skip
            captures.add_capture(transaction, new)

    def seal(self, day: int = 1) -> NewSeals:
        """Seal what is new, as on that day."""
        return seal_new(self.catalogue, lambda: START + timedelta(days=day))

    def withdraw(self, document: str) -> None:
        """Out of the archive's answers for good."""
        with self.catalogue.write() as transaction:
            documents.withdraw(transaction, document, START)

    def close(self) -> None:
        """Close the file being written."""
        self._archive.close()
