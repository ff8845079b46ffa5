"""How one message leaves: into a folder, or to a mail server, with the phase told apart in which something went wrong.

Before the text is sent, a fault means that nothing was taken and it may be tried again. Once the text is on the way and
no answer comes, nobody can know: that end is `uncertain`. TLS is verified, and no login or mail travels without it.
"""

import hashlib
import os
import re
import smtplib
import ssl
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Literal, Protocol

from archive.catalogue.outbox import Letter, Message
from config.mail import PASSWORD, Mail
from indexer.alerts.errors import MailSettingsError
from indexer.alerts.headers import WholeSubjects
from indexer.alerts.wording import SUBJECT_CHARACTERS, clean

Phase = Literal["connect", "greeting", "tls", "login", "sender", "recipient", "data", "text", "folder", "settings"]
End = Literal["sent", "pending", "uncertain", "failed", "given_up"]

SEVEN_BITS = "7bit"  # servers without 8BITMIME exist; everything else is encoded

_LINE_DOT = re.compile(rb"^\.", re.MULTILINE)  # a line with a single dot would end the message


@dataclass(frozen=True)
class Delivery:
    """How one attempt ended, in which phase, what was said, and the least wait that was asked for."""

    end: End
    phase: Phase
    said: str
    wait: timedelta = timedelta()


class Carrier(Protocol):
    """Takes one message. `before_text` is called before anything of it may be taken."""

    def deliver(self, message: Message, letter: Letter, before_text: Callable[[], None]) -> Delivery: ...


def build_mail(settings: Mail, message: Message, letter: Letter) -> EmailMessage:
    """The message as it travels: plain text and HTML, headers that mail programs use for lists and robots."""
    mail = EmailMessage(policy=WholeSubjects(cte_type=SEVEN_BITS))
    mail["From"] = f"Vigie <{settings.sender}>"
    mail["To"] = message.recipient
    # cleaned when it was written; once more, since a line end here would stop all mail behind it
    subject = clean(letter.subject, SUBJECT_CHARACTERS)
    mail["Subject"] = subject.replace("=?", "= ?")  # a title may look like an encoded header that hides signs
    mail["Date"] = format_datetime(message.made_at)
    mail["Message-ID"] = message.message_id
    domain = settings.sender.rpartition("@")[2]
    mail["List-Id"] = f"<{'-'.join(message.queries[:1]) or 'vigie'}.vigie.{domain}>"
    mail["List-Unsubscribe"] = f"<mailto:{settings.sender}?subject=unsubscribe>"
    mail["Auto-Submitted"] = "auto-generated"
    # readable in a file, and never longer by a third as base64 is
    mail.set_content(letter.text, cte="quoted-printable")
    mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return mail


class FolderCarrier:
    """Puts each message into a folder as one .eml file, named by its Message-ID: put twice, it is there once."""

    def __init__(self, settings: Mail) -> None:
        self._settings = settings

    def deliver(self, message: Message, letter: Letter, before_text: Callable[[], None]) -> Delivery:
        """Write the file whole or not at all. Written again it is the same file, so no end of it is uncertain."""
        folder = self._settings.folder
        name = hashlib.sha256(message.message_id.encode()).hexdigest()[:12]
        path = folder / f"{message.made_at:%Y%m%d-%H%M%S}-{name}.eml"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _write_whole(path, build_mail(self._settings, message, letter).as_bytes())
        except OSError as error:
            return Delivery("pending", "folder", f"{path}: {error.strerror or error}")
        return Delivery("sent", "folder", str(path))


def _write_whole(path: Path, data: bytes) -> None:
    beside = path.with_suffix(".part")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


class _Stopped(Exception):
    """Ends an attempt with its named end."""

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        super().__init__(delivery.said)


