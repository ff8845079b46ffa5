"""Hazards D1 to D6: pages and feeds whose dates are missing, impossible, absurd, half said, or on odd days.

One newsroom with a page for each is crawled, extracted and indexed once by the real commands.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.hazards.gazette import Gazette, make_page
from tests.site.server import Site
from tests.vigie.test_schedule import Night, night

__all__ = ["night"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

PARIS = ZoneInfo("Europe/Paris")
WORD = "policiers"  # in every text
DAYS = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")
MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
# no date on the page: the year of a copyright and numbers that look like a day are none
UNKNOWN = {
    "/d1/none": "",
    "/d1/copyright": "<footer>Copyright 1998-2026 La Gazette du Val</footer>",
    "/d1/month-13": "<footer>Dossier 2026-13-45</footer>",
}
IMPOSSIBLE = {
    "/d1/month-13-stated": "2026-13-45",
    "/d2/30-february": "2026-02-30T10:00:00+01:00",
    "/d2/year-0": "0000-12-01T00:00:00Z",
    "/d2/year-9999": "9999-12-31T23:59:59Z",
    "/d2/year-minus-1": "-0001-11-30T00:00:00+00:00",
    "/d2/offset-99": "2026-02-03T10:00:00+99:00",
}
DOUBTFUL = {
    "/d3/1970": ("1970-01-01T00:00:00Z", "too_old"),
    "/d3/in-five-years": ("2099-01-01T08:00:00Z", "future"),
}
# what the page says, when that is, to what precision, and whether the zone had to be assumed
INSTANTS = {
    "/d4/no-zone": ("2025-12-01T14:30:00", "2025-12-01T13:30:00.000000Z", "second", True),
    "/d4/summer": ("2025-07-01T14:30:00", "2025-07-01T12:30:00.000000Z", "second", True),
    "/d4/new-york": ("2025-12-01T23:30:00-05:00", "2025-12-02T04:30:00.000000Z", "second", False),
    "/d4/day": ("2025-12-01", "2025-11-30T23:00:00.000000Z", "day", False),
}
BOTH = {
    "/d5/update-first": "Mis à jour le 3 décembre 2025 à 9 h, publié le 1er décembre 2025 à 8h05",
    "/d5/update-last": "Publié le 1er décembre 2025 à 8h05 - Modifié le 03/12/2025 à 09:00",
}
UPDATE_ALONE = {
    "/d5/update-alone": "Mis à jour le 3 décembre 2025 à 9 h",
    "/d5/update-labelled": "Dernière mise à jour : 3 décembre 2025",
}
# midnight to midnight of the days on which the clocks changed, one of 23 hours and one of 25
SHORT, LONG = "2025-03-30", "2025-10-26"
EDGES = {
    "/d6/short-first": "2025-03-30T00:10:00+01:00",
    "/d6/short-last": "2025-03-30T23:50:00+02:00",
    "/d6/long-first": "2025-10-26T00:10:00+02:00",
    "/d6/long-last": "2025-10-26T23:50:00+01:00",
    "/d6/day-before": "2025-10-25T23:50:00+02:00",
    "/d6/day-after": "2025-10-27T00:10:00+01:00",
}


def stated(value: str) -> str:
    """The head of a page that says in its markup when it was published."""
    return f'<meta property="article:published_time" content="{value}">'


def today() -> date:
    """The day on French clocks."""
    return datetime.now(PARIS).date()


def make_relative() -> dict[str, tuple[str, date]]:
    """What people write instead of a date, and the day that they mean."""
    past = today() - timedelta(days=40)
    return {
        "/d5/today": ("Aujourd’hui à 14h05", today()),
        "/d5/yesterday": ("Hier à 18h", today() - timedelta(days=1)),
        "/d5/weekday": (f"{DAYS[past.weekday()]} {past.day} {MONTHS[past.month - 1]}", past),
        "/d5/in-words": ("Publié le lundi 1er décembre 2025 à 8h05", date(2025, 12, 1)),
    }


@pytest.fixture(scope="module")
def gazette(tmp_path_factory: pytest.TempPathFactory, running_site: Site) -> Iterator[Gazette]:
    """All pages taken in."""
    running_site.reset()
    gazette = Gazette(tmp_path_factory.mktemp("dates"), running_site)
    for path, after in UNKNOWN.items():
        gazette.put(path, make_page(path, after=after))
    heads = IMPOSSIBLE | {path: said for path, (said, _) in DOUBTFUL.items()} | EDGES
    heads |= {path: said for path, (said, *_) in INSTANTS.items()}
    for path, value in heads.items():
        gazette.put(path, make_page(path, head=stated(value)))
    lines = BOTH | UPDATE_ALONE | {path: line for path, (line, _) in make_relative().items()}
    for path, line in lines.items():
        gazette.put(path, make_page(path, before=f"<p>{line}</p>"))
    for name, said in (("february", "Sun, 30 Feb 2026 10:00:00 +0100"), ("year-0", "Mon, 01 Jan 0000 00:00:00 GMT")):
        gazette.put(f"/d2/feed-{name}", make_page(f"feed {name}"), said=f"<pubDate>{said}</pubDate>")
    gazette.take_in()
    yield gazette
    running_site.reset()


@pytest.fixture(scope="module")
def hits(gazette: Gazette) -> dict[str, dict[str, Any]]:
    """Every article as a search gives it, newest first, by path."""
    found = gazette.must("search", WORD, "--sort", "newest", "--limit", "100", "--json").json["hits"]
    return {hit["url"].removeprefix(gazette.base): hit for hit in found}


@pytest.mark.parametrize("path", UNKNOWN)
def test_d1_an_unknown_date_stays_unknown_and_the_first_sight_takes_its_place(
    gazette: Gazette, hits: dict[str, dict[str, Any]], path: str
) -> None:
    """No date, a copyright from 1998, 2026-13-45: none is made up, and the article is dated by its first sight."""
    taken, hit = gazette.taken(path), hits[path]
    assert (taken["published_at"], taken["published_precision"], taken["published_doubt"]) == (None, None, None)
    assert hit["published_at"] is None
    assert hit["first_seen_at"] and hit["date"] == hit["first_seen_at"]


def test_d1_every_date_that_is_known_says_whence_and_how_precisely(hits: dict[str, dict[str, Any]]) -> None:
    """Origin and precision stand beside each date, in the catalogue and in the search."""
    for path, (_, _, precision, _) in INSTANTS.items():
        assert (hits[path]["date_origin"], hits[path]["date_precision"]) == ("meta", precision)
    assert all(hit["date"] and hit["date_precision"] and hit["first_seen_at"] for hit in hits.values())


@pytest.mark.parametrize("path", IMPOSSIBLE)
def test_d2_an_impossible_date_is_named_and_kept_as_it_was_written(
    gazette: Gazette, hits: dict[str, dict[str, Any]], path: str
) -> None:
    """30 February, years 0, -1 and 9999, an offset of 99 hours: `bad_date`, the words kept, no other day instead."""
    taken = gazette.taken(path)
    assert (taken["published_at"], taken["published_doubt"]) == (None, "bad_date")
    (claim,) = [claim for claim in gazette.claims(path, "published") if claim["origin"] == "meta"]
    assert (claim["text"], claim["value"], claim["doubt"]) == (IMPOSSIBLE[path], None, "bad_date")
    assert hits[path]["date"] == hits[path]["first_seen_at"]
    if path == "/d2/30-february":
        shown = gazette.must("show", gazette.base + path).out
        assert IMPOSSIBLE[path] in shown and "bad_date" in shown


@pytest.mark.parametrize("path", ["/d2/feed-february", "/d2/feed-year-0"])
def test_d2_an_impossible_date_of_a_feed_costs_nothing_but_itself(gazette: Gazette, path: str) -> None:
    """A feed says 30 February or the year 0: the article is fetched and read, the claim is kept with its doubt."""
    assert gazette.ends()[path] == "new_document"
    assert gazette.taken(path)["published_at"] is None
    (claim,) = [claim for claim in gazette.claims(path, "published") if claim["origin"] == "feed"]
    assert (claim["value"], claim["doubt"]) == (None, "bad_date")


def test_d2_nothing_impossible_leads_the_list(hits: dict[str, dict[str, Any]]) -> None:
    """Newest first means by the date that is shown; the year 9999 stands among what was first seen today."""
    dates = [hit["date"][:19] for hit in hits.values()]  # to the second, as searches sort
    assert dates == sorted(dates, reverse=True)
    assert max(dates) <= (datetime.now(UTC) + timedelta(days=1)).isoformat()[:19]


@pytest.mark.parametrize("path", DOUBTFUL)
def test_d3_a_doubtful_date_is_kept_shown_as_such_and_not_sorted_by(
    gazette: Gazette, hits: dict[str, dict[str, Any]], path: str
) -> None:
    """2099 and 1970: the date stays with its doubt, and the article stands where it was first seen."""
    said, doubt = DOUBTFUL[path]
    taken = gazette.taken(path)
    assert (taken["published_at"][:10], taken["published_doubt"]) == (said[:10], doubt)
    assert hits[path]["date"] == hits[path]["first_seen_at"]
    shown = gazette.must("show", gazette.base + path).out
    assert said in shown and doubt in shown


@pytest.mark.parametrize("path", INSTANTS)
def test_d4_zones_are_assumed_and_marked_or_kept(gazette: Gazette, path: str) -> None:
    """Without zone the source's, winter and summer, marked as assumed; with one, UTC and the words as they stood."""
    said, instant, precision, assumed = INSTANTS[path]
    taken = gazette.taken(path)
    assert (taken["published_at"], taken["published_precision"]) == (instant, precision)
    chosen, *_ = gazette.claims(path, "published")
    assert (chosen["text"], bool(chosen["zone_assumed"]), bool(chosen["chosen"])) == (said, assumed, True)


