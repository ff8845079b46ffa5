"""Patterns on the path of a URL: what `include` and `exclude` of a source may hold.

A pattern is the beginning of a path (`/actualites/`), in which `*` stands for any characters, or `re:` and a regular
expression searched anywhere in the path. An expression that runs away is refused when it is read, and again stopped
whenever it is asked: no pattern holds up a crawl.
"""

import functools
import logging
from collections.abc import Callable, Iterable
from typing import Annotated

import regex
from pydantic import AfterValidator, Field, WithJsonSchema

from config.faults import refused

MATCH_SECONDS = 0.05  # a sound expression takes microseconds on 2,000 characters
TRIAL_CHARACTERS = 2000  # as long as the longest URL accepted
PATTERN_CHARACTERS = 500

logger = logging.getLogger(__name__)
Fits = Callable[[str], bool]


def check_pattern(pattern: str) -> str:
    """Accept a pattern that compiles and answers in time on long and repetitive paths."""
    if len(pattern) > PATTERN_CHARACTERS:
        raise refused(f"a pattern of at most {PATTERN_CHARACTERS} characters")
    if not pattern.isprintable() or " " in pattern:
        raise refused("a pattern without blanks or control characters", "A URL writes a blank as %20")
    if pattern.startswith("re:"):
        _check_expression(pattern.removeprefix("re:"))
    elif not pattern.startswith(("/", "*")):
        raise refused('a pattern that begins with "/", "*" or "re:"', f'Did you mean "/{pattern}"?')
    return pattern


def _check_expression(expression: str) -> None:
    if not expression:
        raise refused('a regular expression after "re:"')
    try:
        compiled = regex.compile(expression)
    except (regex.error, RecursionError, OverflowError) as error:
        raise refused("a regular expression that compiles", f"The expression is wrong: {error}") from None
    for path in _trial_paths(expression):
        try:
            compiled.search(path, timeout=MATCH_SECONDS)
        except TimeoutError:
            raise refused(
                f"a regular expression that answers within {int(MATCH_SECONDS * 1000)} ms on any path",
                "Avoid a repetition inside a repetition, such as (a+)+",
            ) from None


def _trial_paths(expression: str) -> Iterable[str]:
    """Make long paths of the letters of the expression: those on which its repetitions overlap."""
    letters = "".join(dict.fromkeys(letter for letter in expression if letter.isalnum()))[:40]
    for letter in f"{letters}a0-/":
        yield "/" + letter * TRIAL_CHARACTERS + "!"
    for unit in (letters, f"{letters}-", f"{letters}/", "a0", "a-", "a/", "0-"):
        yield "/" + (unit * TRIAL_CHARACTERS)[:TRIAL_CHARACTERS] + "!"


@functools.lru_cache(maxsize=4096)
def compile_pattern(pattern: str) -> Fits:
    """Make the test that a pattern stands for."""
    if pattern.startswith("re:"):
        return _compile_expression(pattern.removeprefix("re:"))
    first, *others = pattern.split("*")
    return lambda path: path.startswith(first) and _holds_in_order(path, len(first), others)


def _compile_expression(expression: str) -> Fits:
    compiled = regex.compile(expression)

    def fits(path: str) -> bool:
        try:
            return compiled.search(path, timeout=MATCH_SECONDS) is not None
        except TimeoutError:
            logger.warning("pattern re:%s gave no answer in time on a path; taken as not fitting", expression)
            return False

    return fits


def _holds_in_order(path: str, start: int, parts: list[str]) -> bool:
    for part in parts:
        found = path.find(part, start)
        if found < 0:
            return False
        start = found + len(part)
    return True


def fits_any(patterns: Iterable[str], path: str) -> bool:
    """Tell whether one of the patterns fits the path."""
    return any(compile_pattern(pattern)(path) for pattern in patterns)


def measure_fit(pattern: str, path: str) -> int:
    """Count the literal characters with which a fitting pattern ties the path down; 0 where it does not fit."""
    if not compile_pattern(pattern)(path):
        return 0
    return len(pattern.removeprefix("re:").replace("*", ""))


PathPattern = Annotated[str, Field(strict=True), AfterValidator(check_pattern), WithJsonSchema({"form": "pattern"})]
