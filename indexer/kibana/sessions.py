"""One Discover session for each saved query: what it watches, among what is current.

The session holds the compiled query. Words that depend on the present moment, such as `now-7d`, are those of the
moment when it was made; a new installation of the objects makes them anew.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from config.query import SavedQuery
from indexer.alerts.watched import watch
from indexer.analysis import FrenchAnalyzer
from indexer.kibana.filters import make_filter
from indexer.kibana.objects import SavedObject, make_session
from indexer.kibana.shipped import COLUMNS, CURRENT, NEWEST
from indexer.query import Limits, QueryError


def make_query_sessions(
    queries: Mapping[str, SavedQuery], limits: Limits, now: datetime
) -> Iterator[tuple[SavedObject, bool]]:
    """The session of each query that is not switched off, and whether it depends on the moment it is made."""
    analyzer = FrenchAnalyzer()
    for name, query in sorted(queries.items()):
        if query.enabled:
            yield _make_session(name, query, limits, analyzer, now)


def _make_session(
    name: str, query: SavedQuery, limits: Limits, analyzer: FrenchAnalyzer, now: datetime
) -> tuple[SavedObject, bool]:
    try:
        watched = watch(name, query.asked, limits, analyzer)
    except QueryError as error:
        raise QueryError(f"saved query {name}: {error.message}", error.position, error.hint) from None
    condition = make_filter(watched.tree_at(now), watched.filters, query.title)
    session = make_session(
        f"{CURRENT}.requete.{name}", f"Vigie : {query.title}", f"Requête enregistrée « {name} » : {query.query}",
        CURRENT, columns=COLUMNS, sort=NEWEST, condition=condition,
    )  # fmt: skip
    return session, watched.tree is None
