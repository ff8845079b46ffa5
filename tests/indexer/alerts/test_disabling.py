"""A query that fails while it is being asked: it alone is disabled, keeps its place, and goes on once mended."""

from dataclasses import replace

from archive.catalogue import Catalogue, saved_queries
from archive.catalogue.saved_queries import QueryState
from tests.indexer.alerts.desk import Desk, make_query
from tests.indexer.newsroom import Newsroom


def read_state(desk: Desk, name: str) -> QueryState:
    with desk.catalogue.read() as transaction:
        state = saved_queries.read_query(transaction, name)
    assert state is not None
    return state


def test_once_its_words_are_mended_it_goes_on_from_its_place(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, bad=make_query())
    newsroom.publish("before", "La police manifeste.")
    desk.match()
    desk.watched["bad"] = replace(desk.watched["bad"], words="police AND (", tree=None)
    newsroom.publish("meanwhile", "La police manifeste.")
    desk.match()
    desk.queries["bad"] = make_query("police AND manifeste")
    desk.register()
    newsroom.publish("after", "La police manifeste.")

    desk.match()

    assert desk.outcomes("bad") == {"before.1": "told", "meanwhile.1": "told", "after.1": "told"}
    assert read_state(desk, "bad").disabled_at is None
    assert desk.audit().is_clean
