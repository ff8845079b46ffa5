"""A query in words again: its canonical spelling, and the lines that explain how it was understood.

The canonical spelling names every AND and every field and reads back to the same tree.
"""

import re
from collections.abc import Iterator

from indexer.query import syntax
from indexer.tree import (
    AllOf,
    AnyOf,
    BestOf,
    Between,
    Everything,
    Exists,
    FuzzyIs,
    Node,
    Nothing,
    PatternIs,
    PhraseIs,
    TermIs,
    Without,
)

_PLAIN = re.compile(r"[^\W_](?:[^\W_]|[-'’])*")
_RESERVED = frozenset({"AND", "OR", "NOT", "TO", "OU", "SAUF"})


def render_syntax(tree: syntax.Syntax) -> str:
    """The canonical spelling."""
    if isinstance(tree, syntax.Or):
        return " OR ".join(_inside(child, (syntax.Or,)) for child in tree.children)
    if isinstance(tree, syntax.And):
        return " AND ".join(_inside(child, (syntax.And, syntax.Or)) for child in tree.children)
    if isinstance(tree, syntax.Not):
        return f"NOT {_inside(tree.child, (syntax.And, syntax.Or))}"
    return ("" if tree.field is None else f"{tree.field}:") + _render_leaf(tree)


def _inside(child: syntax.Syntax, loose: tuple[type[syntax.Syntax], ...]) -> str:
    spelled = render_syntax(child)
    return f"({spelled})" if isinstance(child, loose) else spelled


def _render_leaf(leaf: syntax.Leaf) -> str:
    match leaf:
        case syntax.Word():
            return _protect(leaf.text)
        case syntax.Phrase():
            quoted = re.sub(r'(["\\])', r"\\\1", leaf.text)
            return f'"{quoted}"' + (f"~{leaf.slop}" if leaf.slop else "")
        case syntax.Pattern():
            return leaf.text
        case syntax.Fuzzy():
            return f"{_protect(leaf.text)}~{leaf.distance or ''}"
        case syntax.Range():
            return _render_range(leaf)
    return "*"


def _render_range(leaf: syntax.Range) -> str:
    low, high = ("*" if bound is None else f'"{bound}"' for bound in (leaf.low, leaf.high))
    return f"{'[' if leaf.include_low else '{'}{low} TO {high}{']' if leaf.include_high else '}'}"


def _protect(word: str) -> str:
    if _PLAIN.fullmatch(word) and word not in _RESERVED:
        return word
    return "".join(letter if letter.isalnum() and word not in _RESERVED else f"\\{letter}" for letter in word)


def describe(tree: Node) -> Iterator[str]:
    """What an engine is asked, one line a node, indented."""
    match tree:
        case AllOf() | AnyOf():
            yield "all of" if isinstance(tree, AllOf) else "any of"
            for child in tree.children:
                yield from _indent(child)
        case BestOf():
            yield "best of"
            for weight, child in tree.children:
                first, *rest = describe(child)
                yield f"  {first} (weight {weight:g})"
                yield from (f"  {line}" for line in rest)
        case Without():
            yield "not"
            yield from _indent(tree.child)
        case _:
            yield _describe_leaf(tree)


def _indent(tree: Node) -> Iterator[str]:
    return (f"  {line}" for line in describe(tree))


def _describe_leaf(leaf: Node) -> str:
    match leaf:
        case Everything():
            return "everything"
        case Nothing():
            return "nothing"
        case TermIs():
            return f"{leaf.field}: {leaf.term}"
        case PhraseIs():
            apart = f", up to {leaf.slop} places apart" if leaf.slop else ""
            return f"{leaf.field}: « {_phrase_words(leaf)} »{apart}"
        case PatternIs():
            return f"{leaf.field}: like {leaf.pattern}"
        case FuzzyIs():
            return f"{leaf.field}: {leaf.term} or {leaf.distance} letter{'s' * (leaf.distance > 1)} away"
        case Between():
            return _describe_between(leaf)
        case Exists():
            return f"{leaf.field}: any value"
    raise TypeError(f"no leaf: {leaf!r}")


def _describe_between(leaf: Between) -> str:
    low = "" if leaf.low is None else f" {'from' if leaf.include_low else 'above'} {_value(leaf.low)}"
    high = "" if leaf.high is None else f" {'up to' if leaf.include_high else 'before'} {_value(leaf.high)}"
    return f"{leaf.field}:{low}{high}"


def _value(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _phrase_words(leaf: PhraseIs) -> str:
    """The terms in order, a dot for each place that may hold any word."""
    words: list[str] = []
    for place, term in leaf.terms:
        words += ["·"] * (place - len(words))
        words.append(term)
    return " ".join(words)