def test_d4_half_past_eleven_in_new_york_is_the_next_day_in_paris(gazette: Gazette) -> None:
    """A search by day asks French days."""
    for day, found in (("2025-12-01", False), ("2025-12-02", True)):
        hits = gazette.must("search", f"date:{day}", "--limit", "100", "--json").json["hits"]
        assert (f"{gazette.base}/d4/new-york" in {hit["url"] for hit in hits}) is found


@pytest.mark.parametrize("path", ["/d5/today", "/d5/yesterday", "/d5/weekday", "/d5/in-words"])
def test_d5_french_words_for_a_day_are_read(gazette: Gazette, path: str) -> None:
    """`aujourd’hui à 14h05`, `hier`, `lun. 12 janv.` and whole dates in words."""
    _, day = make_relative()[path]
    found = datetime.fromisoformat(gazette.taken(path)["published_at"]).astimezone(PARIS).date()
    assert found in (day, day - timedelta(days=1)), "the pages were fetched today, or yesterday if it is midnight now"


@pytest.mark.parametrize("path", BOTH)
def test_d5_of_update_and_publication_the_publication_is_taken(gazette: Gazette, path: str) -> None:
    """In either order."""
    taken = gazette.taken(path)
    assert (taken["published_at"], taken["modified_at"]) == (
        "2025-12-01T07:05:00.000000Z",
        "2025-12-03T08:00:00.000000Z",
    )


