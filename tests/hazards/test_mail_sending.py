"""Hazards M1 to M5 on a real mail server: each phase may fail, each message ends by name, none is sent twice unsaid."""

import smtplib
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from archive.catalogue import Catalogue, outbox
from config.mail import Mail
from indexer.alerts.notices import tell_operator
from tests.hazards.newsrooms import open_newsroom
from tests.indexer.alerts.conftest import catalogue, newsroom
from tests.indexer.alerts.desk import PERSON, Desk, make_query
from tests.indexer.alerts.mail_server import Inbox, make_certificate, serve
from tests.indexer.alerts.press import Press
from tests.indexer.alerts.test_mail_security import send
from tests.indexer.alerts.test_notices import MAIL, is_due, lose
from tests.indexer.alerts.test_sending import Outbox, inbox, server
from tests.indexer.newsroom import Newsroom
from tests.vigie.program import Program
from tests.vigie.test_alerts import save_query, set_mail

__all__ = ["catalogue", "inbox", "newsroom", "server"]


def test_m1_pauses_grow_while_nobody_listens(catalogue: Catalogue) -> None:
    """A closed port: the message waits 1, 5, 15, 60 minutes, and is given up by name after three days."""
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


def test_m1_a_server_whose_name_is_unknown_keeps_the_message(catalogue: Catalogue) -> None:
    """A name that nobody knows: the message waits, and the reason names host and port."""
    box = Outbox(catalogue)
    assert send(box, Mail(server="nobody.invalid", timeout_seconds=5)) == {"pending": 1}
    assert str(box.messages()[0].said).startswith("connect: nobody.invalid:587")


@contextmanager
def listen_and_say_nothing() -> Iterator[int]:
    """A port whose connections are taken by the system and never answered."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield int(listening.getsockname()[1])


def test_m1_a_server_that_hangs_before_its_greeting_keeps_the_message(catalogue: Catalogue) -> None:
    """A server that takes the connection and says nothing costs the time limit, and the message waits."""
    box = Outbox(catalogue)
    with listen_and_say_nothing() as port:
        hanging = Mail(server="127.0.0.1", port=port, security="none", timeout_seconds=1)
        assert box.send(hanging) == {"pending": 1}

    assert "timed out" in str(box.messages()[0].said) and box.messages()[0].uncertain == 0


def test_m1_the_default_times_are_those_of_the_connection(
    catalogue: Catalogue, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a word in the settings a step has 30 seconds and the answer to the text 10 minutes."""
    seen: list[float | None] = []
    read = smtplib.SMTP.getreply

    def note(server: smtplib.SMTP) -> tuple[int, bytes]:
        assert server.sock is not None
        seen.append(server.sock.gettimeout())
        return read(server)

    monkeypatch.setattr(smtplib.SMTP, "getreply", note)
    with serve(inbox) as port:
        assert Outbox(catalogue).send(Mail(server="127.0.0.1", port=port, security="none")) == {"sent": 1}

    assert set(seen[:-2]) == {30} and 600 in seen[-2:], seen


def make_due(program: Program) -> None:
    """As if the pause were over."""
    with closing(sqlite3.connect(program.data / "catalogue.sqlite", timeout=30)) as connection, connection:
        connection.execute("UPDATE message SET next_attempt_at = made_at")


