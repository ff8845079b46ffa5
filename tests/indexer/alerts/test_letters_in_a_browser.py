"""The worst letter in a real browser, as wide as a phone and as a desk, light and dark: nothing cut, all readable.

Where this fails, `picture_letter` of `browser.py` shows the page.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.catalogue.outbox import Message
from config.mail import Mail
from config.query import MailLanguage
from indexer.alerts.delivery import build_mail
from indexer.alerts.letters import write_notice
from indexer.alerts.phrases import FRENCH
from tests.indexer.alerts.browser import CHROMIUM, Scheme, measure_letter
from tests.indexer.alerts.rich_letter import LONG_ADDRESS, LONG_WORD, make_rich_letter

needs_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt install chromium")


@needs_a_browser
@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1000])
def test_nothing_is_cut_or_overlaps_and_all_is_readable(width: int, scheme: Scheme, tmp_path: Path) -> None:
    measured = measure_letter(make_rich_letter().html, width, scheme, tmp_path)

    assert (measured.inner, measured.dark) == (width, scheme == "dark")
    assert measured.scroll <= width
    assert measured.blocks > 300
    assert (measured.outside, measured.overlapping, measured.faint) == ([], [], [])
    assert (measured.images, measured.scripts) == (0, 0)


@needs_a_browser
@pytest.mark.slow
@pytest.mark.parametrize(
    ("style", "worse", "fault"),
    [
        ("overflow-wrap: anywhere; word-break: break-word;", "", "outside"),
        ("border-left: 3px solid #2f5d8a;", "height: 20px;", "overlapping"),
        ("a { color: #1f4e79; }", "a { color: #d0d0d0 !important; }", "faint"),
    ],
)
def test_the_measure_finds_what_it_looks_for(style: str, worse: str, fault: str, tmp_path: Path) -> None:
    page = make_rich_letter().html
    inlined = style.partition("{ ")[2].rstrip(" }") or style.replace("; ", ";")
    assert style in page and inlined in page

    damaged = page.replace(style, worse).replace(inlined, worse if "{" not in worse else "")
    assert getattr(measure_letter(damaged, 390, "light", tmp_path), fault)


@needs_a_browser
@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_notice_is_readable_too(scheme: Scheme, tmp_path: Path) -> None:
    letter = write_notice("Vigie", [f"À quelqu’un : {LONG_WORD} {LONG_ADDRESS}", "Une phrase."], FRENCH)
    measured = measure_letter(letter.html, 390, scheme, tmp_path)
    assert measured.scroll <= 390 and measured.blocks == 2
    assert (measured.outside, measured.overlapping) == ([], [])


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("pages", [True, False])
def test_the_worst_letter_is_small_enough_to_be_read_whole(language: MailLanguage, pages: bool) -> None:
    """Some mail programs cut a message at about 200 KB."""
    now = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
    message = Message(1, 1, 1, "a@x.test", "<m@x.test>", ("q",), now, "pending", 0, 0, None, None, None)
    letter = make_rich_letter(language, pages)

    assert len(build_mail(Mail(), message, letter).as_bytes()) < 200_000
    assert len(replace(letter, html="").text) < 100_000
