"""What may go out of an article, in every format there is."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import BinaryIO

import pypdfium2
import pytest

from config.source import Redistribution, Source
from indexer.highlight import Snippet
from tests.vigie.exports.articles import LEAD, NOW, TEXT, make_article, make_entry, make_picked
from vigie.exports import references, tables
from vigie.exports.records import write_jsonl
from vigie.exports.redistribution import EXTRACT_CHARS, Article, Rules
from vigie.exports.review import write_head
from vigie.exports.review_html import write_review_html
from vigie.exports.review_pdf import write_review_pdf

SECRET = "pastèque"
LEAD_WORD = "clémentine"
BODY = f"{LEAD} Une {LEAD_WORD} pour chacun. " + "Une phrase de plus, sans rien de particulier. " * 20 + SECRET
HEAD = write_head(None, 1, NOW)

Writer = Callable[[BinaryIO, list[Article]], None]
WRITERS: dict[str, Writer] = {
    "csv": lambda file, articles: tables.write_csv(file, articles, with_text=True, bom=False),
    "xlsx": lambda file, articles: tables.write_xlsx(file, articles, with_text=True, made_at=NOW),
    "jsonl": write_jsonl,
    "ris": references.write_ris,
    "bibtex": references.write_bibtex,
    "csl-json": references.write_csl,
    "review-html": lambda file, articles: write_review_html(file, articles, HEAD),
    "review-pdf": lambda file, articles: write_review_pdf(file, articles, HEAD, NOW),
}
CARRY_TEXT = ("csv", "xlsx", "jsonl", "review-html", "review-pdf")


def read_words(form: str, rule: Redistribution) -> str:
    """Everything that can be read in a file of this format with one article under this rule."""
    entry = make_entry(text=BODY, lead=f"{LEAD} Une {LEAD_WORD} pour chacun.")
    file = io.BytesIO()
    WRITERS[form](file, [make_article(entry, rule, with_text=True)])
    data = file.getvalue()
    if form == "xlsx":
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            return "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    if form == "review-pdf":
        pages = pypdfium2.PdfDocument(data)
        return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in pages)
    return data.decode()


@pytest.mark.parametrize("form", WRITERS)
def test_title_alone_lets_neither_extract_nor_text_out(form: str) -> None:
    words = read_words(form, "title")

    assert "Roquefeuil" in words
    assert LEAD_WORD not in words and SECRET not in words and "préfecture" not in words


@pytest.mark.parametrize("form", WRITERS)
def test_extract_lets_a_short_piece_out_and_never_the_text(form: str) -> None:
    words = read_words(form, "extract")

    assert LEAD_WORD in words
    assert SECRET not in words


@pytest.mark.parametrize("form", CARRY_TEXT)
def test_full_lets_the_text_out_where_it_was_asked_for(form: str) -> None:
    assert SECRET in read_words(form, "full")


def test_the_text_goes_out_only_where_it_was_asked_for() -> None:
    article = make_article(rule="full")

    assert article.text is None
    assert article.entry.text == ""
    assert "text" not in article.as_json()


def test_an_extract_is_never_more_than_half_of_a_short_text() -> None:
    short = "Rassemblement demain à midi devant la préfecture de Roquefeuil, venez nombreux."

    extract = make_article(make_entry(text=short, lead=short)).extract

    assert extract is not None and short.startswith(extract.removesuffix(" …"))
    assert len(extract) <= len(short) // 2 + 2


def test_an_extract_of_a_long_text_ends_with_a_word() -> None:
    extract = make_article(make_entry(lead=None)).extract

    assert extract is not None and len(extract) <= EXTRACT_CHARS + 2
    assert " ".join(TEXT.split())[len(extract.removesuffix(" …"))] == " "


def test_the_passage_that_matched_is_cut_like_an_extract() -> None:
    picked = make_picked()
    long = Snippet("mot " * 200, ((0, 3), (796, 799)))

    (article,) = Rules({}, own_use=True).apply([picked])
    (cut,) = Rules({"rives": make_source("extract")}).apply([type(picked)(picked.entry, NOW, long, None)])
    (bare,) = Rules({"rives": make_source("title")}).apply([picked])

    assert article.snippet == picked.snippet
    assert len(cut.snippet.text) <= EXTRACT_CHARS + 2 and cut.snippet.spans == ((0, 3),)
    assert bare.snippet == Snippet("")


def make_source(rule: Redistribution) -> Source:
    return Source(
        id="rives", name="Le Courrier des Deux Rives", kind="regional_press",
        homepage="https://rives.exemple.test/", feeds=("https://rives.exemple.test/rss",), redistribution=rule,
    )  # fmt: skip


@pytest.mark.parametrize(("rule", "extract", "page"), [("title", 0, 0), ("extract", 1, 0), ("full", 1, 1)])
def test_the_rule_is_that_of_the_source(rule: Redistribution, extract: int, page: int) -> None:
    rules = Rules({"rives": make_source(rule)}, with_text=True)

    (article,) = rules.apply([make_picked()])

    assert (bool(article.extract), article.with_page, bool(article.text)) == (bool(extract), bool(page), bool(page))
    assert rules.carried == 1
    assert rules.without_page == rules.without_text == ({} if page else {"rives": 1})


def test_a_source_that_is_no_longer_configured_counts_as_title() -> None:
    (article,) = Rules({}).apply([make_picked()])

    assert (article.extract, article.with_page) == (None, False)


def test_own_use_lifts_the_rules() -> None:
    rules = Rules({"rives": make_source("title")}, own_use=True, with_text=True)

    (article,) = rules.apply([make_picked()])

    assert article.text == TEXT and article.with_page
    assert not rules.without_page


def test_a_record_is_that_of_a_search_without_what_must_stay() -> None:
    record = json.loads(json.dumps(make_article(rule="title").as_json()))

    assert record["title"].startswith("Grève")
    assert (record["lead"], record["snippet"]) == (None, {"text": "", "marks": []})
