"""Turn what pydantic refuses into faults: where, what was found, what was expected, what to do."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from config import yaml_tree
from config.faults import Fault, hide_passwords, name_nearest, show

_TRUE = {"yes", "on", "true", "y", "oui", "1"}
_FALSE = {"no", "off", "false", "n", "non", "0"}
_CURLY = ("“", "”", "„", "‘", "’", "«")  # what a word processor makes of a quote

Expected = tuple[str, str]


def explain_errors(
    error: ValidationError, model: type[BaseModel], file: Path, tree: yaml_tree.Tree, root: yaml_tree.Path
) -> list[Fault]:
    """Make a fault of each error in a value that stands at `root` in the tree."""
    return [_explain(item, model, file, tree, root) for item in error.errors(include_url=False)]


def _explain(
    item: Mapping[str, Any], model: type[BaseModel], file: Path, tree: yaml_tree.Tree, root: yaml_tree.Path
) -> Fault:
    path = tuple(item["loc"])
    line, column = tree.place_of((*root, *path))
    expected, advice = _expect(item, model)
    if isinstance(item["input"], str) and item["input"].startswith(_CURLY):
        advice = "Write straight quotes: curly ones are taken as part of the text"
    return Fault(file, line, column, name_path(path), _find(item), expected, advice)


def _find(item: Mapping[str, Any]) -> str:
    """Show the value found; an unknown key and a refused combination of keys have none worth showing."""
    if item["type"] == "missing":
        return "nothing"
    if item["type"] == "extra_forbidden" or (item["type"] == "refused" and isinstance(item["input"], dict | BaseModel)):
        return ""
    return show(item["input"])


def name_path(path: yaml_tree.Path) -> str:
    """Write a path as people read it: `limits.body_bytes`, `feeds[2]`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def _expect(item: Mapping[str, Any], model: type[BaseModel]) -> Expected:
    """Say what was expected and what to do, by the kind of error."""
    context = item.get("ctx") or {}
    if item["type"] == "refused":
        return context["expected"], context["advice"]
    if item["type"] == "extra_forbidden":
        return "a known key", name_nearest(str(item["loc"][-1]), _keys_at(model, item["loc"][:-1]))
    if item["type"] == "literal_error":
        return _expect_word(item["input"], context["expected"])
    if explain := _BY_TYPE.get(item["type"]):
        return explain(item["input"])
    if bound := _BOUNDS.get(item["type"]):
        words, key = bound
        return words.format(_shorten(context[key])), ""
    return f"something else ({item['msg']})", ""


def _keys_at(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    for step in path:
        annotation = model.model_fields[str(step)].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return list(model.model_fields)


def _expect_word(found: object, listed: str) -> Expected:
    words = listed.replace("'", "").replace(" or ", ", ").split(", ")
    hint = name_nearest(found, words) if isinstance(found, str) else ""
    return f"one of {', '.join(words)}", hint if hint.startswith("Did") else ""


def _shorten(bound: object) -> object:
    return int(bound) if isinstance(bound, float) and bound.is_integer() else bound


def _expect_switch(found: object) -> Expected:
    word = str(found).lower()
    hint = "Did you mean true?" if word in _TRUE else "Did you mean false?" if word in _FALSE else ""
    return "true or false", hint


def _expect_text(found: object) -> Expected:
    if isinstance(found, bool):
        return "a text", f'Did you mean "{str(found).lower()}"?'
    if isinstance(found, int | float):
        return "a text", f'Did you mean "{found}"?'
    return "a text", "Write a value or remove the key" if found is None else ""


def _expect_number(found: object) -> Expected:
    if isinstance(found, str) and _WHOLE_NUMBER.fullmatch(found.strip()):
        return "a whole number", f"Did you mean {int(found)}?"
    return "a whole number", ""


def _expect_list(found: object) -> Expected:
    if isinstance(found, str):
        return "a list", f"Did you mean [{hide_passwords(json.dumps(found, ensure_ascii=False))}]?"
    return "a list", "Write [] or remove the key" if found is None else ""


_WHOLE_NUMBER = re.compile(r"[-+]?[0-9]{1,18}")

_BY_TYPE: Mapping[str, Callable[[object], Expected]] = {
    "missing": lambda found: ("a value", "This key cannot be left out"),
    "bool_type": _expect_switch,
    "string_type": _expect_text,
    "int_type": _expect_number,
    "float_type": lambda found: ("a number", ""),
    "tuple_type": _expect_list,
    "model_type": lambda found: (
        "a mapping of keys to values",
        "Write keys below it, indented, or remove the key" if found is None else "",
    ),
}

_BOUNDS: Mapping[str, tuple[str, str]] = {
    "string_too_short": ("at least {} character", "min_length"),
    "greater_than": ("a number above {}", "gt"),
    "greater_than_equal": ("a number of at least {}", "ge"),
    "less_than_equal": ("a number of at most {}", "le"),
    "string_too_long": ("a text of at most {} characters", "max_length"),
}
