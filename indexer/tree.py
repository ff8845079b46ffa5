"""The query after parsing and analysis: what an engine is asked, in nodes that each engine compiles alike.

Leaves hold finished index terms: nothing below this line analyses text, expands a date or knows the syntax.
`field` is a name of `indexer/document.py`. `title` and `text` hold analysed French terms; `title_exact` and
`text_exact` hold folded whole words and serve wildcards and fuzzy words.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Everything:
    """All entries."""


@dataclass(frozen=True)
class Nothing:
    """No entry."""


@dataclass(frozen=True)
class AllOf:
    """Entries that satisfy every child (at least one child)."""

    children: tuple["Node", ...]


@dataclass(frozen=True)
class AnyOf:
    """Entries that satisfy at least one child; the scores add up."""

    children: tuple["Node", ...]


@dataclass(frozen=True)
class Without:
    """Entries that do not satisfy the child; scores nothing."""

    child: "Node"


@dataclass(frozen=True)
class BestOf:
    """Entries that satisfy at least one child; the score is the best weighted one plus a tenth of the others."""

    children: tuple[tuple[float, "Node"], ...]


@dataclass(frozen=True)
class TermIs:
    """The field holds this term."""

    field: str
    term: str


@dataclass(frozen=True)
class PhraseIs:
    """The field holds these (relative position, term) pairs, at most `slop` moves apart."""

    field: str
    terms: tuple[tuple[int, str], ...]
    slop: int = 0


@dataclass(frozen=True)
class PatternIs:
    """A term of the field fits the pattern, in which `*` stands for any letters and `?` for one."""

    field: str
    pattern: str


@dataclass(frozen=True)
class FuzzyIs:
    """A term of the field is at most `distance` edits (1 or 2, transposition is one) away."""

    field: str
    term: str
    distance: int


@dataclass(frozen=True)
class Between:
    """The field's number or instant lies in the range; None leaves a side open."""

    field: str
    low: datetime | int | None
    high: datetime | int | None
    include_low: bool = True
    include_high: bool = True


@dataclass(frozen=True)
class Exists:
    """The field has a value."""

    field: str


Node = (
    Everything | Nothing | AllOf | AnyOf | Without | BestOf | TermIs | PhraseIs | PatternIs | FuzzyIs | Between | Exists
)


def children_of(node: Node) -> tuple[Node, ...]:
    """The nodes below this one."""
    if isinstance(node, AllOf | AnyOf):
        return node.children
    if isinstance(node, BestOf):
        return tuple(child for _, child in node.children)
    if isinstance(node, Without):
        return (node.child,)
    return ()
