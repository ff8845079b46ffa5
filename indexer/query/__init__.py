"""The one query language: parse, refuse, explain.

A query is text that people write. `parse` turns it into a tree that every engine answers alike, or raises
`QueryError`, which names the place and what to write instead; it raises nothing else. What the language does not have
is refused, never read as something else. `docs/query-language.md` describes it for those who write queries.
"""

from dataclasses import dataclass
from datetime import datetime

from indexer.analysis import FrenchAnalyzer
from indexer.query import syntax
from indexer.query.compiling import Compiler
from indexer.query.errors import Limits, QueryError
from indexer.query.parsing import read_syntax
from indexer.query.rendering import describe, render_syntax
from indexer.query.scanning import scan
from indexer.tree import Node

__all__ = ["Limits", "Query", "QueryError", "parse", "render"]


@dataclass(frozen=True)
class Query:
    """A query as it was understood: as written, its syntax, the tree for the engines, and what was left out."""

    text: str
    syntax: syntax.Syntax
    tree: Node
    notes: tuple[str, ...] = ()

    @property
    def fields(self) -> frozenset[str]:
        """The fields it names; words without a field are not among them."""
        return frozenset(leaf.field for leaf in syntax.leaves(self.syntax) if leaf.field is not None)

    def explain(self) -> list[str]:
        """Lines for people: the canonical spelling, what engines are asked, and notes."""
        lines = [f"read as: {render(self)}", "asked of the index:"]
        lines += [f"  {line}" for line in describe(self.tree)]
        return lines + [f"note: {note}" for note in self.notes]


def parse(text: str, *, now: datetime, limits: Limits | None = None, analyzer: FrenchAnalyzer | None = None) -> Query:
    """The query, or `QueryError`. `now` is the instant that date arithmetic counts from.

    Without an analyzer a fresh one is used, which gives the same terms.
    """
    limits = limits or Limits()
    _check_characters(text)
    scanned = scan(text, limits)
    if not scanned.spelled.strip():
        raise QueryError("the query is empty", None, "Write at least one word, or * for everything")
    tree = read_syntax(scanned)
    compiler = Compiler(analyzer or FrenchAnalyzer(), now, limits)
    compiled = compiler.compile(tree)
    if compiled is None:
        raise QueryError(
            "the query holds only words too common to be indexed", None, "Add a word that says what it is about"
        )
    return Query(text, tree, compiled, tuple(dict.fromkeys(compiler.notes)))


def render(query: Query) -> str:
    """The canonical spelling: parsed again at the same instant it gives the same tree."""
    return render_syntax(query.syntax)


def _check_characters(text: str) -> None:
    for position, letter in enumerate(text):
        if "\ud800" <= letter <= "\udfff" or (letter < " " and letter not in "\t\n\r"):
            raise QueryError("a character that is no text", position, "Remove it, or write the query anew")
