"""Digests: once a turn, one message a recipient, everything told, hostile titles harmless."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, outbox
from tests.indexer.alerts.desk import Desk, make_query
from tests.indexer.alerts.press import Press
from tests.indexer.newsroom import Newsroom


def test_at_once_tells_each_recipient_once(newsroom: Newsroom, catalogue: Catalogue) -> None:
    press = Press(catalogue, Desk(catalogue, q=make_query("préavis", recipients=["a@x.test", "b@x.test"])))
    newsroom.publish("a", "Le syndicat dépose un préavis.", "Préavis au commissariat")

    assert (press.run(), press.run()) == (2, 0)

    assert [one.recipient for one in press.messages()] == ["a@x.test", "b@x.test"]
    assert len({one.message_id for one in press.messages()}) == 2
    letter = press.letters()[0]
    assert letter.subject == "1 nouveau : préavis (Gazette du Lac)"
    assert "*Préavis* au commissariat" in letter.text and "https://lac.test/a" in letter.text
    assert ">Préavis</mark> au commissariat</a>" in letter.html
    assert "Auvergne-Rhône-Alpes" in letter.text


def test_a_daily_digest_waits_for_its_turn_and_comes_once(newsroom: Newsroom, catalogue: Catalogue) -> None:
    press = Press(catalogue, Desk(catalogue, q=make_query(schedule="daily 07:30")))
    newsroom.publish("a", "La police manifeste.")
    assert press.run() == 0

    assert press.run(timedelta(hours=20)) == 1
    newsroom.publish("b", "La police manifeste encore.")
    assert press.run(timedelta(hours=1)) == 0
    assert not press.audit().unsent or all("is pending" in one for one in press.audit().unsent)
    assert press.run(timedelta(days=3)) == 1, "three missed turns are one"
    assert press.run() == 0


@pytest.mark.parametrize("night", [datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 10, 24, 20, tzinfo=UTC)])
def test_the_nights_on_which_clocks_change_have_one_digest(
    newsroom: Newsroom, catalogue: Catalogue, night: datetime
) -> None:
    desk = Desk(catalogue)
    desk.now = night
    desk.queries["q"] = make_query(schedule="daily 02:30", when_empty="say_so")
    desk.register()
    press = Press(catalogue, desk)

    assert sum(press.run(timedelta(minutes=10)) for _ in range(6 * 24)) == 1
    assert press.letters()[0].subject == "Rien de nouveau : police"


def test_queries_of_one_digest_share_a_mail_and_each_person_reads_their_own(
    newsroom: Newsroom, catalogue: Catalogue
) -> None:
    both = {"schedule": "daily 07:30", "digest": "matin"}
    press = Press(
        catalogue,
        Desk(
            catalogue, p=make_query("police", recipients=["a@x.test", "b@x.test"], **both),
            q=make_query("pompiers", recipients=["a@x.test"], **both),
        ),
    )  # fmt: skip
    newsroom.publish("a", "La police manifeste.")
    newsroom.publish("b", "Les pompiers manifestent.")

    assert press.run(timedelta(days=1)) == 2

    told = {one.recipient: one.queries for one in press.messages()}
    assert told == {"a@x.test": ("p", "q"), "b@x.test": ("p",)}
    for message, letter in zip(press.messages(), press.letters(), strict=True):
        assert ("POMPIERS" in letter.text) == (message.recipient == "a@x.test")


def test_copies_of_one_text_stand_as_one_line(newsroom: Newsroom, catalogue: Catalogue) -> None:
    press = Press(catalogue, Desk(catalogue, q=make_query()))
    for name in ("a", "b", "c"):
        newsroom.publish(name, "La police manifeste à Valbrune.", f"Titre {name}")

    press.run()

    (letter,) = press.letters()
    assert letter.subject.startswith("3 nouveaux")
    assert letter.text.count("manifeste à Valbrune") == 1
    assert "Aussi : Titre a" in letter.text and "Aussi : Titre b" in letter.text


def test_what_is_only_counted_sends_nothing_and_goes_with_the_next_mail(
    newsroom: Newsroom, catalogue: Catalogue
) -> None:
    press = Press(catalogue, Desk(catalogue, q=make_query()))
    newsroom.publish("a", "Un rassemblement.")
    newsroom.find_older("a", "La police manifeste.")
    assert press.run() == 0

    newsroom.publish("b", "La police manifeste encore.")
    assert press.run() == 1
    assert "+ 1 article ancien" in press.letters()[0].text


def test_the_mail_ends_with_what_could_not_be_seen(newsroom: Newsroom, catalogue: Catalogue) -> None:
    press = Press(catalogue, Desk(catalogue, q=make_query()), unseen=["Estuaire Infos : bloqué depuis le 3 mars"])
    newsroom.publish("a", "La police manifeste.")
    press.run()
    assert "Estuaire Infos : bloqué depuis le 3 mars" in press.letters()[0].text
    assert "Estuaire Infos : bloqué depuis le 3 mars" in press.letters()[0].html


def test_the_audit_follows_a_match_to_each_recipients_message(newsroom: Newsroom, catalogue: Catalogue) -> None:
    press = Press(catalogue, Desk(catalogue, q=make_query(recipients=["a@x.test", "b@x.test"])))
    newsroom.publish("a", "La police manifeste.")
    press.desk.match()
    press.desk.now += timedelta(minutes=1)
    assert press.audit().unsent == ["q: a.1 (change 1): in no digest"]

    press.run()
    first, second = press.messages()
    with catalogue.write() as transaction:
        outbox.update_message(transaction, first.id, state="sent", next_attempt_at=None)
    assert [one for one in press.audit().unsent if "b@x.test is pending" in one]
    assert len(press.audit().unsent) == 1

    with catalogue.write() as transaction:
        transaction.exec_driver_sql("DELETE FROM message WHERE recipient = 'b@x.test'")
    assert press.audit().unsent == ["q: digest 1 has no message to b@x.test"]
    assert second.recipient == "b@x.test"


def test_templates_travel_with_the_package() -> None:
    project = (Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8")
    assert '"alerts/templates/*.j2"' in project
