"""Drawings as numbers: what stands where in an SVG. The templates draw them and put a table of the same numbers behind.

Coordinates are whole or have one decimal, so that a page of many drawings stays small.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from indexer.engines.base import Interval, roll_up
from vigie.coverage import Gap

WIDTH, HEIGHT = 1000, 120
DAYS_AS_DAYS = 100  # longer stretches are drawn by week
DAYS_AS_WEEKS = 730  # and longer ones by month
MOST_DAYS = 40_000  # about 110 years; a single misdated article must not make thousands of empty months


@dataclass(frozen=True)
class Bar:
    """One bucket: its first and last day, its count, and where its bar stands."""

    start: date
    end: date
    count: int
    x: float
    width: float
    y: float
    height: float


@dataclass(frozen=True)
class Shade:
    """A stretch of days on which too little was seen."""

    start: date
    end: date
    unseen: int
    of: int
    x: float
    width: float


@dataclass(frozen=True)
class Tick:
    """A year or month named under the bars."""

    day: date
    x: float
    is_year: bool


@dataclass(frozen=True)
class Histogram:
    """Hits over time."""

    interval: Interval
    first: date
    last: date
    most: int
    bars: tuple[Bar, ...]
    shades: tuple[Shade, ...]
    ticks: tuple[Tick, ...]


def draw_histogram(days: Mapping[date, int], gaps: Sequence[Gap], since: date | None, until: date | None) -> Histogram:
    """The counts by day, gathered so that bars can be told apart. `since` and `until` widen it to what was asked."""
    first = min(since or min(days), min(days))
    last = max(until or max(days), max(days))
    first = max(first, last - timedelta(days=MOST_DAYS))
    span = (last - first).days + 1
    interval: Interval = "day" if span <= DAYS_AS_DAYS else "week" if span <= DAYS_AS_WEEKS else "month"
    buckets = [
        (one.start, one.count)
        for one in roll_up(((day.toordinal(), count) for day, count in days.items() if day >= first), interval)
    ]
    most = max(count for _, count in buckets)
    scale = WIDTH / span
    bars = tuple(_draw_bar(start, count, interval, first, last, scale, most) for start, count in buckets)
    shades = tuple(_draw_shade(group, first, scale) for group in _group(gaps, first, last))
    return Histogram(interval, first, last, most, bars, shades, _draw_ticks(first, last, scale))


def _draw_bar(start: date, count: int, interval: Interval, first: date, last: date, scale: float, most: int) -> Bar:
    end = min(_end_of(start, interval), last)
    shown = max(start, first)
    height = max(2.0, round(count / most * (HEIGHT - 4), 1))
    x = (shown - first).days * scale
    width = max(1.0, ((end - shown).days + 1) * scale - 1)
    return Bar(shown, end, count, round(x, 1), round(width, 1), round(HEIGHT - height, 1), height)


def _end_of(start: date, interval: Interval) -> date:
    if interval == "day":
        return start
    if interval == "week":
        return start + timedelta(days=6)
    return (start.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _group(gaps: Sequence[Gap], first: date, last: date) -> list[list[Gap]]:
    """Gaps of days that follow each other, together."""
    groups: list[list[Gap]] = []
    for gap in gaps:
        if not first <= gap.day <= last:
            continue
        if groups and gap.day - groups[-1][-1].day == timedelta(days=1):
            groups[-1].append(gap)
        else:
            groups.append([gap])
    return groups


def _draw_shade(group: list[Gap], first: date, scale: float) -> Shade:
    worst = max(group, key=lambda gap: gap.unseen / gap.of)
    x = (group[0].day - first).days * scale
    return Shade(
        group[0].day, group[-1].day, worst.unseen, worst.of, round(x, 1), max(1.0, round(len(group) * scale, 1))
    )


def _draw_ticks(first: date, last: date, scale: float) -> tuple[Tick, ...]:
    """The first days of months, or of years where there would be too many."""
    months = (last.year - first.year) * 12 + last.month - first.month
    by_year = months > 18
    step = max(1, (months // 12 if by_year else months) // 8)
    ticks = []
    for number in range(0, months // 12 + 2, step) if by_year else range(0, months + 2, step):
        total = first.year * 12 + (number * 12 if by_year else first.month - 1 + number)
        day = date(total // 12, total % 12 + 1, 1)
        if first <= day <= last:
            ticks.append(Tick(day, round((day - first).days * scale, 1), by_year or day.month == 1))
    return tuple(ticks)


@dataclass(frozen=True)
class Spark:
    """Counts of days as one small line of steps, with the usual level beside it."""

    path: str
    level: float
    counts: tuple[int, ...]
    usual: float
    recent: float


SPARK_HEIGHT = 24
RECENT_DAYS = 7


def draw_spark(counts: Sequence[int]) -> Spark:
    """One step a day. The usual level is the median day; the recent one the mean of the last week."""
    most = max([*counts, 1])
    scale = (SPARK_HEIGHT - 2) / most
    steps = [f"V{SPARK_HEIGHT - count * scale:.4g}h1" for count in counts]
    usual = sorted(counts)[len(counts) // 2] if counts else 0
    week = counts[-RECENT_DAYS:]
    return Spark(
        f"M0 {SPARK_HEIGHT}{''.join(steps)}V{SPARK_HEIGHT}",
        round(SPARK_HEIGHT - usual * scale, 1),
        tuple(counts),
        usual,
        sum(week) / len(week) if week else 0.0,
    )
