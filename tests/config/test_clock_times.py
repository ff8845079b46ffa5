"""The turns of a digest: one on each local day, whatever the clocks do."""

from datetime import UTC, datetime, timedelta

import pytest

from config.clock_times import parse_schedule

ZONE = "Europe/Paris"


def turns_between(written: str, start: datetime, end: datetime) -> list[datetime]:
    schedule, found, now = parse_schedule(written), [], start
    while now < end:
        turn = schedule.last_turn(now, ZONE)
        if turn >= start and turn not in found:
            found.append(turn)
        now += timedelta(minutes=5)
    return found


@pytest.mark.parametrize("day", [datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 10, 24, 20, tzinfo=UTC)])
def test_the_days_on_which_clocks_change_have_one_turn_at_half_past_two(day: datetime) -> None:
    assert len(turns_between("daily 02:30", day, day + timedelta(hours=24))) == 1


def test_a_week_has_one_turn_on_its_day() -> None:
    start = datetime(2026, 3, 23, tzinfo=UTC)
    found = turns_between("weekly monday 07:30", start, start + timedelta(days=14))
    assert found == [datetime(2026, 3, 23, 6, 30, tzinfo=UTC), datetime(2026, 3, 30, 5, 30, tzinfo=UTC)]


def test_whoever_was_off_for_days_finds_the_last_turn() -> None:
    now = datetime(2026, 3, 14, 5, 0, tzinfo=UTC)
    assert parse_schedule("daily 07:30").last_turn(now, ZONE) == datetime(2026, 3, 13, 6, 30, tzinfo=UTC)
    assert parse_schedule("hourly").last_turn(now + timedelta(minutes=7), ZONE) == now
    assert parse_schedule("at once").last_turn(now, ZONE) == now


def test_a_schedule_is_written_as_it_is_read() -> None:
    for written in ("at once", "hourly", "daily 07:30", "weekly sunday 23:00"):
        assert str(parse_schedule(written)) == written
