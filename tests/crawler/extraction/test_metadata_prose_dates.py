"""Dates as people write them: every form seen on union and press sites, and what must not be taken for a date."""

from datetime import datetime

import pytest

from crawler.extraction.metadata.dates_in_prose import find_dates

NOW = datetime(2025, 10, 9, 14, 30)  # a Thursday

FORMS = [
    ("mercredi 8 octobre 2025 à 14h30", "2025-10-08T14:30", "minute"),
    ("8 octobre 2025, 14 h 30", "2025-10-08T14:30", "minute"),
    ("8 octobre 2025 - 14:30", "2025-10-08T14:30", "minute"),
    ("8 octobre 2025 | 14h", "2025-10-08T14:00", "minute"),
    ("8 octobre 2025 à 14:30:05", "2025-10-08T14:30:05", "second"),
    ("Paris, le 04 décembre 2014", "2014-12-04T00:00", "day"),
    ("Paris le 7 JUIN 2013", "2013-06-07T00:00", "day"),
    ("1er mai 2024", "2024-05-01T00:00", "day"),
    ("1ᵉʳ mai 2024", "2024-05-01T00:00", "day"),
    ("8 oct. 2025", "2025-10-08T00:00", "day"),
    ("12 févr. 2025", "2025-02-12T00:00", "day"),
    ("12 AOÛT 2025", "2025-08-12T00:00", "day"),
    ("12 aout 2025", "2025-08-12T00:00", "day"),
    ("08/10/2025", "2025-10-08T00:00", "day"),
    ("Le 03/02/2025", "2025-02-03T00:00", "day"),
    ("08.10.2025 à 9h05", "2025-10-08T09:05", "minute"),
    ("08/10/25 09:05", "2025-10-08T09:05", "minute"),
    ("10/25/2025", "2025-10-25T00:00", "day"),
    ("mai 22, 2012", "2012-05-22T00:00", "day"),
    ("Posted On 18 Jan 2014", "2014-01-18T00:00", "day"),
    ("17 octobre 2011 1 17 /10 /octobre /2011 18:24", "2011-10-17T00:00", "day"),
    ("2025-10-08 18:24", "2025-10-08T18:24", "minute"),
    ("October 8, 2025 2:30 PM", "2025-10-08T14:30", "minute"),
    ("8. Oktober 2025, 14.30 Uhr", "2025-10-08T14:30", "minute"),
    ("8 de octubre de 2025", "2025-10-08T00:00", "day"),
    ("8 października 2025", "2025-10-08T00:00", "day"),
    ("8 октября 2025", "2025-10-08T00:00", "day"),
    ("aujourd’hui à 14h05", "2025-10-09T14:05", "minute"),
    ("Aujourd'hui, 14:05", "2025-10-09T14:05", "minute"),
    ("Hier à 18h", "2025-10-08T18:00", "minute"),
    ("avant-hier à 7 h 15", "2025-10-07T07:15", "minute"),
    ("il y a 2 heures", "2025-10-09T12:30", "minute"),
    ("Il y a 15 minutes", "2025-10-09T14:15", "minute"),
    ("il y a 3 jours", "2025-10-06T00:00", "day"),
    ("il y a une semaine", "2025-10-02T00:00", "day"),
    ("lun. 6 oct.", "2025-10-06T00:00", "day"),
    ("mer. 25 déc.", "2024-12-25T00:00", "day"),
]


@pytest.mark.parametrize(("text", "expected", "precision"), FORMS)
def test_a_form_is_read(text: str, expected: str, precision: str) -> None:
    found = find_dates(text, NOW)

    assert found[0].moment == datetime.fromisoformat(expected)
    assert found[0].precision == precision


def test_publication_and_update_are_told_apart_in_either_order() -> None:
    for text in (
        "Publié le 7 octobre 2025 à 9h, mis à jour le 8 octobre 2025 à 10h",
        "Mis à jour le 08/10/2025 à 10:00 publié le 07/10/2025 à 09:00",
        "Modifié le 8 octobre 2025 à 10h00 - Mis en ligne le 7 octobre 2025 à 9h00",
        "Article actualisé le 8 octobre 2025, 10 h 00. Paru le 7 octobre 2025, 9 h 00",
    ):
        labelled = {date.label: date.moment for date in find_dates(text, NOW)}

        assert labelled == {"published": datetime(2025, 10, 7, 9), "modified": datetime(2025, 10, 8, 10)}, text


@pytest.mark.parametrize("text", ["30 février 2025", "31/04/2025", "29 février 2023", "Publié le 31 juin 2024 à 9h"])
def test_a_day_that_does_not_exist_is_not_moved(text: str) -> None:
    (found,) = find_dates(text, NOW)

    assert found.moment is None


@pytest.mark.parametrize(
    "text",
    [
        "Copyright 1998-2026",
        "© Gazette du Val 2012 - 2025",
        "2026-13-45",
        "Tél. 04 72 00 01 02",
        "article 3.10.4 du règlement",
        "entre 2014 et 2018",
        "24 mai",
        "rassemblement jeudi 25 décembre à 14h",
        "hier, les gardiens ont manifesté devant la préfecture du Val",
        "les annonces faites il y a 2 ans par le ministre ont été confirmées aux délégués",
        "Hier wird gebaut",
    ],
)
def test_what_is_no_dateline_gives_no_date(text: str) -> None:
    assert find_dates(text, NOW) == []


def test_days_stand_before_months_unless_told_otherwise() -> None:
    assert find_dates("03/02/2025", NOW)[0].moment == datetime(2025, 2, 3)
    assert find_dates("03/02/2025", NOW, month_first=True)[0].moment == datetime(2025, 3, 2)


def test_the_date_of_something_else_is_named_so() -> None:
    (found,) = find_dates("Inscrit le 3 mai 2019", NOW)

    assert found.label == "other"
