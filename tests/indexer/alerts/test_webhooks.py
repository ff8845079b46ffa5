"""Webhooks against a real HTTP server: signed, judged, limited in time; each message ends by name like a mail."""

import base64
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.catalogue import Catalogue, outbox
from archive.catalogue.outbox import Letter, Message
from config.mail import Mail
from config.webhook import Webhook
from indexer.alerts.delivery import make_carrier
from indexer.alerts.sending import send_due
from indexer.alerts.ways import Ways
from indexer.alerts.webhooks import WebhookCarrier
from tests.indexer.alerts.desk import NOW, PERSON
from tests.indexer.alerts.mail_server import Inbox, make_certificate, serve
from tests.indexer.alerts.webhook_server import Hook, serve_hook

SECRET = bytes(range(32))
KEY = "whsec_" + base64.b64encode(SECRET).decode()
BODY = json.dumps({"titre": "préavis déposé"}, ensure_ascii=False)


@pytest.fixture
def hook() -> Hook:
    return Hook()


@pytest.fixture
def port(hook: Hook) -> Iterator[int]:
    with serve_hook(hook) as found:
        yield found


class Outbox:
    """Messages to webhooks and to a person, a clock that is set by hand, and a folder or server for the mails."""

    def __init__(self, catalogue: Catalogue, *recipients: str, mail: Mail, allowed: tuple[str, ...] = ()) -> None:
        self.catalogue = catalogue
        self.now = NOW
        self.hooks = {url: Webhook(url=url) for url in recipients if outbox.is_webhook(url)}
        webhooks = WebhookCarrier(self.hooks, KEY, frozenset(allowed), "Vigie/essai", self.clock, exchange_seconds=1)
        self._ways = Ways(make_carrier(mail), webhooks)
        with catalogue.write() as transaction:
            digest = outbox.add_digest(transaction, "d", NOW, NOW, {"q": recipients})
            letter = outbox.add_letter(transaction, digest, Letter("un nouveau", BODY, ""))
            for number, recipient in enumerate(recipients):
                outbox.add_message(transaction, digest, letter, recipient, f"<m{number}@exemple.test>", ["q"], NOW)

    def send(self, later: timedelta = timedelta()) -> dict[str, int]:
        self.now += later
        return dict(send_due(self.catalogue, self._ways, self.clock, jitter=lambda: 0.0))

    def clock(self) -> datetime:
        return self.now

    def messages(self) -> list[Message]:
        with self.catalogue.read() as transaction:
            return outbox.list_messages(transaction, limit=100)[::-1]


MakeOutbox = Callable[..., Outbox]


@pytest.fixture
def make_outbox(catalogue: Catalogue, tmp_path: Path, port: int) -> MakeOutbox:
    def make(*recipients: str) -> Outbox:
        mail = Mail(folder=tmp_path / "mail")
        told = recipients or (f"http://127.0.0.1:{port}/vigie?pour=essai",)
        return Outbox(catalogue, *told, mail=mail, allowed=(f"127.0.0.1:{port}",))

    return make


def test_a_message_is_posted_once_and_signed(make_outbox: MakeOutbox, hook: Hook) -> None:
    box = make_outbox()

    assert box.send() == {"sent": 1}
    assert box.send(timedelta(days=1)) == {}

    (posted,) = hook.posted
    assert (posted.path, posted.body.decode()) == ("/vigie?pour=essai", BODY)
    assert posted.headers["content-type"] == "application/json; charset=utf-8"
    assert (posted.headers["webhook-id"], posted.headers["user-agent"]) == ("m0@exemple.test", "Vigie/essai")
    assert posted.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    signed = b"m0@exemple.test." + posted.headers["webhook-timestamp"].encode() + b"." + posted.body
    expected = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    assert posted.headers["webhook-signature"] == f"v1,{expected}"


def test_the_way_to_verify_that_the_document_shows(make_outbox: MakeOutbox, hook: Hook) -> None:
    text = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")
    (code,) = [part for part in text.split("```python\n")[1:] if "webhook-signature" in part]
    shown: dict[str, Any] = {}
    exec(code.partition("```")[0], shown)
    verify = shown["is_from_vigie"]
    box = make_outbox()
    box.now = datetime.now(UTC)
    box.send()

    (posted,) = hook.posted

    assert verify(KEY + "\n", posted.headers, posted.body)
    assert not verify(KEY, posted.headers, posted.body + b" ")
    assert not verify("whsec_" + base64.b64encode(bytes(32)).decode(), posted.headers, posted.body)
    assert not verify(KEY, posted.headers | {"webhook-id": "m1@exemple.test"}, posted.body)
    assert not verify(KEY, posted.headers | {"webhook-timestamp": "1700000000"}, posted.body)


@pytest.mark.parametrize(
    ("answer", "end", "state"),
    [
        ("500", "pending", "pending"),
        ("404", "pending", "pending"),
        ("429", "pending", "pending"),
        ("307 Location: http://127.0.0.1:1/ailleurs", "pending", "pending"),
        ("400", "mail_refused", "failed"),
        ("413", "mail_refused", "failed"),
        ("410", "mail_given_up", "given_up"),
        ("close", "uncertain", "uncertain"),
        ("hang", "uncertain", "uncertain"),
        ("drip", "uncertain", "uncertain"),
    ],
)
def test_an_answer_that_does_not_take_it(
    make_outbox: MakeOutbox, hook: Hook, answer: str, end: str, state: str
) -> None:
    hook.plan(answer)
    box = make_outbox()

    started = time.monotonic()
    assert box.send() == {end: 1}
    assert time.monotonic() - started < 5
    assert [one.state for one in box.messages()] == [state]

    again = box.send(timedelta(hours=1))

    ended = state in ("failed", "given_up")
    assert again == ({} if ended else {"sent": 1})
    assert hook.ids() == ["m0@exemple.test"] * (1 if ended else 2), "the id never changes"


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        ("1800", timedelta(minutes=30)),
        ("Sun, 01 Feb 2026 12:45:00 GMT", timedelta(minutes=45)),
        ("9999999999999", timedelta(days=1)),
        ("0", timedelta(minutes=1)),
        ("bientôt".encode().decode("latin-1"), timedelta(minutes=1)),
    ],
)
def test_retry_after_is_kept_to(make_outbox: MakeOutbox, hook: Hook, asked: str, waits: timedelta) -> None:
    hook.plan(f"429 Retry-After: {asked}")
    box = make_outbox()

    box.send()

    assert box.messages()[0].next_attempt_at == NOW + waits


