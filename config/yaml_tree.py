"""YAML as an operator means it: plain values with the line on which each stands.

PyYAML reads YAML 1.1, in which `no` is false, `10:30` is 630, `007` is 7, a key given twice wins the second time, a
few anchors fill the memory and a tag makes an object. Here only `true` and `false`, decimal numbers and `null` are
more than text, and doubled keys, anchors, tags and deep nesting are faults with a place.

The tree is built from PyYAML's events, without recursion: depth is bounded by a number, not by the stack.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

DEPTH = 20  # our deepest setting has 3 levels
FILE_BYTES = 8 * 2**20  # forty times the largest file we ship

Path = tuple[str | int, ...]
Place = tuple[int, int]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is ten times faster and not on every machine
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})", re.ASCII)
_DECIMAL = re.compile(r"[-+]?[0-9]{1,17}\.[0-9]{1,17}", re.ASCII)
_TOO_DEEP = f"more than {DEPTH} levels of nesting"
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(frozen=True)
class Flaw:
    """Something that makes a file unreadable, or a part of it: line and column count from 1."""

    place: Place
    found: str
    advice: str


@dataclass
class Tree:
    """The values of one file, the place of each by its path, and what was wrong.

    A key's path has the place of the key, a list item's path that of the item; the root has the empty path.
    """

    value: Any = None
    places: dict[Path, Place] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)

    def place_of(self, path: Path) -> Place:
        """Give the place of a path, or of the nearest thing around it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, (1, 1))


class _Unreadable(Exception):
    """Ends the reading of a file at its first flaw that leaves no sense in the rest."""

    def __init__(self, flaw: Flaw) -> None:
        self.flaw = flaw
        super().__init__(flaw.found)


@dataclass
class _Open:
    """A list or mapping that is being filled; `key` is the mapping's key that waits for its value."""

    value: Any
    path: Path
    key: str | None = None
    waiting: bool = False


def read_tree(data: bytes) -> Tree:
    """Read one YAML document; the tree's flaws tell what stood in the way."""
    tree = Tree()
    try:
        text = _decode(data)
        events = iter(yaml.parse(text, Loader=_LOADER))
        _build(tree, events)
    except _Unreadable as error:
        tree.value = None  # half a file would only give faults that follow from the first
        tree.flaws.append(error.flaw)
    except yaml.YAMLError as error:
        tree.value = None
        tree.flaws.append(_explain(error, data))
    return tree


def _decode(data: bytes) -> str:
    if len(data) > FILE_BYTES:
        raise _Unreadable(Flaw((1, 1), f"a file of {len(data)} bytes", f"At most {FILE_BYTES} are read: split it"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        place = (before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1)
        found = f"the byte 0x{data[error.start]:02x}, which is not UTF-8"
        raise _Unreadable(Flaw(place, found, "Save the file as UTF-8")) from None


def _explain(error: yaml.YAMLError, data: bytes) -> Flaw:
    """Turn the parser's complaint into a place and a sentence; a tab is by far the most frequent cause."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        character = getattr(error, "character", None)
        shown = f"the character {character:#06x}" if isinstance(character, int) else str(error).splitlines()[0]
        return Flaw((_control_line(data), 1), f"{shown}, which YAML does not allow", "Remove it")
    line = data.decode("utf-8", "replace").splitlines()[mark.line : mark.line + 1]
    place = (mark.line + 1, mark.column + 1)
    indent = line[0][: len(line[0]) - len(line[0].lstrip())] if line else ""
    if "\t" in indent:
        return Flaw(place, "a tab at the beginning of the line", "Indent with blanks: YAML does not allow tabs")
    if indent.strip(" "):
        return Flaw(place, "blanks of another kind at the beginning of the line", "Type them anew with the space bar")
    opened = getattr(error, "context_mark", None)
    if opened is not None and "quoted scalar" in (getattr(error, "context", None) or "") and _ends(error):
        return Flaw((opened.line + 1, opened.column + 1), "a quote that is never closed", "Close it on the same line")
    problem = getattr(error, "problem", None) or "no reason given"
    if "mapping values" in problem:
        advice = "Put a text with a colon in double quotes, and let keys that belong together begin at the same column"
        return Flaw(place, "a colon where no key can stand", advice)
    if "nesting" in problem:  # the C parser's own bound, which it meets before we see any event
        return Flaw(place, _TOO_DEEP, "Flatten the file")
    advice = "Check the indentation, and put text with : # or quotes in double quotes"
    return Flaw(place, f"broken YAML ({problem})", advice)


def _ends(error: yaml.YAMLError) -> bool:
    """Tell whether the parser met the end of the file where it looked for something."""
    return "end of stream" in (getattr(error, "problem", None) or "")


def _control_line(data: bytes) -> int:
    found = re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", data)
    return data[: found.start()].count(b"\n") + 1 if found else 1


def _build(tree: Tree, events: Iterator[Any]) -> None:
    """Fill the tree from the events of the first document; a second document is a flaw."""
    stack: list[_Open] = []
    documents = 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _Unreadable(Flaw(_place(event), "a second document", 'Remove the line "---"'))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            stack.pop()
        elif isinstance(event, yaml.NodeEvent):
            _refuse_extras(event)
            _add(tree, stack, event)


def _refuse_extras(event: Any) -> None:
    if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
        raise _Unreadable(Flaw(_place(event), f'the anchor or alias "{event.anchor}"', "Write the value out"))
    if event.tag is not None:
        raise _Unreadable(Flaw(_place(event), f'the tag "{event.tag}"', "Remove it: only plain values are read"))


def _add(tree: Tree, stack: list[_Open], event: Any) -> None:
    """Put what an event begins in its place: as root, list item, key or value."""
    if len(stack) >= DEPTH:
        raise _Unreadable(Flaw(_place(event), _TOO_DEEP, "Flatten the file"))
    parent = stack[-1] if stack else None
    if parent is not None and isinstance(parent.value, dict) and not parent.waiting:
        _take_key(tree, parent, event)
        return
    value = _value_of(event)
    path: Path = ()
    if parent is None:
        tree.value = value
    elif isinstance(parent.value, list):
        path = (*parent.path, len(parent.value))
        parent.value.append(value)
    else:
        assert parent.key is not None
        path = (*parent.path, parent.key)
        parent.value[parent.key] = value
        parent.waiting = False
    tree.places.setdefault(path, _place(event))
    if isinstance(value, list | dict):
        stack.append(_Open(value, path))


def _take_key(tree: Tree, parent: _Open, event: Any) -> None:
    if not isinstance(event, yaml.ScalarEvent):
        raise _Unreadable(Flaw(_place(event), "a list or mapping as a key", "Put it in quotes if it is text"))
    key = event.value
    path = (*parent.path, key)
    if key in parent.value:
        first = tree.places[path][0]
        advice = f'The key "{key}" stands on line {first} already: keep one of the two'
        tree.flaws.append(Flaw(_place(event), f'the key "{key}" a second time', advice))
    tree.places.setdefault(path, _place(event))
    parent.key, parent.waiting = key, True


def _value_of(event: Any) -> Any:
    if isinstance(event, yaml.MappingStartEvent):
        return {}
    if isinstance(event, yaml.SequenceStartEvent):
        return []
    return _resolve(event.value, quoted=not event.implicit[0])


def _resolve(text: str, *, quoted: bool) -> Any:
    """Give a plain scalar its type; everything quoted, and everything that is no plain decimal number, is text."""
    if quoted:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text


def _place(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1
