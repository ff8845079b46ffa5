"""A saved query made ready to be asked: its words parsed once, its filters and rules.

Made from what the catalogue keeps of a query, never from the configuration itself: what is matched today and audited
years later is read in the same way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from indexer.analysis import ANALYZER_VERSION, FrenchAnalyzer, analyzer_digest
from indexer.engines.base import Filters
from indexer.query import Limits, QueryError, parse
from indexer.tree import Node

OnEdit = Literal["first", "mail", "ignore"]
OnRemoval = Literal["ignore", "mail"]

NOT_WATCHED = ("current", "state")
"""Every version is matched as its change left it: current and live. To ask for these could only mislead."""

# two instants between which every expression with `now` in it changes
_EARLY, _LATE = datetime(1990, 3, 14, 5, 6, 7, tzinfo=UTC), datetime(2031, 11, 28, 17, 38, 49, tzinfo=UTC)


def current_analysis() -> str:
    """The name of the analysis that this version makes: matches of another cannot be compared."""
    return f"{ANALYZER_VERSION}-{analyzer_digest()}"


@dataclass(frozen=True)
class Watched:
    """A saved query in a form that can be asked; `tree` is None where it depends on the time of the change.

    `fields` are those that its words name.
    """

    name: str
    words: str
    filters: Filters
    on_edit: OnEdit
    on_removal: OnRemoval
    tell_backfill: bool
    limits: Limits
    analyzer: FrenchAnalyzer
    tree: Node | None
    fields: frozenset[str]

    def tree_at(self, instant: datetime) -> Node:
        """What is asked of a version whose change was made at `instant`."""
        if self.tree is not None:
            return self.tree
        return parse(self.words, now=instant, limits=self.limits, analyzer=self.analyzer).tree


def watch(name: str, asked: Mapping[str, Any], limits: Limits, analyzer: FrenchAnalyzer) -> Watched:
    """Make a query ready. Raises `QueryError` where its words cannot be asked."""
    early = parse(asked["query"], now=_EARLY, limits=limits, analyzer=analyzer)
    for field in NOT_WATCHED:
        if field in early.fields:
            raise QueryError(
                f"{field}: cannot be asked by a saved query",
                None,
                "Each new version is matched as it appears: remove it",
            )
    late = parse(asked["query"], now=_LATE, limits=limits, analyzer=analyzer)
    filters = Filters(
        sources=tuple(asked["sources"]),
        kinds=tuple(asked["kinds"]),
        regions=tuple(asked["regions"]),
        languages=tuple(asked["languages"]),
        past=True,
    )
    tree = early.tree if early.tree == late.tree else None
    on_removal = asked.get("on_removal", "ignore")  # words kept by an older version know nothing of it
    return Watched(
        name, asked["query"], filters, asked["on_edit"], on_removal, asked["tell_backfill"], limits, analyzer, tree,
        early.fields,
    )  # fmt: skip
