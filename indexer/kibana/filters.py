"""A compiled query as a filter of Kibana: the set it shows is exactly the one that Vigie finds.

Kibana hands the filter to Elasticsearch as it is. It shows the query's words on the filter's label, and marks nothing
in the texts, since the fields that are asked hold finished terms.
"""

from indexer.engines.base import Filters, narrow
from indexer.engines.elasticsearch_query import compile_tree
from indexer.kibana.objects import Json, to_json
from indexer.tree import Node

LABEL_CHARACTERS = 120


def make_filter(tree: Node, filters: Filters, words: str) -> Json:
    """The filter of a tree and what it is narrowed to; which data view it belongs to, the caller adds to `meta`."""
    query = {"bool": {"filter": [compile_tree(narrow(tree, filters))]}}
    meta = {
        "alias": f"Vigie : {_shorten(words)}",
        "disabled": False,
        "negate": False,
        "type": "custom",
        "key": "query",
        "value": to_json(query),
    }
    return {"$state": {"store": "appState"}, "meta": meta, "query": query}


def _shorten(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= LABEL_CHARACTERS else f"{line[: LABEL_CHARACTERS - 1]}…"
