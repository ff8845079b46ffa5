"""The way from a page of hits into Kibana: the same articles, where there is a Kibana for people."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import httpx
import pytest

from config.loading import load_valid
from indexer.engines.cluster import Cluster
from tests.elasticsearch_node.fixture import place_on
from tests.indexer.kibana.test_links import show_in_discover
from tests.vigie.program import Program
from tests.vigie.web.serving import serve_here
from vigie import stages
from vigie.installation import Installation

pytestmark = pytest.mark.slow

PUBLIC = "https://kibana.exemple.test/vue"
ASKED = {"q": "title:patrouille", "from": "2025-02-10", "to": "2025-04", "source": "ambre"}


def find_link(page: str) -> str | None:
    found = re.search(r'<a class="button" href="([^"]+)"[^>]*>Ouvrir dans Kibana</a>', page)
    return unescape(found[1]) if found else None


@pytest.fixture(scope="module")
def place(elasticsearch_url: str) -> Iterator[Cluster]:
    with place_on(elasticsearch_url) as found:
        yield found


@pytest.fixture(scope="module")
def on_cluster(library: Program, place: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The archive of the other tests, with its entries in a cluster."""
    folder = tmp_path_factory.mktemp("cluster")
    shutil.copytree(library.config, folder / "config")
    shutil.copytree(library.data, folder / "data")
    with (folder / "config" / "settings.yaml").open("a", encoding="utf-8") as file:
        file.write(
            f"engine: elasticsearch\nelasticsearch: {{addresses: [{place.addresses[0]}], prefix: {place.prefix}}}\n"
        )
        file.write(f"kibana: {{public_address: {PUBLIC}}}\n")
    installation = Installation(load_valid(folder / "config"))
    stages.rebuild(installation)
    return installation


@pytest.fixture(scope="module")
def client(on_cluster: Installation) -> Iterator[httpx.Client]:
    with serve_here(on_cluster) as client:
        yield client


@pytest.mark.parametrize("by", ["date", "first_seen_at"])
@pytest.mark.parametrize("past", ["no", "yes"])
def test_discover_shows_the_hits_of_the_page(client: httpx.Client, place: Cluster, by: str, past: str) -> None:
    asked = ASKED | {"by": by, "past": past}
    page = client.get("/search", params=asked).text

    link = find_link(page)

    assert link is not None and link.startswith(f"{PUBLIC}/app/discover#/?_g=")
    shown = set(re.findall(r'form="chosen" name="id" value="([^"]+)"', page))
    assert shown == show_in_discover(place, link) and 5 <= len(shown) < 20


def test_without_a_kibana_for_people_there_is_no_link(on_cluster: Installation) -> None:
    loaded = on_cluster.loaded
    settings = loaded.settings.model_copy(update={"kibana": type(loaded.settings.kibana)()})
    without = replace(on_cluster, loaded=replace(loaded, settings=settings))

    with serve_here(without) as client:
        page = client.get("/search", params=ASKED).text

    assert "/search/export" in page and find_link(page) is None


def test_another_engine_has_no_link(library: Program) -> None:
    loaded = load_valid(library.config)
    kibana = type(loaded.settings.kibana)(public_address=PUBLIC)
    settings = loaded.settings.model_copy(update={"kibana": kibana})

    with serve_here(Installation(replace(loaded, settings=settings))) as client:
        page = client.get("/search", params=ASKED).text

    assert "/search/export" in page and find_link(page) is None
