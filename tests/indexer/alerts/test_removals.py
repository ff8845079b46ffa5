"""Removals of documents told before: each told once, to queries that ask, and audited like everything else."""

import pytest

from archive.catalogue import Catalogue
from tests.indexer.alerts.desk import Desk, make_query
from tests.indexer.newsroom import Newsroom

CLEAN = "missed 0, extra 0, unsent 0, twice 0, not comparable 0"


def told(desk: Desk, query: str = "q") -> list[tuple[str, str, str]]:
    return [(one.document, one.kind, one.outcome) for one in desk.rows(query)]


def test_what_was_told_and_is_removed_and_restored_is_told_once_each(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query(on_removal="mail"), silent=make_query())
    newsroom.publish("a", "La police manifeste.")
    newsroom.publish("other", "Le marché couvert rouvre.")
    desk.match()
    for name in ("a", "other"):
        newsroom.take_offline(name)
    desk.match()
    newsroom.put_back("a")
    newsroom.put_back("other")
    desk.match()

    assert desk.match().counts == {}
    assert told(desk) == [("a", "version", "told"), ("a", "removed", "told"), ("a", "restored", "told")]
    assert told(desk, "silent") == [("a", "version", "told")]
    assert str(desk.audit()) == CLEAN


def test_a_page_that_goes_again_is_news_again(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query(on_removal="mail"))
    newsroom.publish("a", "La police manifeste.")
    for _ in range(2):
        newsroom.take_offline("a")
        newsroom.put_back("a")

    desk.match()

    assert [kind for _, kind, _ in told(desk)] == ["version", "removed", "restored", "removed", "restored"]
    assert str(desk.audit()) == CLEAN


def test_a_removal_before_the_document_was_told_says_nothing(newsroom: Newsroom, catalogue: Catalogue) -> None:
    """All in one batch: the order in the log decides, not what is known in the end."""
    desk = Desk(catalogue, q=make_query(on_removal="mail"))
    newsroom.publish("a", "Un rassemblement.")
    newsroom.take_offline("a")
    newsroom.put_back("a")
    newsroom.edit("a", "Un rassemblement de la police.")

    desk.match()

    assert told(desk) == [("a", "version", "told")]
    assert str(desk.audit()) == CLEAN


def test_a_removal_under_the_name_of_the_article_it_was_merged_into(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query(on_removal="mail"))
    newsroom.publish("a", "Un rassemblement.")
    newsroom.publish("b", "La police manifeste.")
    newsroom.merge("a", "b")
    desk.match()
    newsroom.take_offline("a")

    desk.match()

    assert told(desk) == [("b", "version", "told"), ("a", "removed", "told")]
    assert str(desk.audit()) == CLEAN


def test_a_withdrawn_document_is_not_told_of_and_audited_as_withdrawn(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query(on_removal="mail"))
    newsroom.publish("a", "La police manifeste.")
    newsroom.publish("b", "La police manifeste.")
    desk.match()
    newsroom.take_offline("a")
    newsroom.take_offline("b")
    newsroom.withdraw("a")
    desk.match()
    newsroom.withdraw("b")

    assert told(desk) == [("a", "version", "told"), ("b", "version", "told"), ("b", "removed", "told")]
    assert str(desk.audit()) == CLEAN


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DELETE FROM match WHERE kind = 'removed'", "missed 1, extra 0"),
        ("UPDATE match SET outcome = 'counted' WHERE kind = 'removed'", "missed 1, extra 0"),
        ("INSERT INTO match SELECT query, 'b', 1, 2, matched_at, 'told', NULL, 'removed' FROM match LIMIT 1",
         "missed 0, extra 1"),
    ],
)  # fmt: skip
def test_the_audit_finds_removals_that_are_missing_or_invented(
    newsroom: Newsroom, catalogue: Catalogue, damage: str, said: str
) -> None:
    desk = Desk(catalogue, q=make_query(on_removal="mail"))
    newsroom.publish("a", "La police manifeste.")
    newsroom.publish("b", "Le marché couvert rouvre.")
    newsroom.take_offline("a")
    desk.match()
    with catalogue.write() as transaction:
        transaction.exec_driver_sql(damage)

    assert str(desk.audit()).startswith(said)
