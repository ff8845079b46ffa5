"""A press review as HTML and as PDF."""

import ctypes
import io
from datetime import timedelta
from typing import Any

import lxml.html
import pypdfium2
import pytest

from tests.vigie.exports.articles import HOSTILE, NOW, make_article, make_entry
from vigie.exports.redistribution import Article
from vigie.exports.review import CLOSING, UNTITLED, Head, write_head, write_pieces
from vigie.exports.review_html import write_review_html
from vigie.exports.review_pdf import write_review_pdf
from vigie.searching import Asked

pdfium: Any = pypdfium2.raw  # made by a generator, without types
ASKED = Asked("grève AND <b>préfecture</b>", since="2026-03", sort="newest")


def make_articles(count: int) -> list[Article]:
    """Articles a quarter of a day apart."""
    entry = make_entry()
    return [
        make_article(make_entry(document=f"{number:016}", date=entry.date - timedelta(hours=6 * number)))
        for number in range(count)
    ]


def make_html(articles: list[Article], asked: Asked | None = ASKED) -> Any:
    file = io.BytesIO()
    write_review_html(file, articles, write_head(asked, len(articles), NOW))
    return lxml.html.document_fromstring(file.getvalue().decode())


def make_pdf(articles: list[Article], asked: Asked | None = ASKED) -> pypdfium2.PdfDocument:
    file = io.BytesIO()
    write_review_pdf(file, articles, write_head(asked, len(articles), NOW), NOW)
    return pypdfium2.PdfDocument(file.getvalue())


def read_text(pdf: pypdfium2.PdfDocument) -> str:
    return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in pdf)


def list_links(pdf: pypdfium2.PdfDocument) -> list[str]:
    """The targets of all links of all pages."""
    links = []
    for page in pdf:
        place, link = ctypes.c_int(0), pdfium.FPDF_LINK()
        while pdfium.FPDFLink_Enumerate(page.raw, place, link):
            action = pdfium.FPDFLink_GetAction(link)
            target = ctypes.create_string_buffer(pdfium.FPDFAction_GetURIPath(pdf.raw, action, None, 0))
            pdfium.FPDFAction_GetURIPath(pdf.raw, action, target, len(target))
            links.append(target.value.decode())
    return links


def test_html_shows_title_source_date_extract_and_link() -> None:
    page = make_html([make_article()])

    (article,) = page.findall(".//article")
    link = article.find(".//a")
    assert link.get("href") == make_entry().url
    assert " ".join(link.text_content().split()) == "Grève à Roquefeuil : « Nous n’en pouvons plus »"
    about, extract = article.findall("p")
    assert about.text_content().startswith("Le Courrier des Deux Rives · 12 mars 2026 · Jeanne Exemple")
    assert extract.text_content().startswith("Les agents de nuit")


def test_html_needs_nothing_beside_it_and_runs_nothing() -> None:
    page = make_html([make_article(), make_article(HOSTILE)])

    assert page.xpath("//script | //img | //link | //iframe | //@onclick | //@src") == []
    assert page.xpath("//a/@href") == [make_entry().url]
    assert "default-src 'none'" in page.xpath("//meta[@http-equiv]/@content")[0]
    assert "javascript:alert(1)" in page.findall(".//article")[1].text_content()
    assert "<b>préfecture</b>" in page.find(".//header").text_content()


def test_days_are_announced_once_where_the_order_is_by_date() -> None:
    by_day = [day.text_content() for day in make_html(make_articles(6)).findall(".//h2")]
    by_relevance = make_html(make_articles(6), Asked("grève")).findall(".//h2")

    assert by_day == ["12 mars 2026", "11 mars 2026", "10 mars 2026"]
    assert by_relevance == []


def test_french_signs_do_not_begin_a_line() -> None:
    (piece,) = write_pieces([make_article(make_entry(title="« Où va-t-on ? » : 1 200 postes, 20 %"))], make_head())

    assert piece.title == "«\u00a0Où va-t-on\u202f?\u00a0»\u00a0: 1\u00a0200 postes, 20\u202f%"


def make_head() -> Head:
    return write_head(ASKED, 1, NOW)


def test_a_piece_says_what_must_be_known_before_quoting() -> None:
    (piece,) = write_pieces([make_article(HOSTILE)], make_head())
    (nameless,) = write_pieces([make_article(make_entry(title=None))], make_head())

    assert "date de première vue" in piece.about
    assert piece.about.endswith("supprimé par l’éditeur · version antérieure · réservé aux abonnés")
    assert nameless.title == UNTITLED


def test_a_pdf_shows_the_same_and_its_titles_are_links() -> None:
    pdf = make_pdf([make_article(), make_article(HOSTILE)])

    words = read_text(pdf)
    for wanted in (
        "Revue de presse",
        "2 articles",
        "Nous n’en pouvons plus",
        "12 mars 2026",
        "Les agents de nuit",
        CLOSING,
    ):
        assert wanted in words
    assert list_links(pdf) == [make_entry().url]


def test_a_long_pdf_has_numbered_pages_and_days_in_its_outline() -> None:
    pdf = make_pdf(make_articles(40))

    assert len(pdf) > 3
    last = " ".join(pdf[len(pdf) - 1].get_textpage().get_text_range().split())
    assert last.endswith(f"{len(pdf)}")
    assert [entry.get_title() for entry in pdf.get_toc()][:2] == ["12 mars 2026", "11 mars 2026"]
    assert set(list_links(pdf)) == {make_entry().url}
    assert pdf.get_metadata_dict()["Title"].startswith("Revue de presse")


@pytest.mark.parametrize("title", ["警察 😀 Police", "e\u0301te\u0301 العربية", "x" * 3000, "\U0010ffff"])
def test_letters_that_the_font_lacks_are_shown_as_boxes(title: str) -> None:
    words = read_text(make_pdf([make_article(make_entry(title=title))]))

    assert "Le Courrier des Deux Rives" in words
    assert ("☐" in words) == any(ord(letter) > 0x600 for letter in title if letter != "\U0010ffff")
