"""`extract` as a whole: what is a document, what is named something else, what is counted."""

from datetime import UTC, datetime

import pytest

from archive.outcomes import Outcome
from archive.records import Extraction, Page, Rejection
from crawler.extraction.extract import EXTRACTOR_VERSION, extract

NOW = datetime(2025, 3, 6, 12, 0, tzinfo=UTC)
SENTENCE = "La brigade de nuit attend depuis six semaines une réponse écrite de la direction départementale. "
ARTICLE = "<p>" + "</p><p>".join(f"{number}. {SENTENCE * 3}" for number in range(4)) + "</p>"


def page(
    body: str | bytes, url: str = "https://exemple.test/article", content_type: str = "text/html", cut: bool = False
) -> Page:
    raw = body.encode() if isinstance(body, str) else body
    return Page(body=raw, url=url, fetched_at=NOW, content_type=content_type, truncated=cut)


def html(body: str, title: str = "Un titre assez long pour un article", head: str = "") -> str:
    return f"<!doctype html><html lang='fr'><head><title>{title}</title>{head}</head><body>{body}</body></html>"


def reject(taken: Page) -> Rejection:
    result = extract(taken)
    assert isinstance(result, Rejection), result
    assert result.extractor_version == EXTRACTOR_VERSION
    return result


def accept(taken: Page) -> Extraction:
    result = extract(taken)
    assert isinstance(result, Extraction), result
    return result


def test_an_article_is_a_document_under_any_label() -> None:
    for content_type in ("text/html", "application/octet-stream", "image/png", ""):
        assert SENTENCE.strip() in accept(page(html(f"<main>{ARTICLE}</main>"), content_type=content_type)).text


@pytest.mark.parametrize("body", [b"PK\x03\x04rest", b"\x89PNG\r\n\x1a\n", b"Just words.", b'{"a": 1}', b"<rss></rss>"])
def test_what_is_no_page_is_named_so(body: bytes) -> None:
    assert reject(page(body)).outcome is Outcome.not_html


@pytest.mark.parametrize("body", [b"", b"   \n", b"<html><body></body></html>", b"<html>"])
def test_nothing_is_no_text(body: bytes) -> None:
    assert reject(page(body)).outcome is Outcome.no_text


def test_forty_words_without_a_sign_of_an_article_are_no_text() -> None:
    notice = "<p>Le bureau est fermé jusqu’au lundi 10. Merci de passer par la mairie annexe.</p>"

    assert reject(page(html(notice))).outcome is Outcome.no_text


def test_a_short_dated_brief_is_a_document() -> None:
    brief = (
        "Un homme de 34 ans a été interpellé mardi soir à Valmont après un vol de vélo devant la gare. Il sera jugé"
        " en juin par le tribunal de Montreval, indique le parquet."
    )
    head = '<meta property="article:published_time" content="2025-03-05T08:00:00Z">'
    body = f"<main><h1>Valmont : un vol de vélo</h1><p>{brief}</p></main>"

    assert accept(page(html(body, head=head))).text == brief


def test_a_cut_body_is_not_taken_for_the_whole() -> None:
    assert reject(page(html(ARTICLE), cut=True)).outcome is Outcome.truncated_body


@pytest.mark.parametrize("path", ["", "/", "/index.php", "/accueil"])
def test_a_home_page_is_a_listing(path: str) -> None:
    card = "<div><h2><a href='/{n}'>Une nouvelle de la Sarvène, numéro {n}</a></h2><p>{text}</p></div>"
    cards = "".join(card.format(n=number, text=SENTENCE) for number in range(6))

    result = reject(page(html(f"<main>{cards}</main>"), url=f"https://exemple.test{path}"))

    assert result.outcome is Outcome.listing_page


def test_an_article_with_many_teasers_below_is_no_listing() -> None:
    cards = "".join(f"<h3><a href='/{n}'>Une autre nouvelle de la Sarvène, numéro {n}</a></h3>" for n in range(20))

    short = f"<p>{SENTENCE * 3}</p><p>Au contraire, dit la direction. {SENTENCE * 2}</p>"

    accept(page(html(f"<main><h1>Un titre assez long pour un article</h1>{short}</main><section>{cards}</section>")))


def test_an_undated_list_of_teasers_is_a_listing() -> None:
    card = "<div><h2><a href='/{n}'>Une nouvelle de la Sarvène, numéro {n}</a></h2><p>{n} {text}</p></div>"
    cards = "".join(card.format(n=number, text=SENTENCE) for number in range(10))

    result = reject(page(html(f"<main><h1>La Sarvène</h1>{cards}</main>"), url="https://exemple.test/la-sarvene"))

    assert result.outcome is Outcome.listing_page


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("404 - Page non trouvée", "Retournez à l’accueil."),
        ("Erreur 404", SENTENCE),
        ("Exemple", "Cette page n’existe plus. Utilisez le moteur de recherche pour retrouver votre article."),
        ("Un instant…", "Vérifiez que vous êtes humain en cochant la case."),
        ("Résultats de recherche pour « police »", SENTENCE),
    ],
)
def test_pages_that_say_no_with_status_200(title: str, text: str) -> None:
    body = f"<main><h1>{title}</h1><p>{text}</p></main>"

    assert reject(page(html(body, title=title))).outcome is Outcome.not_an_article


def test_an_article_about_errors_and_cookies_stays_a_document() -> None:
    title = "Erreur judiciaire : six ans après"
    text = ARTICLE + "<p>Le site affichait « page introuvable » et un bandeau de cookies, a reconnu le ministère.</p>"

    accept(page(html(f"<main><h1>{title}</h1>{text}</main>", title=title)))


def test_a_long_paid_opening_is_a_document_marked_so() -> None:
    head = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>'

    assert accept(page(html(f"<main>{ARTICLE}</main>", head=head))).paywalled


def test_replaced_bytes_are_counted() -> None:
    body = html(f"<main>{ARTICLE}</main>").encode().replace(b"1. ", b"1. \xe9t\xe9 ")

    extraction = accept(page(body, content_type="text/html; charset=utf-8"))

    assert "été" in extraction.text
    assert extraction.replaced_bytes == 2
    assert extraction.encoding == "utf-8"


def test_links_to_pdf_of_a_rejected_page_are_kept() -> None:
    result = reject(page(html("<main><p>Notre tract : <a href='/docs/tract.pdf#page=1'>à lire</a></p></main>")))

    assert result.outcome is Outcome.no_text
    assert result.links_to_pdf == ("https://exemple.test/docs/tract.pdf",)


def test_markup_too_deep_for_the_parser_fails_by_name() -> None:
    result = reject(page("<html><body>" + "<div>" * 5000 + ARTICLE))

    assert result.outcome is Outcome.extraction_failed
    assert "depth" in result.detail


@pytest.mark.parametrize(
    "body",
    [
        "<html/><body><main>" + ARTICLE,
        "<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' 'x'><main>" + ARTICLE,
        "<?xml version='1.0' encoding='utf-16'?><html><body><main>" + ARTICLE,
        "<html><body><main>" + ARTICLE.replace("brigade", "bri\x00ga\x08de"),
        "<html><body><main>" + ARTICLE.replace("brigade", "bri&#xD800;ga&#0;de"),
        "<html><body><main>" + "<b>" * 900 + ARTICLE,
    ],
)
def test_faulty_markup_still_gives_its_text(body: str) -> None:
    assert "attend depuis six semaines" in accept(page(body)).text
