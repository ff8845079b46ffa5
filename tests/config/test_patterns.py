"""Patterns fit the paths they should, and none can hold up a crawl."""

import logging
import time

import pytest
from pydantic_core import PydanticCustomError

from config.patterns import MATCH_SECONDS, check_pattern, compile_pattern, fits_any, measure_fit


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/actualites/", "/actualites/greve-a-bourgneuf", True),
        ("/actualites/", "/actualites", False),
        ("/actualites/", "/archives/actualites/", False),
        ("/*/faits-divers/", "/savigny/faits-divers/1", True),
        ("/*/faits-divers/", "/faits-divers/1", False),
        ("/a*b*c", "/a--b--c--", True),
        ("/a*b*c", "/a--c--b", False),
        ("*.html", "/page.html?x=1", True),
        ("*", "", True),
        (r"re:-\d{5,}$", "/greve-12345", True),
        (r"re:-\d{5,}$", "/greve-1234", False),
        ("re:^/(sport|meteo)/", "/meteo/demain", True),
        ("/a.b", "/aXb", False),
        ("/[a]", "/a", False),
    ],
)
def test_patterns_fit(pattern: str, path: str, fits: bool) -> None:
    assert check_pattern(pattern) == pattern
    assert compile_pattern(pattern)(path) is fits
    assert fits_any([pattern], path) is fits
    assert (measure_fit(pattern, path) > 0) in ({fits} if pattern != "*" else {False})


def test_the_longer_prefix_fits_more_closely() -> None:
    path = "/region/ville/article"
    assert measure_fit("/region/ville/", path) > measure_fit("/region/", path) > 0


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("actualites/", 'a pattern that begins with "/", "*" or "re:"'),
        ("", 'a pattern that begins with "/", "*" or "re:"'),
        ("re:", 'a regular expression after "re:"'),
        ("re:(", "a regular expression that compiles"),
        ("re:[z-a]", "a regular expression that compiles"),
        ("re:(?P<x>a)(?P=y)", "a regular expression that compiles"),
        ("re:" + "(" * 400, "a regular expression that compiles"),
        ("/" + "x" * 500, "a pattern of at most 500 characters"),
        ("/a\x00b", "a pattern without blanks or control characters"),
        ("/a b", "a pattern without blanks or control characters"),
    ],
)
def test_wrong_patterns_are_refused(pattern: str, sentence: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        check_pattern(pattern)
    assert caught.value.message() == sentence


@pytest.mark.parametrize(
    "expression",
    ["(a+)+$", "^/(x|xx)+y$", r"(\w+\s?)*$", r"^/([a-z]+-?)+\.html$", r"(.*)*(.*)*(.*)*z\1", r"^(\d+)*x$", "(a|a|a)*$"],
)
def test_a_runaway_expression_is_refused_or_stopped(expression: str, caplog: pytest.LogCaptureFixture) -> None:
    """Some runaway expressions are answered at once by this engine; those that are not must be caught."""
    begun = time.process_time()
    try:
        check_pattern(f"re:{expression}")
    except PydanticCustomError as error:
        assert "answers within" in error.message()
    with caplog.at_level(logging.WARNING):
        for path in ("/" + "a" * 1999 + "!", "/" + "xx" * 900 + "z", "/" + "1" * 1999):
            compile_pattern(f"re:{expression}")(path)
    assert time.process_time() - begun < 40 * MATCH_SECONDS, "an expression held up the process"


def test_the_nested_repetition_is_refused_when_read() -> None:
    with pytest.raises(PydanticCustomError) as caught:
        check_pattern("re:(a+)+$")
    assert caught.value.context is not None
    assert caught.value.context["advice"] == "Avoid a repetition inside a repetition, such as (a+)+"


def test_an_expression_stopped_while_crawling_does_not_fit_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    fits = compile_pattern("re:(a+)+$")
    with caplog.at_level(logging.WARNING):
        assert fits("/" + "a" * 1500 + "!") is False
    assert "gave no answer in time" in caplog.text
