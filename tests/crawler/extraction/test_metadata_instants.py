"""Machine-readable dates: forms, zones, and dates that do not exist."""

from datetime import UTC, datetime

import pytest

from crawler.extraction.metadata.instants import read_instant

NOW = datetime(2025, 10, 9, 10, 0, tzinfo=UTC)
PARIS = "Europe/Paris"


@pytest.mark.parametrize(
    ("text", "expected", "precision"),
    [
        ("2025-10-08T14:30:00+02:00", "2025-10-08T12:30:00", "second"),
        ("2025-10-08T14:30:00.123456Z", "2025-10-08T14:30:00", "second"),
        ("2025-10-08T14:30:00:684Z", "2025-10-08T14:30:00", "second"),
        ("2025-10-08T14:30+0200", "2025-10-08T12:30:00", "minute"),
        ("2025-10-08 14:30:00 +02", "2025-10-08T12:30:00", "second"),
        ("20251008T143000Z", "2025-10-08T14:30:00", "second"),
        ("2025-10-8 9:05:00", "2025-10-08T07:05:00", "second"),
        ("Wed, 08 Oct 2025 14:30:00 +0200", "2025-10-08T12:30:00", "second"),
        ("Wed, 08 Oct 2025 14:30:00 GMT", "2025-10-08T14:30:00", "second"),
        ("Wed Oct 08 14:30:00 CEST 2025", "2025-10-08T12:30:00", "second"),
        ("1759926600", "2025-10-08T12:30:00", "second"),
        ("1759926600000", "2025-10-08T12:30:00", "second"),
        ("2025-10-08", "2025-10-07T22:00:00", "day"),
        ("2025/10/08", "2025-10-07T22:00:00", "day"),
        ("8 octobre 2025", "2025-10-07T22:00:00", "day"),
        ("2025-10", "2025-09-30T22:00:00", "month"),
        ("2025", "2024-12-31T23:00:00", "year"),
    ],
)
def test_a_form_is_read(text: str, expected: str, precision: str) -> None:
    found = read_instant(text, PARIS, NOW)

    assert found is not None
    assert found.at == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert (found.precision, found.doubt) == (precision, None)


def test_a_time_without_zone_is_the_sources_and_marked() -> None:
    paris = read_instant("2025-10-08T14:30:00", PARIS, NOW)
    reunion = read_instant("2025-10-08T14:30:00", "Indian/Reunion", NOW)

    assert paris is not None
    assert reunion is not None
    assert (paris.at, paris.zone_assumed) == (datetime(2025, 10, 8, 12, 30, tzinfo=UTC), True)
    assert (reunion.at, reunion.zone_assumed) == (datetime(2025, 10, 8, 10, 30, tzinfo=UTC), True)


def test_a_written_zone_is_kept_and_the_day_may_change() -> None:
    found = read_instant("2025-10-07T23:30:00-05:00", PARIS, NOW)

    assert found is not None
    assert found.at == datetime(2025, 10, 8, 4, 30, tzinfo=UTC)
    assert not found.zone_assumed


def test_a_day_is_midnight_in_paris_whatever_the_sources_zone() -> None:
    found = read_instant("2025-10-08", "Pacific/Noumea", NOW)

    assert found is not None
    assert found.at == datetime(2025, 10, 7, 22, 0, tzinfo=UTC)
    assert not found.zone_assumed


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-30",
        "2025-02-30T10:00:00+01:00",
        "2026-13-45",
        "0000-00-00 00:00:00",
        "0000-12-01",
        "9999-12-31T23:59:59Z",
        "-0001-11-30T00:00:00+00:00",
        "2025-10-08T10:00:00+99:00",
        "2025-10-08T25:61:00Z",
        "30 février 2025",
    ],
)
def test_a_date_that_does_not_exist_is_bad_and_has_no_value(text: str) -> None:
    found = read_instant(text, PARIS, NOW)

    assert found is not None
    assert (found.at, found.doubt) == (None, "bad_date")


def test_the_future_and_1970_are_read_but_doubted() -> None:
    soon = read_instant("2025-10-10T09:00:00Z", PARIS, NOW)
    later = read_instant("2025-10-11T09:00:00Z", PARIS, NOW)
    epoch = read_instant("1970-01-01T00:00:00Z", PARIS, NOW)

    assert soon is not None and soon.doubt is None
    assert later is not None and (later.doubt, later.at) == ("future", datetime(2025, 10, 11, 9, tzinfo=UTC))
    assert epoch is not None and (epoch.doubt, epoch.at) == ("too_old", datetime(1970, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("text", ["", "bientôt", "hier", "n/a", "12"])
def test_a_text_without_a_date_gives_nothing(text: str) -> None:
    assert read_instant(text, PARIS, NOW) is None


def test_an_unknown_zone_name_falls_back_to_the_archives() -> None:
    found = read_instant("2025-10-08T14:30:00", "Mars/Olympus", NOW)

    assert found is not None
    assert found.at == datetime(2025, 10, 8, 12, 30, tzinfo=UTC)
