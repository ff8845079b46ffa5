"""Dates in queries: what is written stands for a stretch of time, from its first instant to the first after it.

A year is the whole year, a day the whole day, in the archive's zone; `now-7d` is a second, `now/d` the whole day.
"""

import calendar
import contextlib
import re
from datetime import UTC, date, datetime, timedelta

from indexer.document import ARCHIVE_ZONE
from indexer.query.errors import QueryError

FIRST_YEAR, LAST_YEAR = 1700, 2200
"""Beyond these an engine that counts nanoseconds in 64 bits would overflow."""

_NOW = re.compile(r"now((?:[+-]\d{1,5}[yMwdhms]|/[yMwdhms])*)")
_STEP = re.compile(r"([+-]\d+|/)([yMwdhms])")
_WRITTEN = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:[T ](?P<hour>\d\d)(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?)?(?P<zone>Z|[+-]\d\d:?\d\d)?)?)?)?"
)
_FRENCH = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}

EXPECTED = "Write a date as 2026, 2026-03, 2026-03-14, 2026-03-14T18:30, now-7d or now/d"


def read_stretch(written: str, now: datetime, position: int) -> tuple[datetime, datetime]:
    """The first instant of what is written and the first one after it, in UTC."""
    text = written.strip()
    try:
        start, unit = _read_now(text, now) if text.startswith("now") else _read_written(text)
        end = _move(start, 1, unit)
    except (ValueError, OverflowError):
        raise QueryError(f"{written[:40]!r} is no date", position, _hint_date(text)) from None
    if not FIRST_YEAR <= start.year < end.year + 1 <= LAST_YEAR:
        raise QueryError(
            f"{written[:40]!r} is too far away", position, f"Dates go from {FIRST_YEAR} to {LAST_YEAR - 1}"
        )
    return start.astimezone(UTC), end.astimezone(UTC)


def is_moment(written: str) -> bool:
    """Whether a single second is written, which no document can be expected to hit: now-7d."""
    text = written.strip()
    return text.startswith("now") and "/" not in text


def _read_now(text: str, now: datetime) -> tuple[datetime, str]:
    match = _NOW.fullmatch(text)
    if match is None:
        raise ValueError(text)
    instant, unit = now.astimezone(ARCHIVE_ZONE).replace(microsecond=0), "s"
    for amount, step in _STEP.findall(match[1]):
        if amount == "/":
            instant, unit = _floor(instant, step), step
        else:
            instant = _move(instant, int(amount), step)
    return instant, unit


def _read_written(text: str) -> tuple[datetime, str]:
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise ValueError(text)
    parts = match.groupdict()
    names = [name for name in ("year", "month", "day", "hour", "minute", "second") if parts[name] is not None]
    numbers = {"month": 1, "day": 1} | {name: int(parts[name] or 0) for name in names}
    unit = {"year": "y", "month": "M", "day": "d", "hour": "h", "minute": "m", "second": "s"}[names[-1]]
    return datetime(**numbers, tzinfo=ARCHIVE_ZONE) if parts["zone"] is None else _with_zone(
        numbers, parts["zone"]
    ), unit


def _with_zone(numbers: dict[str, int], zone: str) -> datetime:
    if zone == "Z":
        return datetime(**numbers, tzinfo=UTC)
    digits = zone[1:].replace(":", "")
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return datetime(**numbers, tzinfo=UTC) - (shift if zone[0] == "+" else -shift)


def _move(instant: datetime, amount: int, unit: str) -> datetime:
    """Days and longer units keep the hour on the clock; hours and shorter ones are real time."""
    if unit in "yM":
        months = instant.year * 12 + instant.month - 1 + amount * (12 if unit == "y" else 1)
        year, month = divmod(months, 12)
        last = calendar.monthrange(year, month + 1)[1]
        return instant.replace(year=year, month=month + 1, day=min(instant.day, last))
    step = timedelta(seconds=amount * _SECONDS[unit])
    if unit in "wd":
        return instant + step
    return (instant.astimezone(UTC) + step).astimezone(instant.tzinfo)


def _floor(instant: datetime, unit: str) -> datetime:
    if unit == "w":
        instant -= timedelta(days=instant.weekday())
    zeros = {"second": 0} if unit == "m" else {"second": 0, "minute": 0} if unit == "h" else {}
    if unit in "yMwd":
        zeros = {"second": 0, "minute": 0, "hour": 0}
    if unit in "yM":
        zeros["day"] = 1
    if unit == "y":
        zeros["month"] = 1
    return instant.replace(**zeros) if zeros else instant  # type: ignore[arg-type]


def _hint_date(text: str) -> str:
    french = _FRENCH.fullmatch(text)
    if french:
        day, month, year = map(int, french.groups())
        with contextlib.suppress(ValueError):
            return f"Write {date(year, month, day)}"
    return EXPECTED
