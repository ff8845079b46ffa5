"""Machine-readable dates: the values of JSON-LD, metas, `datetime` attributes, feeds, sitemaps and addresses.

`read_instant` turns such a text into an aware UTC instant with a precision, or into a named doubt. A date that does
not exist is never moved to one that does; a time without a zone is the source's and marked as assumed; a day is
midnight of that day in the archive's zone, so that it falls on its own day whatever the source's zone.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from archive.records import Precision
from crawler.extraction.metadata.dates_in_prose import find_dates

ARCHIVE_ZONE = ZoneInfo("Europe/Paris")
# Before the web reached newsrooms; what claims to be older is a default value or a digitised text: shown as doubtful.
OLDEST = datetime(1995, 1, 1, tzinfo=UTC)
FUTURE_GRACE = timedelta(days=1)
MAX_INSTANT = 120

ISO = re.compile(
    r"^(?P<year>-?\d{4})(?:(?P<month>\d\d)(?P<day>\d\d)|-(?P<month_b>\d\d?)-(?P<day_b>\d\d?))"
    r"(?:[T\s_]\s?(?P<hour>\d\d?):?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,:]\d{1,9})?)?)?"
    r"\s?(?P<zone>Z|[+-]\d\d(?::?\d\d)?|[A-Z]{2,5}|\[.*\])?$",
    re.IGNORECASE,
)
ISO_MONTH = re.compile(r"^(?P<year>\d{4})-(?P<month>\d\d)$")
ISO_YEAR = re.compile(r"^(?P<year>\d{4})$")
MAIL = re.compile(
    r"^(?:[a-z]{3,9}\.?,?\s+)?(?:(?P<day>\d{1,2})\s+(?P<month>[a-z]{3,9})\.?\s+(?P<year>\d{4})|"
    r"(?P<month_b>[a-z]{3})\s+(?P<day_b>\d{1,2}))\s+(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d))?"
    r"(?:\s+(?P<zone>[+-]\d{4}|[A-Z]{1,5}))?(?:\s+(?P<year_b>\d{4}))?(?:\s*\(.*\))?$",
    re.IGNORECASE,
)
EPOCH = re.compile(r"^\d{10}(?:\d{3})?$")
# Minutes east of Greenwich of the abbreviations that publishers use; the ambiguous ones are as in North America.
ZONE_NAMES = {
    **dict.fromkeys(("Z", "UTC", "GMT", "UT", "WET"), 0),
    **dict.fromkeys(("CET", "MEZ", "BST", "WEST"), 60),
    **dict.fromkeys(("CEST", "MESZ", "EET"), 120),
    **dict.fromkeys(("EEST", "MSK"), 180),
    **dict.fromkeys(("JST", "KST"), 540),
    **dict.fromkeys(("EST", "CDT"), -300),
    **dict.fromkeys(("CST", "MDT"), -360),
    **dict.fromkeys(("MST", "PDT"), -420),
    "EDT": -240,
    "PST": -480,
}
# No place on Earth is farther from Greenwich than +14:00 or -12:00.
WIDEST_EAST, WIDEST_WEST = 14 * 60, -12 * 60


@dataclass(frozen=True)
class Instant:
    """A read date: the instant or None, how exact it is, whether its zone was assumed, and what is odd about it."""

    at: datetime | None
    precision: Precision = "second"
    zone_assumed: bool = False
    doubt: str | None = None


def read_instant(text: str, zone: str, now: datetime, month_first: bool = False) -> Instant | None:
    """Read a date; None where the text holds none at all. `now` is when the page was fetched, aware."""
    written = text.strip()[:MAX_INSTANT]
    if not any(sign.isdigit() for sign in written):
        return None
    for read in (read_iso, read_coarse, read_epoch, read_mail):
        found = read(written, zone)
        if found is not None:
            return judge(found, now)
    local_now = now.astimezone(zone_named(zone)).replace(tzinfo=None)
    dates = find_dates(written, local_now, month_first)
    if dates:
        return judge(from_local(dates[0].moment, dates[0].precision, zone), now)
    return Instant(None, doubt="bad_date") if re.search(r"\d{4}", written) else None


def zone_named(name: str) -> ZoneInfo:
    """The zone, or the archive's where the name is unknown (the configuration checks names long before)."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ARCHIVE_ZONE


