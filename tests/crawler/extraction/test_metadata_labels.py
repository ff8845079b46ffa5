"""Section, tags, lead, language, addresses, paywall and page type."""

import pytest

from crawler.extraction.metadata.language import load_detector
from tests.crawler.extraction.written_pages import BODY_TEXT, TITLE, linked, meta, read

LEAD = "Un fonctionnaire de la brigade de nuit a été blessé à la jambe à Montfleury. Le conducteur a été interpellé."


def test_section_and_tags_of_json_ld_come_first() -> None:
    found = read(
        head=linked(
            {"@type": "NewsArticle", "articleSection": ["Faits divers"], "keywords": "police, Montfleury, Police"}
        )
        + meta(article__section="Actualités", article__tag="autre")
    )

    assert (found.section, found.tags) == ("Faits divers", ("police", "Montfleury"))


def test_section_and_tags_of_metas() -> None:
    found = read(
        head=meta(article__section="Faits &amp; divers") + '<meta property="article:tag" content="police">'
        '<meta property="article:tag" content="Montfleury">' + meta(keywords="jamais, ceux-ci")
    )

    assert (found.section, found.tags) == ("Faits & divers", ("police", "Montfleury"))


def test_the_place_on_the_front_page_is_no_section() -> None:
    assert read(head=meta(article__section="À la une, Société")).section == "Société"
    assert read(head=meta(article__section="Non classé")).section is None


def test_a_commenters_opening_is_not_the_lead() -> None:
    body = "<p>x</p>" * 40 + '<div class="comment-chapo">Jean le 11 septembre à 12 h 57, répondre à ce message</div>'

    assert read(body).lead is None


def test_the_standfirst_is_the_lead() -> None:
    found = read(
        f'<p class="article-chapo">{LEAD}</p>', meta(og__description="Une autre phrase faite pour les réseaux sociaux.")
    )

    assert found.lead == LEAD


def test_a_description_that_was_cut_is_completed_from_the_text() -> None:
    cut = BODY_TEXT[:70] + "…"

    whole = read(head=meta(og__description=cut), text=BODY_TEXT)
    unknown = read(head=meta(og__description="Une phrase que le texte de cette page ne contient pas..."))

    assert whole.lead == BODY_TEXT
    assert unknown.lead == "Une phrase que le texte de cette page ne contient pas..."


@pytest.mark.parametrize("description", [TITLE, "Accueil", ""])
def test_a_description_that_says_nothing_is_no_lead(description: str) -> None:
    assert read(head=meta(og__description=description)).lead is None


@pytest.mark.parametrize(
    ("lang", "head", "expected"),
    [
        ("fr-FR", "", "fr"),
        ("FR_fr", "", "fr"),
        ("", meta(og__locale="fr_FR"), "fr"),
        ("", '<meta http-equiv="content-language" content="fr">', "fr"),
        ("", linked({"@type": "Article", "inLanguage": "French"}), "fr"),
        ("en-US", meta(og__locale="fr_FR"), "fr"),
        ("utf-8", meta(og__locale="fr_FR"), "fr"),
        ("fra", "", "fr"),
    ],
)
def test_a_declared_language_that_the_words_confirm_needs_no_detector(lang: str, head: str, expected: str) -> None:
    load_detector.cache_clear()

    assert read(head=head, lang=lang).language == expected
    assert load_detector.cache_info().currsize == 0


def test_the_words_decide_where_the_declaration_is_wrong_or_missing() -> None:
    english = (
        "The officers of the night shift were called to the harbour after a driver refused to stop at the checkpoint. "
        "They have asked the council for more staff before the end of the year, and the council has agreed to it."
    )

    assert read(lang="fr", text=english).language == "en"
    assert read(lang="").language == "fr"
    assert read(lang="de", text=BODY_TEXT).language == "fr"


def test_a_short_text_is_taken_at_the_declarations_or_the_sources_word() -> None:
    assert read(lang="de", text="Tract.").language == "de"
    assert read(lang="", text="Tract.").language == "fr"


