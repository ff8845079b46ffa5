"""How one message leaves to a webhook: one signed POST over a connection that is judged before anything is said.

The headers follow the Standard Webhooks specification: `webhook-id` is fixed when the message is made, so that whoever
receives it can drop a second copy; `webhook-signature` covers id, time and body. The address that is connected to is
the one that was judged; redirects are not followed; the whole exchange has a time limit, however slowly it drips.
"""

import base64
import contextlib
import hashlib
import hmac
import http.client
import ipaddress
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from archive.catalogue.outbox import Letter, Message
from config.public_addresses import is_public
from config.webhook import Webhook, WebhookKeyError, read_key
from indexer.alerts.delivery import Delivery
from indexer.alerts.wording import clean

CONNECT_SECONDS = 10.0
EXCHANGE_SECONDS = 20.0
"""For TLS, request and answer together; whoever needs longer should answer first and work afterwards."""

LONGEST_RETRY_AFTER = timedelta(days=1)
REFUSED_FOR_GOOD = (400, 413, 415, 422)
"""The receiver does not want this body; every other refusal may be mended at its end within three days."""

SAID_CHARACTERS = 200


class _RefusedError(Exception):
    """Ends an attempt before anything was said to the receiver."""

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        super().__init__(delivery.said)


@dataclass(frozen=True)
class WebhookCarrier:
    """Posts each message to the webhook that its recipient names; `allowed` are the exact private `host:port`."""

    webhooks: Mapping[str, Webhook]
    key_from_environment: str | None
    allowed: frozenset[str]
    user_agent: str
    clock: Callable[[], datetime]
    exchange_seconds: float = EXCHANGE_SECONDS

    def deliver(self, message: Message, letter: Letter, before_text: Callable[[], None]) -> Delivery:
        """One attempt, with the phase in which it ended."""
        webhook = self.webhooks.get(message.recipient)
        if webhook is None:
            return Delivery("pending", "settings", "no saved query names this webhook any more")
        try:
            key = read_key(webhook, self.key_from_environment)
            plain = self._dial(webhook)
        except WebhookKeyError as error:
            return Delivery("pending", "settings", str(error))
        except _RefusedError as refused:
            return refused.delivery
        with plain, _cut_after(plain, self.exchange_seconds) as cut:
            try:
                connection = _open(webhook, plain)
            except OSError as error:
                return Delivery("pending", "tls", f"the certificate or TLS was not acceptable: {error}")
            before_text()
            body = letter.text.encode()
            delivery = _post(connection, webhook.url, body, self._headers(message, key, body), self.clock())
            if cut.is_set():  # half an answer would be read as a whole one
                return Delivery("uncertain", "text", f"no whole answer within {self.exchange_seconds:.0f} s")
            return delivery

    def _dial(self, webhook: Webhook) -> socket.socket:
        """A connection to the address that was judged: nothing resolves the name again afterwards."""
        host, port = webhook.host_and_port
        refusal = webhook.find_refusal(self.allowed)
        if refusal is not None:
            raise _RefusedError(_refuse(host, port, refusal))
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise _RefusedError(Delivery("pending", "connect", f"{host}: {error}")) from None
        addresses = [str(place[0]) for *_, place in found]
        if not webhook.is_configured(self.allowed):
            for address in addresses:
                if not is_public(ipaddress.ip_address(address.partition("%")[0])):
                    raise _RefusedError(_refuse(host, port, f"the address {address}"))
        return _connect(host, port, addresses)

    def _headers(self, message: Message, key: bytes, body: bytes) -> dict[str, str]:
        message_id, at = message.message_id.strip("<>"), str(int(self.clock().timestamp()))
        return {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": self.user_agent,
            "Connection": "close",
            "webhook-id": message_id,
            "webhook-timestamp": at,
            "webhook-signature": sign(key, message_id, at, body),
        }


