"""Where objects of ours stand in Kibana: under which ids in which space, over which aliases.

Ids are unique over all spaces, so each space but the first has ids of its own. They follow from the prefix of the
indices and the name of the space alone, so that links can be written without asking Kibana: `vigie_presse.derniers` is
the session `vigie.derniers` of the space `presse`. An underscore stands in no prefix and a dot in neither, so no two
places share an id, and what was exported from one place finds its way to another.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from indexer.kibana.objects import DATA_VIEW, Json, Reference, SavedObject, rename, to_json
from indexer.kibana.shipped import ALL, CURRENT

DEFAULT_SPACE = "default"
SPACE = re.compile(r"[a-z0-9_-]{1,100}", re.ASCII)

_OF_ALL = ALL.removeprefix(CURRENT)
_ID = re.compile(r"([a-z0-9-]+)(?:_[a-z0-9_-]+)?(\..+)?", re.ASCII)
_JSON_STRINGS = ("JSON", "fieldFormatMap", "fieldAttrs", "sourceFilters")

Key = tuple[str, str]


@dataclass(frozen=True)
class Place:
    """A space of Kibana, and the prefix of the indices that are looked at from there."""

    prefix: str = CURRENT
    space: str = DEFAULT_SPACE

    def __post_init__(self) -> None:
        if not SPACE.fullmatch(self.space):
            raise ValueError(
                f'expected the identifier of a space, small letters, digits, "-" and "_", got "{self.space[:60]}"'
            )

    @property
    def data_view(self) -> str:
        """The data view of what is current."""
        return self.id_of(CURRENT)

    @property
    def data_view_of_all(self) -> str:
        """The data view that shows earlier versions too."""
        return self.id_of(ALL)

    @property
    def path(self) -> str:
        """What stands before each path of this space."""
        return "" if self.space == DEFAULT_SPACE else f"/s/{self.space}"

    def id_of(self, name: str) -> str:
        """The id here of an object of a file; one that is none of ours gets ours before it in a further space."""
        match = _ID.fullmatch(name)
        head = None if match is None else self.alias_of(match[1], None)
        if match is not None and head is not None:
            return f"{head}{self._mark}{match[2] or ''}"
        return f"{self.prefix}{self._mark}.{name}" if self._mark else name

    def alias_of(self, name: str, otherwise: str | None) -> str | None:
        """The alias that is meant here by one of ours, or by the same under this prefix."""
        if name in (CURRENT, self.prefix):
            return self.prefix
        return f"{self.prefix}{_OF_ALL}" if name in (ALL, f"{self.prefix}{_OF_ALL}") else otherwise

    @property
    def _mark(self) -> str:
        return "" if self.space == DEFAULT_SPACE else f"_{self.space}"


def place_objects(objects: Iterable[SavedObject], place: Place) -> tuple[SavedObject, ...]:
    """The objects of a file as they stand at a place; references to objects outside the file stay."""
    listed = tuple(objects)
    ids = {each.key: place.id_of(each.id) for each in listed}
    return tuple(_place(each, ids, place) for each in listed)


def _place(each: SavedObject, ids: Mapping[Key, str], place: Place) -> SavedObject:
    attributes: Json = _place_value(each.attributes, ids)
    if each.kind == DATA_VIEW:
        title = str(attributes.get("title", ""))
        attributes["title"] = place.alias_of(title, title)
    references = (_place_reference(reference, ids) for reference in each.references)
    return rename(each, ids[each.key], references, attributes)


def _place_reference(reference: Reference, ids: Mapping[Key, str]) -> Reference:
    return replace(reference, id=ids.get((reference.kind, reference.id), reference.id))


def _place_value(value: Any, ids: Mapping[Key, str]) -> Any:
    """A copy in which every reference follows, also those inside strings that hold JSON."""
    if isinstance(value, list):
        return [_place_value(each, ids) for each in value]
    if not isinstance(value, dict):
        return value
    copy = {key: _place_string(key, each, lambda one: _place_value(one, ids)) for key, each in value.items()}
    found = ids.get((str(copy.get("type")), str(copy.get("id"))))
    return copy if found is None or "name" not in copy else {**copy, "id": found}


def _place_string(key: str, value: Any, place: Callable[[Any], Any]) -> Any:
    if isinstance(value, str) and value and key.endswith(_JSON_STRINGS):
        return to_json(place(json.loads(value)))
    return place(value)
