"""References as the programs that manage them read them."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, BinaryIO

import pybtex.database
import pytest
import rispy
from citeproc import formatter
from citeproc.frontend import CitationStylesBibliography, CitationStylesStyle
from citeproc.source import Citation, CitationItem
from citeproc.source.json import CiteProcJSON

from tests.vigie.exports.articles import HOSTILE, make_article, make_entry
from vigie.exports.redistribution import Article
from vigie.exports.references import make_key, write_bibtex, write_csl, write_ris

UNION = make_entry(document="ffff0000ffff0000", kind="union", source="rempart", source_name="Rempart Police Nationale")
UNDATED = make_entry(document="eeee0000eeee0000", date_origin="first_seen", authors=(), title=None)
BY_MONTH = make_entry(document="dddd0000dddd0000", date=datetime(2026, 2, 1, tzinfo=UTC), date_precision="month")
ARTICLES = [make_article(entry) for entry in (make_entry(), UNION, UNDATED, BY_MONTH, HOSTILE)]

# the variables of CSL 1.0.2 that are used here, with the type of each
CSL_TEXT = {"id", "type", "title", "container-title", "publisher", "URL", "language", "keyword", "abstract", "note"}
CSL_TYPES = {"article-newspaper", "webpage"}


def write(writer: Callable[[BinaryIO, list[Article]], None], articles: list[Article]) -> str:
    file = io.BytesIO()
    writer(file, articles)
    return file.getvalue().decode()


def test_ris_is_read_with_everything_in_its_place() -> None:
    text = write(write_ris, ARTICLES)

    press, union, undated, month, hostile = rispy.loads(text)
    assert (press["type_of_reference"], union["type_of_reference"]) == ("NEWS", "ELEC")
    assert press["title"] == "Grève à Roquefeuil : « Nous n’en pouvons plus »"
    assert press["authors"] == ["Jeanne Exemple", "Rédaction de Nantes"]
    assert (press["secondary_title"], press["year"]) == ("Le Courrier des Deux Rives", "2026")
    assert (press["date"], month["date"]) == ("2026/03/12/", "2026/02//")
    assert press["urls"] == [make_entry().url]
    assert press["keywords"] == ["police", "grève"]
    assert "capture 3" in press["notes"][0]
    assert "year" not in undated and "date" not in undated
    assert "Removed by the publisher" in hostile["notes"][0]
    assert text.count("\r\n") == text.count("\n")


def test_bibtex_is_read_with_everything_in_its_place() -> None:
    read = pybtex.database.parse_string(write(write_bibtex, ARTICLES), "bibtex")

    assert list(read.entries) == [make_key(article.entry) for article in ARTICLES]
    press = read.entries[make_key(make_entry())]
    assert (press.type, read.entries[make_key(UNION)].type) == ("article", "misc")
    assert press.fields["title"] == "{Grève à Roquefeuil : « Nous n’en pouvons plus »}"
    assert press.fields["journal"] == "Le Courrier des Deux Rives"
    assert (press.fields["year"], press.fields["month"], press.fields["date"]) == ("2026", "3", "2026-03-12")
    assert (press.fields["url"], press.fields["urldate"]) == (make_entry().url, "2026-03-13")
    assert [str(person) for person in press.persons["author"]] == ["{Jeanne Exemple}", "{Rédaction de Nantes}"]
    assert "year" not in read.entries[make_key(UNDATED)].fields


def test_signs_of_latex_are_escaped() -> None:
    read = pybtex.database.parse_string(write(write_bibtex, [make_article(HOSTILE)]), "bibtex")

    (entry,) = read.entries.values()
    assert r"\%\_\#\{\}\textbackslash{}" in entry.fields["title"]
    assert entry.fields["keywords"] == r"a\&b"


def test_keys_are_unique_and_stay() -> None:
    earlier = make_entry(version=2, current=False)

    assert make_key(make_entry()) == "rives2026-1a2b3c4d5e6f7a8b"
    assert make_key(earlier) == "rives2026-1a2b3c4d5e6f7a8b-v2"
    assert make_key(UNDATED) == "rives-eeee0000eeee0000"


def test_csl_items_hold_variables_of_the_right_type() -> None:
    items = json.loads(write(write_csl, ARTICLES))

    assert len({item["id"] for item in items}) == len(ARTICLES)
    for item in items:
        assert item["type"] in CSL_TYPES
        assert all(isinstance(item[name], str) and item[name] for name in CSL_TEXT & set(item))
        assert set(item) - CSL_TEXT <= {"author", "issued", "accessed"}
        assert all(set(name) == {"literal"} and name["literal"] for name in item.get("author", []))
        assert all(is_date(item[name]) for name in ("issued", "accessed") if name in item)
    assert items[3]["issued"] == {"date-parts": [[2026, 2]]}
    assert "issued" not in items[2]


def is_date(value: Any) -> bool:
    (parts,) = value["date-parts"]
    return set(value) == {"date-parts"} and 1 <= len(parts) <= 3 and all(type(part) is int for part in parts)


def test_a_citation_processor_writes_the_reference() -> None:
    items = json.loads(write(write_csl, [make_article(), make_article(UNION)]))
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    bibliography = CitationStylesBibliography(style, CiteProcJSON(items), formatter.plain)
    for item in items:
        bibliography.register(Citation([CitationItem(item["id"])]))

    lines = [str(line) for line in bibliography.bibliography()]

    assert "Jeanne Exemple" in lines[0] and "2026" in lines[0] and "Courrier des Deux Rives" in lines[0]
    assert make_entry().url in lines[1]


@pytest.mark.parametrize(("writer", "nothing"), [(write_ris, ""), (write_bibtex, ""), (write_csl, "[]\n")])
def test_no_articles_make_an_empty_file(writer: Callable[..., None], nothing: str) -> None:
    assert write(writer, []) == nothing
