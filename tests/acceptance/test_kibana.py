"""`vigie kibana install` into a real Kibana, which gives everything back and sees the fields of the entries."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.analysis import FrenchAnalyzer
from indexer.document import FIELDS
from indexer.engines.choice import open_engine
from indexer.engines.cluster import Cluster
from indexer.kibana.installing import install, read_objects
from indexer.kibana.placing import Place
from indexer.kibana.server import KibanaServer
from tests.acceptance.kibana import Kibana
from tests.indexer.engines.entries import make_entries

CONFIGURATION = Path(__file__).parents[2] / "config"


@pytest.fixture
def kibana() -> Kibana:
    found = Kibana.from_environment()
    if found is None:
        pytest.skip("Kibana: KIBANA_URL names none")
    return found


@pytest.fixture
def place(kibana: Kibana, cluster: Cluster) -> Iterator[Place]:
    """A space of the test's own over indices of its own, both gone afterwards."""
    made = Place(cluster.prefix, cluster.prefix)
    kibana.make_space(made.space)
    yield made
    kibana.remove_space(made.space)


def test_objects_are_taken_given_back_and_see_the_entries(
    kibana: Kibana, place: Place, cluster: Cluster, tmp_path: Path
) -> None:
    engine = open_engine("elasticsearch", tmp_path, FrenchAnalyzer(), cluster)
    engine.swap(engine.beside(covers=0))
    engine.put(make_entries(60))
    engine.commit(60)
    engine.close()
    server = KibanaServer(kibana.url, kibana.api_key, kibana.ca_file)
    objects = read_objects(CONFIGURATION)

    first, again = (install(server, place, objects) for _ in range(2))

    assert {each["id"] for each in kibana.export(place.space)} == {place.id_of(each.id) for each in objects}
    assert first.settings and not again.settings, "a second installation changes nothing"
    assert len(first.made) == len(again.replaced) == len(objects)
    shown = {name for name, field in FIELDS.items() if field.shown}
    for view in (place.data_view, place.data_view_of_all):
        assert shown <= kibana.fields_of(place.space, view)
