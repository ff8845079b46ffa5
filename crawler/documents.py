"""Which document an extraction belongs to, and whether it begins a version.

The final URL decides, through its alias; hops are aliases too. A page's canonical link is a hint that holds only on
the same host, for an article, and where the texts agree. Versions stand in the order of `fetched_at`; one begins where
title or text differ from the neighbour in time under the same extractor version. Everything here runs inside one write
transaction of the caller, so that a capture is settled whole or not at all.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from archive.catalogue import Transaction, captures, documents, extractions, withdrawals
from archive.catalogue.captures import Capture
from archive.catalogue.documents import Document, Version
from archive.catalogue.extractions import StoredExtraction
from archive.outcomes import Outcome
from crawler.looking import next_check
from crawler.scope import Scopes
from crawler.urls import BadUrlError, canonical_form, host_of, same_site

SAME_TEXT_SHARE = 0.8  # of the words: two addresses that show one article differ in boxes and bylines only
REDIRECT_TEXT_SHARE = 0.5  # a redirect speaks for itself; less than half the words in common is another article
SHRUNK_SHARE = 0.2  # E4 of the hazards: a text that lost four fifths is suspect, not edited
SHRUNK_FROM_CHARACTERS = 500  # below that, four fifths are a sentence or two

_WORD = re.compile(r"\w+")


class NeighbourFirstError(Exception):
    """The version beside this place was read by another extractor: its capture must be extracted again first."""

    def __init__(self, capture_id: int) -> None:
        super().__init__(f"capture {capture_id} must be extracted again first")
        self.capture_id = capture_id


@dataclass(frozen=True)
class Rules:
    """What settling needs beside the catalogue: scopes, an id maker and the time."""

    scopes: Scopes
    make_id: Callable[[], str]
    now: datetime


def settle(transaction: Transaction, capture: Capture, stored: StoredExtraction, rules: Rules) -> Outcome:
    """Give the capture its document and version. Returns `new_document`, `new_version`, `same_text`, `suspect`
    or `kept_withdrawn`; raises `NeighbourFirstError`, after which the transaction must be rolled back."""
    found = _find_document(transaction, capture, stored, rules)
    if found is None:
        found = _hide_withdrawn(transaction, capture, _create(transaction, capture, stored, rules), rules.now)
    else:
        _add_aliases(transaction, capture, found.id)
    if found.state == "withdrawn":
        captures.assign(transaction, capture.id, found.id, None)
        return Outcome.kept_withdrawn
    outcome = place_version(transaction, found, capture, stored, rules.now)
    is_back = found.gone_since is None or capture.fetched_at > found.gone_since  # an older capture brings nothing back
    if outcome is not Outcome.suspect and is_back:
        documents.mark_present(transaction, found, rules.now)
    return outcome


def place_version(
    transaction: Transaction, found: Document, capture: Capture, stored: StoredExtraction, now: datetime
) -> Outcome:
    """Compare with what the captures just before and after show; make a version where it differs from both.

    Captures, not versions, are the neighbours: a text that was edited and taken back may be shown at both ends.
    """
    before, after = captures.find_shown_beside(transaction, found.id, capture.fetched_at, capture.id)
    versions = {item.number: item for item in documents.list_versions(transaction, found.id)}
    neighbours = [versions[shown.version] for shown in (before, after) if shown and shown.version in versions]
    for neighbour in neighbours:
        if neighbour.extractor_version != stored.content.extractor_version:
            _ask_for_neighbour(transaction, neighbour, stored.content.extractor_version)
        if neighbour.content_sha256 == stored.content_sha256:
            captures.assign(transaction, capture.id, found.id, neighbour.number)
            if after is None:
                documents.mark_suspect(transaction, found.id, None)
            return Outcome.same_text
    if before and _has_shrunk(transaction, neighbours[0], stored):
        captures.assign(transaction, capture.id, found.id, None)
        if after is None:
            _flag(transaction, found, capture)
        return Outcome.suspect
    number = documents.add_version(
        transaction,
        found.id,
        capture_id=capture.id,
        extraction_id=stored.id,
        fetched_at=capture.fetched_at,
        is_latest=after is None,
        via=capture.via,
        now=now,
    )
    if after is None:
        documents.mark_suspect(transaction, found.id, None)
    return Outcome.new_document if number == 1 else Outcome.new_version


def take_again(transaction: Transaction, capture: Capture, stored: StoredExtraction, rules: Rules) -> Outcome:
    """A settled capture was read by another extractor: no version is made or removed, only what it says is renewed."""
    if capture.document is None:
        return settle(transaction, capture, stored, rules)
    for item in documents.list_versions(transaction, capture.document):
        if item.capture == capture.id and item.extraction != stored.id:
            documents.replace_extraction(transaction, item, stored, at=rules.now, via=capture.via)
    return Outcome.same_text


def note_rejection(transaction: Transaction, capture: Capture) -> None:
    """No article came where one was before: the document is flagged `suspect`, its versions stay.

    A capture that shows a version was read by an older extractor: the page is as it was, and so is the document.
    """
    found = _find_by_addresses(transaction, capture)
    if found is None or found.state != "live" or found.current_version is None or capture.version is not None:
        return
    captures.assign(transaction, capture.id, found.id, None)
    _, after = captures.find_shown_beside(transaction, found.id, capture.fetched_at, capture.id)
    if after is None:
        _flag(transaction, found, capture)


def _flag(transaction: Transaction, found: Document, capture: Capture) -> None:
    """Flag the document as suspect since this capture, unless it has been for longer."""
    documents.mark_suspect(transaction, found.id, found.suspect_since or capture.fetched_at)


def _find_document(
    transaction: Transaction, capture: Capture, stored: StoredExtraction, rules: Rules
) -> Document | None:
    found = documents.find_by_canonical(transaction, capture.canonical)
    for hop in capture.hops:
        other = _find_by_url(transaction, hop)
        if other is None or (found is not None and other.id == found.id):
            continue
        if _share_of_words(transaction, other, stored) < REDIRECT_TEXT_SHARE:
            documents.mark_suspect(transaction, other.id, rules.now)
        elif found is None:
            found = other
        else:
            found = unite(transaction, found, other, rules)
    return found or _find_by_canonical_link(transaction, capture, stored)


def _find_by_canonical_link(transaction: Transaction, capture: Capture, stored: StoredExtraction) -> Document | None:
    """Another document that names or is named as the same article, where the texts agree."""
    claim = _canonical_claim(capture, stored)
    candidates = [documents.find_by_claim(transaction, capture.canonical)]
    if claim is not None:
        candidates = [
            documents.find_by_canonical(transaction, claim),
            documents.find_by_claim(transaction, claim),
            *candidates,
        ]
    for found in candidates:
        if found is not None and _share_of_words(transaction, found, stored) >= SAME_TEXT_SHARE:
            return found
    return None


def unite(transaction: Transaction, one: Document, other: Document, rules: Rules) -> Document:
    """Two documents found to be one: the one first seen stays, the other's captures become the winner's."""
    winner, loser = sorted((one, other), key=lambda item: (item.first_seen_at, item.id))
    moved = captures.read_many(transaction, documents.merge(transaction, winner, loser, rules.now))
    for capture in sorted(moved.values(), key=lambda item: (item.fetched_at, item.id)):
        if capture.version is None or capture.extracted_by is None:
            captures.assign(transaction, capture.id, winner.id, None)
            continue
        stored = extractions.find_extraction(transaction, capture.id, capture.extracted_by)
        if stored is not None:
            place_version(transaction, winner, capture, stored, rules.now)
        else:
            captures.assign(transaction, capture.id, winner.id, None)
    return documents.read_document(transaction, winner.id) or winner


def _ask_for_neighbour(transaction: Transaction, neighbour: Version, extractor_version: int) -> None:
    """Raise `NeighbourFirstError`, unless this extractor had its try and found nothing: then the old text counts."""
    tried = captures.read_capture(transaction, neighbour.capture)
    if tried is None or tried.extracted_by != extractor_version:
        raise NeighbourFirstError(neighbour.capture)


def _create(transaction: Transaction, capture: Capture, stored: StoredExtraction, rules: Rules) -> Document:
    judged = rules.scopes.judge(capture.url).source
    document_id = rules.make_id()
    documents.create_document(
        transaction,
        document_id,
        source=judged or capture.source,
        url=capture.url,
        host=host_of(capture.url),
        first_seen_at=capture.fetched_at,
        canonical_claim=_canonical_claim(capture, stored),
        next_check_at=next_check(capture.fetched_at, rules.now),
    )
    _add_aliases(transaction, capture, document_id)
    created = documents.read_document(transaction, document_id)
    assert created is not None
    return created


def _hide_withdrawn(transaction: Transaction, capture: Capture, created: Document, now: datetime) -> Document:
    """An article that was withdrawn and that this catalogue, put back from an older backup, never had."""
    keys = [key for url in (capture.url, *capture.hops) if (key := _key_of(url)) is not None]
    if not withdrawals.is_address_withdrawn(transaction, keys):
        return created
    documents.withdraw(transaction, created.id, now)
    return replace(created, state="withdrawn")


def _add_aliases(transaction: Transaction, capture: Capture, document_id: str) -> None:
    for url in (capture.url, *capture.hops):
        if (key := _key_of(url)) is not None:
            documents.add_alias(transaction, key, document_id, url, capture.fetched_at)


def _find_by_addresses(transaction: Transaction, capture: Capture) -> Document | None:
    found = [_find_by_url(transaction, url) for url in (*capture.hops, capture.url)]
    return next((item for item in found if item is not None), None)


def _find_by_url(transaction: Transaction, url: str) -> Document | None:
    key = _key_of(url)
    return None if key is None else documents.find_by_canonical(transaction, key)


def _canonical_claim(capture: Capture, stored: StoredExtraction) -> str | None:
    """The page's canonical link as a key, where it names another article of the same host."""
    url = stored.content.canonical_url
    if url is None or not same_site(host_of(url), host_of(capture.url)):
        return None
    key = _key_of(url)
    if key is None or key == capture.canonical or urlsplit(key).path in ("", "/"):
        return None  # itself, or the home page
    return key


def _key_of(url: str) -> str | None:
    try:
        return canonical_form(url)
    except BadUrlError:
        return None


def _has_shrunk(transaction: Transaction, before: Version, stored: StoredExtraction) -> bool:
    text = extractions.read_extraction(transaction, before.extraction).content.text
    return len(text) >= SHRUNK_FROM_CHARACTERS and len(stored.content.text) < SHRUNK_SHARE * len(text)


def _share_of_words(transaction: Transaction, found: Document, stored: StoredExtraction) -> float:
    """The share of the longer text's words that the other has too; 0 where the document has no version."""
    versions = documents.list_versions(transaction, found.id)
    if not versions:
        return 0.0
    one = Counter(_WORD.findall(extractions.read_extraction(transaction, versions[-1].extraction).content.text.lower()))
    other = Counter(_WORD.findall(stored.content.text.lower()))
    longest = max(one.total(), other.total())
    return (one & other).total() / longest if longest else 0.0
