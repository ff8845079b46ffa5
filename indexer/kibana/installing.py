"""Bring our objects and settings into a space of Kibana, and read in its answers what became of them.

Everything is checked before anything is sent. It can be done again at any time: objects of ours are replaced by
themselves, settings that are right already are left alone, and nothing of others is touched.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import config
from indexer.kibana.checking import find_faults, mapping_fields
from indexer.kibana.errors import ObjectsInvalidError, ObjectsRefusedError
from indexer.kibana.objects import SavedObject, read_file, write_file
from indexer.kibana.placing import DEFAULT_SPACE, Place, place_objects
from indexer.kibana.server import KibanaServer
from indexer.kibana.space_settings import find_changes, wanted_settings

KIBANA_FOLDER = "kibana"
_MOST_SENTENCES = 5
_IMPORT, _SETTINGS = "/api/saved_objects/_import?overwrite=true", "/internal/kibana/settings"


@dataclass(frozen=True)
class Installed:
    """What an installation came to; settings by name with their values, `locked` those that kibana.yml holds fast."""

    version: str
    made: tuple[SavedObject, ...]
    replaced: tuple[SavedObject, ...]
    settings: Mapping[str, str]
    locked: Sequence[str]


def read_objects(configuration: Path) -> tuple[SavedObject, ...]:
    """The objects of the configuration's own folder, or those that come with Vigie where it has none.

    Raises `ObjectsInvalidError` for a file that holds anything else; `install` looks into the objects.
    """
    own = configuration / KIBANA_FOLDER
    folder = own if own.is_dir() else Path(config.__path__[0]) / KIBANA_FOLDER
    objects: list[SavedObject] = []
    for file in sorted(folder.glob("*.ndjson")):
        try:
            objects += read_file(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ObjectsInvalidError(f"{file}: {error}. Export it from Kibana anew, or remove it.") from error
    if not objects:
        raise ObjectsInvalidError(f"{folder}: expected files of saved objects, *.ndjson, found none.")
    return tuple(objects)


def install(server: KibanaServer, place: Place, objects: Sequence[SavedObject]) -> Installed:
    """Import the objects of a file at a place, and set the settings of its space. Raises `KibanaError`."""
    faults = list(find_faults(objects, mapping_fields()))
    if faults:
        raise ObjectsInvalidError(
            f"Nothing was sent to {server.address}, since Kibana could not use {_list_some(faults)}"
        )
    placed = place_objects(objects, place)
    version = server.check_version()
    if place.space != DEFAULT_SPACE:
        server.check_space(place.space)
    made, replaced = _import(server, place, placed)
    settings, locked = _set(server, place)
    return Installed(version, made, replaced, settings, locked)


def _import(
    server: KibanaServer, place: Place, objects: Sequence[SavedObject]
) -> tuple[tuple[SavedObject, ...], tuple[SavedObject, ...]]:
    content = write_file(objects).encode()
    boundary = hashlib.sha256(content).hexdigest()
    said = server.send_file(f"{place.path}{_IMPORT}", "import objects", content, boundary)
    stored = {(str(one.get("type")), str(one.get("id"))): one for one in said.get("successResults", ())}
    sentences = [*_explain_errors(said), *_explain_absences(objects, stored, said)]
    if sentences or not said.get("success"):
        kept = len(stored)
        raise ObjectsRefusedError(
            f"{server.address}: Kibana took {kept} of {len(objects)} objects and kept those; "
            f"{_list_some(sentences) if sentences else 'it does not say why.'}"
        )
    replaced = tuple(each for each in objects if stored[each.key].get("overwrite"))
    return tuple(each for each in objects if each not in replaced), replaced


def _explain_errors(said: Mapping[str, Any]) -> list[str]:
    return [
        f"{one.get('type')} {one.get('id')}: {_explain_error(one.get('error', {}))}" for one in said.get("errors", ())
    ]


def _explain_error(error: Mapping[str, Any]) -> str:
    kind = error.get("type")
    if kind == "missing_references":
        lacking = ", ".join(f"{one.get('type')} {one.get('id')}" for one in error.get("references", ()))
        return f"it refers to what is not there: {lacking}"
    if kind in ("conflict", "ambiguous_conflict"):
        other = error.get("destinationId")
        return f"another object stands in its place{f', {other}' if other else ''}; remove that one in Kibana"
    if kind == "unsupported_type":
        return "this Kibana has no such type of object"
    message = error.get("message") or error.get("error", {}).get("output", {}).get("payload", {}).get("message")
    return str(message or f"refused ({kind or 'no reason given'})")


def _explain_absences(
    objects: Sequence[SavedObject], stored: Mapping[tuple[str, str], Mapping[str, Any]], said: Mapping[str, Any]
) -> list[str]:
    """What is neither stored nor refused, and what was stored under another id, which no link of ours would find."""
    refused = {(str(one.get("type")), str(one.get("id"))) for one in said.get("errors", ())}
    sentences = []
    for each in objects:
        if each.key not in stored:
            if each.key not in refused:
                sentences.append(f"{each.kind} {each.id}: the answer does not speak of it")
            continue
        elsewhere = stored[each.key].get("destinationId")
        if elsewhere not in (None, each.id):
            sentences.append(
                f"{each.kind} {each.id}: was stored as {elsewhere}, since its id is taken in another space; remove "
                "both in Kibana and install again"
            )
    return sentences


def _set(server: KibanaServer, place: Place) -> tuple[dict[str, str], list[str]]:
    path = f"{place.path}{_SETTINGS}"
    current = server.ask("GET", path, "read the settings of the space").get("settings", {})
    changes, locked = find_changes(wanted_settings(place), current)
    if changes:
        server.ask("POST", path, "change the settings of the space", {"changes": changes})
    return changes, locked


def _list_some(sentences: Sequence[str]) -> str:
    more = len(sentences) - _MOST_SENTENCES
    return "; ".join(sentences[:_MOST_SENTENCES]) + (f"; and {more} more." if more > 0 else ".")
