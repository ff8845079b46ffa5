"""The syntax tree of a query: what was written, before analysis, with fields resolved and positions kept.

Leaves name their field; None means that the words are looked for in title and text. Positions do not count when two
trees are compared.
"""

import dataclasses
from dataclasses import dataclass


@dataclass(frozen=True)
class Leaf:
    """A word or condition, of a field, at a place of the query."""

    field: str | None
    position: int = dataclasses.field(compare=False)


@dataclass(frozen=True)
class Word(Leaf):
    """One word as written: police, l'insécurité, Saint-Étienne, or the value of a field."""

    text: str


@dataclass(frozen=True)
class Phrase(Leaf):
    """Words in quotation marks, at most `slop` places out of their order."""

    text: str
    slop: int = 0


@dataclass(frozen=True)
class Pattern(Leaf):
    """A word with `*` or `?`."""

    text: str


@dataclass(frozen=True)
class Fuzzy(Leaf):
    """A word and words up to `distance` letters away; None where the word's length decides."""

    text: str
    distance: int | None


@dataclass(frozen=True)
class Range(Leaf):
    """From `low` to `high` as written; None leaves a side open."""

    low: str | None
    high: str | None
    include_low: bool = True
    include_high: bool = True


@dataclass(frozen=True)
class Star(Leaf):
    """Everything, or, of a field, everything that has a value there."""


@dataclass(frozen=True)
class Not:
    """What does not satisfy the child."""

    child: "Syntax"


@dataclass(frozen=True)
class And:
    """What satisfies every child."""

    children: tuple["Syntax", ...]


@dataclass(frozen=True)
class Or:
    """What satisfies at least one child."""

    children: tuple["Syntax", ...]


Syntax = Word | Phrase | Pattern | Fuzzy | Range | Star | Not | And | Or


def conjoin(children: list[Syntax]) -> Syntax:
    """All of these; a conjunction inside is taken apart, one child stands for itself."""
    flat = [part for child in children for part in (child.children if isinstance(child, And) else (child,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def disjoin(children: list[Syntax]) -> Syntax:
    """Any of these; an alternative inside is taken apart, one child stands for itself."""
    flat = [part for child in children for part in (child.children if isinstance(child, Or) else (child,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def negate(child: Syntax) -> Syntax:
    """The opposite; twice denied is said."""
    return child.child if isinstance(child, Not) else Not(child)


def leaves(tree: Syntax) -> list[Leaf]:
    """The words and conditions in reading order."""
    if isinstance(tree, Not):
        return leaves(tree.child)
    if isinstance(tree, And | Or):
        return [leaf for child in tree.children for leaf in leaves(child)]
    return [tree]
