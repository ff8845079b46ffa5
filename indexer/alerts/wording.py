"""What a digest says in French, and hostile text made fit for a mail: one line, no control or hidden characters.

Titles come from pages of others (M6 and M7 of the hazards): whatever they hold, a digest is made, and nothing in it can
run, hide or reorder text, or lead elsewhere than to a web page.
"""

import re
import unicodedata
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

TITLE_CHARACTERS = 300
SUBJECT_CHARACTERS = 150
SUBJECT_SOURCES = 3
SOURCES_CHARACTERS = 50

_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip

# where a date comes from is said only where it may surprise
_DOUBTFUL = {
    "first_seen": "date de première vue : la page n’en donne pas",
    "url": "d’après l’adresse",
    "header": "d’après le serveur",
    "sitemap": "d’après le plan du site",
}


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


def say_date(instant: datetime, precision: str, origin: str, zone: str) -> str:
    """A date as precise as it is known, with its origin where that is doubtful."""
    local = instant.astimezone(ZoneInfo(zone))
    day = "1er" if local.day == 1 else str(local.day)
    month = _MONTHS[local.month - 1]
    said = {"year": f"{local.year}", "month": f"{month} {local.year}", "day": f"{day} {month} {local.year}"}.get(
        precision, f"{day} {month} {local.year}, {local.hour} h {local.minute:02}"
    )
    return f"{said} ({_DOUBTFUL[origin]})" if origin in _DOUBTFUL else said


def say_count(count: int, one: str, many: str) -> str:
    """The count before the word; French says zero in the singular."""
    return f"{count:,}".replace(",", "\u202f") + f" {one if count < 2 else many}"


def _name_some(sources: list[str]) -> str:
    """The first sources, as many as fit whole; dots stand for the others."""
    named = clean(sources[0], SOURCES_CHARACTERS)
    shown = 1
    for source in sources[1:SUBJECT_SOURCES]:
        if len(named) + len(source) + 2 > SOURCES_CHARACTERS:
            break
        named, shown = f"{named}, {source}", shown + 1
    return f"{named}…" if shown < len(sources) else named


def say_subject(count: int, titles: list[str], sources: list[str]) -> str:
    """What is in the mail, in its subject: `3 nouveaux : préavis (Alliance, UN1TÉ)`."""
    what = clean(", ".join(titles), 90)
    if not count:
        return clean(f"Rien de nouveau : {what}", SUBJECT_CHARACTERS)
    where = f" ({_name_some(sources)})" if sources else ""
    return clean(f"{say_count(count, 'nouveau', 'nouveaux')} : {what}{where}", SUBJECT_CHARACTERS)
