"""A host is asked no more than it can carry, and whoever set the intervals is told."""

from datetime import timedelta
from pathlib import Path

from config.intervals import effective_intervals, explain_source, measure_loads, warn_of_loads
from config.models import Settings
from config.source import Source


def make_source(
    number: int, host: str = "groupe.test", feeds: int = 1, interval: str = "15m", **keys: object
) -> Source:
    urls = [f"https://{host}/{number}/{feed}/rss" for feed in range(feeds)]
    entry = {
        "id": f"titre-{number}",
        "name": f"Titre {number}",
        "kind": "local_press",
        "homepage": f"https://{host}/{number}",
    }
    return Source.model_validate({**entry, "feeds": urls, "interval": interval, **keys})


def test_a_hundred_feeds_on_one_host_lengthen_the_interval() -> None:
    # 114 feeds at 5 s are 9.5 minutes: 63 % of 15 minutes, 48 % of 20
    sources = [make_source(number) for number in range(114)]
    assert set(effective_intervals(sources, Settings()).values()) == {timedelta(minutes=20)}


def test_a_host_that_can_carry_them_keeps_the_intervals() -> None:
    sources = [make_source(number) for number in range(90)]  # exactly half of the time
    assert set(effective_intervals(sources, Settings()).values()) == {timedelta(minutes=15)}
    assert warn_of_loads(sources, Settings(), Path("config/sources")) == []


def test_only_the_sources_of_the_crowded_host_are_lengthened() -> None:
    crowded = [make_source(number) for number in range(114)]
    quiet = make_source(500, host="calme.test")
    both = make_source(501, host="calme.test", listings=["https://groupe.test/une"])
    intervals = effective_intervals([*crowded, quiet, both], Settings())
    assert intervals["titre-500"] == timedelta(minutes=15)
    assert intervals["titre-501"] == intervals["titre-0"] == timedelta(minutes=20)


def test_a_longer_interval_weighs_less_and_stays_longer() -> None:
    sources = [make_source(1, feeds=90), make_source(2, feeds=120, interval="1h")]
    assert round(measure_loads(sources, Settings())["groupe.test"].share, 4) == round(90 * 5 / 900 + 120 * 5 / 3600, 4)
    assert effective_intervals(sources, Settings()) == {
        "titre-1": timedelta(minutes=20),
        "titre-2": timedelta(minutes=90),
    }


def test_delay_counts_and_sources_that_are_off_do_not() -> None:
    many = [make_source(number, delay="0s") for number in range(500)]
    assert set(effective_intervals(many, Settings()).values()) == {timedelta(minutes=15)}
    off = [make_source(number, enabled=False, reason="Essai.") for number in range(500)]
    assert effective_intervals(off, Settings()) == {}
    slow = [make_source(1, feeds=10, delay="100000s")]
    assert effective_intervals(slow, Settings()) == {"titre-1": timedelta(days=24)}


def test_the_share_is_a_setting() -> None:
    sources = [make_source(number) for number in range(114)]
    settings = Settings.model_validate({"politeness": {"host_load_share": 1}})
    assert set(effective_intervals(sources, settings).values()) == {timedelta(minutes=15)}


def test_the_operator_is_told_in_one_sentence() -> None:
    sources = [make_source(number) for number in range(114)]
    (fault,) = warn_of_loads(sources, Settings(), Path("config/sources"))
    assert fault.level == "warning"
    assert str(fault) == (
        "config/sources: interval: expected visits to groupe.test that take at most 50% of the time, "
        "got 114 entry points of 114 sources, which take 63% of the time at the intervals written (every 15m or more). "
        "Lengthened to 20m or more."
    )


def test_explain_tells_what_follows() -> None:
    sources = [make_source(number) for number in range(113)]
    last = make_source(
        200, host="www.groupe.test", listings=["https://groupe.test/une"], departements=["974"], exclude=["/jeux/"]
    )
    settings = Settings()
    lines = explain_source(last, settings, effective_intervals([*sources, last], settings))
    assert lines == [
        "titre-200: Titre 200 (local_press), visited",
        "  scope: groupe.test with and without www.; not /jeux/",
        "  entry points: 1 feed, 1 listing",
        "  zone: Indian/Reunion",
        "  interval: 15m, between 5m and 6h",
        "  delay: 5s between two requests to a host",
        "  interval lengthened to 20m: its host carries too many entry points",
    ]
    off = make_source(1, enabled=False, reason="Titre disparu.")
    assert explain_source(off, settings, {})[0] == "titre-1: Titre 1 (local_press), off: Titre disparu."
