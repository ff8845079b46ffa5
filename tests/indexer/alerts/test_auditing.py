"""The audit judges by what held at each change, whatever came later, and loses sight of nothing."""

from datetime import timedelta

import pytest

from archive.catalogue import Catalogue, documents, saved_queries
from config.query import SavedQuery
from indexer.alerts.auditing import audit
from indexer.query import Limits
from tests.indexer.alerts.desk import Desk, make_query
from tests.indexer.alerts.history import History
from tests.indexer.alerts.press import Press
from tests.indexer.newsroom import START, Newsroom
from tests.indexer.query_generator import QueryGenerator

CLEAN = "missed 0, extra 0, unsent 0, twice 0, not comparable 0"
CAREFUL = ("source:gazette", "source:union-exemple OR region:FR-IDF", 'source_name:"Nom 2"', "edited:true", "sources:*")


def make_queries(seed: int, count: int) -> dict[str, SavedQuery]:
    generator = QueryGenerator(seed)
    words = [*CAREFUL, *(generator.query() for _ in range(count))]
    return {f"q{number}": make_query(one) for number, one in enumerate(words)}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_that_happens_later_changes_the_verdict(catalogue: Catalogue, seed: int) -> None:
    history = History(catalogue, seed)
    desk = Desk(catalogue, **make_queries(seed, 20))
    for _ in range(6):
        history.publish(5)
        history.happen(30)
        desk.match()
    told = sum(len(desk.rows(name)) for name in desk.queries)
    history.happen(120)
    audited = desk.audit()

    assert told > 100 and audited.checked > 1000
    assert str(audited) == CLEAN


def test_what_another_source_is_found_to_have_named_counts_from_then_on(catalogue: Catalogue) -> None:
    """Told of gazette's own articles alone, although each is merged with one that gazette named."""
    history = History(catalogue, 5)
    desk = Desk(catalogue, q=make_query("source:gazette"))
    history.publish(12)
    desk.match()
    before = desk.rows("q")
    for _ in range(6):
        history.merge()
    desk.match()

    assert desk.rows("q")[: len(before)] == before
    assert str(desk.audit()) == CLEAN


def test_an_address_counts_from_when_it_is_known_to_lead_to_the_document(catalogue: Catalogue) -> None:
    history = History(catalogue, 9)
    desk = Desk(catalogue, q=make_query("source:gazette AND source:union-exemple"))
    for source in ("gazette", "union-exemple"):
        history.name("https://court.test/abc", source)
    history.publish()
    desk.match()
    history.lead("https://court.test/abc", "d00000")
    history.edit()
    desk.match()

    assert desk.outcomes("q") == {"d00000.2": "told"}
    assert str(desk.audit()) == CLEAN


def test_told_of_one_counts_through_any_number_of_merges(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query())
    newsroom.publish("a", "Un rassemblement.")
    newsroom.publish("b", "Une réunion.")
    newsroom.publish("c", "La police manifeste.")
    desk.match()
    newsroom.merge("b", "c")
    newsroom.merge("a", "b")
    newsroom.edit("a", "La police manifeste.")
    desk.match()

    assert desk.outcomes("q") == {"c.1": "told", "a.2": "already_told"}
    assert str(desk.audit()) == CLEAN


def test_a_document_merged_into_a_withdrawn_one_is_not_told(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query())
    newsroom.publish("a", "Un rassemblement.")
    newsroom.publish("b", "Une réunion.")
    newsroom.publish("c", "La police manifeste.")
    newsroom.merge("b", "c")
    newsroom.merge("a", "b")
    newsroom.withdraw("a")

    desk.match()

    assert desk.outcomes("q") == {}
    with catalogue.read() as transaction:
        assert documents.find_withdrawn(transaction, ["a", "b", "c"]) == {"a", "b", "c"}
    audited = desk.audit()
    assert (str(audited), audited.withdrawn) == (CLEAN, 3)


def test_another_analysis_cannot_be_compared(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query(), other=make_query("marché"))
    newsroom.publish("a", "La police manifeste.")
    newsroom.publish("b", "Le marché rouvre.")
    desk.match()
    with catalogue.write() as transaction:
        transaction.exec_driver_sql("UPDATE query_text SET analyzer = 'older' WHERE query = 'q'")
    desk.register()  # the words hold anew from here, under today's analysis
    newsroom.edit("a", "La police manifeste encore.")
    desk.match()

    audited = desk.audit()

    assert desk.outcomes("q") == {"a.1": "told", "a.2": "already_told"}
    assert str(audited) == "missed 0, extra 0, unsent 0, twice 0, not comparable 2"
    assert audited.is_clean


def test_words_that_cannot_be_asked_any_more_cannot_be_compared(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query())
    newsroom.publish("a", "La police manifeste.")
    desk.match()
    with catalogue.write() as transaction:
        transaction.exec_driver_sql("""UPDATE query_text SET asked = json_set(asked, '$.query', 'police AND (')""")

    assert str(desk.audit()) == "missed 0, extra 0, unsent 0, twice 0, not comparable 1"


def test_what_waits_when_a_query_ends_is_counted_and_told_once_it_is_on_again(
    newsroom: Newsroom, catalogue: Catalogue
) -> None:
    desk = Desk(catalogue, q=make_query(schedule="daily 07:30"))
    press = Press(catalogue, desk)
    newsroom.publish("a", "La police manifeste.")
    assert press.run() == 0  # matched, and its mail is due tomorrow
    kept = desk.queries.pop("q")
    desk.register()
    assert press.run(timedelta(days=2)) == 0

    ended = press.audit()
    desk.queries["q"] = kept
    desk.register()
    assert press.run(timedelta(days=1)) == 1
    again = press.audit()

    assert (str(ended), ended.left_waiting) == (CLEAN, 1)
    (letter,) = press.letters()
    assert "1 nouveau" in letter.subject
    assert again.left_waiting == 0 and not again.missed and not again.extra


def test_a_part_of_the_log_is_audited_by_itself(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query())
    newsroom.publish("a", "La police manifeste.")
    newsroom.edit("a", "La police manifeste encore.")
    desk.match()
    with catalogue.write() as transaction:
        transaction.exec_driver_sql("DELETE FROM match WHERE seq = 2")

    whole, late, later = (
        audit(catalogue, Limits(), desk.analyzer, lambda match: False, since=START + timedelta(seconds=seconds))
        for seconds in (0, 30, 90)
    )

    assert (whole.checked, whole.missed) == (2, ["q: a.2 (change 2)"])
    assert (late.checked, late.missed) == (1, ["q: a.2 (change 2)"])
    assert (later.checked, str(later)) == (0, CLEAN)


def test_each_end_of_a_query_keeps_its_place(newsroom: Newsroom, catalogue: Catalogue) -> None:
    """Queries that begin and end at many places of the log are read in one pass."""
    desk = Desk(catalogue)
    for number in range(12):
        desk.queries[f"q{number}"] = make_query("police", since="2026-01-31" if number % 2 else None)
        if number >= 4:
            del desk.queries[f"q{number - 4}"]
        desk.register()
        newsroom.publish(f"d{number}", "La police manifeste.")
        desk.match()

    audited = desk.audit()

    rows = sum(len(desk.rows(f"q{number}")) for number in range(12))
    assert rows > 40 and audited.checked == rows
    assert str(audited) == CLEAN
    with catalogue.read() as transaction:
        assert len(saved_queries.list_queries(transaction)) == 12
