"""How long the disk lasts is reckoned from the whole data folder, not from the responses alone."""

from vigie.state import Growth


def test_what_grows_beside_the_responses_shortens_the_forecast() -> None:
    alone = Growth({"2026-03-01": {"page": 100}}, 100.0, 1.0, free_bytes=3000, floor_bytes=1000)
    beside = Growth({"2026-03-01": {"page": 100}}, 100.0, 4.0, free_bytes=3000, floor_bytes=1000)
    nothing = Growth({}, 0.0, 1.0, free_bytes=3000, floor_bytes=1000)

    assert (alone.days_left, beside.days_left, nothing.days_left) == (20.0, 5.0, None)
