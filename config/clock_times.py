"""When a digest is due, as an operator writes it: `at once`, `hourly`, `daily 07:30`, `weekly monday 07:30`.

A schedule answers one question: which of its turns was the last one up to an instant. Whoever asks compares with what
was done already, so that a program that was off does once what is due, and nothing depends on a timer's memory.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from config.faults import name_nearest, refused

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Every = Literal["at once", "hourly", "daily", "weekly"]

_AT = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_EXPECTED = '"at once", "hourly", "daily 07:30" or "weekly monday 07:30"'


@dataclass(frozen=True)
class Schedule:
    """The turns of a digest; `at` is a time of the archive's zone, `weekday` counts from Monday, 0."""

    every: Every
    at: time | None = None
    weekday: int | None = None

    def __str__(self) -> str:
        """The form in which it is written in a file."""
        parts = [self.every] if self.weekday is None else [self.every, WEEKDAYS[self.weekday]]
        return " ".join([*parts, f"{self.at:%H:%M}"] if self.at else parts)

    def last_turn(self, now: datetime, zone: str) -> datetime:
        """The latest turn that is not after `now`, in UTC; `at once` has one at every instant.

        A time that a change of clocks skips is taken as the same time before the change, one that comes twice as its
        first occurrence: each local day has exactly one turn.
        """
        if self.every == "at once":
            return now
        if self.every == "hourly":
            return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        today = now.astimezone(ZoneInfo(zone)).date()
        for back in range(15):
            day = today - timedelta(days=back)
            turn = self._turn_on(day, zone)
            if turn is not None and turn <= now:
                return turn
        raise AssertionError("a week without a turn")

    def next_turn(self, instant: datetime, zone: str) -> datetime:
        """The first turn after an instant, in UTC: that in which something of this instant is told. `at once` gathers
        what comes within the same minute."""
        if self.every == "at once":
            return instant.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        if self.every == "hourly":
            return self.last_turn(instant, zone) + timedelta(hours=1)
        today = instant.astimezone(ZoneInfo(zone)).date()
        for ahead in range(15):
            turn = self._turn_on(today + timedelta(days=ahead), zone)
            if turn is not None and turn > instant:
                return turn
        raise AssertionError("a week without a turn")

    def _turn_on(self, day: date, zone: str) -> datetime | None:
        if self.at is None or self.weekday not in (None, day.weekday()):
            return None
        return datetime.combine(day, self.at, ZoneInfo(zone)).astimezone(UTC)


def parse_schedule(value: object) -> Schedule:
    """Read a schedule; whatever else is written is refused with a suggestion."""
    if isinstance(value, Schedule):
        return value
    words = value.lower().split() if isinstance(value, str) else []
    match words:
        case ["at", "once"]:
            return Schedule("at once")
        case ["hourly"]:
            return Schedule("hourly")
        case ["daily", at] if _AT.fullmatch(at):
            return Schedule("daily", time.fromisoformat(at))
        case ["weekly", day, at] if _AT.fullmatch(at) and day in WEEKDAYS:
            return Schedule("weekly", time.fromisoformat(at), WEEKDAYS.index(day))
        case ["weekly", day, at] if _AT.fullmatch(at):
            raise refused(_EXPECTED, name_nearest(day, WEEKDAYS))
        case ["daily"] | ["weekly", _]:
            raise refused(_EXPECTED, f'Add a time with two digits each, as in "{" ".join(words)} 07:30"')
    raise refused(_EXPECTED, "Times have two digits for hours and minutes, 07:30; weekdays are English words")


Turns = Annotated[
    Schedule,
    BeforeValidator(parse_schedule),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"form": "schedule"}),
]
