"""PDF files made here with a PDF library: text, title, dates; scans and broken files by name."""

from datetime import UTC, datetime

import pytest
from fpdf import FPDF

from archive.outcomes import Outcome
from archive.records import Extraction, Hint, Page, Rejection
from crawler.extraction.extract import extract
from crawler.extraction.pdf_lines import join_lines

NOW = datetime(2025, 3, 6, 12, 0, tzinfo=UTC)
HEADLINE = "Effectifs : la promesse non tenue"
BODY = (
    "Depuis le mois de janvier, les brigades de nuit travaillent à effectif réduit. Les collègues ont été rappelés"
    " sur leurs repos, parfois la veille pour le lendemain, sans aucune compensation prévue par le règlement."
)
TOPICS = ("les effectifs", "les horaires", "les véhicules", "la formation")


def make_pdf(pages: int = 1, title: str = "", text: bool = True, created: datetime | None = NOW) -> bytes:
    pdf = FPDF()
    if created is not None:
        pdf.set_creation_date(created)
    if title:
        pdf.set_title(title)
    for number in range(pages):
        pdf.add_page()
        if not text:
            pdf.rect(10, 10, 50, 50)
            continue
        write_page(pdf, number, pages)
    return bytes(pdf.output())


def write_page(pdf: FPDF, number: int, pages: int) -> None:
    pdf.set_font("Helvetica", size=8)
    pdf.cell(0, 5, "Syndicat des agents de Valmont - section de nuit", new_x="LMARGIN", new_y="NEXT")
    if number == 0:
        pdf.set_font("Helvetica", style="B", size=22)
        pdf.multi_cell(0, 10, HEADLINE, new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("Helvetica", size=11)
    pdf.multi_cell(0, 6, f"Sur {TOPICS[number % 4]} : {BODY}", new_x="LMARGIN", new_y="NEXT")
    pdf.multi_cell(0, 6, "- un calendrier de recrutement ;\n- le paiement des heures.", new_x="LMARGIN", new_y="NEXT")
    pdf.multi_cell(0, 6, f"Nous en parlerons à propos de {TOPICS[(number + 1) % 4]}.", new_x="LMARGIN", new_y="NEXT")
    pdf.set_y(-25)
    pdf.cell(0, 5, f"Page {number + 1}/{pages}")


def take(body: bytes, hints: tuple[Hint, ...] = ()) -> Extraction | Rejection:
    url = "https://agents.test/t.pdf"
    return extract(Page(body=body, url=url, fetched_at=NOW, content_type="text/html", hints=hints))


def accept(body: bytes, hints: tuple[Hint, ...] = ()) -> Extraction:
    result = take(body, hints)
    assert isinstance(result, Extraction), result
    return result


def test_lines_are_paragraphs_again_and_running_lines_are_gone() -> None:
    lines = accept(make_pdf(pages=4)).text.splitlines()

    assert lines[0] == HEADLINE
    assert lines[1] == f"Sur les effectifs : {BODY}"
    assert lines[2:4] == ["- un calendrier de recrutement ;", "- le paiement des heures."]
    assert not any("Page" in line or "section de nuit" in line for line in lines)
    assert sum(line.startswith("Sur ") for line in lines) == 4


def test_the_title_the_file_gives_itself_is_the_title() -> None:
    extraction = accept(make_pdf(title="Effectifs de nuit, communiqué du bureau"))

    assert extraction.title == "Effectifs de nuit, communiqué du bureau"
    assert {claim.origin for claim in extraction.claims} == {"pdf"}


@pytest.mark.parametrize("title", ["", "Microsoft Word - tract v3.docx", "Document1", "tract_final.pdf", "20250304"])
def test_the_largest_letters_are_the_title_where_the_file_names_none(title: str) -> None:
    assert accept(make_pdf(title=title)).title == HEADLINE


def test_the_date_of_the_file_is_a_claim_and_what_the_feed_says_wins() -> None:
    alone = accept(make_pdf(created=datetime(2025, 3, 4, 9, 30, tzinfo=UTC)))
    hint = Hint(through="feed", source="agents", published="Wed, 05 Mar 2025 08:00:00 +0100")
    told = accept(make_pdf(created=datetime(2025, 3, 4, 9, 30, tzinfo=UTC)), (hint,))

    assert alone.published_at == datetime(2025, 3, 3, 23, 0, tzinfo=UTC)
    assert (alone.published_precision, alone.published_origin) == ("day", "pdf")
    assert (told.published_at, told.published_origin) == (datetime(2025, 3, 5, 7, 0, tzinfo=UTC), "feed")


def test_a_date_of_the_future_is_doubted() -> None:
    extraction = accept(make_pdf(created=datetime(2031, 1, 1, tzinfo=UTC)))

    assert extraction.published_doubt == "future"


def test_a_scan_is_image_only() -> None:
    result = take(make_pdf(pages=2, text=False))

    assert isinstance(result, Rejection)
    assert (result.outcome, result.detail) == (Outcome.image_only, "2 pages")


def test_a_locked_file_and_a_broken_one_fail_by_name() -> None:
    pdf = FPDF()
    pdf.set_encryption(owner_password="a", user_password="b")
    pdf.add_page()
    for body, detail in ((bytes(pdf.output()), "password"), (b"%PDF-1.7\nnothing", "broken")):
        result = take(body)
        assert isinstance(result, Rejection)
        assert result.outcome is Outcome.extraction_failed
        assert detail in result.detail


@pytest.mark.parametrize(
    ("lines", "paragraph"),
    [
        (["nous demandons une négo-", "ciation immédiate"], "nous demandons une négociation immédiate"),
        (["c'est-à-", "dire sous huit jours"], "c'est-à-dire sous huit jours"),
        (["il viendra peut-", "être demain"], "il viendra peut-être demain"),
        (["le porte-parole et le porte-", "parole adjoint"], "le porte-parole et le porte-parole adjoint"),
        (["l'inter\u00ad", "syndicale"], "l'intersyndicale"),
        (["une négo\ufffeciation"], "une négociation"),
        (["intersyndicale et inter-", "syndicale"], "intersyndicale et intersyndicale"),
    ],
)
def test_words_divided_at_line_ends(lines: list[str], paragraph: str) -> None:
    assert join_lines(lines) == [paragraph]
