"""What mails say: every phrase in each language with the same names in braces, plurals and dates as people write."""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from string import Formatter

import pytest

from indexer.alerts.phrases import ENGLISH, FRENCH, PHRASES, Phrases
from indexer.alerts.wording import clean, say_count, say_date, say_length, say_subject
from tests.indexer.alerts.desk import NOW
from tests.indexer.alerts.press import ZONE

LONG = ["Rempart Police Nationale", "Le Courrier des Deux Rives", "Radio Estuaire"]


def texts(phrases: Phrases) -> Iterator[tuple[str, str]]:
    """Every phrase with its place."""
    for field in dataclasses.fields(phrases):
        value = getattr(phrases, field.name)
        if isinstance(value, str):
            yield field.name, value
        elif isinstance(value, tuple):
            yield from ((f"{field.name}.{number}", one) for number, one in enumerate(value))
        elif not isinstance(value, bool):
            yield from ((f"{field.name}.{key}", one) for key, one in value.items())


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_have_the_same_phrases_with_the_same_names() -> None:
    french, english = dict(texts(FRENCH)), dict(texts(ENGLISH))

    assert french.keys() == english.keys()
    differing = {
        key for key in french if names(french[key]) != names(english[key]) and key not in ("first_day", "thousands")
    }
    assert differing == set()
    assert all(text.strip() or key == "thousands" for key, text in {**french, **english}.items())
    assert {phrases.language for phrases in PHRASES.values()} == set(PHRASES)


def test_no_phrase_was_left_untranslated() -> None:
    # words that both languages write alike, and what holds nothing but names
    alike = {"day", "disabled_subject", "subject", "trouble", "unsent_subject", "changed_title"}
    french, english = dict(texts(FRENCH)), dict(texts(ENGLISH))

    assert {key for key in french if french[key] == english[key]} <= alike


@pytest.mark.parametrize(
    ("phrases", "expected"),
    [
        (FRENCH, {0: "0 nouveau", 1: "1 nouveau", 2: "2 nouveaux", 12345: "12\u202f345 nouveaux"}),
        (ENGLISH, {0: "0 new", 1: "1 new", 2: "2 new", 12345: "12,345 new"}),
    ],
)
def test_counts(phrases: Phrases, expected: dict[int, str]) -> None:
    assert {count: say_count(count, phrases.new, phrases) for count in expected} == expected


def test_nothing_is_singular_in_french_and_plural_in_english() -> None:
    assert say_count(0, FRENCH.left_out, FRENCH) == "0 autre article"
    assert say_count(0, ENGLISH.left_out, ENGLISH) == "0 more articles"


@pytest.mark.parametrize(
    ("precision", "origin", "french", "english"),
    [
        ("minute", "page", "1er mars 2026, 18\u00a0h\u00a005", "1 March 2026, 18:05"),
        ("day", "page", "1er mars 2026", "1 March 2026"),
        ("month", "page", "mars 2026", "March 2026"),
        ("year", "page", "2026", "2026"),
        ("day", "url", "1er mars 2026 (d’après l’adresse)", "1 March 2026 (from the address)"),
    ],
)
def test_dates(precision: str, origin: str, french: str, english: str) -> None:
    instant = datetime(2026, 3, 1, 17, 5, tzinfo=UTC)
    assert say_date(instant, precision, origin, ZONE, FRENCH) == french
    assert say_date(instant, precision, origin, ZONE, ENGLISH) == english


def test_a_date_of_first_sight_says_so() -> None:
    assert say_date(NOW, "day", "first_seen", ZONE, FRENCH).startswith("1er février 2026 (date de première vue")


@pytest.mark.parametrize(
    ("hours", "french", "english"),
    [
        (0.2, "1 heure", "1 hour"),
        (47, "47 heures", "47 hours"),
        (49, "2 jours", "2 days"),
        (240, "10 jours", "10 days"),
    ],
)
def test_lengths(hours: float, french: str, english: str) -> None:
    assert say_length(timedelta(hours=hours), FRENCH) == french
    assert say_length(timedelta(hours=hours), ENGLISH) == english


def test_subjects() -> None:
    def say(counts: dict[str, int], titles: list[str], sources: list[str], phrases: Phrases = FRENCH) -> str:
        return say_subject(
            [(count, getattr(phrases, name)) for name, count in counts.items()], titles, sources, phrases
        )

    assert say({"new": 3}, ["préavis"], ["Alliance", "UN1TÉ"]) == "3 nouveaux : préavis (Alliance, UN1TÉ)"
    assert say({"new": 9}, ["tout"], LONG) == "9 nouveaux : tout (Rempart Police Nationale…)"
    assert say({"new": 0, "edited": 2, "removed": 1}, ["tout"], ["A"]) == "2 modifiés, 1 retiré : tout (A)"
    assert say({"silent": 1}, ["tout"], ["A"]) == "1 source silencieuse : tout (A)"
    assert say({"new": 0}, ["a", "b"], []) == "Rien de nouveau : a, b"
    assert say({"new": 3, "restored": 1}, ["strikes"], ["A"], ENGLISH) == "3 new, 1 put back: strikes (A)"
    assert len(say({"new": 3}, ["x" * 500], ["y" * 500])) <= 150


def test_hostile_text_becomes_one_harmless_line() -> None:
    assert clean("  a\n\tb \u200e c\ud800 ") == "a b c"
