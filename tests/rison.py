"""Rison read by the rules of its public description, to see that links say what they are meant to say."""

import json
import re
from typing import Any

_WORD = re.compile(r"[^\s'!:(),*@$]+")


def read_rison(text: str) -> Any:
    """The value, or ValueError."""
    value, rest = _read(text)
    if rest:
        raise ValueError(f"left over: {rest[:40]}")
    return value


def _read(text: str) -> tuple[Any, str]:
    for mark, value in (("!n", None), ("!t", True), ("!f", False)):
        if text.startswith(mark):
            return value, text[2:]
    if text.startswith("!("):
        return _read_list(text[2:])
    if text.startswith("("):
        return _read_object(text[1:])
    if text.startswith("'"):
        return _read_text(text[1:])
    match = _WORD.match(text)
    if match is None:
        raise ValueError(f"no value at: {text[:40]}")
    word = match[0]
    number = re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", word)
    return json.loads(word) if number else word, text[len(word) :]


def _read_list(text: str) -> tuple[list[Any], str]:
    values: list[Any] = []
    while not text.startswith(")"):
        if values:
            text = _after(",", text)
        value, text = _read(text)
        values.append(value)
    return values, text[1:]


def _read_object(text: str) -> tuple[dict[str, Any], str]:
    values: dict[str, Any] = {}
    while not text.startswith(")"):
        if values:
            text = _after(",", text)
        key, text = _read(text)
        value, text = _read(_after(":", text))
        values[str(key)] = value
    return values, text[1:]


def _read_text(text: str) -> tuple[str, str]:
    out, place = [], 0
    while text[place] != "'":
        if text[place] == "!":
            place += 1
            if text[place] not in "!'":
                raise ValueError(f"! before {text[place]!r}")
        out.append(text[place])
        place += 1
    return "".join(out), text[place + 1 :]


def _after(sign: str, text: str) -> str:
    if not text.startswith(sign):
        raise ValueError(f"expected {sign} at: {text[:40]}")
    return text[1:]
