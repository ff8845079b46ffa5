"""A query with `now` in it over a stretch of time: what it finds at every moment of it, and what at some moment.

Parsed at the first and at the last moment, its two trees differ in the ends of date ranges alone. The narrower end
gives what is found whichever moment is `now`, the wider one what may be found; only what lies between must be looked
at one by one.
"""

from datetime import datetime, timedelta

from indexer.alerts.watched import Watched
from indexer.query import QueryError
from indexer.tree import AllOf, AnyOf, BestOf, Between, Everything, Node, Nothing, Without, children_of

CLOCK_CHANGE = timedelta(hours=2)
"""Days and months count by the clock on the wall, so that where clocks change a later `now` may give an earlier end."""


def bound_between(watched: Watched, first: datetime, last: datetime) -> tuple[Node, Node]:
    """(what the query finds for certain, what it may find) of versions whose changes were made between two moments."""
    try:
        return bound(watched.tree_at(first), watched.tree_at(last))
    except QueryError:  # asked version by version, each says for itself whether it can be asked
        return Nothing(), Everything()


def bound(early: Node, late: Node) -> tuple[Node, Node]:
    """(what is found for certain, what may be found) of one query parsed at two moments."""
    if early == late:
        return early, early
    if isinstance(early, Between) and isinstance(late, Between):
        return _bound_range(early, late, certain=True), _bound_range(early, late, certain=False)
    pairs = [bound(one, other) for one, other in zip(children_of(early), children_of(late), strict=True)]
    certain, possible = ([pair[place] for pair in pairs] for place in (0, 1))
    if isinstance(early, Without):
        return Without(possible[0]), Without(certain[0])
    return _with_children(early, certain), _with_children(early, possible)


def _with_children(node: Node, children: list[Node]) -> Node:
    if isinstance(node, AllOf | AnyOf):
        return type(node)(tuple(children))
    if isinstance(node, BestOf):
        return BestOf(tuple((weight, child) for (weight, _), child in zip(node.children, children, strict=True)))
    raise ValueError(f"{type(node).__name__} does not depend on the time")


def _bound_range(early: Between, late: Between, *, certain: bool) -> Node:
    sides = []
    for one, other, is_low in ((early.low, late.low, True), (early.high, late.high, False)):
        if one == other or not isinstance(one, datetime) or not isinstance(other, datetime):
            sides.append(one)
        elif is_low == certain:
            sides.append(max(one, other) + CLOCK_CHANGE)
        else:
            sides.append(min(one, other) - CLOCK_CHANGE)
    low, high = sides
    if isinstance(low, datetime) and isinstance(high, datetime) and low > high:
        return Nothing()
    return Between(early.field, low, high, early.include_low, early.include_high)
