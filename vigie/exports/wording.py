"""How fetched text and dates are written into exports, whatever the format.

Titles come from pages of others: on one line, without control, invisible and direction characters.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from indexer.alerts.wording import clean
from indexer.document import ARCHIVE_ZONE, IndexEntry

WORDS = 2000  # characters of a title, a name or a section: no honest one is longer
_NARROW = re.compile(r" (?=[;!?%€])")
_WIDE = re.compile(r"(?<=«) | (?=[»:])|(?<=\d) (?=\d{3}\b)|(?<=\bp\.) ")


@dataclass(frozen=True)
class PlainDate:
    """A date as precise as it is known: month and day are None where they are not."""

    year: int
    month: int | None = None
    day: int | None = None

    @property
    def parts(self) -> tuple[int, ...]:
        """Year, month and day, as far as they are known."""
        return tuple(part for part in (self.year, self.month, self.day) if part is not None)


def tidy(text: str | None) -> str:
    """Fetched text on one line, safe to put into any format that does its own escaping."""
    return clean(text or "", WORDS)


def tidy_text(text: str) -> str:
    """A whole text with its paragraphs, each line tidied."""
    return "\n".join(clean(line, max(1, len(line))) for line in text.splitlines())


def typeset(text: str) -> str:
    """The text with French no-break blanks, so that no line begins with a sign or ends with an opening quote."""
    return _WIDE.sub("\u00a0", _NARROW.sub("\u202f", text))


def plain_date(instant: datetime, precision: str) -> PlainDate:
    """The local date of an instant, as precise as it is known."""
    local = instant.astimezone(ARCHIVE_ZONE)
    if precision == "year":
        return PlainDate(local.year)
    return PlainDate(local.year, local.month, None if precision == "month" else local.day)


def published_on(entry: IndexEntry) -> PlainDate | None:
    """The date a reference gives; None where the page has none and the archive only knows when it first saw it."""
    return None if entry.date_origin == "first_seen" else plain_date(entry.date, entry.date_precision)
