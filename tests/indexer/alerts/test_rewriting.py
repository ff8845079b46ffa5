"""Letters that wait when something they tell is withdrawn: emptied at once, written anew, or ended by name."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, outbox
from config.mail import Mail
from config.webhook import Webhook
from indexer.alerts.delivery import make_carrier
from indexer.alerts.rewriting import rewrite_outdated
from indexer.alerts.sending import send_due
from indexer.alerts.ways import Ways
from indexer.alerts.webhooks import WebhookCarrier
from tests.indexer.alerts.desk import Desk, make_query
from tests.indexer.alerts.press import Press
from tests.indexer.alerts.test_webhooks import KEY
from tests.indexer.alerts.webhook_server import Hook, serve_hook
from tests.indexer.newsroom import Newsroom

HOUR = timedelta(hours=1)
Send = Callable[[], tuple[list[str], list[str]]]


@pytest.fixture
def hook() -> Iterator[tuple[Hook, int]]:
    taking = Hook()
    with serve_hook(taking) as port:
        yield taking, port


@pytest.fixture
def press(newsroom: Newsroom, catalogue: Catalogue, hook: tuple[Hook, int]) -> Press:
    """Two articles told in one digest, by mail and by webhook; nothing has left."""
    webhook = {"url": f"http://127.0.0.1:{hook[1]}/"}
    made = Press(catalogue, Desk(catalogue, q=make_query("police", webhook=webhook, recipients=["a@x.test"])))
    newsroom.publish("a", "La police manifeste.", "Premier article")
    newsroom.publish("b", "La police défile.", "Second article")
    assert made.run() == 2
    return made


@pytest.fixture
def send(press: Press, hook: tuple[Hook, int], tmp_path: Path) -> Send:
    """Send what is due; gives the texts of all mails and all posts so far."""
    taking, port = hook
    url = f"http://127.0.0.1:{port}/"
    posts = WebhookCarrier({url: Webhook(url=url)}, KEY, frozenset({f"127.0.0.1:{port}"}), "V", lambda: press.desk.now)
    ways = Ways(make_carrier(Mail(folder=tmp_path / "mail")), posts)

    def send() -> tuple[list[str], list[str]]:
        send_due(press.catalogue, ways, lambda: press.desk.now)
        files = sorted((tmp_path / "mail").glob("*.eml"))
        mails = [message_from_bytes(path.read_bytes(), policy=default).get_body(("plain",)) for path in files]
        return [part.get_content() for part in mails if part], [one.body.decode() for one in taking.posted]

    return send


def rewrite(press: Press) -> None:
    rewrite_outdated(press.catalogue, press.desk.queries, press.desk.watched, press.maker)


def test_nothing_leaves_before_it_was_written_anew(press: Press, newsroom: Newsroom, send: Send) -> None:
    newsroom.withdraw("a")

    assert {one.text for one in press.letters()} == {""}, "emptied at once"
    assert send() == ([], [])
    rewrite(press)

    (mail,), (posted,) = send()
    assert "Second article" in mail and "Premier" not in mail
    assert [one["title"] for report in json.loads(posted)["data"]["queries"] for one in report["articles"]] == [
        "Second article"
    ]
    assert press.audit().is_clean


@pytest.mark.parametrize("anew", [False, True])
def test_what_is_withdrawn_while_a_letter_is_written_is_not_sent(
    catalogue: Catalogue, newsroom: Newsroom, press: Press, send: Send, anew: bool
) -> None:
    # given: the second article is withdrawn between the reading of the articles and the writing of the letter
    waiting = ["b"]

    def withdraw_once(phrases: object, since: object) -> list[str]:
        while waiting:
            newsroom.withdraw(waiting.pop())
        return []

    press.maker = replace(press.maker, unseen=withdraw_once)
    if anew:
        newsroom.withdraw("a")
    else:
        newsroom.publish("b2", "La police partout.", "Troisième article")
        newsroom.merge("b", "b2")
        press.run(HOUR)
    rewrite(press)

    mails, posts = send()
    assert not any("Second" in text or "Troisième" in text for text in [*mails, *posts])
    assert press.audit().is_clean


def test_where_nothing_is_left_the_messages_end_by_name(press: Press, newsroom: Newsroom, send: Send) -> None:
    newsroom.merge("a", "b")
    newsroom.withdraw("a")
    rewrite(press)

    assert [one.state for one in press.messages()] == ["withdrawn", "withdrawn"]
    assert send() == ([], []) and press.audit().is_clean
    with press.catalogue.read() as transaction:
        assert outbox.list_unreported(transaction, 10) == []


def test_found_to_be_a_withdrawn_article_counts_as_withdrawn(press: Press, newsroom: Newsroom, send: Send) -> None:
    send()
    newsroom.publish("c", "La police encore.", "Troisième")
    press.run(HOUR)
    newsroom.withdraw("a")
    newsroom.merge("a", "c")
    rewrite(press)

    assert [one.state for one in press.messages()] == ["sent", "sent", "withdrawn", "withdrawn"]


def test_a_letter_that_left_stays_as_it_was(press: Press, newsroom: Newsroom, send: Send) -> None:
    send()
    newsroom.withdraw("a")
    rewrite(press)

    assert all("Premier article" in one.text for one in press.letters())


def test_while_mail_is_paused_nothing_leaves(press: Press, send: Send) -> None:
    with press.catalogue.write() as transaction:
        outbox.pause_mail(transaction, "essai", press.desk.now)
    assert send() == ([], [])
    with press.catalogue.write() as transaction:
        assert outbox.resume_mail(transaction) and not outbox.resume_mail(transaction)
    assert [len(one) for one in send()] == [1, 1]