def test_a_redirect_is_said_and_not_followed(make_outbox: MakeOutbox, hook: Hook, port: int) -> None:
    hook.plan(f"302 Location: http://127.0.0.1:{port}/ailleurs")
    box = make_outbox()

    box.send()

    assert [one.path for one in hook.posted] == ["/vigie?pour=essai"]
    assert "which is not followed" in str(box.messages()[0].said)


def test_after_three_days_of_refusals_it_is_given_up(make_outbox: MakeOutbox, hook: Hook) -> None:
    hook.plan("503", "503")
    box = make_outbox()
    assert box.send() == {"pending": 1}
    assert box.send(timedelta(days=3)) == {"mail_given_up": 1}


def test_a_process_that_died_while_posting(make_outbox: MakeOutbox, hook: Hook, catalogue: Catalogue) -> None:
    box = make_outbox()
    with catalogue.write() as transaction:
        outbox.update_message(transaction, box.messages()[0].id, state="sending")
    assert box.send() == {"uncertain": 1, "sent": 1}
    assert hook.ids() == ["m0@exemple.test"]


@pytest.mark.parametrize(
    "url", ["http://localhost:{port}/", "https://127.0.0.1/", "https://0x7f000001/", "http://192.0.2.1/"]
)
def test_a_private_address_that_is_not_named_exactly_gets_nothing(
    make_outbox: MakeOutbox, hook: Hook, port: int, url: str
) -> None:
    box = make_outbox(url.format(port=port))

    assert box.send() == {"pending": 1}

    assert hook.posted == [] and box.messages()[0].attempts == 1


def test_a_public_name_that_leads_to_a_private_address_gets_nothing(
    make_outbox: MakeOutbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("192.0.2.1", "10.1.2.3")]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    box = make_outbox("https://crochet.exemple.fr/")

    assert box.send() == {"pending": 1}
    assert "private_hosts" in str(box.messages()[0].said)


def test_a_certificate_that_is_not_trusted_gets_nothing(
    make_outbox: MakeOutbox, catalogue: Catalogue, tmp_path: Path
) -> None:
    hook = Hook()
    _, context = make_certificate(tmp_path / "tls")
    with serve_hook(hook, context) as port:
        url = f"https://localhost:{port}/"
        box = Outbox(catalogue, url, mail=Mail(folder=tmp_path / "mail"), allowed=(f"localhost:{port}",))
        assert box.send() == {"pending": 1}
    assert str(box.messages()[0].said).startswith("tls: the certificate")
    assert hook.posted == []


def test_a_trusted_certificate_is_taken(catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = Hook()
    certificate, context = make_certificate(tmp_path / "tls")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serve_hook(hook, context) as port:
        url = f"https://localhost:{port}/"
        box = Outbox(catalogue, url, mail=Mail(folder=tmp_path / "mail"), allowed=(f"localhost:{port}",))
        assert box.send() == {"sent": 1}, box.messages()[0].said
    assert len(hook.posted) == 1


def test_a_silent_webhook_holds_up_neither_mails_nor_other_webhooks(
    make_outbox: MakeOutbox, hook: Hook, port: int, tmp_path: Path
) -> None:
    here = f"http://127.0.0.1:{port}"
    hook.plan("hang")
    box = make_outbox(f"{here}/a", PERSON, f"{here}/b")

    assert box.send() == {"uncertain": 1, "sent": 2}

    assert [one.path for one in hook.posted] == ["/a", "/b"]
    assert len(list((tmp_path / "mail").iterdir())) == 1


def test_a_mail_server_that_is_down_holds_up_no_webhook(catalogue: Catalogue, hook: Hook, port: int) -> None:
    inbox = Inbox()
    with serve(inbox) as mail_port:
        pass
    mail = Mail(server="127.0.0.1", port=mail_port, security="none", timeout_seconds=1)
    url = f"http://127.0.0.1:{port}/"
    box = Outbox(catalogue, PERSON, "b@exemple.test", url, mail=mail, allowed=(f"127.0.0.1:{port}",))

    assert box.send() == {"pending": 1, "sent": 1}
    assert [one.attempts for one in box.messages()] == [1, 0, 1]


def test_a_webhook_that_no_query_names_any_more_waits(make_outbox: MakeOutbox, hook: Hook) -> None:
    box = make_outbox()
    box.hooks.clear()
    assert box.send() == {"pending": 1}
    assert "no saved query names this webhook" in str(box.messages()[0].said)
    assert hook.posted == []


def test_a_key_that_cannot_be_used_keeps_the_message(
    catalogue: Catalogue, hook: Hook, port: int, tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{port}/"
    box = Outbox(catalogue, url, mail=Mail(folder=tmp_path / "mail"), allowed=(f"127.0.0.1:{port}",))
    box.hooks[url] = Webhook(url=url, key_file=tmp_path / "nowhere")
    assert box.send() == {"pending": 1}
    assert "openssl" in str(box.messages()[0].said) and hook.posted == []
