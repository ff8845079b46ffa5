"""A webhook: an address to which each digest of a saved query is posted, signed with a key that both sides know."""

import base64
import binascii
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, WithJsonSchema

from config.addresses import Url
from config.faults import refused
from config.public_addresses import find_private, plain_host
from config.source import Model

KEY = "VIGIE_WEBHOOK_KEY"
"""The environment variable that may hold the key of webhooks without a file of their own; it is never shown."""

KEY_PREFIX = "whsec_"
SHORTEST_KEY, LONGEST_KEY = 24, 64  # bytes, as the Standard Webhooks specification asks for

_MAKE_KEY = "Make one with `echo whsec_$(openssl rand -base64 32)`"


class WebhookKeyError(ValueError):
    """The signing key cannot be used; the message says what to do."""


def _read_path(value: object) -> Path:
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise refused("the path of a file")
    return Path(value)


KeyFile = Annotated[Path, BeforeValidator(_read_path), WithJsonSchema({"form": "path"})]


class Webhook(Model):
    """Where the digests of a saved query are posted as JSON."""

    url: Url
    """Address that takes the digests; https, except to a host and port named in private_hosts."""
    key_file: KeyFile | None = None
    """File with the signing key that only its owner can read, beside the settings; or VIGIE_WEBHOOK_KEY holds it."""

    @property
    def host_and_port(self) -> tuple[str, int]:
        """Where a connection to it goes."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)

    def is_configured(self, allowed: frozenset[str]) -> bool:
        """True where the settings name exactly this host and port as one that may be private."""
        host, port = self.host_and_port
        return f"{plain_host(host)}:{port}" in allowed

    def find_refusal(self, allowed: frozenset[str]) -> str | None:
        """Why nothing may be posted there, as far as the address itself tells."""
        if self.url.startswith("http:") and not self.is_configured(allowed):
            return "http"
        return find_private(*self.host_and_port, allowed)


def read_key(webhook: Webhook, from_environment: str | None) -> bytes:
    """The signing key. Raises `WebhookKeyError`."""
    path = webhook.key_file
    if path is None and from_environment is None:
        raise WebhookKeyError(f"no key: name a key_file, or set {KEY}. {_MAKE_KEY}")
    if path is None:
        return _decode(from_environment or "", KEY)
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise WebhookKeyError(f"{path}: others can read the key. Run `chmod 600 {path}`")
        return _decode(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise WebhookKeyError(f"{path}: {error.strerror}. {_MAKE_KEY}") from None


def _decode(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip().removeprefix(KEY_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        expected = f"{KEY_PREFIX} and {SHORTEST_KEY} to {LONGEST_KEY} bytes in base64"
        raise WebhookKeyError(f"{where}: expected a key such as {expected}. {_MAKE_KEY}")
    return key


def find_webhook_faults(
    webhook: Webhook, allowed: frozenset[str], from_environment: str | None
) -> Iterator[tuple[str, str, str, str]]:
    """(key, found, expected, advice) of what keeps a webhook from being used."""
    refusal = webhook.find_refusal(allowed)
    if refusal is not None:
        host, port = webhook.host_and_port
        advice = f'To allow it, add "{host}:{port}" to private_hosts'
        yield "webhook.url", refusal, "https, a public host and port 443", advice
    try:
        read_key(webhook, from_environment)
    except WebhookKeyError as error:
        yield "webhook.key_file", str(error), "a key that can be used", ""