def from_local(moment: datetime | None, precision: Precision, zone: str) -> Instant:
    """A naive local time of the source; a day or coarser is set to midnight in the archive's zone."""
    if moment is None:
        return Instant(None, precision, doubt="bad_date")
    if precision in ("day", "month", "year"):
        return Instant(moment.replace(tzinfo=ARCHIVE_ZONE).astimezone(UTC), precision)
    return Instant(moment.replace(tzinfo=zone_named(zone)).astimezone(UTC), precision, zone_assumed=True)


def judge(found: Instant, now: datetime) -> Instant:
    """Mark what lies in the future or before the web."""
    if found.at is None or found.doubt:
        return found
    if found.at > now + FUTURE_GRACE:
        return replace(found, doubt="future")
    return replace(found, doubt="too_old") if found.at < OLDEST else found


def read_iso(text: str, zone: str) -> Instant | None:
    """ISO 8601 and its cousins: blanks for `T`, missing separators, zone names."""
    match = ISO.match(text)
    if match is None:
        return None
    month, day = match["month"] or match["month_b"], match["day"] or match["day_b"]
    return build(match["year"], month, day, match["hour"], match["minute"], match["second"], match["zone"], zone)


def read_coarse(text: str, zone: str) -> Instant | None:
    """A month or a year alone."""
    if match := ISO_MONTH.match(text):
        found = build(match["year"], match["month"], "1", None, None, None, None, zone)
        return replace(found, precision="month")
    if match := ISO_YEAR.match(text):
        found = build(match["year"], "1", "1", None, None, None, None, zone)
        return replace(found, precision="year")
    return None


def read_epoch(text: str, zone: str) -> Instant | None:
    """Seconds or milliseconds since 1970."""
    if not EPOCH.match(text):
        return None
    seconds = int(text) / (1000 if len(text) == 13 else 1)
    return Instant(datetime.fromtimestamp(seconds, UTC).replace(microsecond=0))


def read_mail(text: str, zone: str) -> Instant | None:
    """The form of mail and HTTP (`Wed, 08 Oct 2025 14:30:00 +0200`) and of Unix (`Wed Oct 8 14:30:00 CEST 2025`)."""
    match = MAIL.match(text)
    if match is None or not (match["year"] or match["year_b"]):
        return None
    month = english_month(match["month"] or match["month_b"])
    if month is None:
        return None
    return build(
        match["year"] or match["year_b"], str(month), match["day"] or match["day_b"],
        match["hour"], match["minute"], match["second"], match["zone"], zone,
    )  # fmt: skip


def english_month(word: str) -> int | None:
    """By its first three letters."""
    place = "janfebmaraprmayjunjulaugsepoctnovdec".find(word[:3].lower())
    return place // 3 + 1 if place >= 0 and place % 3 == 0 else None


def build(
    year: str,
    month: str,
    day: str,
    hour: str | None,
    minute: str | None,
    second: str | None,
    offset: str | None,
    zone: str,
) -> Instant:
    """Put an instant together; what does not exist becomes `bad_date`."""
    precision: Precision = "day" if hour is None else "minute" if second is None else "second"
    minutes = offset_minutes(offset)
    try:
        if not 1900 <= int(year) <= 2200 or (minutes is not None and not WIDEST_WEST <= minutes <= WIDEST_EAST):
            return Instant(None, precision, doubt="bad_date")
        # 23:59:60 is a leap second, and 24:00 the next midnight in ISO 8601.
        moment = datetime(int(year), int(month), int(day)) + clock_span(hour, minute, second)
    except ValueError:
        return Instant(None, precision, doubt="bad_date")
    if precision == "day" or minutes is None:
        return from_local(moment, precision, zone)
    return Instant(moment.replace(tzinfo=timezone(timedelta(minutes=minutes))).astimezone(UTC), precision)


def clock_span(hour: str | None, minute: str | None, second: str | None) -> timedelta:
    """The time of day as a span; refuses what no clock shows."""
    hours, minutes, seconds = int(hour or 0), int(minute or 0), int(second or 0)
    if hours > 24 or minutes > 59 or seconds > 60 or (hours == 24 and (minutes or seconds)):
        raise ValueError(f"no such time of day: {hours}:{minutes}:{seconds}")
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def offset_minutes(offset: str | None) -> int | None:
    """Minutes east of Greenwich; None where nothing usable is written."""
    if not offset:
        return None
    if offset[0] in "+-":
        digits = offset[1:].replace(":", "")
        minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
        return minutes if offset[0] == "+" else -minutes
    return ZONE_NAMES.get(offset.upper())
