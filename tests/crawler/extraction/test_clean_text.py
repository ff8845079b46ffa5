"""The one form of text: searchable, and harmless on a terminal and in a mail."""

import pytest

from crawler.extraction.clean_text import clean_line, clean_text


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("syn\u00addi\u200bcat\ufeff", "syndicat"),
        ("de\u0301le\u0301gue\u0301", "délégué"),
        ("l\x92accord \x85", "l’accord …"),
        ("rouge\x1b[31m\x00\x07", "rouge[31m"),
        ("abc\u202edcba\u2066x\u2069", "abcdcbax"),
        ("seul \ud800 fin", "seul fin"),
        ("a\u00a0b\u202fc\td", "a b c d"),
        ("un\r\ndeux\rtrois\u2028quatre", "un\ndeux\ntrois\nquatre"),
        ("\U0001f469\u200d\U0001f692 et x\u200dy", "\U0001f469\u200d\U0001f692 et xy"),
        ("  bord  \n  suite  ", "bord\nsuite"),
    ],
)
def test_what_is_stored(dirty: str, clean: str) -> None:
    assert clean_text(dirty) == clean
    assert clean_text(clean) == clean


def test_a_line_has_no_line_end() -> None:
    assert clean_line("un\n\n deux\u2028trois") == "un deux trois"