class SmtpCarrier:
    """Hands each message to the mail server over a connection of its own."""

    def __init__(
        self, settings: Mail, on_step: Callable[[str], None] = lambda said: None, password: str | None = None
    ) -> None:
        self._settings = settings
        self._say = on_step
        self._password = password if settings.password_file is None else _read_password(settings.password_file)
        if settings.user is not None and self._password is None:
            raise MailSettingsError(f'mail.user: "{settings.user}" has no password. Set {PASSWORD} or password_file.')
        self._tls = _trust(settings)

    def deliver(self, message: Message, letter: Letter, before_text: Callable[[], None]) -> Delivery:
        """One attempt, with the phase in which it ended."""
        data = build_mail(self._settings, message, letter).as_bytes()
        server: smtplib.SMTP | None = None
        try:
            server = self._connect()
            self._greet(server)
            self._log_in(server)
            self._offer(server, message)
            return self._send_text(server, data, before_text)
        except _Stopped as stopped:
            return stopped.delivery
        finally:
            if server is not None:
                _leave(server)

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        assert settings.server is not None
        name = settings.sender.rpartition("@")[2]  # a look-up of our own name could block for long
        try:
            if settings.security == "tls":
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    settings.server, settings.port, name, timeout=settings.timeout_seconds, context=self._tls
                )
            else:
                server = smtplib.SMTP(settings.server, settings.port, name, settings.timeout_seconds)
        except ssl.SSLError as error:
            raise _Stopped(Delivery("pending", "tls", f"the certificate or TLS was not acceptable: {error}")) from None
        except smtplib.SMTPConnectError as error:
            raise _Stopped(Delivery("pending", "greeting", _show(error.smtp_code, error.smtp_error))) from None
        except (OSError, smtplib.SMTPException) as error:
            raise _Stopped(Delivery("pending", "connect", f"{settings.server}:{settings.port}: {error}")) from None
        return server

    def _greet(self, server: smtplib.SMTP) -> None:
        self._command(server, "greeting", server.ehlo)
        if self._settings.security == "starttls":
            self._start_tls(server)

    def _start_tls(self, server: smtplib.SMTP) -> None:
        if not server.has_extn("starttls"):
            raise _Stopped(Delivery("pending", "tls", "the server offers no STARTTLS: nothing was sent"))
        try:
            code, said = server.starttls(context=self._tls)
        except ssl.SSLError as error:
            raise _Stopped(Delivery("pending", "tls", f"the certificate or TLS was not acceptable: {error}")) from None
        except (OSError, smtplib.SMTPException) as error:
            raise _Stopped(Delivery("pending", "tls", str(error))) from None
        self._note("tls", code, said)
        self._command(server, "tls", server.ehlo)

    def _log_in(self, server: smtplib.SMTP) -> None:
        if self._settings.user is None or self._password is None:
            return
        try:
            code, said = server.login(self._settings.user, self._password)
        except smtplib.SMTPAuthenticationError as error:
            raise _Stopped(Delivery("pending", "login", _show(error.smtp_code, error.smtp_error))) from None
        except (OSError, smtplib.SMTPException) as error:
            raise _Stopped(Delivery("pending", "login", str(error))) from None
        self._note("login", code, said)

    def _offer(self, server: smtplib.SMTP, message: Message) -> None:
        """Sender and recipient; a refusal for good ends this message alone, each has one recipient."""
        self._command(server, "sender", lambda: server.mail(self._settings.sender))
        self._command(server, "recipient", lambda: server.rcpt(message.recipient))

    def _send_text(self, server: smtplib.SMTP, data: bytes, before_text: Callable[[], None]) -> Delivery:
        self._command(server, "data", lambda: server.docmd("DATA"), expected=3)
        before_text()
        body = _LINE_DOT.sub(b"..", data)
        try:
            server.send(body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n")
            assert server.sock is not None
            server.sock.settimeout(self._settings.reply_seconds)
            code, said = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            return Delivery("uncertain", "text", f"no answer after the text: {error}")
        self._note("text", code, said)
        if code // 100 == 2:
            return Delivery("sent", "text", _show(code, said))
        if code == 421 or code == -1:
            # the server says that it closes: it has not taken the text
            return Delivery("pending" if code == 421 else "uncertain", "text", _show(code, said))
        return Delivery("failed" if code // 100 == 5 else "pending", "text", _show(code, said))

    def _command(
        self, server: smtplib.SMTP, phase: Phase, command: Callable[[], tuple[int, bytes]], expected: int = 2
    ) -> None:
        try:
            code, said = command()
        except (OSError, smtplib.SMTPException) as error:
            raise _Stopped(Delivery("pending", phase, str(error))) from None
        self._note(phase, code, said)
        if code // 100 == expected:
            return
        refused = code // 100 == 5 and phase in ("sender", "recipient", "data")
        raise _Stopped(Delivery("failed" if refused else "pending", phase, _show(code, said)))

    def _note(self, phase: str, code: int, said: bytes) -> None:
        self._say(f"{phase}: {_show(code, said)}")


def make_carrier(
    settings: Mail, on_step: Callable[[str], None] = lambda said: None, password: str | None = None
) -> Carrier:
    """The mail server where one is set, otherwise the folder; `password` is used where no file holds one.

    Raises `MailSettingsError`.
    """
    return FolderCarrier(settings) if settings.server is None else SmtpCarrier(settings, on_step, password)


def _read_password(path: Path) -> str:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise MailSettingsError(f"{path}: others can read the password. Run `chmod 600 {path}`.")
        password = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise MailSettingsError(f"{path}: {error.strerror}. Write the password of the mail server into it.") from None
    if not password:
        raise MailSettingsError(f"{path}: holds no password. Write that of the mail server into it.")
    return password


def _trust(settings: Mail) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context()
        if settings.certificates is not None:
            context.load_verify_locations(cafile=settings.certificates)
    except (OSError, ssl.SSLError) as error:
        raise MailSettingsError(f"{settings.certificates}: no certificates in PEM ({error}).") from None
    return context


def _leave(server: smtplib.SMTP) -> None:
    """Say goodbye where the server still listens; what was taken is taken."""
    try:
        if server.sock is not None:
            server.sock.settimeout(2)
            server.quit()
    except (TimeoutError, OSError, smtplib.SMTPException):
        pass
    finally:
        server.close()


def _show(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())}"[:300]
