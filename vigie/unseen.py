"""What a digest could not see: sources in trouble now, and those that were since the last digest, a sentence each."""

from datetime import datetime

from archive.catalogue import Catalogue, runs, sources
from archive.outcomes import Outcome
from indexer.alerts.phrases import Phrases
from indexer.alerts.wording import say_instant
from vigie.installation import Installation
from vigie.state import Trouble, find_troubles

HINDERED = ("blocked", "failed", Outcome.throttled.name, Outcome.robots_unreachable.name)
"""Ends of visits after which something of a source may be missing."""


def list_unseen(installation: Installation, catalogue: Catalogue, phrases: Phrases, since: datetime) -> list[str]:
    """The sentences, by source; of a source in trouble now nothing older is said."""
    on = {source.id: source for source in installation.loaded.enabled}
    with catalogue.read() as transaction:
        states = [state for state in sources.list_states(transaction) if state.id in on]
        points = [point for point in sources.list_entry_points(transaction) if point.source in on]
        hindered = runs.list_ends(transaction, since, HINDERED)
    zone = installation.settings.clock.zone
    troubles = find_troubles(states, points, on)
    past = {name: ends for name, ends in sorted(hindered.items()) if name in on}
    for one in troubles:
        past.pop(one.source, None)
    said = [_say(on[one.source].name, one, zone, phrases) for one in troubles]
    return said + [_say_past(on[name].name, ends, phrases) for name, ends in past.items()]


def _say(name: str, trouble: Trouble, zone: str, phrases: Phrases) -> str:
    address = trouble.what.removeprefix("set aside: ")
    what = phrases.set_aside.format(address=address) if address != trouble.what else phrases.troubles[trouble.what]
    if trouble.since is None:
        return phrases.trouble.format(source=name, what=what)
    return phrases.trouble_since.format(source=name, what=what, since=say_instant(trouble.since, zone, phrases))


def _say_past(name: str, ends: set[str], phrases: Phrases) -> str:
    what = phrases.troubles["throttled" if ends == {Outcome.throttled.name} else "over"]
    return phrases.trouble.format(source=name, what=what)
