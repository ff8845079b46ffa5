"""The objects that come with Vigie, from which `config/kibana/vigie.ndjson` is written.

`python -m indexer.kibana.shipped` prints the file; a test compares the two. Labels are in French, as the people who
look at the archive are.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence

from config.territories import REGIONS
from indexer.document import FIELDS
from indexer.engines.elasticsearch_mapping import index_body
from indexer.kibana.objects import (
    DASHBOARD,
    DATA_VIEW,
    Json,
    Reference,
    SavedObject,
    make_object,
    make_session,
    make_source,
    to_json,
    write_file,
)
from indexer.kibana.panels import (
    Box,
    Panel,
    count_by,
    count_queries,
    draw_cloud,
    draw_over_time,
    draw_ranking,
    show_session,
)

CURRENT, ALL = "vigie", "vigie-all"
"""Ids of the two data views; their titles are the names of the aliases."""

LATEST = f"{CURRENT}.derniers"
COLUMNS = ("title", "source_name", "kind", "regions")
NEWEST = (("date", "desc"),)

_LABELS: Mapping[str, str] = {
    "id": "Identifiant de la version", "document": "Document", "version": "Version", "seq": "Numéro de modification",
    "current": "Version actuelle", "state": "État", "edited": "Modifié après publication", "title": "Titre",
    "lead": "Chapeau", "text": "Texte", "authors": "Auteurs", "source": "Identifiant de la source",
    "sources": "Vu par les sources", "source_name": "Source", "kind": "Type", "regions": "Région",
    "departements": "Département", "lang": "Langue", "section": "Rubrique", "tags": "Mots-clés", "url": "Adresse",
    "date": "Date", "date_origin": "Origine de la date", "date_precision": "Précision de la date",
    "published_at": "Publié le", "modified_at": "Modifié le", "first_seen_at": "Vu la première fois le",
    "paywalled": "Réservé aux abonnés", "capture": "Capture", "content_hash": "Empreinte du texte",
}  # fmt: skip

_KINDS: Mapping[str, str] = {
    "union": "syndicat", "association": "association", "federation": "fédération",
    "regional_press": "presse régionale", "local_press": "presse locale", "broadcaster": "radio et télévision",
}  # fmt: skip
_UNIONS = ("union", "association", "federation")
_PRESS = ("regional_press", "local_press", "broadcaster")


def make_shipped() -> tuple[SavedObject, ...]:
    """Every object, each after those that it refers to."""
    return (
        _make_data_view(CURRENT, "Vigie : articles"),
        _make_data_view(ALL, "Vigie : articles et versions antérieures"),
        *_make_sessions(),
        _make_dashboard(),
    )


def hidden_fields() -> list[str]:
    """The fields of the mapping that hold our own terms and numbers: nobody reads those."""
    properties = index_body({})["mappings"]["properties"]
    return sorted(name for name in properties if name not in FIELDS or not FIELDS[name].shown)


def _make_data_view(name: str, title: str) -> SavedObject:
    attributes = {
        "title": name,
        "name": title,
        "timeFieldName": "date",
        "fields": "[]",
        "fieldAttrs": to_json({field: {"customLabel": label} for field, label in _LABELS.items()}),
        "fieldFormatMap": to_json(_formats()),
        "sourceFilters": to_json([{"value": field} for field in hidden_fields()]),
        "runtimeFieldMap": "{}",
        "typeMeta": "{}",
    }
    return make_object(DATA_VIEW, name, attributes)


def _formats() -> Json:
    whole = {"id": "number", "params": {"pattern": "0"}}
    link = {"type": "a", "urlTemplate": "{{rawValue}}", "labelTemplate": "ouvrir"}
    return {
        "url": {"id": "url", "params": link},
        "kind": _named(_KINDS),
        "regions": _named(REGIONS),
        **dict.fromkeys(("version", "seq", "capture"), whole),
    }


def _named(names: Mapping[str, str]) -> Json:
    entries = [{"key": value, "value": name} for value, name in names.items()]
    return {"id": "static_lookup", "params": {"lookupEntries": entries, "unknownKeyValue": None}}


def _make_sessions() -> tuple[SavedObject, ...]:
    return (
        make_session(
            LATEST, "Vigie : derniers articles", "Tous les articles, les plus récents d'abord.", CURRENT,
            columns=COLUMNS, sort=NEWEST,
        ),
        make_session(
            f"{CURRENT}.syndicats", "Vigie : syndicats", "Ce que disent syndicats, fédérations et associations.",
            CURRENT, columns=("title", "source_name", "authors"), sort=NEWEST, query=_one_of("kind", _UNIONS),
        ),
        make_session(
            f"{CURRENT}.presse", "Vigie : presse", "Presse régionale et locale, radios et télévisions.", CURRENT,
            columns=("title", "source_name", "regions", "section"), sort=NEWEST, query=_one_of("kind", _PRESS),
        ),
        make_session(
            f"{CURRENT}.par-region", "Vigie : par région", "Les articles rattachés à une région.", CURRENT,
            columns=("regions", "departements", "title", "source_name"), sort=(("regions", "asc"), *NEWEST),
            query="_exists_:regions", breakdownField="regions",
        ),
        make_session(
            f"{CURRENT}.modifies", "Vigie : modifiés récemment",
            "Les articles dont le texte a changé après publication, la dernière modification d'abord.", CURRENT,
            columns=("title", "source_name", "version", "modified_at"), sort=(("seq", "desc"),), query="edited:true",
        ),
    )  # fmt: skip


def _one_of(field: str, values: Sequence[str]) -> str:
    return f"{field}:({' OR '.join(values)})"


def _make_panels() -> tuple[Panel, ...]:
    both = (("Syndicats", _kql(_UNIONS)), ("Presse", _kql(_PRESS)))
    return (
        draw_over_time(
            "temps", "Articles par type", CURRENT, Box(0, 0, 48, 12), split=count_by("kind", "Type", 10, others=True),
            series="bar_stacked",
        ),
        draw_over_time(
            "syndicats-presse", "Syndicats et presse", CURRENT, Box(0, 12, 24, 12),
            split=count_queries("Qui parle", both), series="line",
        ),
        draw_cloud("mots", "Mots-clés", CURRENT, Box(24, 12, 24, 12), by=count_by("tags", "Mots-clés", 50)),
        draw_ranking("sources", "Articles par source", CURRENT, Box(0, 24, 24, 16),
                     by=count_by("source_name", "Source", 20)),
        draw_ranking("regions", "Articles par région", CURRENT, Box(24, 24, 24, 16),
                     by=count_by("regions", "Région", 25)),
        show_session("derniers", "Derniers articles", LATEST, Box(0, 40, 48, 20)),
    )  # fmt: skip


def _kql(kinds: Iterable[str]) -> str:
    return f"kind : ({' or '.join(kinds)})"


def _make_dashboard() -> SavedObject:
    panels = _make_panels()
    controls, needed = _make_controls((("kind", "Type"), ("regions", "Région"), ("source_name", "Source")))
    options = {
        "useMargins": True, "syncColors": False, "syncCursor": True, "syncTooltips": False, "hidePanelTitles": False,
    }  # fmt: skip
    attributes = {
        "title": "Vigie : tableau de bord",
        "description": "Combien, quand, où et par qui ; les derniers articles.",
        "version": 1,
        "timeRestore": True,
        "timeFrom": "now-30d",
        "timeTo": "now",
        "refreshInterval": {"pause": True, "value": 60_000},
        "optionsJSON": to_json(options),
        "panelsJSON": to_json([panel.value for panel in panels]),
        "controlGroupInput": controls,
        "kibanaSavedObjectMeta": make_source(),
    }
    references = (*(each for panel in panels for each in panel.references), *needed)
    return make_object(DASHBOARD, f"{CURRENT}.tableau", attributes, references)


def _make_controls(fields: Sequence[tuple[str, str]]) -> tuple[Json, tuple[Reference, ...]]:
    """Lists above the dashboard from which people choose values of a field."""
    panels = {}
    for order, (field, title) in enumerate(fields):
        given = {"id": field, "fieldName": field, "title": title, "enhancements": {}}
        panels[field] = {
            "order": order, "width": "medium", "grow": True, "type": "optionsListControl", "explicitInput": given,
        }  # fmt: skip
    ignored = dict.fromkeys(("ignoreFilters", "ignoreQuery", "ignoreTimerange", "ignoreValidations"), False)
    value = {
        "controlStyle": "oneLine",
        "chainingSystem": "HIERARCHICAL",
        "ignoreParentSettingsJSON": to_json(ignored),
        "panelsJSON": to_json(panels),
    }
    names = (f"controlGroup_{field}:optionsListDataView" for field, _ in fields)
    return value, tuple(Reference(DATA_VIEW, CURRENT, name) for name in names)


if __name__ == "__main__":
    sys.stdout.write(write_file(make_shipped()))
