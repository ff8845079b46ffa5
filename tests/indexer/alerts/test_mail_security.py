"""No login and no mail without verified TLS, wherever the password stands; what is wrong is said in a sentence."""

from pathlib import Path

import pytest

from archive.catalogue import Catalogue
from config.mail import Mail
from indexer.alerts.delivery import make_carrier
from indexer.alerts.errors import MailSettingsError
from indexer.alerts.sending import send_due
from tests.indexer.alerts.mail_server import Inbox, make_certificate, serve
from tests.indexer.alerts.test_sending import Outbox


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def send(box: Outbox, mail: Mail, password: str | None = None) -> dict[str, int]:
    carrier = make_carrier(mail, password=password)
    return dict(send_due(box.catalogue, carrier, box.clock, jitter=lambda: 0.0))


def test_tls_from_the_first_byte_with_the_password_from_the_environment(
    catalogue: Catalogue, inbox: Inbox, tmp_path: Path
) -> None:
    certificate, context = make_certificate(tmp_path / "tls")
    with serve(inbox, ssl_context=context, authenticator=inbox.authenticate, auth_require_tls=False) as port:
        mail = Mail(server="localhost", port=port, security="tls", certificates=certificate, user="vigie")
        assert send(Outbox(catalogue), mail, "sesame") == {"sent": 1}

    assert inbox.logins == ["vigie"]
    assert inbox.ids() == ["<m0@exemple.test>"]


def test_a_wrong_password_keeps_the_message(catalogue: Catalogue, inbox: Inbox, tmp_path: Path) -> None:
    certificate, context = make_certificate(tmp_path / "tls")
    box = Outbox(catalogue)
    with serve(inbox, tls_context=context, require_starttls=True, authenticator=inbox.authenticate) as port:
        mail = Mail(server="localhost", port=port, certificates=certificate, user="vigie")
        assert send(box, mail, "wrong") == {"pending": 1}

    assert str(box.messages()[0].said).startswith("login: 535")
    assert inbox.taken == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_password_file_that_others_can_read_is_not_used(tmp_path: Path, mode: int) -> None:
    secret = tmp_path / "password"
    secret.write_text("sesame", encoding="utf-8")
    secret.chmod(mode)
    with pytest.raises(MailSettingsError, match=r"others can read the password. Run `chmod 600 "):
        make_carrier(Mail(server="localhost", user="vigie", password_file=secret))


def test_a_password_that_is_nowhere_is_said(tmp_path: Path) -> None:
    missing = tmp_path / "password"
    with pytest.raises(MailSettingsError, match="Write the password of the mail server into it"):
        make_carrier(Mail(server="localhost", user="vigie", password_file=missing))
    with pytest.raises(MailSettingsError, match=r'mail.user: "vigie" has no password. Set VIGIE_MAIL_PASSWORD'):
        make_carrier(Mail(server="localhost", user="vigie"))


def test_an_empty_password_file_is_said(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("\n", encoding="utf-8")
    secret.chmod(0o600)
    with pytest.raises(MailSettingsError, match="holds no password"):
        make_carrier(Mail(server="localhost", user="vigie", password_file=secret))


def test_a_file_that_holds_no_certificates_is_said(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing", encoding="utf-8")
    with pytest.raises(MailSettingsError, match="no certificates in PEM"):
        make_carrier(Mail(server="localhost", certificates=tmp_path / "ca.pem"))