@pytest.mark.parametrize("path", UPDATE_ALONE)
def test_d5_an_update_alone_says_nothing_of_the_publication(gazette: Gazette, path: str) -> None:
    """The date of publication stays unknown."""
    taken = gazette.taken(path)
    assert taken["published_at"] is None
    assert taken["modified_at"].startswith("2025-12-0")


@pytest.mark.parametrize("day", [SHORT, LONG])
def test_d6_a_day_of_23_or_25_hours_has_its_own_articles(gazette: Gazette, day: str) -> None:
    """From its first to its last minute on French clocks, in searches by day and in counts by day."""
    answer = gazette.must("search", f"date:{day}", "--histogram", "day", "--limit", "100", "--json").json
    name = "short" if day == SHORT else "long"
    expected = {f"{gazette.base}/d6/{name}-{part}" for part in ("first", "last")}
    assert {hit["url"] for hit in answer["hits"]} == expected
    assert [(one["start"][:10], one["count"]) for one in answer["histogram"]] == [(day, 2)]


@pytest.mark.parametrize(
    ("evening", "turn"),
    [
        (datetime(2026, 3, 28, 20, tzinfo=UTC), "2026-03-29T01:30:00"),  # 02:30 does not exist
        (datetime(2026, 10, 24, 20, tzinfo=UTC), "2026-10-25T00:30:00"),  # 02:30 comes twice
    ],
)
def test_d6_a_daily_digest_goes_out_once_on_the_nights_when_clocks_change(
    night: Night, evening: datetime, turn: str
) -> None:
    """At 02:30, an hour that does not exist in March and comes twice in October."""
    night.now = evening
    night.run_until(evening + timedelta(hours=24))
    (made,) = night.turns_made()
    assert made.startswith(turn) and night.messages_made() == 1
