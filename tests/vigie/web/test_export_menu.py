"""Exports from the page of hits: of the whole search by a link, of chosen articles by a form, without JavaScript."""

import csv
import io
import re
from html import unescape

import httpx

from tests.vigie.program import Program
from tests.vigie.web.archive import ARTICLES, WITHDRAWN
from tests.vigie.web.test_pages import find
from vigie.exports.exporting import FORMATS
from vigie.web.pages import exports
from vigie.web.questions import HITS


def list_links(page: str) -> list[str]:
    """The addresses under which the whole search can be had."""
    return [unescape(link) for link in re.findall(r'<a href="(/search/export\?[^"]+)"', page)]


def read_documents(text: str) -> list[str]:
    return [row["document"] for row in csv.DictReader(io.StringIO(text, newline=""))]


def test_every_format_has_a_link_with_the_whole_question(client: httpx.Client) -> None:
    asked = {"q": "title:patrouille", "source": "ambre", "sort": "oldest", "page": "2"}

    links = list_links(client.get("/search", params=asked).text)

    assert [link.rpartition("&format=")[2] for link in links] == list(FORMATS) == list(exports.NAMES)
    (link,) = (link for link in links if link.endswith("=csv"))
    assert "source=ambre" in link and "sort=oldest" in link and "page" not in link
    assert len(read_documents(client.get(link).text)) == ARTICLES


def test_the_form_sends_the_ids_of_the_ticked_articles_alone(client: httpx.Client) -> None:
    page = client.get("/search", params={"q": "title:patrouille", "sort": "newest"}).text
    form = re.search(r'<form method="get" action="/search/export" id="chosen".*?</form>', page, re.DOTALL)
    boxes = re.findall(r'<input type="checkbox" form="chosen" name="id" value="([0-9a-f]+)\.1"', page)
    assert form is not None and "<input" not in form[0]
    assert len(boxes) == HITS
    assert set(re.findall(r'<option value="([^"]+)"', form[0])) == set(FORMATS)

    answer = client.get("/search/export", params={"id": [f"{boxes[7]}.1", f"{boxes[2]}.1"], "format": "csv"})

    assert read_documents(answer.text) == [boxes[7], boxes[2]]


def test_an_earlier_version_that_was_ticked_comes_as_it_was(client: httpx.Client) -> None:
    current = find(client, q="valmorel")
    page = client.get("/search", params={"q": "valmorel", "past": "yes"}).text
    boxes = re.findall(r'name="id" value="([0-9a-f]+\.\d)"', page)
    (earlier,) = set(boxes) - {current["id"]}

    answer = client.get("/search/export", params={"id": earlier, "format": "csv"})

    assert "Valmorel attend" in answer.text and "Valmorel obtient" not in answer.text


def test_a_withdrawn_article_cannot_be_chosen(client: httpx.Client, library: Program) -> None:
    document = library.must("show", WITHDRAWN, "--json").json["document"]["id"]

    answer = client.get("/search/export", params={"id": f"{document}.1", "format": "csv"})

    assert answer.status_code == 400
    assert f"Il n’y a pas d’article « {document}.1 » à exporter" in unescape(answer.text)


def test_a_search_without_a_hit_has_nothing_to_export(client: httpx.Client) -> None:
    page = client.get("/search", params={"q": "introuvable"}).text

    assert "/search/export" not in page
