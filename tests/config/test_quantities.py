"""Durations and bytes are read in one form only, and written so that they can be read again."""

from datetime import timedelta

import pytest
from pydantic_core import PydanticCustomError

from config.quantities import format_bytes, format_duration, parse_bounds, parse_bytes, parse_duration


@pytest.mark.parametrize(
    ("written", "seconds"), [("0s", 0), ("5s", 5), ("15m", 900), ("6h", 21600), ("1d", 86400), ("90m", 5400)]
)
def test_durations_are_read_and_written_back(written: str, seconds: int) -> None:
    duration = parse_duration(written)
    assert duration == timedelta(seconds=seconds)
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize(
    ("found", "advice"),
    [
        (15, 'Did you mean "15m" (minutes) or "15s" (seconds)?'),
        ("15", 'Did you mean "15m" (minutes) or "15s" (seconds)?'),
        ("15 min", 'Did you mean "15m"?'),
        ("6 hours", 'Did you mean "6h"?'),
        ("2 days", 'Did you mean "2d"?'),
        ("15M", 'Did you mean "15m"?'),
        ("10:30", "Units are s, m, h and d"),
        ("-5m", 'Did you mean "5m"?'),
        ("", "Units are s, m, h and d"),
        ("１５m", "Units are s, m, h and d"),
        (1.5, "Units are s, m, h and d"),
        (True, "Units are s, m, h and d"),
        (None, "Units are s, m, h and d"),
        (["5m", "6h"], "One duration goes here; the bounds between which it adapts are the key interval_bounds"),
    ],
)
def test_other_durations_are_refused_with_advice(found: object, advice: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        parse_duration(found)
    assert caught.value.context == {"expected": 'a duration such as "15m"', "advice": advice}


@pytest.mark.parametrize("found", ["999999999d", "4000d", timedelta(seconds=-1)])
def test_endless_and_negative_durations_are_refused(found: object) -> None:
    with pytest.raises(PydanticCustomError, match="a duration"):
        parse_duration(found)


@pytest.mark.parametrize("count", [1, 1023, 1024, 512 * 2**10, 16 * 2**20, 2**30, 3 * 2**30 + 1, 2**40])
def test_bytes_are_written_so_that_they_can_be_read(count: int) -> None:
    written = format_bytes(count)
    assert parse_bytes(int(written) if written.isdigit() else written) == count


@pytest.mark.parametrize("found", ["16 Mo", "16 MB", "16", "1.5 GiB", "-1 MiB", "", None, True, 1.5, [1]])
def test_other_byte_counts_are_refused(found: object) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        parse_bytes(found)
    assert caught.value.context is not None
    assert caught.value.context["expected"] == 'a number of bytes such as "16 MiB"'


@pytest.mark.parametrize("found", ["5m", ["5m"], ["5m", "6h", "1d"], ["6h", "5m"], ["0s", "5m"], {"a": 1}, None])
def test_bounds_are_two_durations_the_shortest_first(found: object) -> None:
    assert parse_bounds(["5m", "6h"]) == (timedelta(minutes=5), timedelta(hours=6))
    with pytest.raises(PydanticCustomError, match="two durations"):
        parse_bounds(found)
