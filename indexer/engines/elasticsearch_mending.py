"""Comparing entries with what Elasticsearch has stored of them, and taking out what it will not give way for.

Whoever writes an entry by hand raises its version, and a later write of ours would be taken for an older one. The
version of an entry that was deleted is remembered too, for a minute unless the index is told to forget it at once.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from elasticsearch import Elasticsearch

from indexer.document import FIELDS
from indexer.engines.base import IndexWriteError
from indexer.engines.elasticsearch_bulk import BulkSender
from indexer.engines.elasticsearch_mapping import is_stored

FORGET_SECONDS = 0.5
"""Elasticsearch drops remembered versions at a refresh, by a clock that it looks at five times a second."""


def read_sources(client: Elasticsearch, index: str, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """What is stored of each of these entries."""
    query = {"terms": {"id": list(ids)}}
    found = client.search(index=index, query=query, size=2 * len(ids), allow_partial_search_results=False)
    return {str(hit["_id"]): hit["_source"] for hit in found["hits"]["hits"]}


def other_fields(body: bytes, stored: Mapping[str, Any]) -> Iterator[str]:
    """The fields that are stored otherwise than they stand in the finished body."""
    expected = {name: value for name, value in json.loads(body).items() if is_stored(name)}
    yield from (name for name in FIELDS if expected.get(name) != stored.get(name))


def forget(
    client: Elasticsearch, where: str, indices: Sequence[str], ids: Sequence[str], sleep: Callable[[float], None]
) -> None:
    """Delete entries whatever their version, and let the indices forget that there was one."""
    client.indices.put_settings(index=list(indices), settings={"index.gc_deletes": "0s"})
    try:
        actions = [{"_op_type": "delete", "_index": index, "_id": name} for index in indices for name in ids]
        if BulkSender(client, where, sleep).send(actions):
            raise IndexWriteError(f"{where}: entries could not be deleted. They must be sent again.")
        sleep(FORGET_SECONDS)
        client.indices.refresh(index=list(indices))
    finally:
        client.indices.put_settings(index=list(indices), settings={"index.gc_deletes": None})
