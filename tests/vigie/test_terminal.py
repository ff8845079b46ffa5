"""What reaches a terminal is text: no sequence of a hostile page acts on it."""

from datetime import UTC, datetime

import pytest

from vigie.terminal import count_words, one_line, plain, print_rows, show_bytes, show_day


@pytest.mark.parametrize(
    "hostile", ["\x1b[31m", "\x1b]0;titre\x07", "\x07", "\x00", "\r", "\x9b2J", "\u202e", "\u2066", "\u200b", "\ud800"]
)
def test_control_and_invisible_characters_are_replaced(hostile: str) -> None:
    shown = plain(f"avant{hostile}après")

    assert shown.startswith("avant") and shown.endswith("après")
    assert not set(shown) & set("\x1b\x07\x00\r\x9b\u202e\u2066\u200b\ud800")


def test_french_text_stays_as_it_is() -> None:
    text = "L’œuvre « à refaire », dit-il\u202f: 12 000 €…\nSuite"

    assert plain(text) == text
    assert one_line(text).endswith("€… Suite")


def test_columns_are_as_wide_as_their_widest_cell(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([("a", "1", "x"), ("longer", "22", "")], indent="  ")

    assert capsys.readouterr().out == "  a       1   x\n  longer  22\n"


def test_dates_are_shown_as_precise_as_they_are() -> None:
    instant = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)

    assert show_day(instant, "minute") == "2026-03-02 00:30"
    assert show_day(instant, "day") == "2026-03-02"
    assert show_day(instant, "month") == "2026-03"


def test_numbers_are_shown_with_their_unit() -> None:
    assert [show_bytes(count) for count in (0, 1023, 1536, 5 << 30)] == ["0 B", "1023 B", "1.5 KiB", "5.0 GiB"]
    assert (count_words(1, "entry", "entries"), count_words(2, "entry", "entries")) == ("1 entry", "2 entries")
