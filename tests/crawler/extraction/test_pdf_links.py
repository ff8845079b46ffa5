"""Which links of a page lead to a PDF that belongs to it."""

import pytest

from crawler.extraction.page_tree import parse_page
from crawler.extraction.pdf_links import find_pdf_links

URL = "https://agents.test/actualites/article/"


def find(body: str) -> tuple[str, ...]:
    parsed = parse_page(f"<html><body>{body}</body></html>")
    assert parsed is not None
    return find_pdf_links(parsed.root, None, URL)


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("<a href='tract.pdf'>x</a>", "https://agents.test/actualites/article/tract.pdf"),
        ("<a href='/docs/Tract%20n1.PDF?v=2'>x</a>", "https://agents.test/docs/Tract%20n1.PDF?v=2"),
        ("<a href='//cdn.test/t.pdf#page=2'>x</a>", "https://cdn.test/t.pdf"),
        ("<a href='/telecharger/12' type='application/pdf'>x</a>", "https://agents.test/telecharger/12"),
        ("<iframe src='/docs/t.pdf'></iframe>", "https://agents.test/docs/t.pdf"),
        ("<object data='t.pdf'></object>", "https://agents.test/actualites/article/t.pdf"),
    ],
)
def test_found(link: str, address: str) -> None:
    assert find(f"<main>{link}{link}</main>") == (address,)


@pytest.mark.parametrize(
    "link",
    [
        "<a href='/page.html'>Le PDF de demain</a>",
        "<a href='/pdf/'>Tous les PDF</a>",
        "<a href='javascript:open(\"t.pdf\")'>x</a>",
        "<a href='file:///etc/t.pdf'>x</a>",
        "<a href='https://moi:secret@agents.test/t.pdf'>x</a>",
        "<a href='http://[bad/t.pdf'>x</a>",
        "<footer><a href='/mentions.pdf'>x</a></footer>",
        "<nav><a href='/statuts.pdf'>x</a></nav>",
    ],
)
def test_not_taken(link: str) -> None:
    assert find(f"<main>{link}</main>") == ()


def test_the_base_of_the_page_counts() -> None:
    parsed = parse_page("<html><head><base href='/fichiers/'></head><body><a href='t.pdf'>x</a></body></html>")
    assert parsed is not None

    assert find_pdf_links(parsed.root, None, URL) == ("https://agents.test/fichiers/t.pdf",)


def test_files_listed_below_the_text_belong_to_the_article_and_others_do_not() -> None:
    parsed = parse_page(
        "<main><article><div id='t'><p>Texte</p></div><ul><li><a href='a.pdf'>x</a></li></ul></article>"
        "<article><a href='b.pdf'>x</a></article></main>"
    )
    assert parsed is not None

    found = find_pdf_links(parsed.root, parsed.root.find(".//div"), URL)

    assert found == ("https://agents.test/actualites/article/a.pdf",)
