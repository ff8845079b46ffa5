"""What one place of a page states about one field, before anything is believed: titles, authors, dates."""

from dataclasses import dataclass

from archive.records import ClaimField, Origin
from crawler.extraction.metadata.instants import Instant


@dataclass(frozen=True)
class TitleSeen:
    """One stated title: where exactly, what stood there, and what remains without the site's name."""

    place: str
    origin: Origin
    text: str
    value: str


@dataclass(frozen=True)
class AuthorsSeen:
    """One statement of authorship and the names read from it."""

    place: str
    origin: Origin
    text: str
    names: tuple[str, ...]
    person: bool = True


@dataclass(frozen=True)
class DateSeen:
    """One statement of a date: which field, where, how sure such a place is (0 is best), the text and its reading."""

    field: ClaimField
    place: str
    origin: Origin
    rank: int
    text: str
    instant: Instant
