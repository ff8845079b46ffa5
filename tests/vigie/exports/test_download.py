"""Exports as downloads of a search page."""

import csv
import io
import json
from collections.abc import Iterator

import httpx
import pytest

from config.loading import load_valid
from tests.vigie.program import Program
from tests.vigie.web.serving import serve_here
from vigie.exports.exporting import FORMATS, Format
from vigie.installation import Installation
from vigie.web.pages import exports

pytestmark = pytest.mark.slow

NEEDS_PERMISSION = ("wacz",)


@pytest.fixture(scope="module")
def client(taken_in: Program) -> Iterator[httpx.Client]:
    """A browser at the page of the archive, served on a free port."""
    with serve_here(Installation(load_valid(taken_in.config)), "en") as client:
        yield client


@pytest.mark.parametrize("form", [form for form in FORMATS if form not in NEEDS_PERMISSION])
def test_every_format_can_be_downloaded(client: httpx.Client, form: Format) -> None:
    answer = client.get("/search/export", params={"q": "police", "format": form})

    media_type, ending = exports.MEDIA_TYPES[form]
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.headers["content-disposition"].endswith(f'.{ending}"')
    assert "sandbox" in answer.headers["content-security-policy"]
    assert len(answer.content) > 1000


def test_a_download_holds_what_the_search_finds_in_its_order(client: httpx.Client, taken_in: Program) -> None:
    hits = taken_in.must("search", "police", "--kind", "union", "--sort", "oldest", "--limit", "100", "--json").json

    answer = client.get("/search/export", params={"q": "police", "kind": "union", "sort": "oldest", "format": "csv"})

    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["document"] for row in rows] == [hit["document"] for hit in hits["hits"]]


def test_articles_chosen_one_by_one_come_in_their_order_and_once(client: httpx.Client, taken_in: Program) -> None:
    hits = taken_in.must("search", "police", "--sort", "oldest", "--limit", "5", "--json").json["hits"]
    chosen = [hits[number]["id"] for number in (3, 0, 4)]

    answer = client.get("/search/export", params={"id": [*chosen, chosen[0]], "format": "csv"})

    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [f"{row['document']}.{row['version']}" for row in rows] == chosen


def test_the_rules_of_redistribution_hold(client: httpx.Client) -> None:
    refused = client.get("/search/export", params={"q": "police", "format": "wacz"})
    records = client.get("/search/export", params={"q": "police", "format": "jsonl"}).text.splitlines()

    assert refused.status_code == 400 and "do not allow whole pages" in refused.text
    assert all("text" not in json.loads(record) for record in records)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"q": "police"}, "format: expected one of csv"),
        ({"q": "police", "format": "../etc/passwd"}, "format: expected one of csv"),
        ({"q": "(police", "format": "csv"}, "never closed"),
        ({"q": "motintrouvable", "format": "csv"}, "No article was found"),
        ({"q": "police", "format": "csv", "sort": "best"}, "sort: expected"),
        ({"format": "csv"}, "No article was chosen"),
        ({"id": "0123456789abcdef.1", "format": "csv"}, "There is no article"),
        ({"id": "../../etc/passwd", "format": "csv"}, "is no id of an article"),
        ({"id": f"a.{'9' * 5000}", "format": "csv"}, "is no id of an article"),
        ({"id": ["a.1"] * 501, "format": "csv"}, "At most 500 articles can be chosen"),
    ],
)
def test_wrong_input_is_a_sentence(client: httpx.Client, params: dict[str, str | list[str]], said: str) -> None:
    answer = client.get("/search/export", params=params)

    assert answer.status_code == 400
    assert said in answer.text and "Traceback" not in answer.text


def test_more_than_a_page_makes_is_refused(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "ARTICLES", 3)

    answer = client.get("/search/export", params={"q": "police", "format": "csv"})

    assert answer.status_code == 400 and "at most 3 articles" in answer.text
