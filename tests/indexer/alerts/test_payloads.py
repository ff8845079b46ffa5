"""Digests for webhooks: the same matches as in the mails, as data, once."""

import json
from datetime import timedelta

from archive.catalogue import Catalogue
from indexer.alerts.links import Links
from tests.indexer.alerts.desk import PERSON, Desk, make_query
from tests.indexer.alerts.press import Press
from tests.indexer.newsroom import Newsroom

URL = "https://crochet.exemple.fr/vigie"
HOOK = {"url": URL}


def read_body(press: Press, number: int = -1) -> dict[str, object]:
    body = json.loads(press.letters()[number].text)
    assert isinstance(body, dict)
    return body


def test_a_person_and_a_webhook_are_told_of_the_same(newsroom: Newsroom, catalogue: Catalogue) -> None:
    press = Press(catalogue, Desk(catalogue, q=make_query(webhook=HOOK)), links=Links("https://vigie.exemple.test"))
    newsroom.publish("a", "Le chef\x00 de la police manifeste.", 'Titre "cité" & <b>')

    assert (press.run(), press.run()) == (2, 0)

    assert [one.recipient for one in press.messages()] == [PERSON, URL]
    body = read_body(press)
    assert (body["type"], body["timestamp"]) == ("vigie.digest", "2026-02-01T12:00:00Z")
    assert body["data"] == {
        "digest": "q",
        "queries": [
            {
                "name": "q", "title": "police", "query": "police", "left_out": 0, "counted": 0, "silences": [],
                "articles": [
                    {
                        "document": "a", "version": 1, "seq": 1, "change": "new", "at": "2026-02-01T09:00:00Z",
                        "url": "https://lac.test/a", "title": 'Titre "cité" & <b>', "authors": ["Gazette du Lac"],
                        "passage": "Le chef de la police manifeste.", "source": "gazette-du-lac",
                        "source_name": "Gazette du Lac", "kind": "local_press", "regions": ["FR-ARA"],
                        "language": "fr", "date": "2026-02-01T09:00:00Z", "date_precision": "second",
                        "date_origin": "page", "page": "https://vigie.exemple.test/documents/a",
                        "archived": "https://vigie.exemple.test/captures/1",
                    }
                ],
            }
        ],
    }  # fmt: skip
    audit = press.audit()
    assert (audit.missed, audit.extra) == ([], [])
    assert len(audit.unsent) == 2 and any(URL in line for line in audit.unsent), "both wait in the outbox"


def test_a_webhook_alone_is_told(newsroom: Newsroom, catalogue: Catalogue) -> None:
    press = Press(catalogue, Desk(catalogue, q=make_query(recipients=[], webhook=HOOK)))
    newsroom.publish("a", "La police manifeste.")
    assert press.run() == 1
    assert [one.recipient for one in press.messages()] == [URL]


def test_queries_of_one_digest_share_a_post(newsroom: Newsroom, catalogue: Catalogue) -> None:
    both = {"digest": "ensemble", "webhook": HOOK, "recipients": []}
    press = Press(catalogue, Desk(catalogue, p=make_query("police", **both), q=make_query("pompiers", **both)))
    newsroom.publish("a", "La police et les pompiers manifestent.")

    assert press.run() == 1

    data = read_body(press)["data"]
    assert isinstance(data, dict)
    assert [(one["name"], len(one["articles"])) for one in data["queries"]] == [("p", 1), ("q", 1)]


def test_a_long_list_is_cut_and_says_so(newsroom: Newsroom, catalogue: Catalogue) -> None:
    press = Press(catalogue, Desk(catalogue, q=make_query(webhook=HOOK)))
    for number in range(130):
        newsroom.publish(f"d{number:03}", "La police manifeste.")
    newsroom.publish("gone", "La police manifeste.")
    newsroom.withdraw("gone")

    press.run()

    data = read_body(press)["data"]
    assert isinstance(data, dict)
    (query,) = data["queries"]
    assert (query["left_out"], query["articles"][0]["document"]) == (30, "d129")


def test_a_removal_is_posted_where_the_query_asks(newsroom: Newsroom, catalogue: Catalogue) -> None:
    press = Press(catalogue, Desk(catalogue, q=make_query(webhook=HOOK, on_removal="mail")))
    newsroom.publish("a", "La police manifeste.")
    press.run()
    newsroom.take_offline("a")
    press.run(timedelta(minutes=1))

    data = read_body(press)["data"]
    assert isinstance(data, dict)
    assert [(one["document"], one["change"]) for one in data["queries"][0]["articles"]] == [("a", "removed")]
