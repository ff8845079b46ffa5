"""Removals: of a document told before, that its publisher took it away or put it back.

Each such change of the log is told once, to queries that ask for it (`on_removal: mail`). Matching and audit judge in
the same way, from the log and from what the query had told by then.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import cast

from archive.catalogue.matches import Match, MatchKind
from archive.outcomes import Outcome
from indexer.alerts.batches import Stretch
from indexer.alerts.watched import Watched


def find_removals(stretch: Stretch, watched: Watched, known: Collection[tuple[str, str]]) -> set[int]:
    """The removals of documents that the query told of before this batch, by seq."""
    if watched.on_removal != "mail":
        return set()
    return {
        seq
        for seq, change in stretch.removals.items()
        if any((watched.name, one) in known for one in stretch.family(change.document, seq))
    }


def judge_removals(
    stretch: Stretch, watched: Watched, before: Collection[int], found: Iterable[Match], now: datetime
) -> list[Match]:
    """The removals that the query tells of: those found `before`, and later ones of what the batch itself tells."""
    if watched.on_removal != "mail" or not stretch.removals:
        return []
    told: dict[str, int] = {}
    for match in found:
        if match.outcome in (Outcome.told.name, Outcome.counted.name):
            told.setdefault(match.document, match.seq)
    removed = []
    for seq, change in sorted(stretch.removals.items()):
        family = stretch.family(change.document, seq)
        if change.version is not None and (seq in before or any(told.get(one, seq) < seq for one in family)):
            kind = cast(MatchKind, change.kind)
            told_as = Outcome.told.name
            removed.append(Match(watched.name, change.document, change.version, seq, now, told_as, kind=kind))
    return removed
