"""Reading metadata as a whole: nothing is changed, nothing raises, whatever the page."""

import random
from datetime import UTC, datetime

from lxml import html

from archive.records import Page
from crawler.extraction.metadata import read_metadata
from tests.crawler.extraction.written_pages import BODY_TEXT, FETCHED_AT, TITLE, URL, linked, meta

PAGE = (
    '<!DOCTYPE html><html lang="fr"><head><!-- tête -->'
    + linked({"@type": "NewsArticle", "headline": TITLE, "author": "Anne Dupré", "datePublished": "2025-10-08"})
    + meta(og__title=TITLE, article__published_time="2025-10-08T14:30:00+02:00")
    + f"</head><body><?pi x?><nav>Menu</nav><h1>{TITLE}<!-- c --></h1>"
    + '<p class="byline">Par Anne Dupré</p><time datetime="2025-10-08T14:30">8 octobre</time>'
    + f"<p>{BODY_TEXT}</p><!-- fin --></body></html>"
)


def test_the_tree_is_not_changed() -> None:
    tree = html.document_fromstring(PAGE)
    before = html.tostring(tree)

    read_metadata(tree, Page(b"", URL, FETCHED_AT), BODY_TEXT)

    assert html.tostring(tree) == before


def test_reading_twice_gives_the_same() -> None:
    page = Page(b"", URL, FETCHED_AT)

    first = read_metadata(html.document_fromstring(PAGE), page, BODY_TEXT)
    second = read_metadata(html.document_fromstring(PAGE), page, BODY_TEXT)

    assert first == second
    assert (first.title, first.authors) == (TITLE, ("Anne Dupré",))


def test_damaged_pages_never_raise_and_never_give_an_impossible_date() -> None:
    chance = random.Random(8)
    for _ in range(400):
        signs = list(PAGE)
        for _ in range(chance.randint(1, 40)):
            place = chance.randrange(len(signs))
            signs[place] = chance.choice(["", "<", ">", '"', "}", "9", "\x00", "é", "&", "</script>", "\ud83d"])
        written = "".join(signs).replace("\x00", "").encode("utf-8", "ignore").decode()
        tree = html.document_fromstring(written)

        found = read_metadata(tree, Page(b"", URL, FETCHED_AT), BODY_TEXT)

        if found.published_at is not None and found.published_doubt is None:
            assert datetime(1995, 1, 1, tzinfo=UTC) <= found.published_at <= datetime(2025, 10, 10, 10, tzinfo=UTC)


def test_an_empty_page_has_no_metadata() -> None:
    found = read_metadata(html.document_fromstring("<html><body></body></html>"), Page(b"", URL, FETCHED_AT), "")

    assert (found.title, found.authors, found.published_at, found.claims) == (None, (), None, ())
    assert found.language == "fr"  # the source's


def test_a_strange_address_is_survived() -> None:
    for url in ("https://[::1", "about:blank", "", "https://www.gazette-du-val.test/?q=2025/10/08"):
        found = read_metadata(html.document_fromstring(PAGE), Page(b"", url, FETCHED_AT), BODY_TEXT)

        assert found.title == TITLE
