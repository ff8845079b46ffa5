"""Who signs: every way in which publishers name authors, and what is no name."""

from typing import Any

import pytest

from archive.records import Hint
from crawler.extraction.metadata.person_names import split_names
from tests.crawler.extraction.written_pages import TITLE, chosen, claims_of, linked, meta, read


def article(author: Any) -> str:
    return linked({"@type": "NewsArticle", "headline": TITLE, "author": author})


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("Anne Dupré", ("Anne Dupré",)),
        ("Par Anne Dupré et Luc Martin", ("Anne Dupré", "Luc Martin")),
        ({"@type": "Person", "name": "Anne Dupré"}, ("Anne Dupré",)),
        ([{"@type": "Person", "name": "Anne Dupré"}, {"name": "Luc Martin"}], ("Anne Dupré", "Luc Martin")),
        ({"@type": "Person", "name": ["Anne Dupré", "Luc Martin"]}, ("Anne Dupré", "Luc Martin")),
        ({"@type": "Person", "givenName": "Anne", "familyName": "Dupré"}, ("Anne Dupré",)),
        ({"@type": "Person", "name": "ANNE DUPRÉ"}, ("Anne Dupré",)),
        ({"@type": "Person", "name": "Anne Dupr&eacute;"}, ("Anne Dupré",)),
        ([{"@type": "Person", "name": "Anne Dupré"}, {"@type": "Organization", "name": "AFP"}], ("Anne Dupré", "AFP")),
        ([{"@type": "Organization", "name": "Gazette du Val"}, {"name": "Anne Dupré"}], ("Anne Dupré",)),
        ("La rédaction", ("La rédaction",)),
        ("Gazette du Val avec AFP", ("Gazette du Val avec AFP",)),
        ("Per-Erik Solberg", ("Per-Erik Solberg",)),
    ],
)  # fmt: skip
def test_json_ld_authors(author: Any, expected: tuple[str, ...]) -> None:
    found = read(head=article(author) + meta(og__site_name="Gazette du Val"))

    assert found.authors == expected
    assert {claim.origin for claim in claims_of(found, "authors") if claim.chosen} == {"json_ld"}


def test_a_reference_to_another_node_is_followed() -> None:
    graph = {
        "@graph": [
            {"@type": "Article", "headline": TITLE, "author": {"@id": "#anne"}},
            {"@type": "Person", "@id": "#anne", "name": "Anne Dupré"},
        ]
    }

    assert read(head=linked(graph)).authors == ("Anne Dupré",)


@pytest.mark.parametrize(
    "head",
    [
        '<meta name="author" content="Anne Dupré">',
        '<meta property="article:author" content="Anne Dupré">',
        '<meta name="parsely-author" content="Par Anne Dupré">',
        '<meta name="DC.Creator" content="Anne Dupré (Gazette du Val)">',
        '<meta name="sailthru.author" content="anne dupré"><meta name="author" content="https://www.gazette.test/anne">'.replace(
            "anne dupré", "Anne Dupré"
        ),
    ],
)
def test_meta_authors(head: str) -> None:
    found = read(head=head)

    assert found.authors == ("Anne Dupré",)
    assert chosen(found, "authors").origin == "meta"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<a rel="author" href="/a">Anne Dupré</a>', ("Anne Dupré",)),
        ('<span itemprop="author"><span itemprop="name">Anne Dupré</span></span>', ("Anne Dupré",)),
        ('<p class="article-byline">Par Anne Dupré et Luc Martin</p>', ("Anne Dupré", "Luc Martin")),
        ('<p class="signature">Anne Dupré, journaliste</p>', ("Anne Dupré",)),
        ('<p class="auteur"><a href="/a">Anne Dupré</a><a href="/l">Luc Martin</a></p>', ("Anne Dupré", "Luc Martin")),
        ("<p>Par Anne Dupré</p>", ("Anne Dupré",)),
        ("<p>Propos recueillis par Anne Dupré</p>", ("Anne Dupré",)),
        ("<p>Par Anne Dupré (Bruxelles, bureau européen)</p>", ("Anne Dupré",)),
        ("<p>Par Anne Dupré (avec Luc Martin et Zoé Blanc)</p>", ("Anne Dupré", "Luc Martin", "Zoé Blanc")),
        ("<p>Par Anne Dupré avec AFP</p>", ("Anne Dupré",)),
        ("<p>Publié le 8 octobre 2025 par Anne Dupré</p>", ("Anne Dupré",)),
        ("<p>Par Anne | Publié le 8 octobre 2025</p>", ("Anne",)),
        ("<p>Auteur : Anne Dupré</p>", ("Anne Dupré",)),
        ("<p>Par Jean de La Tour d'Aumont</p>", ("Jean de La Tour d'Aumont",)),
    ],
)
def test_bylines_near_the_headline(body: str, expected: tuple[str, ...]) -> None:
    found = read(body)

    assert found.authors == expected
    assert {claim.origin for claim in claims_of(found, "authors") if claim.chosen} == {"page"}