def test_m1_status_shows_how_long_the_oldest_message_waits(tmp_path: Path) -> None:
    """With the mail server down, `vigie status` says how much waits, since when and why; then all of it leaves."""
    program, inbox = open_newsroom(tmp_path), Inbox()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
    set_mail(program, port)
    save_query(program, "police", since="2020-01-01")
    program.must("alerts", "run")

    shown = program.must("status").out
    said = program.must("status", "--json").json

    assert "1 pending; the oldest waits since" in shown and f"127.0.0.1:{port}" in shown
    assert said["messages"] == {"pending": 1}
    with serve(inbox, at=port):
        make_due(program)
        program.must("alerts", "run")
    assert len(inbox.taken) == 1 and "the oldest waits" not in program.must("status").out


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
def test_m2_a_fault_before_anything_was_taken_is_tried_again_or_final(
    catalogue: Catalogue, server: Mail, inbox: Inbox, phase: str, answer: str, end: str
) -> None:
    """421, 451, hang and close in any phase are tried again and sent once; 5xx ends the message for good."""
    inbox.plan(phase, answer)
    box = Outbox(catalogue)

    assert box.send(server) == {end: 1}
    again = box.send(server, timedelta(hours=1))

    assert again == ({"sent": 1} if end == "pending" else {})
    assert inbox.ids() == (["<m0@exemple.test>"] if end == "pending" else [])
    assert box.messages()[0].uncertain == 0


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("failed", "refusé pour de bon"),
        ("given_up", "abandonné après trois jours"),
        ("uncertain", "envoyé deux fois sans"),
    ],
)
def test_m2_the_operator_is_told_once_of_a_message_that_did_not_leave(
    newsroom: Newsroom, catalogue: Catalogue, state: str, said: str
) -> None:
    """Whatever was refused for good, given up or uncertain twice is told to the operator, in one letter."""
    press = Press(catalogue, Desk(catalogue, q=make_query()), MAIL)
    newsroom.publish("a", "La police manifeste.")
    press.run()
    assert not is_due(catalogue)
    lose(catalogue, state)
    assert is_due(catalogue)
    assert not is_due(catalogue, None)

    assert [tell_operator(catalogue, press.maker) for _ in range(3)] == [1, 0, 0]

    assert not is_due(catalogue)
    assert press.letters()[-1].subject == "Vigie : 1 message n’est pas parti"
    assert f"À {PERSON} (q) : {said}" in press.letters()[-1].text
    assert "recipient: 550 nobody" in press.letters()[-1].text


def test_m3_one_refused_recipient_keeps_nobody_from_the_mail(catalogue: Catalogue, server: Mail, inbox: Inbox) -> None:
    """Of three recipients one is refused: the others have a message each, and nobody sees the others."""
    inbox.refused_people = {"b@exemple.test"}
    box = Outbox(catalogue, ("a@exemple.test", "b@exemple.test", "c@exemple.test"))

    assert box.send(server) == {"sent": 2, "mail_refused": 1}

    assert [(one.recipient, one.state) for one in box.messages()] == [
        ("a@exemple.test", "sent"), ("b@exemple.test", "failed"), ("c@exemple.test", "sent"),
    ]  # fmt: skip
    assert all("," not in mail["To"] and mail["Cc"] is None for mail in inbox.taken)


def test_m4_starttls_with_a_certificate_that_is_trusted(catalogue: Catalogue, inbox: Inbox, tmp_path: Path) -> None:
    """The good case: STARTTLS with a trusted certificate, then login, then the mail."""
    certificate, context = make_certificate(tmp_path / "tls")
    secret = tmp_path / "password"
    secret.write_text("sesame\n", encoding="utf-8")
    secret.chmod(0o600)
    with serve(inbox, tls_context=context, require_starttls=True, authenticator=inbox.authenticate) as port:
        mail = Mail(server="localhost", port=port, certificates=certificate, user="vigie", password_file=secret)
        assert Outbox(catalogue).send(mail) == {"sent": 1}
    assert inbox.logins == ["vigie"]


def test_m4_a_certificate_that_is_not_trusted_ends_before_login_and_mail(
    catalogue: Catalogue, inbox: Inbox, tmp_path: Path
) -> None:
    """A certificate that nobody vouches for: no login, no mail, and the reason is kept."""
    _, context = make_certificate(tmp_path / "tls")
    with serve(inbox, tls_context=context, authenticator=inbox.authenticate) as port:
        box = Outbox(catalogue)
        assert box.send(Mail(server="localhost", port=port, timeout_seconds=2)) == {"pending": 1}
    assert "tls: the certificate" in str(box.messages()[0].said)
    assert (inbox.logins, inbox.taken) == ([], [])


def test_m4_a_certificate_of_another_name_is_refused(catalogue: Catalogue, inbox: Inbox, tmp_path: Path) -> None:
    """A trusted certificate of another host is refused."""
    certificate, context = make_certificate(tmp_path / "tls", "autre.exemple.test")
    with serve(inbox, tls_context=context) as port:
        assert Outbox(catalogue).send(Mail(server="localhost", port=port, certificates=certificate)) == {"pending": 1}
    assert inbox.taken == []


