"""A web archive of articles: their captures as WACZ, which any player of web archives shows as they were.

For each document all captures that the archive has of it, and for a capture whose payload was the same as an earlier
one that earlier one too, whatever document it shows. Pages are put as they came; images and style sheets are not
archived and so are missing. An article whose source does not allow the whole text to go out is left out.
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from archive.catalogue import Catalogue, Transaction, captures
from archive.catalogue.captures import Capture
from archive.catalogue.entries import EntryRow, read_entries
from archive.layout import WARC_FOLDER
from archive.wacz import Label, PackedCapture, Page, write_wacz
from archive.warc import parse_member, read_member
from indexer.document import entry_id, searchable_text
from vigie.exports.redistribution import Article
from vigie.exports.wording import tidy, tidy_text
from vigie.portrait import is_hidden


def write_web_archive(file: BinaryIO, articles: Iterable[Article], catalogue: Catalogue, label: Label) -> int:
    """Write the captures of these articles and return how many there are. Raises `RecordError` for a damaged record."""
    chosen = (article.entry.document for article in articles if article.with_page)
    return write_wacz(file, _Packer(catalogue).pack(chosen), label)


class _Packer:
    """Reads the captures of documents, none of them twice."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._folder = catalogue.folder / WARC_FOLDER
        self._documents: set[str] = set()
        self._captures: set[int] = set()

    def pack(self, document_ids: Iterable[str]) -> Iterator[PackedCapture | Page]:
        """Captures and pages, document by document."""
        for document_id in document_ids:
            if document_id not in self._documents:
                self._documents.add(document_id)
                yield from self._pack_document(document_id)

    def _pack_document(self, document_id: str) -> Iterator[PackedCapture | Page]:
        with self._catalogue.read() as transaction:
            versions = read_entries(transaction, [document_id])
            wanted = _list_captures(transaction, document_id) if versions else []
        for capture in wanted:
            if capture.id not in self._captures:
                self._captures.add(capture.id)
                yield self._read(capture)
        yield from map(_make_page, versions)

    def _read(self, capture: Capture) -> PackedCapture:
        member = read_member(self._folder, capture.place)
        record = parse_member(member, f"{capture.place.warc_file} at {capture.place.offset}")
        return PackedCapture(member, record, capture.payload_sha256)


def _list_captures(transaction: Transaction, document_id: str) -> list[Capture]:
    """The captures of a document, each revisit behind the capture it repeats; those of withdrawn documents stay out."""
    shown = captures.list_of_document(transaction, document_id)
    originals = captures.read_many(transaction, [one.revisit_of for one in shown if one.revisit_of is not None])
    usable = {number: one for number, one in originals.items() if not is_hidden(transaction, one)}
    listed: list[Capture] = []
    for one in shown:
        if one.revisit_of is None:
            listed.append(one)
        elif one.revisit_of in usable:
            listed += [usable[one.revisit_of], one]
    return listed


def _make_page(row: EntryRow) -> Page:
    text = tidy_text(searchable_text(row.lead, row.text))
    return Page(entry_id(row.document, row.number), row.url, row.fetched_at, tidy(row.title), text)