@pytest.mark.parametrize(
    "body",
    [
        "<p>Par ailleurs, la préfecture confirme.</p>",
        "<p>Par Décision du Tribunal, la rue sera fermée aux riverains dès lundi</p>",
        "<p>Discours prononcé par Marc Leroy</p>",
        "<p>Le 8 octobre 2025, un homme a été interpellé par une patrouille de nuit</p>",
        '<figure><figcaption class="author">Anne Dupré</figcaption></figure>',
        '<p class="photo-author">Anne Dupré</p>',
        '<aside><p class="author">Anne Dupré</p></aside>',
        '<p class="author">admin</p>',
        '<p class="author">Partager sur les réseaux</p>',
        "<p>x</p>" * 50 + '<p class="comment-author">Anne Dupré</p>',
    ],
)
def test_what_is_no_byline(body: str) -> None:
    assert read(body).authors == ()


@pytest.mark.parametrize(
    "author",
    ["admin", "administrateur", "https://www.gazette.test/a", "contact@gazette.test", "@gazette", "", "12345", "null"],
)
def test_what_is_no_name_is_kept_as_a_claim_and_believed_by_nobody(author: str) -> None:
    found = read(head=article(author))

    assert found.authors == ()
    assert [(claim.text, claim.value) for claim in claims_of(found, "authors")] == ([(author, None)] if author else [])


def test_a_person_in_the_byline_wins_over_the_newsroom_in_the_head() -> None:
    found = read("<p class='byline'>Par Anne Dupré</p>", article({"@type": "Organization", "name": "La rédaction"}))

    assert found.authors == ("Anne Dupré",)


def test_a_byline_that_names_the_same_and_more_is_believed() -> None:
    found = read("<p>Par Anne Dupré et Luc Martin</p>", article("Anne Dupré"))

    assert found.authors == ("Anne Dupré", "Luc Martin")
    assert {claim.rule for claim in claims_of(found, "authors") if claim.chosen} == {"byline_names_more:joined_byline"}


def test_an_agency_is_better_than_the_sites_own_name() -> None:
    found = read("<p>Par Agence Fictive Presse</p>", article("Gazette du Val") + meta(og__site_name="Gazette du Val"))

    assert found.authors == ("Agence Fictive Presse",)


def test_the_feeds_authors_are_asked_last() -> None:
    found = read(hints=(Hint("feed", "gazette", authors=("Anne Dupré",)),))

    assert (found.authors, chosen(found, "authors").origin) == (("Anne Dupré",), "feed")


def test_bylines_of_two_articles_are_two_statements() -> None:
    found = read('<p class="author">Anne Dupré</p>' + "<p>x</p>" * 6 + '<p class="author">Luc Martin</p>')

    assert found.authors == ("Anne Dupré",)
    assert {claim.value for claim in claims_of(found, "authors")} == {"Anne Dupré", "Luc Martin"}


def test_the_card_of_another_article_lends_no_author() -> None:
    card = '<article><h3>Autre sujet</h3><p class="author">Luc Martin</p></article>'

    assert read(f"<article><h1>{TITLE}</h1><p>Un texte.</p>{card}</article>", title=None).authors == ()


def test_names_are_split_only_where_names_end() -> None:
    assert split_names("Anne Dupré, Luc Martin & Zoé Blanc; Eva Roy") == [
        "Anne Dupré",
        "Luc Martin",
        "Zoé Blanc",
        "Eva Roy",
    ]
    assert split_names("Chloé Vandamme-Etienne") == ["Chloé Vandamme-Etienne"]
    assert split_names("Barbara de Fontaine") == ["Barbara de Fontaine"]
    assert split_names("Sacha D.") == ["Sacha D."]
