"""The page of alerts: webhooks in the outbox, silences, and what the last audit left waiting."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from archive.catalogue import outbox, silences
from archive.catalogue.outbox import Letter
from indexer.alerts.auditing import Audit
from tests.vigie.room import DAY, NOW, Room
from tests.vigie.web.serving import serve_here
from vigie.audits import keep_audit

WEBHOOK = "https://salon.exemple.test/hooks/jeton-que-personne-ne-doit-lire"
BODY = '{"type": "vigie.digest", "data": {"queries": []}}'


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    made.catalogue.close()


@pytest.fixture
def client(room: Room) -> Iterator[httpx.Client]:
    with serve_here(room.installation) as client:
        yield client


def post(room: Room, recipient: str, letter: Letter) -> None:
    with room.catalogue.write() as transaction:
        name = f"q-{recipient}"
        digest = outbox.add_digest(transaction, name, NOW, NOW, {"q": [recipient]})
        number = outbox.add_letter(transaction, digest, letter)
        outbox.add_message(transaction, digest, number, recipient, f"<{number}@x.test>", ["q"], NOW)


def test_a_webhook_is_named_by_its_host_alone(room: Room, client: httpx.Client) -> None:
    post(room, WEBHOOK, Letter("police : 2 articles", BODY, ""))
    post(room, "redaction@exemple.test", Letter("police : 2 articles", "Deux articles.", "<p>Deux articles.</p>"))

    page = client.get("/alerts").text

    assert "webhook de salon.exemple.test<" in page and "jeton" not in page
    assert ">redaction@exemple.test<" in page


def test_what_was_posted_is_shown_as_text_and_has_no_other_form(room: Room, client: httpx.Client) -> None:
    post(room, WEBHOOK, Letter("police : 2 articles", BODY, ""))

    page, formatted = client.get("/alerts/letters/1"), client.get("/alerts/letters/1/html")

    assert "Tel qu’il a été remis au webhook" in page.text and "vigie.digest" in page.text
    assert "/letters/1/html" not in page.text
    assert formatted.status_code == 404 and "remis à un webhook" in formatted.text


def test_silences_are_told_until_their_end_was_told(room: Room, client: httpx.Client) -> None:
    assert "Aucun n’est connu" in client.get("/alerts").text
    with room.catalogue.write() as transaction:
        for source in ("lac", "mer"):
            assert silences.begin_silence(transaction, "q", source, NOW - 9 * DAY, timedelta(hours=26), NOW)
        found = {one.source: one.id for one in silences.list_open_silences(transaction, ["q"])}
        silences.end_silence(transaction, found["mer"], NOW)

    page = client.get("/alerts").text.replace("\u00a0", " ")

    assert '<a href="/sources/lac">Gazette lac</a></td><td>police</td>' in page
    assert "21 févr. 2026" in page and "26 heures" in page
    assert "muette, à annoncer" in page and "publie de nouveau, à annoncer" in page

    with room.catalogue.write() as transaction:
        digest = outbox.add_digest(transaction, "q", NOW, NOW, {})
        silences.mark_silences_told(transaction, list(found.values()), [found["mer"]], digest)
    told = client.get("/alerts").text
    assert "muette, annoncé" in told and "/sources/mer" not in told


@pytest.mark.parametrize(("waiting", "said"), [(0, None), (1, "1 correspondance de veilles arrêtées n’a été annoncée")])
def test_matches_of_ended_queries_are_counted(room: Room, client: httpx.Client, waiting: int, said: str | None) -> None:
    keep_audit(room.installation.folder, Audit(checked=3, left_waiting=waiting), NOW, None)

    page = client.get("/alerts").text

    assert "3 versions réévaluées" in page
    assert said in page if said else "veilles arrêtées" not in page
