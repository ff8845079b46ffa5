"""The settings of a space that make what people type in Kibana come near to what Vigie understands.

Kibana keeps those that hold JSON as strings. It takes a name that it does not know without a word, so each name here
is written out, and read back in the tests.
"""

import json
from collections.abc import Mapping
from typing import Any

from indexer.document import ARCHIVE_ZONE
from indexer.kibana.objects import to_json
from indexer.kibana.placing import Place

QUERY_STRING_OPTIONS: Mapping[str, Any] = {
    "analyze_wildcard": True,
    "allow_leading_wildcard": False,
    "default_operator": "AND",
    "lenient": True,
    "fuzzy_prefix_length": 0,
    "time_zone": str(ARCHIVE_ZONE),
}
"""For Kibana's own `query_string`; which fields it asks the indices say (`index.query.default_field`)."""

TIME_RANGE = {"from": "now-7d", "to": "now"}
"""Kibana's own quarter of an hour would open most pages empty."""

_JSON = ("query:queryString:options", "timepicker:timeDefaults")

Current = Mapping[str, Mapping[str, Any]]


def wanted_settings(place: Place) -> dict[str, str]:
    """Every setting by name, as Kibana keeps it."""
    return {
        "query:queryString:options": to_json(dict(QUERY_STRING_OPTIONS)),
        "search:queryLanguage": "lucene",
        "dateFormat:tz": str(ARCHIVE_ZONE),
        "defaultIndex": place.data_view,
        "timepicker:timeDefaults": to_json(TIME_RANGE),
    }


def find_changes(wanted: Mapping[str, str], current: Current) -> tuple[dict[str, str], list[str]]:
    """Which settings must be changed, and which of them cannot be, since kibana.yml holds them fast."""
    others = {name: value for name, value in wanted.items() if not _is_set(name, value, current)}
    locked = [name for name in others if current.get(name, {}).get("isOverridden")]
    return {name: value for name, value in others.items() if name not in locked}, locked


def _is_set(name: str, value: str, current: Current) -> bool:
    found = current.get(name, {}).get("userValue")
    if name not in _JSON or not isinstance(found, str):
        return bool(found == value)
    try:
        return bool(json.loads(found) == json.loads(value))
    except ValueError:
        return False