HERE = "https://www.gazette-du-val.test/faits-divers/tir-a-montfleury-1234"


@pytest.mark.parametrize(
    ("links", "canonical", "elsewhere"),
    [
        ([HERE], HERE, ()),
        (["/faits-divers/tir"], "https://www.gazette-du-val.test/faits-divers/tir", ()),
        (["https://gazette-du-val.test/tir#haut"], "https://gazette-du-val.test/tir", ()),
        ([HERE, HERE], HERE, ()),
        ([HERE, HERE + "-bis"], None, ()),
        (["https://www.autre-titre.test/tir"], None, ("https://www.autre-titre.test/tir",)),
        (["http://"], None, ()),
        (["https://[::1"], None, ()),
        (["https://www.gazette-du-val.test:99999/tir"], None, ()),
        (["javascript:void(0)"], None, ()),
        (["https://user:secret@www.gazette-du-val.test/tir"], None, ()),
        (["https://tir-a-montfleury"], None, ()),
        (["https://www.gazette-du-val.test/un titre"], None, ()),
        (["x" * 3000], None, ()),
        ([""], None, ()),
        ([], None, ()),
    ],
)
def test_canonical_links(links: list[str], canonical: str | None, elsewhere: tuple[str, ...]) -> None:
    found = read(head="".join(f'<link rel="canonical" href="{href}">' for href in links))

    assert (found.canonical_url, found.also_at) == (canonical, elsewhere)


def test_og_url_on_another_host_is_where_the_text_also_stands() -> None:
    found = read(head=f'<link rel="canonical" href="{HERE}">' + meta(og__url="https://www.agence.test/depeche/9"))

    assert (found.canonical_url, found.also_at) == (HERE, ("https://www.agence.test/depeche/9",))


@pytest.mark.parametrize(
    ("body", "head", "expected"),
    [
        ("", linked({"@type": "NewsArticle", "isAccessibleForFree": False}), True),
        ("", linked({"@type": "NewsArticle", "isAccessibleForFree": "False"}), True),
        ("", linked({"@type": "NewsArticle", "isAccessibleForFree": "http://schema.org/False"}), True),
        ("", linked({"@type": "NewsArticle", "hasPart": {"isAccessibleForFree": "false", "cssSelector": ".x"}}), True),
        ("", linked({"@type": "NewsArticle", "isAccessibleForFree": True}), False),
        ("", meta(article__content_tier="locked"), True),
        ("", meta(article__content_tier="free"), False),
        ("", '<meta name="ispremium" content="1">', True),
        ("<p>Cet article est réservé aux abonnés.</p>", "", True),
        ("<p>Il vous reste 72 % de cet article à lire.</p>", "", True),
        ("<p>Il vous reste 72.5% à lire</p>", "", True),
        ("<div>Abonnez-vous pour lire la suite</div>", "", True),
        ("<p>La suite est réservée à nos abonnés</p>", "", True),
        ("<a>Abonnez-vous à partir de 1 € par mois</a><p>Déjà abonné ?</p>", "", False),
        ("<h4>Pour lire la suite</h4>", "", True),
        ("<ul><li><a href='/b'><span>Article réservé aux abonnés</span> Un autre sujet</a></li></ul>", "", False),
        ("<a href='/b'><div>Article réservé à nos abonnés</div></a>", "", False),
        ("", meta(article__content_tier="metered"), False),
        ("<p>Cet article est réservé aux abonnés.</p>", meta(article__content_tier="free"), False),
        ("<p style='display:none'>Cet article est réservé aux abonnés.</p>", "", False),
        ("", "", False),
    ],
)
def test_paywalls(body: str, head: str, expected: bool) -> None:
    assert read(body, head).paywalled is expected


def test_the_page_says_what_it_is() -> None:
    assert read(head=meta(og__type="Article")).page_type == "article"
    assert read(head=linked({"@type": "WebPage"})).page_type == "webpage"
    assert read().page_type is None
