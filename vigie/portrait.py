"""Everything the archive knows of one document, gathered for `vigie show`, the page and proofs.

A document is found by its id, by any address under which it was met, by an entry id of the index, or by the number of
one of its captures.
"""

import difflib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from archive.catalogue import (
    Transaction,
    captures,
    changes,
    documents,
    extractions,
    sketches,
    sources,
    withdrawals,
)
from archive.catalogue.captures import Capture
from archive.catalogue.changes import Change
from archive.catalogue.documents import Document, Version
from archive.catalogue.extractions import StoredExtraction
from archive.catalogue.sketches import SameTexts
from archive.catalogue.sources import Facts
from crawler.urls import BadUrlError, canonical_form
from vigie.exits import CommandError
from vigie.terminal import one_line


@dataclass(frozen=True)
class VersionView:
    """One version with the extraction that stands for it, claims included."""

    version: Version
    stored: StoredExtraction


@dataclass(frozen=True)
class Tombstone:
    """What is said of a withdrawn document: when it was withdrawn, and why and by whom where that is on record."""

    at: datetime
    reason: str | None
    by: str | None


@dataclass(frozen=True)
class Portrait:
    """A document with its versions in the order of time, captures, aliases, changes, the labels of its source, and
    the other documents that say the same.

    Of a withdrawn one nothing is there but its own row, its source and the tombstone.

    `contexts` are the pages that linked to it as theirs: for a tract, the communiqué that came with it.
    """

    document: Document
    facts: Facts | None
    sources: tuple[str, ...]
    contexts: tuple[str, ...]
    aliases: tuple[str, ...]
    versions: tuple[VersionView, ...]
    captures: tuple[Capture, ...]
    changes: tuple[Change, ...]
    same_texts: SameTexts
    tombstone: Tombstone | None = None

    @property
    def current(self) -> VersionView | None:
        """The version that is shown when nobody asks for another."""
        return next((view for view in self.versions if view.version.number == self.document.current_version), None)

    def numbered(self, number: int) -> VersionView | None:
        """The version of that number."""
        return next((view for view in self.versions if view.version.number == number), None)

    def as_json(self) -> dict[str, Any]:
        """One object with everything."""
        return {
            "document": asdict(self.document),
            "source": asdict(self.facts) if self.facts else None,
            "sources": self.sources,
            "contexts": self.contexts,
            "aliases": self.aliases,
            "versions": [asdict(view.version) | {"extraction": asdict(view.stored.content)} for view in self.versions],
            "captures": [asdict(capture) for capture in self.captures],
            "changes": [asdict(change) for change in self.changes],
            "same_texts": asdict(self.same_texts),
            "withdrawn": asdict(self.tombstone) if self.tombstone else None,
        }


def find_document(transaction: Transaction, name: str) -> Document | None:
    """The document that a person means by an id, an entry id, an address or a capture's number."""
    found = documents.read_document(transaction, name) or documents.read_document(transaction, name.partition(".")[0])
    if found is not None:
        return found
    if (capture := find_capture(transaction, name)) is not None:
        return documents.read_document(transaction, capture.document) if capture.document else None
    try:
        return documents.find_by_canonical(transaction, canonical_form(name))
    except BadUrlError:
        return None


def find_given_out(transaction: Transaction, name: str, refused: str) -> Document:
    """The document that a person means, or the one it was merged into.

    Raises `CommandError` where there is none or it was withdrawn; `refused` says what is not done with such a one.
    """
    found, shown = find_document(transaction, name), one_line(name)[:200]
    if found is None:
        raise CommandError(f'There is no document "{shown}". `vigie search` shows ids; an address is taken too.')
    found = withdrawals.find_head(transaction, found)
    if found.state == "withdrawn":
        raise CommandError(f'The document "{shown}" was withdrawn from the archive and is {refused}.')
    return found


def find_capture(transaction: Transaction, name: str) -> Capture | None:
    """The capture of that number."""
    return (
        captures.read_capture(transaction, int(name)) if name.isascii() and name.isdigit() and len(name) < 19 else None
    )


def read_portrait(transaction: Transaction, found: Document) -> Portrait:
    """Gather everything in one transaction, so that it fits together."""
    facts = sources.read_facts(transaction, [found.source]).get(found.source)
    head = withdrawals.find_head(transaction, found)
    if head.state == "withdrawn":
        tombstone = _read_tombstone(transaction, head)
        return Portrait(replace(found, canonical_claim=None), facts, (), (), (), (), (), (), SameTexts(), tombstone)
    return Portrait(
        document=found,
        facts=facts,
        sources=documents.list_sources(transaction, [found.id])[found.id],
        contexts=tuple(documents.list_contexts(transaction, found.id)),
        aliases=tuple(documents.list_aliases(transaction, found.id)),
        versions=tuple(
            VersionView(version, extractions.read_extraction(transaction, version.extraction))
            for version in documents.list_versions(transaction, found.id)
        ),
        captures=tuple(captures.list_of_document(transaction, found.id)),
        changes=tuple(changes.read_changes_of(transaction, found.id)),
        same_texts=sketches.find_same_texts(transaction, found),
    )


def is_hidden(transaction: Transaction, capture: Capture) -> bool:
    """Whether a capture shows a withdrawn document, or stands at an address of one."""
    by_address = documents.find_by_canonical(transaction, capture.canonical)
    found = documents.read_document(transaction, capture.document) if capture.document else by_address
    if found is not None and withdrawals.find_head(transaction, found).state == "withdrawn":
        return True
    return withdrawals.is_address_withdrawn(transaction, [capture.canonical])


def _read_tombstone(transaction: Transaction, head: Document) -> Tombstone:
    """From the withdrawal, or from the log where the document was found to be a withdrawn one a moment ago."""
    one = withdrawals.find_withdrawal(transaction, head)
    if one is not None:
        return Tombstone(one.at, one.reason, one.by)
    at = max(change.at for change in changes.read_changes_of(transaction, head.id) if change.kind == "withdrawn")
    return Tombstone(at, None, None)


def compare(before: VersionView, after: VersionView) -> Iterator[str]:
    """The lines of title and text that differ, in the form of a unified diff."""
    one, other = (_lines(view) for view in (before, after))
    return difflib.unified_diff(one, other, _name(before), _name(after), lineterm="", n=1)


def _name(view: VersionView) -> str:
    return f"version {view.version.number} ({view.version.fetched_at:%Y-%m-%d %H:%M} UTC)"


def _lines(view: VersionView) -> list[str]:
    content = view.stored.content
    return [content.title or "", *content.text.splitlines()]
