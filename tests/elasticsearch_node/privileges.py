"""Which right each request to Elasticsearch takes, and whether a role has it.

After Elastic's list of privileges, for the requests that Vigie makes; one that is not in the table is an error, so that
a new request brings its right with it.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote, urlsplit

CLUSTER = {
    r"(GET|HEAD) /": "monitor",
    r"PUT /_index_template/[^/]+": "manage_index_templates",
}
INDEX = {
    r"PUT /[^/_]+": "create_index",
    r"GET /[^/_]+": "view_index_metadata",
    r"DELETE /[^/_]+": "delete_index",
    r"GET /[^/_]+/_settings": "view_index_metadata",
    r"PUT /[^/_]+/_settings": "manage",
    r"POST /_aliases": "manage",
    r"POST /[^/_]+/_refresh": "maintenance",
    r"GET /[^/_]+/_stats(/.*)?": "monitor",
    r"(GET|POST) /[^/_]+/_(search|count|mget)": "read",
    r"POST /[^/_]+/_pit": "read",
    r"POST /_search": "read",
    r"DELETE /_pit": "read",
    r"GET /[^/_]+/_doc/[^/]+": "read",
    r"(PUT|POST) /[^/_]+/_(doc|create)/[^/]+": "write",
    r"DELETE /[^/_]+/_doc/[^/]+": "write",
    r"(PUT|POST) /_bulk": "write",
}
CONTAINED = {"manage": {"create_index", "delete_index", "view_index_metadata", "monitor", "maintenance"}}
"""What a right holds besides itself."""


@dataclass(frozen=True)
class Need:
    """A right: on these indices or aliases, or, where `names` is None, on the cluster."""

    right: str
    names: frozenset[str] | None


def need_of(method: str, target: str, body: bytes) -> Need:
    """What a request takes."""
    path = unquote(urlsplit(target).path)
    for pattern, right in CLUSTER.items():
        if re.fullmatch(pattern, f"{method} {path}"):
            return Need(right, None)
    for pattern, right in INDEX.items():
        if re.fullmatch(pattern, f"{method} {path}"):
            names = frozenset(_names(path, body))
            # an index that is made with an alias takes what the alias takes
            return Need("manage" if right == "create_index" and names != {path[1:]} else right, names)
    raise LookupError(f"{method} {path}: which right does this take? Add it to the table and to docs/elasticsearch.md")


def _names(path: str, body: bytes) -> Iterator[str]:
    first = path.split("/")[1]
    if not first.startswith("_"):
        yield from first.split(",")
        yield from json.loads(body or b"{}").get("aliases", {}) if path.count("/") == 1 else ()
    elif first == "_aliases":
        for action in json.loads(body)["actions"]:
            (said,) = action.values()
            yield from (said["index"], said["alias"])
    elif first == "_bulk":
        lines = (json.loads(line) for line in body.splitlines() if line.startswith((b'{"index":', b'{"delete":')))
        yield from (next(iter(line.values()))["_index"] for line in lines)


class Role:
    """A role as it is given to Elasticsearch."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self.cluster: Sequence[str] = said["cluster"]
        self.indices: Sequence[Mapping[str, Any]] = said["indices"]

    def grants(self, need: Need) -> bool:
        """Whether the role allows a request."""
        if need.names is None:
            return need.right in self.cluster
        granted = [each["names"] for each in self.indices if _holds(each["privileges"], need.right)]
        covered = [pattern for patterns in granted for pattern in patterns]
        return bool(granted) and all(any(fnmatchcase(name, one) for one in covered) for name in need.names)


def _holds(privileges: Sequence[str], right: str) -> bool:
    return any(right == each or right in CONTAINED.get(each, ()) for each in privileges)
