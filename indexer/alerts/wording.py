"""Dates, counts and subjects of mails, and hostile text made fit for one: one line, no control or hidden characters.

Titles come from pages of others (M6 and M7 of the hazards): whatever they hold, a digest is made, and nothing in it can
run, hide or reorder text, or lead elsewhere than to a web page. What is said around them stands in `phrases.py`.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from indexer.alerts.phrases import Phrases, Plural

TITLE_CHARACTERS = 300
SUBJECT_CHARACTERS = 150
SUBJECT_SOURCES = 3
SOURCES_CHARACTERS = 50
TOPICS_CHARACTERS = 90


def clean(text: str, limit: int = TITLE_CHARACTERS) -> str:
    """The text on one line without control, invisible and direction characters, cut at a length."""
    kept = "".join(letter if letter.isspace() or _is_shown(letter) else "" for letter in text)
    line = re.sub(r"\s+", " ", kept).strip()
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def _is_shown(letter: str) -> bool:
    """Not a control, format (bidirectional marks, zero widths), surrogate or unassigned character."""
    return unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Cn", "Co")


def safe_link(url: str) -> str | None:
    """The address where it is one of the web; None for everything that may run or read something."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    usable = parts.scheme in ("http", "https") and parts.netloc and url.isprintable() and " " not in url
    return url if usable and url.isascii() else None


def say_date(instant: datetime, precision: str, origin: str, zone: str, phrases: Phrases) -> str:
    """A date as precise as it is known, with its origin where that is doubtful."""
    local = instant.astimezone(ZoneInfo(zone))
    month = phrases.months[local.month - 1]
    day = phrases.first_day if local.day == 1 else phrases.day
    date = day.format(day=local.day, month=month, year=local.year)
    whole = phrases.instant.format(date=date, hour=local.hour, minute=local.minute)
    said = {"year": f"{local.year}", "month": f"{month} {local.year}", "day": date}.get(precision, whole)
    doubt = phrases.doubtful_dates.get(origin)
    return f"{said} ({doubt})" if doubt else said


def say_instant(instant: datetime, zone: str, phrases: Phrases) -> str:
    """Day and time of something that Vigie itself has seen."""
    return say_date(instant, "second", "page", zone, phrases)


def say_count(count: int, words: Plural, phrases: Phrases) -> str:
    """The count before the word in the number that the language wants: French says zero in the singular."""
    is_single = count == 1 or (count == 0 and phrases.zero_is_one)
    return f"{count:,}".replace(",", phrases.thousands) + f" {words[0] if is_single else words[1]}"


def say_length(length: timedelta, phrases: Phrases) -> str:
    """A stretch of time in whole hours, or days where it is longer than two."""
    hours = max(1, round(length / timedelta(hours=1)))
    if hours < 48:
        return say_count(hours, phrases.hours, phrases)
    return say_count(round(hours / 24), phrases.days, phrases)


def _name_some(sources: Sequence[str]) -> str:
    """The first sources, as many as fit whole; dots stand for the others."""
    named = clean(sources[0], SOURCES_CHARACTERS)
    shown = 1
    for source in sources[1:SUBJECT_SOURCES]:
        if len(named) + len(source) + 2 > SOURCES_CHARACTERS:
            break
        named, shown = f"{named}, {source}", shown + 1
    return f"{named}…" if shown < len(sources) else named


def say_subject(
    counts: Sequence[tuple[int, Plural]], titles: Sequence[str], sources: Sequence[str], phrases: Phrases
) -> str:
    """What is in the mail, in its subject: `3 nouveaux : préavis (Alliance, UN1TÉ)`."""
    what = clean(", ".join(titles), TOPICS_CHARACTERS)
    said = ", ".join(say_count(count, words, phrases) for count, words in counts if count)
    if not said:
        return clean(phrases.nothing_new_subject.format(what=what), SUBJECT_CHARACTERS)
    where = f" ({_name_some(sources)})" if sources else ""
    return clean(phrases.subject.format(counts=said, what=what, where=where), SUBJECT_CHARACTERS)
