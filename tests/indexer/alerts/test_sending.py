"""The outbox against a real mail server: each phase may fail, each message ends by name, none is sent twice unsaid."""

import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, outbox
from archive.catalogue.outbox import Letter, Message
from config.mail import Mail
from indexer.alerts.delivery import make_carrier
from indexer.alerts.errors import MailSettingsError
from indexer.alerts.sending import send_due
from tests.indexer.alerts.desk import NOW
from tests.indexer.alerts.mail_server import Inbox, serve

LETTER = Letter("3 nouveaux : préavis", ".une ligne\n..deux\nà bientôt\n", "<p>à bientôt</p>")


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def server(inbox: Inbox) -> Iterator[Mail]:
    with serve(inbox) as port:
        yield Mail(server="127.0.0.1", port=port, security="none", timeout_seconds=1, reply_seconds=1)


class Outbox:
    """One digest to some people, and a clock that is set by hand."""

    def __init__(
        self, catalogue: Catalogue, people: tuple[str, ...] = ("a@exemple.test",), letter: Letter = LETTER
    ) -> None:
        self.catalogue = catalogue
        self.now = NOW
        with catalogue.write() as transaction:
            digest = outbox.add_digest(transaction, "d", NOW, NOW, {"q": people})
            number_of_letter = outbox.add_letter(transaction, digest, letter)
            for number, person in enumerate(people):
                outbox.add_message(
                    transaction, digest, number_of_letter, person, f"<m{number}@exemple.test>", ["q"], NOW
                )

    def send(self, mail: Mail, later: timedelta = timedelta()) -> dict[str, int]:
        self.now += later
        return dict(send_due(self.catalogue, make_carrier(mail), self.clock, jitter=lambda: 0.0))

    def clock(self) -> datetime:
        return self.now

    def messages(self) -> list[Message]:
        with self.catalogue.read() as transaction:
            return outbox.list_messages(transaction, limit=100)[::-1]


def test_a_message_is_sent_once_as_it_was_written(catalogue: Catalogue, server: Mail, inbox: Inbox) -> None:
    box = Outbox(catalogue)

    assert box.send(server) == {"sent": 1}
    assert box.send(server, timedelta(days=1)) == {}

    (mail,) = inbox.taken
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None and html is not None
    assert text.get_content().replace("\r\n", "\n") == LETTER.text
    assert html.get_content().strip() == LETTER.html
    assert (mail["Subject"], mail["Message-ID"], mail["To"]) == (LETTER.subject, "<m0@exemple.test>", "a@exemple.test")
    assert (mail["Auto-Submitted"], mail["List-Id"]) == ("auto-generated", "<q.vigie.localhost.localdomain>")
    assert mail["List-Unsubscribe"].startswith("<mailto:vigie@")


def test_a_password_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("sesame", encoding="utf-8")
    secret.chmod(0o644)
    assert stat.S_IMODE(secret.stat().st_mode) == 0o644
    with pytest.raises(MailSettingsError, match="chmod 600"):
        make_carrier(Mail(server="localhost", user="vigie", password_file=secret))


def test_the_folder_takes_a_message_once_however_often_it_is_written(catalogue: Catalogue, tmp_path: Path) -> None:
    mail = Mail(folder=tmp_path / "mail")
    box = Outbox(catalogue)
    assert box.send(mail) == {"sent": 1}
    with catalogue.write() as transaction:
        outbox.update_message(transaction, box.messages()[0].id, state="pending", next_attempt_at=NOW)
    assert box.send(mail) == {"sent": 1}

    (path,) = (tmp_path / "mail").iterdir()
    read = message_from_bytes(path.read_bytes(), policy=default)
    assert (path.suffix, read["Message-ID"], read["Subject"]) == (".eml", "<m0@exemple.test>", LETTER.subject)


def test_a_folder_that_cannot_be_written_keeps_the_message(catalogue: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file", encoding="utf-8")
    assert Outbox(catalogue).send(Mail(folder=tmp_path / "mail")) == {"pending": 1}
