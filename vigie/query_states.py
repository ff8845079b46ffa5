"""How the saved queries stand: on or why not, when they tell, what they told and what waits; for all who look on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from archive.catalogue import Catalogue, Transaction, matches, saved_queries
from archive.catalogue.saved_queries import QueryState
from archive.outcomes import Outcome
from config.query import SavedQuery
from vigie.installation import Installation


@dataclass(frozen=True)
class Watch:
    """One configured saved query. `outcomes` counts its matches by what became of them."""

    name: str
    title: str
    state: str
    schedule: str
    recipients: int
    watermark: int | None
    told: int
    waiting: int
    outcomes: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """What `vigie alerts list --json` prints of it."""
        return asdict(self)


def list_watches(installation: Installation, catalogue: Catalogue) -> list[Watch]:
    """Every configured saved query by name."""
    watches = []
    for name in sorted(installation.queries):
        with catalogue.read() as transaction:
            watches.append(_read_watch(transaction, name, installation.queries[name]))
    return watches


def _read_watch(transaction: Transaction, name: str, query: SavedQuery) -> Watch:
    state = saved_queries.read_query(transaction, name)
    counted = matches.count_outcomes(transaction, name)
    return Watch(
        name=name,
        title=query.title,
        state=_say_state(query, state),
        schedule=str(query.schedule),
        recipients=len(query.audience),
        watermark=None if state is None else state.watermark,
        told=counted.get(Outcome.told.name, 0),
        waiting=matches.count_waiting(transaction, name, Outcome.told.name),
        outcomes=counted,
    )


def _say_state(query: SavedQuery, state: QueryState | None) -> str:
    if not query.enabled:
        return "off"
    if not query.audience:
        return "off: no recipient"
    if state is None:
        return "not begun"
    if state.disabled_at is not None:
        return f"disabled: {state.disabled_why}"
    return "paused" if state.paused_at is not None else "on"
