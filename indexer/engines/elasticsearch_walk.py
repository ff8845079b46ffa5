"""Listing every hit of a search as of one moment, page by page, whatever is written meanwhile.

The cluster keeps the moment open for as long as it takes, and is told when it is no longer needed.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from elasticsearch import Elasticsearch

from indexer.engines.base import EngineAwayError, EngineError, Hit, IndexUnusableError
from indexer.engines.elasticsearch_errors import border

logger = logging.getLogger(__name__)

KEEP_ALIVE = "5m"
"""How long the cluster keeps the moment between two pages, for a caller who is slow with one of them."""

PAGE_HITS = 10_000


def walk_hits(
    client: Elasticsearch, where: str, index: str, query: Mapping[str, Any], order: Mapping[str, Any]
) -> Iterator[Hit]:
    """The hits of the query, in that order; closing the iterator lets go of the moment."""
    with border("list hits", where):
        moment = str(client.open_point_in_time(index=index, keep_alive=KEEP_ALIVE)["id"])
    after: list[Any] | None = None
    try:
        while True:
            with _remembering(where):
                found = client.search(
                    pit={"id": moment, "keep_alive": KEEP_ALIVE}, query=query, size=PAGE_HITS, search_after=after,
                    source=False, track_total_hits=False, allow_partial_search_results=False, **order,
                ).body  # fmt: skip
            moment, page = str(found.get("pit_id", moment)), found["hits"]["hits"]
            yield from map(hit_of, page)
            if len(page) < PAGE_HITS:
                return
            after = page[-1]["sort"]
    finally:
        _close(client, where, moment)


def hit_of(found: Mapping[str, Any]) -> Hit:
    """A hit as the cluster tells it."""
    score = found.get("_score")
    return Hit(str(found["_id"]), None if score is None else float(score))


@contextmanager
def _remembering(where: str) -> Iterator[None]:
    """A moment that the cluster has forgotten says nothing against the index."""
    try:
        with border("list hits", where):
            yield
    except IndexUnusableError as error:
        raise EngineAwayError(
            f"{where}: Elasticsearch no longer holds the listing that was under way: it was restarted, or more than "
            f"{KEEP_ALIVE} passed between two pages. Begin the listing again."
        ) from error


def _close(client: Elasticsearch, where: str, moment: str) -> None:
    try:
        with border("end a listing", where):
            client.options(ignore_status=404).close_point_in_time(id=moment)
    except EngineError as error:
        logger.info("a listing was not ended in order and lasts up to %s more: %s", KEEP_ALIVE, error)
