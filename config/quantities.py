"""Durations, byte counts and multiples as an operator writes them: `15m`, `6h`, `16 MiB`, `5x`.

One way to read and one way to write each, so that what `config show` prints can be put back into a file. A bare
number is refused for a duration: whether `15` means seconds or minutes would be a guess.
"""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from config.faults import refused

UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
BYTE_UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
LONGEST = timedelta(days=3650)

_DURATION = re.compile(r"([0-9]{1,9})(s|m|h|d)", re.ASCII)
_TIMES = re.compile(r"([0-9]{1,3})x", re.ASCII)
_BYTES = re.compile(r"([0-9]{1,15}) ?([KMGT]iB|B)", re.ASCII)


def parse_duration(value: object) -> timedelta:
    """Read `5s`, `15m`, `6h` or `1d`; a timedelta passes, everything else is refused with a suggestion."""
    if isinstance(value, timedelta):
        if value < timedelta(0):
            raise refused("a duration that is not negative")
        return value
    expected = 'a duration such as "15m"'
    if isinstance(value, str) and (found := _DURATION.fullmatch(value)):
        duration = timedelta(seconds=int(found[1]) * UNIT_SECONDS[found[2]])
        if duration > LONGEST:
            raise refused("a duration of at most ten years")
        return duration
    raise refused(expected, _suggest_duration(value))


def _suggest_duration(value: object) -> str:
    if isinstance(value, list):
        return "One duration goes here; the bounds between which it adapts are the key interval_bounds"
    found = re.fullmatch(r"-?([0-9]+) ?([a-z]*)", str(value).strip().lower())
    if found and not isinstance(value, bool):
        if not found[2]:
            return f'Did you mean "{found[1]}m" (minutes) or "{found[1]}s" (seconds)?'
        unit = found[2][:1] if found[2][:1] in UNIT_SECONDS else "m"
        return f'Did you mean "{found[1]}{unit}"?'
    return "Units are s, m, h and d"


def format_duration(duration: timedelta) -> str:
    """Write a duration in the largest unit that fits without a remainder."""
    seconds = int(duration.total_seconds())
    for unit in ("d", "h", "m"):
        if seconds and seconds % UNIT_SECONDS[unit] == 0:
            return f"{seconds // UNIT_SECONDS[unit]}{unit}"
    return f"{seconds}s"


def parse_bytes(value: object) -> int:
    """Read a count of bytes: a whole number, or one with a unit such as `16 MiB`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and (found := _BYTES.fullmatch(value)):
        return int(found[1]) * BYTE_UNITS[found[2]]
    raise refused('a number of bytes such as "16 MiB"', "Units are B, KiB, MiB, GiB and TiB")


def format_bytes(count: int) -> str:
    """Write a count of bytes in the largest unit that fits without a remainder."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if count and count % BYTE_UNITS[unit] == 0:
            return f"{count // BYTE_UNITS[unit]} {unit}"
    return str(count)


def parse_times(value: object) -> int:
    """Read a multiple such as `5x`: twice to a hundred times."""
    if isinstance(value, str) and (found := _TIMES.fullmatch(value)) and 2 <= int(found[1]) <= 100:
        return int(found[1])
    if isinstance(value, int) and not isinstance(value, bool):
        raise refused('a multiple from "2x" to "100x"', f'Did you mean "{value}x"?' if 2 <= value <= 100 else "")
    raise refused('a multiple from "2x" to "100x"')


def _check_positive(duration: timedelta) -> timedelta:
    if not duration:
        raise refused("a duration above zero")
    return duration


def parse_bounds(value: object) -> tuple[timedelta, timedelta]:
    """Read a list of two durations, the shortest first."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise refused('a list of two durations such as ["5m", "6h"]')
    shortest, longest = parse_duration(value[0]), parse_duration(value[1])
    if not timedelta(0) < shortest <= longest:
        raise refused("two durations above zero, the shortest first")
    return shortest, longest


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"form": "duration"}),
]
PositiveDuration = Annotated[Duration, AfterValidator(_check_positive)]
Bounds = Annotated[
    tuple[timedelta, timedelta],
    BeforeValidator(parse_bounds),
    PlainSerializer(lambda bounds: [format_duration(bound) for bound in bounds], return_type=list[str]),
    WithJsonSchema({"form": "two durations"}),
]
Times = Annotated[
    int,
    BeforeValidator(parse_times),
    PlainSerializer(lambda times: f"{times}x", return_type=str),
    WithJsonSchema({"form": "multiple"}),
]
Bytes = Annotated[
    int,
    BeforeValidator(parse_bytes),
    Field(ge=1),
    PlainSerializer(format_bytes, return_type=str),
    WithJsonSchema({"form": "bytes"}),
]
