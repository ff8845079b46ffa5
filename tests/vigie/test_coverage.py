"""Gaps: days on which sources that had answered before gave nothing, whatever the reason."""

from datetime import date, timedelta
from pathlib import Path

from archive.catalogue import create_catalogue, runs, utc_now
from vigie.coverage import Gap, find_gaps, read_seen

FIRST = date(2026, 3, 1)


def days(*numbers: int) -> list[date]:
    return [FIRST + timedelta(days=n) for n in numbers]


def test_a_day_without_any_answer_of_a_chosen_source_is_a_gap() -> None:
    gaps = find_gaps({"a": days(0, 1, 3, 4)}, FIRST, FIRST + timedelta(days=4))

    assert gaps == [Gap(days(2)[0], 1, 1)]


def test_of_many_sources_one_that_is_silent_is_none() -> None:
    seen = {f"s{n}": days(0, 1, 2) for n in range(9)} | {"silent": days(0, 2)}

    assert find_gaps(seen, FIRST, FIRST + timedelta(days=2)) == []


def test_of_many_sources_half_are_one() -> None:
    seen = {f"s{n}": days(0, 1, 2) for n in range(4)} | {f"t{n}": days(0, 2) for n in range(4)}

    assert find_gaps(seen, FIRST, FIRST + timedelta(days=2)) == [Gap(days(1)[0], 4, 8)]


def test_before_its_first_answer_nobody_waits_for_a_source() -> None:
    seen = {"a": days(0, 1, 2), "b": days(2)}

    assert find_gaps(seen, FIRST - timedelta(days=5), FIRST + timedelta(days=2)) == []
    assert find_gaps({}, FIRST, FIRST) == []


def test_answers_are_read_from_runs_and_from_counts_and_failures_are_none(tmp_path: Path) -> None:
    catalogue, now = create_catalogue(tmp_path), utc_now()
    with catalogue.write() as transaction:
        runs.count_day(transaction, "a", "2026-03-01", "same")
        runs.count_day(transaction, "a", "2026-03-02", "failed")
        runs.count_day(transaction, "b", "2026-03-02", "throttled")
        number = runs.start_run(transaction, "a", "child", now)
        runs.end_run(transaction, number, "finished", {"fetched": 2, "failed": 1}, now)
    with catalogue.read() as transaction:
        seen, chosen = read_seen(transaction), read_seen(transaction, ["b"])
    catalogue.close()

    assert seen == {"a": [date(2026, 3, 1), now.date()]}
    assert chosen == {}
