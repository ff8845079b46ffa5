"""What is wrong with a configuration, as data and as one sentence each.

Every room that can judge a part of the configuration reports in this type, so that `config check` shows one list.
"""

import difflib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic_core import PydanticCustomError

# the part of a URL that may hold a password: shown nowhere, not even where it is refused
_SECRET = re.compile(r"//[^/@\s]*@")

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Fault:
    """One thing found in one place. An error starts nothing; a warning is shown and lived with.

    `expected` and `found` are noun phrases, `advice` a sentence or empty; lines and columns count from 1.
    """

    file: Path
    line: int | None
    column: int | None
    key: str
    found: str
    expected: str
    advice: str = ""
    level: Level = "error"

    def __str__(self) -> str:
        """Say where, what was expected, what was found, what to do."""
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        key = f"{make_visible(self.key)}: " if self.key else ""
        if self.expected:
            said = f"expected {self.expected}, got {self.found}" if self.found else f"expected {self.expected}"
        else:
            said = self.found
        end = "" if said.endswith((".", "?")) else "."
        return f"{place}: {key}{said}{end}{' ' + close_sentence(self.advice) if self.advice else ''}"


class ConfigurationError(Exception):
    """The configuration has errors; `faults` holds all of them, and the message one line for each."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def refused(expected: str, advice: str = "") -> PydanticCustomError:
    """Make the error that refuses the value under validation, saying what was expected in its place."""
    # the texts go through the context: pydantic would read braces in a template as placeholders
    return PydanticCustomError("refused", "{expected}", {"expected": expected, "advice": advice})


def show(value: object) -> str:
    """Show a value as it may be written in YAML, on one line and never longer than a line."""
    if isinstance(value, dict):
        return "a mapping of keys to values"
    if isinstance(value, list | tuple):
        return _show_list(value)
    if value is None:
        return "nothing"
    try:
        shown = json.dumps(value, ensure_ascii=False)
    except TypeError:
        shown = str(value)
    return _shorten(shown)


def _show_list(items: list[object] | tuple[object, ...]) -> str:
    """A few plain values are shown as they stand; a longer list would hide the sentence around it."""
    if not items:
        return "an empty list"
    if len(items) > 3 or not all(isinstance(item, str | int | float) for item in items):
        return "a list"
    return f"[{', '.join(show(item) for item in items)}]"


def _shorten(shown: str) -> str:
    shown = make_visible(hide_passwords(shown))
    return shown if len(shown) <= 100 else shown[:99] + "…"


def hide_passwords(text: str) -> str:
    """The text with stars for what stands before the host of an address."""
    return _SECRET.sub("//***@", text)


def make_visible(text: str) -> str:
    """The text on one line, with a sign for each character that cannot be seen."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def name_nearest(word: str, known: Iterable[str]) -> str:
    """Suggest the known word that the operator most likely meant, or list the known ones when they are few."""
    names = sorted(known)
    nearest = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6) or difflib.get_close_matches(
        word, names, n=1, cutoff=0.6
    )
    if nearest:
        return f'Did you mean "{nearest[0]}"?'
    return f"Known are {', '.join(names)}" if len(names) <= 30 else ""


def close_sentence(sentence: str) -> str:
    """End a sentence with a full stop, unless it has an end; nothing stays nothing."""
    return sentence if not sentence or sentence.endswith((".", "?", "!")) else sentence + "."
