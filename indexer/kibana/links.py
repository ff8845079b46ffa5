"""Links into Discover that show exactly the set of a query: they carry the compiled query itself.

All of it stands behind the `#`, which no server is sent, so no server limits its length. Each value is written in
rison, the notation of Kibana's addresses, and encoded whole: mail programs break links at quotes and parentheses.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from indexer.engines.base import Filters
from indexer.kibana.filters import make_filter
from indexer.kibana.placing import Place
from indexer.kibana.shipped import COLUMNS, NEWEST
from indexer.tree import Node

_FIRST = datetime(1600, 1, 1, tzinfo=UTC)
_LAST = datetime(2201, 1, 1, tzinfo=UTC)
"""No entry has a date outside (`indexer.document.date_of`); Discover shows nothing without a time range."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][\w.]*", re.ASCII)


def make_link(address: str, place: Place, tree: Node, filters: Filters, words: str) -> str:
    """The address of Discover with what a search finds. Its time becomes the time range of the page."""
    data_view = place.data_view_of_all if filters.past else place.data_view
    condition = make_filter(tree, filters, words)
    condition["meta"]["index"] = data_view
    page = {
        "columns": list(COLUMNS),
        "filters": [condition],
        "index": data_view,
        "interval": "auto",
        "query": {"language": "lucene", "query": ""},
        "sort": [list(each) for each in NEWEST],
    }
    around = {"filters": [], "time": _time_range(filters)}
    return f"{address}{place.path}/app/discover#/?_g={_encode(around)}&_a={_encode(page)}"


def _time_range(filters: Filters) -> dict[str, str]:
    """Both ends are included there; ours leaves the end out, and the index holds whole seconds."""
    until = _LAST if filters.until is None else filters.until
    return {"from": _instant(filters.since or _FIRST), "to": _instant(until - timedelta(milliseconds=1))}


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z").zfill(24)


def _encode(value: Any) -> str:
    return quote(to_rison(value), safe="")


def to_rison(value: Any) -> str:
    """A value of JSON in rison; texts always stand in quotes."""
    if value is None or isinstance(value, bool):
        return {None: "!n", True: "!t", False: "!f"}[value]
    if isinstance(value, str):
        return "'" + value.replace("!", "!!").replace("'", "!'") + "'"
    if isinstance(value, int | float):
        return json.dumps(value, allow_nan=False).replace("e+", "e")
    if isinstance(value, Mapping):
        return f"({','.join(f'{_key(key)}:{to_rison(each)}' for key, each in value.items())})"
    return f"!({','.join(to_rison(each) for each in value)})"


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else to_rison(key)
