"""How mail leaves: into a folder of files, which needs nothing else, or through a mail server.

A server is spoken to over TLS with a verified certificate; in clear only on the machine itself.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from config.addresses import is_host
from config.faults import refused
from config.query import Address, MailLanguage
from config.source import Count, Model, Text

Security = Literal["starttls", "tls", "none"]
LOCAL = ("localhost", "127.0.0.1", "::1")
PASSWORD = "VIGIE_MAIL_PASSWORD"
"""The environment variable that may hold the password, instead of a file; it is never shown."""


def _check_server(value: str) -> str:
    if not is_host(value):
        raise refused("the host name of a mail server, without port")
    return value.lower()


def read_path(value: object) -> Path:
    """Read the path of a file or folder."""
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise refused("a path")
    return Path(value)


Host = Annotated[str, Field(strict=True), AfterValidator(_check_server), WithJsonSchema({"form": "host"})]
FilePath = Annotated[Path, BeforeValidator(read_path), WithJsonSchema({"form": "path"})]


class Mail(Model):
    """How digests of saved queries leave the machine."""

    folder: FilePath = Path("mail")
    """Where messages are put as .eml files while no server is set; a relative path starts at the data folder."""
    server: Host | None = None
    """Mail server that takes messages; left out, they go into the folder."""
    port: Annotated[int, Field(strict=True, ge=1, le=65535)] = 587
    """Port of the mail server: 587 for starttls, 465 for tls."""
    security: Security = "starttls"
    """How the connection is protected; none is possible on this machine alone."""
    certificates: FilePath | None = None
    """File of further certificate authorities in PEM, for a server with a certificate of its own."""
    user: Text | None = None
    """Name by which to log in; left out, without login."""
    password_file: FilePath | None = None
    """File with the password that only its owner can read, beside the settings; or VIGIE_MAIL_PASSWORD holds it."""
    sender: Address = "vigie@localhost.localdomain"
    """Address from which digests come, and to which people write to receive no more."""
    operator: Address | None = None
    """Who is told when a query or a message needs a person."""
    language: MailLanguage = "fr"
    """Language of mails, unless a query says otherwise."""
    timeout_seconds: Count = 30
    """Longest wait for each answer of the server before the text is sent."""
    reply_seconds: Count = 600
    """Longest wait for the answer after the text: giving up early would mean sending twice."""
    lines: Annotated[int, Field(strict=True, ge=1, le=500)] = 100
    """Most articles listed in one mail; the number of the others is said."""

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.security == "none" and self.server is not None and self.server not in LOCAL:
            raise refused("security starttls or tls", "In clear mail may go to a server on this machine alone")
        if self.user is None and self.password_file is not None:
            raise refused("user beside password_file")
        if self.user and self.security == "none":
            raise refused("security starttls or tls where there is a login", "A password never travels in clear")
        return self


def find_mail_faults(mail: Mail, password: str | None) -> Iterator[tuple[str, str, str, str]]:
    """(key, found, expected, advice) of a login whose password is missing, or stands in two places."""
    if mail.user is not None and mail.password_file is None and password is None:
        advice = f"Write the password into a file that only its owner can read, or set {PASSWORD}"
        yield "user", f'"{mail.user}" without a password', "user with password_file", advice
    if mail.password_file is not None and password is not None:
        yield "password_file", f"a file, and {PASSWORD} is set", "the password in one place", f"Unset {PASSWORD}"