def sign(key: bytes, message_id: str, at: str, body: bytes) -> str:
    """What `webhook-signature` says: version 1, HMAC-SHA256 of id, time and body."""
    signed = hmac.new(key, b".".join((message_id.encode(), at.encode(), body)), hashlib.sha256)
    return f"v1,{base64.b64encode(signed.digest()).decode()}"


def _connect(host: str, port: int, addresses: list[str]) -> socket.socket:
    said = "no address"
    for address in addresses:
        try:
            return socket.create_connection((address, port), CONNECT_SECONDS)
        except OSError as error:
            said = str(error)
    raise _RefusedError(Delivery("pending", "connect", f"{host}:{port}: {said}"))


def _open(webhook: Webhook, plain: socket.socket) -> http.client.HTTPConnection:
    """Speak TLS where the address says https; http.client connects nowhere where a socket is there already."""
    host, port = webhook.host_and_port
    if urlsplit(webhook.url).scheme == "http":
        connection = http.client.HTTPConnection(host, port)
        connection.sock = plain
        return connection
    context = ssl.create_default_context()
    secure = http.client.HTTPSConnection(host, port, context=context)
    secure.sock = context.wrap_socket(plain, server_hostname=host)
    return secure


def _post(
    connection: http.client.HTTPConnection, url: str, body: bytes, headers: Mapping[str, str], now: datetime
) -> Delivery:
    parts = urlsplit(url)
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    try:
        connection.request("POST", target, body, dict(headers))
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        return Delivery("uncertain", "text", f"no answer after the text: {clean(str(error), SAID_CHARACTERS)}")
    finally:
        connection.close()
    return judge_answer(
        answer.status, answer.reason, {name.lower(): value for name, value in answer.headers.items()}, now
    )


def judge_answer(status: int, reason: str, headers: Mapping[str, str], now: datetime) -> Delivery:
    """What an answer means; header names in small letters. Whoever answers otherwise than by 2xx has not taken it."""
    said = clean(f"{status} {reason}", SAID_CHARACTERS)
    if status // 100 == 2:
        return Delivery("sent", "text", said)
    if status == 410:
        return Delivery("given_up", "text", f"{said}: the webhook is gone for good")
    if status in REFUSED_FOR_GOOD:
        return Delivery("failed", "text", said)
    if status // 100 == 3:
        to = clean(headers.get("location", "nowhere"), SAID_CHARACTERS)
        return Delivery("pending", "text", f"{said}: redirects to {to}, which is not followed")
    return Delivery("pending", "text", said, _read_retry_after(headers.get("retry-after"), now))


def _read_retry_after(value: str | None, now: datetime) -> timedelta:
    """How long the receiver asks to wait: seconds or a date; nothing where it says something else."""
    wait = timedelta()
    if value is not None and value.isascii() and value.isdigit():
        wait = timedelta(seconds=min(int(value[:9]), LONGEST_RETRY_AFTER.total_seconds()))
    elif value is not None:
        with contextlib.suppress(ValueError):
            until = parsedate_to_datetime(value)
            wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return max(timedelta(), min(wait, LONGEST_RETRY_AFTER))


def _refuse(host: str, port: int, found: str) -> Delivery:
    said = f"{host}: expected a public address over https, found {found}. To allow it, name it in private_hosts"
    return Delivery("pending", "settings", said)


@contextlib.contextmanager
def _cut_after(plain: socket.socket, seconds: float) -> Iterator[threading.Event]:
    """End the connection when the time is over: limits of single reads would let an answer drip for ever.

    Gives what tells whether that happened.
    """
    cut = threading.Event()
    with socket.socket(fileno=os.dup(plain.fileno())) as same:
        timer = threading.Timer(seconds, _shut, [same, cut])
        timer.daemon = True
        timer.start()
        try:
            yield cut
        finally:
            timer.cancel()
            timer.join()


def _shut(connection: socket.socket, cut: threading.Event) -> None:
    cut.set()
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