def test_m4_a_server_without_starttls_gets_nothing(catalogue: Catalogue, inbox: Inbox, server: Mail) -> None:
    """TLS asked for and not offered: nothing is sent."""
    box = Outbox(catalogue)
    assert box.send(server.model_copy(update={"security": "starttls"})) == {"pending": 1}
    assert "no STARTTLS" in str(box.messages()[0].said)
    assert inbox.taken == []


@pytest.mark.parametrize("name", ["localhost", "autre.exemple.test"])
def test_m4_tls_from_the_first_byte_with_a_certificate_that_is_not_trusted(
    catalogue: Catalogue, inbox: Inbox, tmp_path: Path, name: str
) -> None:
    """The same with TLS from the first byte: unknown to this machine, or made for another name."""
    certificate, context = make_certificate(tmp_path / "tls", name)
    known = certificate if name != "localhost" else None
    box = Outbox(catalogue)
    with serve(inbox, ssl_context=context, authenticator=inbox.authenticate, auth_require_tls=False) as port:
        mail = Mail(server="localhost", port=port, security="tls", user="vigie", certificates=known, timeout_seconds=2)
        assert send(box, mail, "sesame") == {"pending": 1}

    assert "tls: the certificate" in str(box.messages()[0].said)
    assert (inbox.logins, inbox.taken) == ([], [])


def test_m4_a_server_that_offers_a_login_but_no_tls_gets_no_password(catalogue: Catalogue, inbox: Inbox) -> None:
    """As when somebody on the way strikes out STARTTLS: the password stays here."""
    box = Outbox(catalogue)
    with serve(inbox, authenticator=inbox.authenticate, auth_require_tls=False) as port:
        assert send(box, Mail(server="127.0.0.1", port=port, user="vigie"), "sesame") == {"pending": 1}

    assert "no STARTTLS" in str(box.messages()[0].said)
    assert (inbox.logins, inbox.taken) == ([], [])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"server": "mail.exemple.test", "security": "none"}, "starttls or tls"),
        ({"server": "192.0.2.7", "security": "none"}, "starttls or tls"),
        ({"server": "localhost", "security": "none", "user": "vigie"}, "starttls or tls where there is a login"),
    ],
)
def test_m4_settings_that_would_send_in_clear_are_refused(values: dict[str, str], expected: str) -> None:
    """Settings that would send mail or password over the network in clear are refused."""
    with pytest.raises(ValidationError) as refused:
        Mail.model_validate(values)
    assert expected in str(refused.value.errors()[0]["ctx"])


@pytest.mark.parametrize("answer", ["hang", "close"])
def test_m5_no_answer_after_the_text_is_sent_once_more_under_the_same_id(
    catalogue: Catalogue, server: Mail, inbox: Inbox, answer: str
) -> None:
    """Hang or close after the final dot: uncertain, sent once more with the same Message-ID, and counted."""
    inbox.plan("answer", answer)
    box = Outbox(catalogue)

    assert box.send(server) == {"uncertain": 1}
    assert box.send(server, timedelta(minutes=2)) == {"sent": 1}

    assert inbox.ids() == ["<m0@exemple.test>"] * 2
    assert [(one.state, one.uncertain) for one in box.messages()] == [("sent", 1)]


def test_m5_uncertain_twice_is_not_sent_a_third_time(catalogue: Catalogue, server: Mail, inbox: Inbox) -> None:
    """Uncertain twice ends there."""
    inbox.plan("answer", "close", "close")
    box = Outbox(catalogue)

    box.send(server)
    box.send(server, timedelta(minutes=2))

    assert box.send(server, timedelta(days=1)) == {}
    assert box.messages()[0].state == "uncertain"


def test_m5_a_process_that_died_with_the_text_on_its_way(catalogue: Catalogue, server: Mail, inbox: Inbox) -> None:
    """A crash between the text and its record is uncertain too, and sent once more."""
    box = Outbox(catalogue)
    with catalogue.write() as transaction:
        outbox.update_message(transaction, box.messages()[0].id, state="sending")

    assert box.send(server) == {"uncertain": 1, "sent": 1}
    assert box.messages()[0].uncertain == 1
