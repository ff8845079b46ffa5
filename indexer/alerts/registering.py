"""The saved queries of the configuration made known to the catalogue, and ready to be asked."""

import logging
from collections.abc import Mapping
from datetime import datetime, time
from zoneinfo import ZoneInfo

from archive.catalogue import Catalogue, saved_queries
from config.query import SavedQuery, digest_asked
from indexer.alerts.watched import Watched, current_analysis, watch
from indexer.analysis import FrenchAnalyzer
from indexer.query import Limits, QueryError

logger = logging.getLogger(__name__)


def register_queries(
    catalogue: Catalogue,
    queries: Mapping[str, SavedQuery],
    limits: Limits,
    analyzer: FrenchAnalyzer,
    now: datetime,
    zone: str,
) -> dict[str, Watched]:
    """Note what is on and what it asks, end what is off or gone, and give those that can be asked.

    One that cannot be asked is disabled, never deleted: it goes on from its place once its words are mended.
    """
    on = {name: query for name, query in sorted(queries.items()) if query.is_on}
    with catalogue.write() as transaction:
        for name in saved_queries.end_queries(transaction, on, now):
            logger.info("saved query %s: off or gone, ended", name)
        for name, query in on.items():
            since = None if query.since is None else datetime.combine(query.since, time(), ZoneInfo(zone))
            saved_queries.register_query(
                transaction, name, title=query.title, asked=query.asked, digest=digest_asked(query.asked),
                analyzer=current_analysis(), since=since, now=now,
            )  # fmt: skip
    ready = {}
    for name, query in on.items():
        try:
            ready[name] = watch(name, query.asked, limits, analyzer)
        except QueryError as error:
            _disable(catalogue, name, str(error), now)
    return ready


def _disable(catalogue: Catalogue, name: str, why: str, now: datetime) -> None:
    with catalogue.write() as transaction:
        state = saved_queries.read_query(transaction, name)
        if state is not None and state.disabled_why != why:
            logger.error("saved query %s is disabled: %s", name, why)
            saved_queries.disable_query(transaction, name, why, now)
