"""Mending the search index: just the entries that a check found wrong are taken out and put again.

The caller holds the lock of the projection. An index that is ahead of the log cannot be mended entry by entry, since
what it was given since then is in no log any more: it is made anew.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from archive.catalogue import Catalogue
from indexer.checking import SAMPLE, Checked, check
from indexer.engines.base import Engine
from indexer.projection import Refusal, follow, put_again, rebuild


@dataclass(frozen=True)
class Repaired:
    """A check, what was done about it, and the check after that; `after` is None where a rebuild was interrupted."""

    before: Checked
    after: Checked | None
    mended: int = 0
    rebuilt: bool = False
    refused: tuple[Refusal, ...] = ()


def repair(
    catalogue: Catalogue,
    engine: Engine,
    *,
    sample: int = SAMPLE,
    chance: Random,
    stop: Callable[[], bool] = lambda: False,
) -> Repaired:
    """Check, put the wrong entries again, bring the index to the end of the log, and check once more."""
    before = check(catalogue, engine, sample=sample, chance=chance)
    if before.is_ahead:
        done = rebuild(catalogue, engine, stop=stop)
        if done is None:
            return Repaired(before, None, rebuilt=True)
        return Repaired(before, check(catalogue, engine, sample=sample, chance=chance), 0, True, done.refused)
    wrong = sorted({each.entry for each in before.wrong})
    mended = put_again(catalogue, engine, wrong, before.checkpoint)
    if before.record and not wrong:
        engine.commit(before.checkpoint)  # which counts the entries anew
    refused = (*mended.refused, *follow(catalogue, engine, stop=stop).refused)
    after = check(catalogue, engine, sample=sample, chance=chance)
    return Repaired(before, after, len(wrong), False, refused)
