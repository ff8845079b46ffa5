"""Dates as feeds and sitemaps write them (hazards D2, D4, D5)."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from crawler.discovery.dates import find_written_date, parse_feed_date


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tue, 24 Nov 2026 14:05:00 +0100", "2026-11-24T13:05:00"),
        ("Tue, 24 Nov 2026 14:05 GMT", "2026-11-24T14:05:00"),
        ("24 Nov 26 14:05:00 EST", "2026-11-24T19:05:00"),
        ("Tue,24 Nov 2026 14:05:00 CEST", "2026-11-24T12:05:00"),
        ("Mar, 24 novembre 2026 14:05:00 +0100", "2026-11-24T13:05:00"),
        ("mardi 24 novembre 2026 à 14h05", "2026-11-24T14:05:00"),
        ("mar. 24 nov. 2026, 14 h 05", "2026-11-24T14:05:00"),
        ("24 nov. 2026 à 14h", "2026-11-24T14:00:00"),
        ("1er février 2026", "2026-02-01T00:00:00"),
        ("3 août 2026", "2026-08-03T00:00:00"),
        ("24/11/2026 14:05", "2026-11-24T14:05:00"),
        ("November 24, 2026 2:05 PM", "2026-11-24T14:05:00"),
        ("Tue Nov 24 14:05:00 2026", "2026-11-24T14:05:00"),
        ("Tue Nov 24 14:05:00 CET 2026", "2026-11-24T13:05:00"),
        ("2026-11-24", "2026-11-24T00:00:00"),
        ("2026-11", "2026-11-01T00:00:00"),
        ("2026", "2026-01-01T00:00:00"),
        ("20261124T140500Z", "2026-11-24T14:05:00"),
        ("2026-11-24T14:05:00.123456+01:00", "2026-11-24T13:05:00"),
        ("2026-11-24 14:05:00", "2026-11-24T14:05:00"),
        ("2026/1/24 14:05:00", "2026-01-24T14:05:00"),
        ("2026-11-24T23:30:00-05:00", "2026-11-25T04:30:00"),
        ("2026-11-24T24:00:00Z", "2026-11-25T00:00:00"),
        ("2026-11-24T23:59:60Z", "2026-11-24T23:59:59"),
        ("24 Nov 69 10:00:00 GMT", "2069-11-24T10:00:00"),
        ("24 Nov 99 10:00:00 GMT", "1999-11-24T10:00:00"),
    ],
)
def test_what_feeds_write_is_read(text: str, expected: str) -> None:
    moment = parse_feed_date(text)
    assert moment is not None
    assert moment.replace(tzinfo=None).isoformat() == expected


@pytest.mark.parametrize(
    "text",
    [
        None, "", "hier", "aujourd'hui à 14h05", "2026-02-30", "30 février 2026", "2026-13-45", "0000-01-01",
        "2026-11-24T14:05:00+99:00", "2026-11-24T25:00:00Z", "9999-12-31", "24 brumaire 2026", "-1", "1" * 200,
        "Copyright 1998-2026", "il y a 2 heures", "\x00", "2026-11-24T14:05:00 XYZ",
    ],
)  # fmt: skip
def test_what_means_nothing_is_none_and_never_a_neighbouring_day(text: str | None) -> None:
    assert parse_feed_date(text) is None


def test_the_zone_is_assumed_only_where_none_is_named() -> None:
    paris = ZoneInfo("Europe/Paris")
    assert parse_feed_date("2026-07-01 12:00", paris) == datetime(2026, 7, 1, 12, tzinfo=paris)
    assert parse_feed_date("2026-07-01T12:00Z", paris) == datetime(2026, 7, 1, 14, tzinfo=paris)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Publié le 24 novembre 2026 à 14h05 par le bureau", "24 novembre 2026 à 14h05"),
        ("COMMUNIQUÉ DU 1er FÉVRIER 2026", "1er FÉVRIER 2026"),
        ("[24/11/2026] Effectifs", "24/11/2026"),
        ("Le 31 février 2026, puis le 3 mars 2026", "3 mars 2026"),
        ("Article 12 alinéa 2026", None),
        ("Tél. 01.02.2003.04", None),
        ("Rien de neuf", None),
    ],
)
def test_a_date_written_in_a_line_is_found_as_it_stands(line: str, found: str | None) -> None:
    assert find_written_date(line) == found
