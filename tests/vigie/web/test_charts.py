"""Drawings: every hit is in a bar, no bar leaves the drawing, and what was not seen lies under its days."""

import random
from datetime import date, timedelta

import pytest

from vigie.coverage import Gap
from vigie.web.charts import SPARK_HEIGHT, WIDTH, draw_histogram, draw_spark

FIRST = date(2025, 3, 1)


@pytest.mark.parametrize("span", [1, 2, 30, 100, 101, 400, 730, 731, 5000, 60_000])
def test_bars_hold_all_hits_and_stay_inside(span: int) -> None:
    chance = random.Random(span)
    days = {FIRST + timedelta(days=chance.randrange(span)): chance.randrange(1, 9) for _ in range(60)}
    chart = draw_histogram(days, [], None, None)

    shown = {day: count for day, count in days.items() if day >= chart.first}
    assert sum(bar.count for bar in chart.bars) == sum(shown.values())
    assert all(bar.x >= 0 and bar.x + bar.width <= WIDTH + 1 for bar in chart.bars)
    assert all(bar.start <= bar.end for bar in chart.bars)
    assert len(chart.bars) <= 110 * 12 and len(chart.ticks) <= 25


def test_short_stretches_are_drawn_by_day_and_long_ones_by_month() -> None:
    intervals = [
        draw_histogram({FIRST: 1, FIRST + timedelta(days=n): 1}, [], None, None).interval for n in (50, 300, 3000)
    ]

    assert intervals == ["day", "week", "month"]


def test_what_was_asked_for_is_drawn_also_where_nothing_was_found() -> None:
    chart = draw_histogram({FIRST: 1}, [], FIRST - timedelta(days=9), FIRST + timedelta(days=10))

    assert (chart.first, chart.last) == (FIRST - timedelta(days=9), FIRST + timedelta(days=10))
    assert chart.bars[0].x == pytest.approx(WIDTH * 9 / 20)


def test_days_that_were_not_seen_are_one_shade_while_they_follow_each_other() -> None:
    gaps = [Gap(FIRST + timedelta(days=n), 1, 2) for n in (2, 3, 4, 8)] + [Gap(FIRST - timedelta(days=5), 1, 2)]
    chart = draw_histogram({FIRST: 1, FIRST + timedelta(days=9): 1}, gaps, None, None)

    assert [(shade.start.day, shade.end.day) for shade in chart.shades] == [(3, 5), (9, 9)]
    assert chart.shades[0].x == pytest.approx(200) and chart.shades[0].width == pytest.approx(300)


def test_a_small_line_has_a_step_a_day_and_the_usual_level() -> None:
    spark = draw_spark([0, 2, 2, 4, 2, 0, 2, 9, 2])

    assert spark.path.count("h1") == 9 and spark.path.startswith(f"M0 {SPARK_HEIGHT}")
    assert spark.usual == 2 and spark.recent == pytest.approx(3)
    assert draw_spark([]).usual == 0 and draw_spark([0] * 90).recent == 0
