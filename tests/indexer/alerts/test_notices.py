"""The operator is told once of what needs a person: a query that cannot be asked, messages that did not leave."""

from typing import Any

import sqlalchemy as sa

from archive.catalogue import Catalogue, outbox
from config.mail import Mail
from indexer.alerts.notices import is_notice_due, tell_operator
from tests.indexer.alerts.desk import NOW, Desk, make_query
from tests.indexer.alerts.press import Press
from tests.indexer.newsroom import Newsroom

OPERATOR = "garde@exemple.test"
MAIL = Mail(operator=OPERATOR)


def lose(catalogue: Catalogue, state: str, said: str = "recipient: 550 nobody") -> None:
    """Every message that waits ends like this."""
    with catalogue.write() as transaction:
        for one in outbox.list_messages(transaction, limit=1000):
            if one.state == "pending":
                values = {"state": state, "said": said, "ended_at": NOW, "next_attempt_at": None}
                outbox.update_message(transaction, one.id, **values)


def is_due(catalogue: Catalogue, operator: str | None = OPERATOR) -> bool:
    with catalogue.read() as transaction:
        return is_notice_due(transaction, operator)


def test_many_lost_messages_are_one_notice(newsroom: Newsroom, catalogue: Catalogue) -> None:
    people = [f"p{number}@x.test" for number in range(30)]
    press = Press(catalogue, Desk(catalogue, q=make_query(recipients=people)), MAIL)
    newsroom.publish("a", "La police manifeste.")
    press.run()
    lose(catalogue, "failed", "text: 554 <script>\r\nspam")

    assert tell_operator(catalogue, press.maker) == 1

    letter = press.letters()[-1]
    assert letter.subject == "Vigie : 30 messages ne sont pas partis"
    assert letter.text.count("refusé pour de bon") == 20 and "10 autres messages" in letter.text
    assert "<script>" not in letter.html


def test_a_notice_that_is_lost_itself_makes_no_other(newsroom: Newsroom, catalogue: Catalogue) -> None:
    press = Press(catalogue, Desk(catalogue, q=make_query()), MAIL)
    newsroom.publish("a", "La police manifeste.")
    press.run()
    lose(catalogue, "failed")
    tell_operator(catalogue, press.maker)
    lose(catalogue, "failed")

    assert not is_due(catalogue)
    assert tell_operator(catalogue, press.maker) == 0


def test_without_an_operator_nothing_is_written(newsroom: Newsroom, catalogue: Catalogue) -> None:
    press = Press(catalogue, Desk(catalogue, bad=make_query("police AND (")))
    assert tell_operator(catalogue, press.maker) == 0
    assert press.messages() == []


def test_the_operator_reads_english_where_the_settings_say_so(newsroom: Newsroom, catalogue: Catalogue) -> None:
    press = Press(catalogue, Desk(catalogue, bad=make_query("police AND (")), Mail(operator=OPERATOR, language="en"))
    tell_operator(catalogue, press.maker)
    assert press.letters()[0].subject == "Vigie: the saved search “bad” has stopped"


def test_the_look_for_lost_messages_reads_none_that_were_sent(catalogue: Catalogue) -> None:
    """It happens every few seconds, over an outbox that grows for years."""
    asked: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        asked.append((statement, parameters))

    with catalogue.read() as transaction:
        sa.event.listen(transaction.engine, "before_cursor_execute", note)
        is_notice_due(transaction, OPERATOR)
        sa.event.remove(transaction.engine, "before_cursor_execute", note)
        ((statement, parameters),) = asked
        plan = transaction.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()

    assert any("message_to_report" in row[3] for row in plan), plan
