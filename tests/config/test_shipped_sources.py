"""The sources we ship: they load, they are all there, and they are on unless there is a reason."""

from collections import Counter
from pathlib import Path

import pytest

from config.intervals import effective_intervals, measure_loads
from config.loading import Loaded, load
from config.territories import OVERSEAS_ZONES

FOLDER = Path(__file__).parents[2] / "config"


@pytest.fixture(scope="module")
def shipped() -> Loaded:
    return load(FOLDER, {})


def test_they_load_without_an_error(shipped: Loaded) -> None:
    assert [str(fault) for fault in shipped.errors] == []
    assert [fault.key for fault in shipped.warnings] == ["interval"], "the one host with over a hundred entry points"


def test_they_are_all_there(shipped: Loaded) -> None:
    assert Counter(source.kind for source in shipped.sources.values()) == {
        "local_press": 228,
        "broadcaster": 100,
        "regional_press": 59,
        "union": 38,
        "association": 10,
        "federation": 7,
    }
    counts = Counter(point.kind for source in shipped.sources.values() for point in source.entry_points)
    assert counts == {"feed": 676, "sitemap": 43, "listing": 49}


def test_unions_and_press_lie_in_their_files(shipped: Loaded) -> None:
    for source_id, source in shipped.sources.items():
        file = shipped.files[source_id]
        assert (file.name == "unions.yaml") == (source.kind in ("union", "association", "federation")), source_id
        if file.parent.name == "press" and file.stem not in ("national", "outre-mer"):
            assert len(source.regions) == 1, source_id


@pytest.mark.parametrize("source_id", ["alliance-police-nationale", "cfe-cgc", "gendxxi", "lyonmag"])
def test_those_asked_for_by_name_are_visited(shipped: Loaded, source_id: str) -> None:
    assert shipped.sources[source_id].enabled


def test_only_those_without_address_or_with_a_stated_refusal_are_off(shipped: Loaded) -> None:
    off = [source for source in shipped.sources.values() if not source.enabled]
    assert all(source.reason for source in off)
    refusing = {source.id for source in off if source.homepage}
    assert refusing == {"la-voix-du-nord", "courrier-picard", "aisne-nouvelle"}
    assert len(off) == 11
    assert all(not source.entry_points for source in off if not source.homepage)


def test_guessed_addresses_are_marked(shipped: Loaded) -> None:
    unverified = {source.id for source in shipped.enabled if source.unverified}
    assert len(unverified) == 58
    assert {"alliance-police-nationale", "gendxxi", "scpn"} <= unverified
    assert not {"cfe-cgc", "lyonmag", "actupolice"} & unverified


def test_each_source_finds_its_own_home_page_in_scope(shipped: Loaded) -> None:
    for source in shipped.enabled:
        assert all(source.in_scope(host, "/") for host in source.hosts), source.id


def test_overseas_sources_have_their_zone(shipped: Loaded) -> None:
    overseas = [source for source in shipped.sources.values() if set(source.departements) & OVERSEAS_ZONES.keys()]
    assert len(overseas) == 31
    elsewhere = {source.id for source in overseas if source.zone == "Europe/Paris"}
    assert elsewhere == {"outremers360"}, "written in Paris about all of them"


def test_no_host_is_asked_more_than_it_can_carry(shipped: Loaded) -> None:
    intervals = effective_intervals(shipped.enabled, shipped.settings)
    slowed = [source.model_copy(update={"interval": intervals[source.id]}) for source in shipped.enabled]
    share = shipped.settings.politeness.host_load_share
    assert all(load.share <= share for load in measure_loads(slowed, shipped.settings).values())
