"""When a feed or sitemap says something was published: its text as an instant, or None.

Promises: RFC 822 with its many misspellings, ISO 8601 and W3CDTF, French and English month names, two-digit years and
named zones are read; an impossible date (30 February, year 0, offset +99:00) is None, never a neighbouring day. This
serves "is it too old?" and "newest first"; the text itself travels on, and extraction judges it anew.
"""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_LONGEST = 100  # a date is short; anything longer is prose
_LONGEST_LINE = 400  # a row of a list; more is a text, and its dates are those of the events
_FIRST_YEAR, _LAST_YEAR = 1970, 2100

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier janv", "february feb fevrier fevr fev", "march mar mars", "april apr avril avr",
            "may mai", "june jun juin", "july jul juillet juil", "august aug aout aou", "september sept sep septembre",
            "october oct octobre", "november nov novembre", "december dec decembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_ZONE_HOURS = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "mez": 1, "cest": 2, "mesz": 2,
    "eet": 2, "eest": 3, "msk": 3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8,
    "pdt": -7, "ast": -4, "adt": -3, "akst": -9, "akdt": -8, "hst": -10, "jst": 9, "kst": 9,
}  # fmt: skip

_ISO = re.compile(
    r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?|(\d{2})(\d{2}))?"
    r"(?:[t ]+(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?)?\s*([a-z]{1,4}|[+-]\d{1,2}:?(?:\d{2})?)?"
)
_DAY_MONTH_YEAR = re.compile(r"(?<!\d)(\d{1,2})(?:er)?[ .-]{1,3}([a-z]{3,9})[ .,-]{1,3}(\d{4}|\d{2})(?![\d:])")
_MONTH_DAY_YEAR = re.compile(
    r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th|er)?,? "
    r"(?:\d{1,2}:\d{2}(?::\d{2})? )?(?:[a-z]{1,4} )?(\d{4})(?!\d)"  # asctime puts the clock before the year
)
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?!\d)")
_TIME = re.compile(
    r"(?<!\d)(\d{1,2}) ?[:h] ?(\d{2})(?: ?[:m] ?(\d{2}))?(?:[.,]\d+)?(?: ?([ap])\.?m\b)?|(?<!\d)(\d{1,2}) ?h\b"
)
_WRITTEN = re.compile(
    r"(?<![\w./-])(?:\d{1,2}(?:er)? [^\W\d_]{3,9}\.? \d{4}|\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{4}-\d{2}-\d{2})"
    r"(?:,? (?:à |- )?\d{1,2} ?[h:] ?\d{2})?(?![\w/-]|\.\d)",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"(?:(?<=\d)|(?<=[ a-z]))([+-])(\d{2}):?(\d{2})?(?!\d)")
_ZONE_NAME = re.compile(r"[a-z]{1,4}")


def parse_feed_date(text: str | None, zone: tzinfo = UTC) -> datetime | None:
    """The instant that `text` means, aware; `zone` is assumed where it names none; None where it means nothing."""
    if not text or len(text) > _LONGEST:
        return None
    plain = _fold(text)
    try:
        moment = _read_iso(plain, zone) or _read_words(plain, zone)
        return moment.astimezone(UTC) if moment is not None else None
    except (ValueError, OverflowError):
        return None


def find_written_date(text: str) -> str | None:
    """The first date written out in a line, as it stands there: "24 novembre 2026 à 14h05", "24/11/2026"."""
    for found in _WRITTEN.finditer(text[:_LONGEST_LINE]):
        if parse_feed_date(found[0]) is not None:
            return found[0]
    return None


def _fold(text: str) -> str:
    """Lower case, without accents, single blanks, so that one table of months serves."""
    decomposed = unicodedata.normalize("NFD", text.lower())
    return " ".join("".join(char for char in decomposed if not unicodedata.combining(char)).split())


def _read_iso(text: str, zone: tzinfo) -> datetime | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day, packed_month, packed_day, hour, minute, second, offset = found.groups()
    date = (int(year), int(month or packed_month or 1), int(day or packed_day or 1))
    return _build(date, (int(hour or 0), int(minute or 0), int(second or 0)), _read_offset(offset, zone))


def _read_words(text: str, zone: tzinfo) -> datetime | None:
    date = _find_date(text)
    if date is None:
        return None
    clock = _TIME.search(text)
    rest = text[clock.end() :] if clock else ""
    return _build(date, _read_clock(clock), _find_zone(rest, zone))


def _find_date(text: str) -> tuple[int, int, int] | None:
    if (found := _DAY_MONTH_YEAR.search(text)) and (month := _MONTHS.get(found[2])):
        return _full_year(found[3]), month, int(found[1])
    if (found := _MONTH_DAY_YEAR.search(text)) and (month := _MONTHS.get(found[1])):
        return int(found[3]), month, int(found[2])
    if found := _DAY_FIRST.search(text):
        return _full_year(found[3]), int(found[2]), int(found[1])
    return None


def _full_year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (2000 if year < 70 else 1900)


def _read_clock(found: re.Match[str] | None) -> tuple[int, int, int]:
    if found is None:
        return 0, 0, 0
    if found[5]:
        return int(found[5]), 0, 0
    hour = int(found[1])
    if found[4]:
        hour = hour % 12 + (12 if found[4] == "p" else 0)
    return hour, int(found[2]), int(found[3] or 0)


def _find_zone(rest: str, zone: tzinfo) -> tzinfo:
    if offset := _OFFSET.search(" " + rest):
        return _read_offset(offset[0], zone)
    for name in _ZONE_NAME.findall(rest):
        if name in _ZONE_HOURS:
            return timezone(timedelta(hours=_ZONE_HOURS[name]))
    return zone


def _read_offset(text: str | None, zone: tzinfo) -> tzinfo:
    if not text:
        return zone
    if text[0] not in "+-":
        if text not in _ZONE_HOURS:
            raise ValueError("an unknown zone name")
        return timezone(timedelta(hours=_ZONE_HOURS[text]))
    digits = text[1:].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
    if hours > 14 or minutes > 59:
        raise ValueError("no zone on Earth is that far from Greenwich")
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)


def _build(date: tuple[int, int, int], clock: tuple[int, int, int], zone: tzinfo) -> datetime:
    if not _FIRST_YEAR <= date[0] <= _LAST_YEAR:
        raise ValueError("no article is of that year")
    hour, minute, second = clock
    next_day = timedelta(days=1) if (hour, minute, second) == (24, 0, 0) else timedelta()
    hour, second = (0 if next_day else hour), min(second, 59)  # a leap second has no place in datetime
    return datetime(*date, hour, minute, second, tzinfo=zone) + next_day
