"""Dates as pages and feeds claim them: an instant that exists, a named doubt, or nothing; never a neighbouring day."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from crawler.discovery.dates import find_written_date, parse_feed_date
from crawler.extraction.metadata.instants import ARCHIVE_ZONE, FUTURE_GRACE, OLDEST, read_instant
from tests.properties.effort import soon, tried_on

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
DOUBTS = {None, "bad_date", "future", "too_old"}

PIECES = (
    "2026", "1998", "0000", "-001", "9999", "30", "31", "02", "2", "-", "/", ".", " ", "T", ":", "24:00",
    "23:59:60", "+99:00", "-05:00", "Z", "CET", "GMT+1", "lun.", "Mon,", "janv.", "février", "Feb", "1er", "à",
    "h", "14h05", "hier", "il y a 3 jours", "aujourd'hui", "mis à jour le", "publié le", "1764000000",
    "1764000000000", "demain", "12", "\u00a0", "é", "[Europe/Paris]",
)  # fmt: skip
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=12).map("".join) | st.text(max_size=130)
zones = st.sampled_from(("Europe/Paris", "America/Cayenne", "Indian/Reunion", "UTC", "Nulle/Part"))
_moments = st.datetimes(datetime(1995, 1, 2), datetime(2026, 3, 13))


@tried_on(1_200)
@given(texts, zones)
def test_any_text_is_an_instant_a_doubt_or_nothing(text: str, zone: str) -> None:
    with soon():
        found = read_instant(text, zone, NOW)
    if found is None:
        return
    assert found.doubt in DOUBTS and (found.at is not None or found.doubt == "bad_date")
    if found.at is not None:
        assert found.at.utcoffset() == timedelta(0)
        assert found.doubt == "future" or found.at <= NOW + FUTURE_GRACE
        assert found.doubt == "too_old" or found.at >= OLDEST


@tried_on(1_200)
@given(texts)
def test_any_date_of_a_feed_is_an_instant_or_nothing(text: str) -> None:
    with soon():
        found, written = parse_feed_date(text, ZoneInfo("Europe/Paris")), find_written_date(text)
    assert found is None or (found.utcoffset() == timedelta(0) and 1969 <= found.year <= 2101)
    assert written is None or (written in text and parse_feed_date(written) is not None)


@tried_on(400)
@given(_moments, st.sampled_from(("+00:00", "+01:00", "+02:00", "-05:00", "+13:45", "Z")))
def test_a_date_with_a_zone_is_that_instant(moment: datetime, offset: str) -> None:
    written = f"{moment:%Y-%m-%dT%H:%M:%S}{offset}"
    exact = datetime.fromisoformat(written).astimezone(UTC)
    found = read_instant(written, "Europe/Paris", NOW)
    assert found is not None and (found.at, found.zone_assumed) == (exact, False)
    assert parse_feed_date(written) == exact


@tried_on(400)
@given(_moments)
def test_a_day_written_in_french_is_that_day_in_paris(moment: datetime) -> None:
    """Whatever the source's zone: midnight of the day that stands there."""
    written = f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"
    found = read_instant(written, "Indian/Reunion", NOW)
    assert found is not None and found.at is not None and found.precision == "day"
    assert found.at.astimezone(ARCHIVE_ZONE).replace(tzinfo=None) == datetime(moment.year, moment.month, moment.day)


@tried_on(300)
@given(st.integers(1996, 2025), st.integers(1, 12), st.integers(29, 39), st.integers(0, 23))
def test_a_day_that_does_not_exist_is_never_another_day(year: int, month: int, day: int, hour: int) -> None:
    assume(day > monthrange(year, month)[1])
    for written in (f"{year}-{month:02}-{day}T{hour:02}:00:00+01:00", f"{day}/{month:02}/{year} {hour:02}:00"):
        assert parse_feed_date(written) is None
        found = read_instant(written, "Europe/Paris", NOW)
        assert found is None or found.at is None, written
