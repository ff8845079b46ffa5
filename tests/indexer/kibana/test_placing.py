"""Where the objects stand: one set of ids a space and prefix, with everything inside them to match."""

import json

import pytest

from indexer.kibana.checking import find_faults, mapping_fields
from indexer.kibana.objects import SavedObject, make_object, write_file
from indexer.kibana.placing import Place, place_objects
from indexer.kibana.shipped import make_shipped


def ids_at(place: Place) -> set[tuple[str, str]]:
    return {each.key for each in place_objects(make_shipped(), place)}


def test_the_first_space_has_the_ids_of_the_file() -> None:
    assert write_file(place_objects(make_shipped(), Place())) == write_file(make_shipped())


def test_no_two_places_share_an_id() -> None:
    places = [
        Place("vigie"), Place("vigie", "presse"), Place("presse"), Place("presse", "vigie"), Place("vigie-presse"),
        Place("vigie", "derniers"), Place("vigie", "all"), Place("vigie", "presse-all"), Place("vigie", "presse_all"),
    ]  # fmt: skip
    every = [each for place in places for each in ids_at(place)]
    assert len(set(every)) == len(every) == 8 * len(places)


def test_everything_inside_follows() -> None:
    placed = place_objects(make_shipped(), Place("gazette", "presse"))
    assert list(find_faults(placed, mapping_fields())) == []
    assert [each.attributes["title"] for each in placed[:2]] == ["gazette", "gazette-all"]
    ids = {reference.id for each in placed for reference in each.references}
    assert ids == {"gazette_presse", "gazette_presse.derniers"}
    panels = json.loads(placed[-1].attributes["panelsJSON"])
    inside = (panel["embeddableConfig"].get("attributes", {}).get("references", ()) for panel in panels)
    inner = {one["id"] for references in inside for one in references}
    assert inner == {"gazette_presse"}


@pytest.mark.parametrize("place", [Place(), Place("gazette"), Place("vigie", "x-all"), Place("gazette", "presse")])
def test_what_was_exported_from_one_place_finds_its_way_to_another(place: Place) -> None:
    for before in (Place(), Place(place.prefix), Place("vigie", "ailleurs"), Place(place.prefix, "ailleurs")):
        exported = place_objects(make_shipped(), before)
        assert write_file(place_objects(exported, place)) == write_file(place_objects(make_shipped(), place))


def test_an_object_of_an_operator_gets_an_id_of_its_own_in_a_second_space() -> None:
    own = make_object("search", "5f1c7a20-vue", {"title": "La nôtre"})
    assert [each.id for each in place_objects([own], Place())] == ["5f1c7a20-vue"]
    assert [each.id for each in place_objects([own], Place("vigie", "presse"))] == ["vigie_presse.5f1c7a20-vue"]


def test_words_that_only_look_like_ids_stay() -> None:
    own = SavedObject("search", "vigie.x", {"title": "vigie", "description": '{"type":"search","id":"vigie.x"}'})
    (placed,) = place_objects([own], Place("gazette"))
    assert placed.attributes == own.attributes


@pytest.mark.parametrize("space", ["", "Presse", "../x", "presse régionale", "a/b"])
def test_what_is_no_space_is_refused(space: str) -> None:
    with pytest.raises(ValueError, match="identifier of a space"):
        Place("vigie", space)
