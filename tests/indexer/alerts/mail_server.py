"""A real SMTP server on loopback whose faults are written down beforehand: it refuses, hangs, or leaves, by phase."""

import asyncio
import datetime as dt
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Inbox:
    """What the server took, and what it does at each phase: an answer, `hang`, `close`, or nothing."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.faults: dict[str, list[str]] = {}
        self.refused_people: set[str] = set()
        self.logins: list[str] = []

    def plan(self, phase: str, *answers: str) -> None:
        """The next answers of a phase, one a connection; `ok` for none."""
        self.faults[phase] = list(answers)

    def ids(self) -> list[str]:
        return [str(one["Message-ID"]) for one in self.taken]

    async def _fault(self, phase: str, server: SMTP) -> str | None:
        waiting = self.faults.get(phase)
        answer = waiting.pop(0) if waiting else "ok"
        if answer == "hang":
            await asyncio.sleep(30)
        if answer == "close":
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
            await asyncio.sleep(0.05)
            return "421 closing"
        return None if answer == "ok" else answer

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        fault = await self._fault("greeting", server)
        return [fault] if fault else responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        fault = await self._fault("sender", server)
        if fault is None:
            envelope.mail_from = address
        return fault or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused_people:
            return "550 5.1.1 no such person"
        fault = await self._fault("recipient", server)
        if fault is None:
            envelope.rcpt_tos.append(address)
        return fault or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        before = await self._fault("text", server)
        if before is not None:
            return before
        assert isinstance(envelope.content, bytes)
        self.taken.append(message_from_bytes(envelope.content, policy=default))
        return await self._fault("answer", server) or "250 taken"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login.decode())
        return AuthResult(success=data.password == b"sesame", handled=False)  # the server itself answers 535


class _Server(Controller):
    """aiosmtpd finds its port by itself only in newer versions; a free one is asked for here."""


@contextmanager
def serve(inbox: Inbox, at: int | None = None, **options: Any) -> Iterator[int]:
    """The server on a free port, or `at` that one, for the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    controller = _Server(inbox, hostname="127.0.0.1", port=at or port, **options)
    controller.start()
    try:
        yield at or port
    finally:
        controller.stop()


def make_certificate(folder: Path, name: str = "localhost") -> tuple[Path, ssl.SSLContext]:
    """A certificate of our own for one name: its file, and the server's side of it."""
    folder.mkdir(parents=True, exist_ok=True)
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
         f"subjectAltName=DNS:{name}", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
