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
from tests.indexer.alerts.mail_server import Inbox, make_certificate, serve

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

    def __init__(self, catalogue: Catalogue, people: tuple[str, ...] = ("a@exemple.test",)) -> None:
        self.catalogue = catalogue
        self.now = NOW
        with catalogue.write() as transaction:
            digest = outbox.add_digest(transaction, "d", NOW, NOW, {"q": people})
            letter = outbox.add_letter(transaction, digest, LETTER)
            for number, person in enumerate(people):
                outbox.add_message(transaction, digest, letter, person, f"<m{number}@exemple.test>", ["q"], NOW)

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


def test_nobody_listens_then_pauses_grow_until_three_days_have_passed(catalogue: Catalogue) -> None:
    nobody = Mail(server="127.0.0.1", port=9, security="none", timeout_seconds=1)
    box = Outbox(catalogue)
    pauses = []
    for _ in range(6):
        assert box.send(nobody) == {"pending": 1}
        (message,) = box.messages()
        assert message.next_attempt_at is not None
        pauses.append((message.next_attempt_at - box.now) / timedelta(minutes=1))
        assert box.send(nobody) == {}
        box.now = message.next_attempt_at

    assert pauses == [1, 5, 15, 60, 60, 60]
    assert box.send(nobody, timedelta(days=3)) == {"mail_given_up": 1}
    assert [(one.state, one.next_attempt_at) for one in box.messages()] == [("given_up", None)]


@pytest.mark.parametrize(
    ("phase", "answer", "end"),
    [
        ("greeting", "451 later", "pending"),
        ("greeting", "hang", "pending"),
        ("greeting", "close", "pending"),
        ("sender", "451 later", "pending"),
        ("sender", "550 not you", "mail_refused"),
        ("recipient", "450 mailbox busy", "pending"),
        ("recipient", "550 nobody", "mail_refused"),
        ("recipient", "hang", "pending"),
        ("recipient", "close", "pending"),
        ("text", "451 later", "pending"),
        ("text", "421 closing", "pending"),
        ("text", "554 looks like spam", "mail_refused"),
    ],
)
def test_a_fault_before_anything_was_taken_is_tried_again_or_final(
    catalogue: Catalogue, server: Mail, inbox: Inbox, phase: str, answer: str, end: str
) -> None:
    inbox.plan(phase, answer)
    box = Outbox(catalogue)

    assert box.send(server) == {end: 1}
    again = box.send(server, timedelta(hours=1))

    assert again == ({"sent": 1} if end == "pending" else {})
    assert inbox.ids() == (["<m0@exemple.test>"] if end == "pending" else [])
    assert box.messages()[0].uncertain == 0


@pytest.mark.parametrize("answer", ["hang", "close"])
def test_no_answer_after_the_text_is_uncertain_and_sent_once_more_under_the_same_id(
    catalogue: Catalogue, server: Mail, inbox: Inbox, answer: str
) -> None:
    inbox.plan("answer", answer)
    box = Outbox(catalogue)

    assert box.send(server) == {"uncertain": 1}
    assert box.send(server, timedelta(minutes=2)) == {"sent": 1}

    assert inbox.ids() == ["<m0@exemple.test>"] * 2
    assert [(one.state, one.uncertain) for one in box.messages()] == [("sent", 1)]


def test_uncertain_twice_is_not_sent_a_third_time(catalogue: Catalogue, server: Mail, inbox: Inbox) -> None:
    inbox.plan("answer", "close", "close")
    box = Outbox(catalogue)

    box.send(server)
    box.send(server, timedelta(minutes=2))

    assert box.send(server, timedelta(days=1)) == {}
    assert box.messages()[0].state == "uncertain"


def test_a_process_that_died_with_the_text_on_its_way(catalogue: Catalogue, server: Mail, inbox: Inbox) -> None:
    box = Outbox(catalogue)
    with catalogue.write() as transaction:
        outbox.update_message(transaction, box.messages()[0].id, state="sending")

    assert box.send(server) == {"uncertain": 1, "sent": 1}
    assert box.messages()[0].uncertain == 1


def test_one_refused_recipient_keeps_nobody_from_the_mail(catalogue: Catalogue, server: Mail, inbox: Inbox) -> None:
    inbox.refused_people = {"b@exemple.test"}
    box = Outbox(catalogue, ("a@exemple.test", "b@exemple.test", "c@exemple.test"))

    assert box.send(server) == {"sent": 2, "mail_refused": 1}

    assert [(one.recipient, one.state) for one in box.messages()] == [
        ("a@exemple.test", "sent"), ("b@exemple.test", "failed"), ("c@exemple.test", "sent"),
    ]  # fmt: skip
    assert all("," not in mail["To"] and mail["Cc"] is None for mail in inbox.taken)


def test_starttls_with_a_certificate_that_is_trusted(catalogue: Catalogue, inbox: Inbox, tmp_path: Path) -> None:
    certificate, context = make_certificate(tmp_path / "tls")
    secret = tmp_path / "password"
    secret.write_text("sesame\n", encoding="utf-8")
    secret.chmod(0o600)
    with serve(inbox, tls_context=context, require_starttls=True, authenticator=inbox.authenticate) as port:
        mail = Mail(server="localhost", port=port, certificates=certificate, user="vigie", password_file=secret)
        assert Outbox(catalogue).send(mail) == {"sent": 1}
    assert inbox.logins == ["vigie"]


def test_a_certificate_that_is_not_trusted_ends_before_login_and_mail(
    catalogue: Catalogue, inbox: Inbox, tmp_path: Path
) -> None:
    _, context = make_certificate(tmp_path / "tls")
    with serve(inbox, tls_context=context, authenticator=inbox.authenticate) as port:
        box = Outbox(catalogue)
        assert box.send(Mail(server="localhost", port=port, timeout_seconds=2)) == {"pending": 1}
    assert "tls: the certificate" in str(box.messages()[0].said)
    assert (inbox.logins, inbox.taken) == ([], [])


def test_a_certificate_of_another_name_is_refused(catalogue: Catalogue, inbox: Inbox, tmp_path: Path) -> None:
    certificate, context = make_certificate(tmp_path / "tls", "autre.exemple.test")
    with serve(inbox, tls_context=context) as port:
        assert Outbox(catalogue).send(Mail(server="localhost", port=port, certificates=certificate)) == {"pending": 1}
    assert inbox.taken == []


def test_a_server_without_starttls_gets_nothing(catalogue: Catalogue, inbox: Inbox, server: Mail) -> None:
    box = Outbox(catalogue)
    assert box.send(server.model_copy(update={"security": "starttls"})) == {"pending": 1}
    assert "no STARTTLS" in str(box.messages()[0].said)
    assert inbox.taken == []


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
