"""The regions and départements of France by their codes, and the time zone of each.

Codes are those of ISO 3166-2:FR for regions and of the INSEE for départements.
"""

import functools
import zoneinfo
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from config.faults import name_nearest, refused

MAINLAND_ZONE = "Europe/Paris"

REGIONS = {
    "FR-ARA": "Auvergne-Rhône-Alpes",
    "FR-BFC": "Bourgogne-Franche-Comté",
    "FR-BRE": "Bretagne",
    "FR-CVL": "Centre-Val de Loire",
    "FR-20R": "Corse",
    "FR-GES": "Grand Est",
    "FR-HDF": "Hauts-de-France",
    "FR-IDF": "Île-de-France",
    "FR-NOR": "Normandie",
    "FR-NAQ": "Nouvelle-Aquitaine",
    "FR-OCC": "Occitanie",
    "FR-PDL": "Pays de la Loire",
    "FR-PAC": "Provence-Alpes-Côte d'Azur",
    "FR-971": "Guadeloupe",
    "FR-972": "Martinique",
    "FR-973": "Guyane",
    "FR-974": "La Réunion",
    "FR-976": "Mayotte",
    "FR-PM": "Saint-Pierre-et-Miquelon",
    "FR-BL": "Saint-Barthélemy",
    "FR-MF": "Saint-Martin",
    "FR-WF": "Wallis-et-Futuna",
    "FR-PF": "Polynésie française",
    "FR-NC": "Nouvelle-Calédonie",
    "FR-TF": "Terres australes et antarctiques françaises",
}

OVERSEAS_ZONES = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
    "984": "Indian/Kerguelen",
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",
    "988": "Pacific/Noumea",
}

# 20 was split in two in 1976, and 96 to 98 were never given to mainland départements
DEPARTEMENTS = frozenset(
    {f"{number:02}" for number in range(1, 96) if number != 20} | {"2A", "2B"} | OVERSEAS_ZONES.keys()
)


def derive_zone(departements: Iterable[str]) -> str:
    """Give the zone shared by all these départements, or that of Paris where they differ or none is named."""
    zones = {OVERSEAS_ZONES.get(code, MAINLAND_ZONE) for code in departements}
    return zones.pop() if len(zones) == 1 else MAINLAND_ZONE


@functools.cache
def known_zones() -> frozenset[str]:
    """List the zone names this machine knows."""
    return frozenset(zoneinfo.available_timezones())


def check_zone(name: str) -> str:
    """Accept the name of a time zone; an empty name would silently mean the machine's own."""
    if name not in known_zones():
        raise refused('the name of a time zone such as "Europe/Paris"', _nearest_zone(name))
    return name


def _nearest_zone(name: str) -> str:
    by_town = sorted(zone for zone in known_zones() if zone.lower().endswith(f"/{name.lower()}"))
    if name and by_town:
        return f'Did you mean "{by_town[0]}"?'
    by_lower = {zone.lower(): zone for zone in known_zones()}
    said = name_nearest(name, by_lower)
    for lower, zone in by_lower.items():
        if f'"{lower}"' in said:
            return said.replace(lower, zone)
    return said


def check_region(code: str) -> str:
    """Accept a region's code."""
    if code not in REGIONS:
        by_name = [known for known, name in REGIONS.items() if name.lower() == code.lower()]
        hint = f'Did you mean "{by_name[0]}"?' if by_name else name_nearest(code.upper(), REGIONS)
        raise refused('the ISO 3166-2 code of a region such as "FR-ARA"', hint)
    return code


def _refuse_number(code: object) -> object:
    """Refuse a number: the leading zero of `01` is lost in one."""
    if isinstance(code, int) and not isinstance(code, bool):
        raise refused("the code of a département in quotes", f'Did you mean "{code:02}"?')
    return code


def check_departement(code: str) -> str:
    """Accept a département's code, two digits or three overseas."""
    if code not in DEPARTEMENTS:
        padded = code.upper().zfill(2)
        hint = f'Did you mean "{padded}"?' if padded in DEPARTEMENTS else ""
        raise refused('the code of a département such as "69", "2A" or "974"', hint)
    return code


Zone = Annotated[str, Field(strict=True), AfterValidator(check_zone), WithJsonSchema({"form": "time zone"})]
Region = Annotated[str, Field(strict=True), AfterValidator(check_region), WithJsonSchema({"form": "region"})]
Departement = Annotated[
    str,
    Field(strict=True),
    BeforeValidator(_refuse_number),
    AfterValidator(check_departement),
    WithJsonSchema({"form": "département"}),
]
