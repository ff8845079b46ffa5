"""Links that open Kibana on exactly what a search finds: `vigie kibana link`, and the page of hits."""

from archive.catalogue import Catalogue
from indexer.kibana.links import make_link
from indexer.kibana.placing import DEFAULT_SPACE, Place
from indexer.query import Query
from vigie.installation import Installation
from vigie.searching import Asked, bound, make_filters


def link_to_kibana(
    installation: Installation, catalogue: Catalogue, asked: Asked, query: Query, space: str = DEFAULT_SPACE
) -> str:
    """The address of Discover with the search's words, filters and time range.

    Raises `QueryError` for a filter that makes no sense, `ValueError` for a space that can be none.
    """
    settings = installation.settings
    place = Place(settings.elasticsearch.prefix, space)
    tree, filters = bound(asked, query.tree, make_filters(installation, catalogue, asked))
    return make_link(settings.kibana.linked_address, place, tree, filters, query.text)
