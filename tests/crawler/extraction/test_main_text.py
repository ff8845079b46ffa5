"""The main text against the furniture of a page, on pages of our own."""

import pytest

from crawler.extraction.furniture import is_furniture_line
from crawler.extraction.main_text import find_main_text
from crawler.extraction.page_tree import parse_page
from crawler.extraction.page_walk import walk_page

FIRST = (
    "Les agents de la brigade de nuit ont remis hier leurs clefs au chef de poste, faute de véhicule en état de"
    " rouler, raconte leur délégué, qui attend depuis six semaines une réponse de la direction départementale."
)
SECOND = (
    "La préfecture de la Sarvène assure que trois voitures neuves seront livrées avant la fin du mois, et que le"
    " garage de Valmont recevra les pièces commandées au printemps pour les deux autres."
)
THIRD = (
    "En attendant, les patrouilles se font à pied dans le centre, et deux équipages de Montreval sont appelés en"
    " renfort pour les quartiers les plus éloignés, jusqu’à une heure du matin."
)


def read(body: str, head: str = "") -> str:
    parsed = parse_page(f"<html><head><title>Titre</title>{head}</head><body>{body}</body></html>")
    assert parsed is not None
    return find_main_text(parsed.root).text


def article(*parts: str) -> str:
    body = "".join(parts)
    return f"<main><article><h1>Clefs rendues à Valmont</h1><div class='corps'>{body}</div></article></main>"


def p(text: str) -> str:
    return f"<p>{text}</p>"


def test_paragraphs_come_out_in_order_without_the_headline() -> None:
    assert read(article(p(FIRST), p(SECOND), p(THIRD))) == f"{FIRST}\n{SECOND}\n{THIRD}"


@pytest.mark.parametrize(
    "furniture",
    [
        "<p>Lire aussi : <a href='/x'>Le garage fermé depuis mai</a></p>",
        "<p>À lire également : nos conseils pour l’hiver</p>",
        "<p><a href='/x'>Le garage municipal fermé depuis le mois de mai</a></p>",
        "<div class='newsletter-box'><p>Chaque matin, l’essentiel de la Sarvène dans votre boîte.</p></div>",
        "<p>Il vous reste 62 % de cet article à lire. La suite est réservée aux abonnés.</p>",
        "<figure><img src='/i.jpg'><figcaption>Le poste de police, samedi. Photo d’archives.</figcaption></figure>",
        "<p class='credit'>Le garage de Valmont, en août</p>",
        "<p>Mis à jour le 3 mars 2025 à 14h05</p>",
        "<div class='author-box'><p>Journaliste à Valmont depuis dix ans, elle suit la justice.</p></div>",
        "<div class='comments'><p>Moi je trouve que c’est bien triste, et que personne ne fait rien.</p></div>",
        "<div class='partage'><p>Partagez cet article avec vos amis et vos proches autour de vous</p></div>",
    ],
)
def test_furniture_between_paragraphs_is_left_out(furniture: str) -> None:
    assert read(article(p(FIRST), furniture, p(SECOND), p(THIRD))) == f"{FIRST}\n{SECOND}\n{THIRD}"


@pytest.mark.parametrize(
    "kept",
    [
        "<h2>Trois voitures promises</h2>",
        "<ul><li>deux berlines de marque française ;</li></ul>",
        "<blockquote>« Nous ne demandons pas la lune », répète une gardienne de la paix.</blockquote>",
        "<p>Partagée entre deux sites, l’équipe perd une heure par nuit, selon <a href='/r'>le rapport</a>.</p>",
        "<p>Le commissaire a refusé de commenter : « L’enquête suit son cours, rien de plus. »</p>",
    ],
)
def test_headings_lists_quotes_and_short_sentences_stay(kept: str) -> None:
    text = read(article(p(FIRST), kept, p(SECOND), p(THIRD)))

    assert len(text.splitlines()) == 4
    assert text.splitlines()[1] in parse_page(kept).root.text_content()  # type: ignore[union-attr]


def test_the_lead_above_the_body_is_taken_when_the_description_repeats_it() -> None:
    lead = "Faute de véhicules, les policiers de Valmont patrouillent à pied depuis lundi soir."
    head = f'<meta property="og:description" content="{lead}">'
    paragraphs = p(FIRST) + p(SECOND)
    body = f"<main><h1>Clefs rendues</h1><p class='x1'>{lead}</p><div class='y2'>{paragraphs}</div></main>"

    assert read(body, head) == f"{lead}\n{FIRST}\n{SECOND}"


def test_the_lead_is_taken_when_its_name_says_so_and_only_once() -> None:
    lead = "Faute de véhicules, les policiers de Valmont patrouillent à pied depuis lundi soir."
    body = (
        f"<main><header><h1>Clefs rendues</h1><p class='chapo'>{lead}</p></header>"
        f"<div class='y2'><p>{FIRST}</p><p>{SECOND}</p></div></main>"
    )

    assert read(body).count(lead) == 1


def test_an_opening_kept_apart_from_the_rest_is_taken() -> None:
    rest = "".join(p(text) for text in (SECOND, THIRD, SECOND.replace("trois", "deux"), THIRD.replace("deux", "trois")))
    parts = f"<div class='b1'>{FIRST}</div><div class='b2'>{rest}</div>"
    body = f"<main><h1>Clefs rendues</h1><div class='a1'>{parts}</div></main>"

    assert read(body).splitlines()[0] == FIRST


def test_the_section_above_the_headline_and_the_byline_below_are_left_out() -> None:
    top = "<p>Faits divers</p><h1>Clefs rendues à Valmont</h1><p>Par Odile Vauquelin et Luc Marchepied</p>"
    body = f"<main><article>{top}{p(FIRST)}{p(SECOND)}{p(THIRD)}</article></main>"

    assert read(body) == f"{FIRST}\n{SECOND}\n{THIRD}"


def test_a_description_that_nobody_sees_is_not_text() -> None:
    head = '<meta property="og:description" content="Résumé réservé aux moteurs et aux réseaux, jamais affiché ici.">'

    assert "Résumé réservé" not in read(article(p(FIRST), p(SECOND)), head)


def test_a_container_named_like_furniture_is_believed_when_it_holds_the_article() -> None:
    caption = "<p class='legende'>Le garage de Valmont, vu du pont des Tuiles, samedi dans la matinée</p>"
    box = f"<div class='encadre'>{p(THIRD)}</div>"
    body = f"<div class='recit'><div class='share-zone'>{p(FIRST)}{caption}{p(SECOND)}</div>{box}</div>"

    assert read(f"<main><h1>Clefs rendues</h1>{body}</main>") == f"{FIRST}\n{SECOND}\n{THIRD}"


def test_the_stated_text_is_taken_where_a_script_fills_the_page() -> None:
    stated = f'{{"@type": "NewsArticle", "articleBody": "{FIRST}\\n{SECOND}"}}'
    head = f'<script type="application/ld+json">{stated}</script>'

    assert read("<div id='app'></div>", head) == f"{FIRST}\n{SECOND}"


def test_the_stated_text_of_a_paid_page_is_not_taken() -> None:
    stated = f'{{"@type": "NewsArticle", "isAccessibleForFree": "False", "articleBody": "{FIRST}\\n{SECOND}"}}'
    head = f'<script type="application/ld+json">{stated}</script>'

    assert read("<div id='app'></div>", head) == ""


def test_paragraphs_that_precision_drops_are_taken_back_when_marked_up_like_the_others() -> None:
    module = "<div class='module'><div class='texte'><p class='par'>{}</p></div></div>"
    linked = "Le garage <a href='/g'>a rouvert lundi</a> après deux ans."
    body = "".join(module.format(text) for text in (FIRST, linked, SECOND, THIRD))

    text = read(f"<main><article><h1>Clefs rendues</h1>{body}</article></main>")

    assert "Le garage a rouvert lundi après deux ans." in text.splitlines()


def test_a_page_made_of_captions_is_read_though_captions_are_furniture_elsewhere() -> None:
    texts = [FIRST, SECOND, THIRD, FIRST.replace("hier", "lundi"), SECOND.replace("trois", "deux")]
    views = "".join(f"<div class='vue'><p class='caption'>{text}</p></div>" for text in texts)

    assert read(f"<main><h1>La nuit en images</h1>{views}</main>").splitlines() == texts


def test_short_pieces_of_the_page_outside_the_article_are_left_out() -> None:
    body = (
        f"<table><tr><td><div>{FIRST}<br><br>{SECOND}<br><br>{THIRD}</div></td></tr>"
        "<tr><td><div>Valmont : 6 °C, brumes matinales</div></td></tr></table>"
    )

    assert read(body) == f"{FIRST}\n{SECOND}\n{THIRD}"


def test_old_pages_with_line_breaks_and_tables() -> None:
    body = (
        "<table><tr><td><a href='/'>Accueil</a><br><a href='/s'>Sports</a></td>"
        f"<td><div>{FIRST}<br><br>{SECOND}<br>{THIRD}</div></td></tr></table>"
    )

    assert read(body) == f"{FIRST}\n{SECOND}\n{THIRD}"


def test_the_tree_is_left_as_it_was() -> None:
    parsed = parse_page(f"<html><body>{article(p(FIRST), p(SECOND))}</body></html>")
    assert parsed is not None
    before = parsed.root.text_content()

    find_main_text(parsed.root)

    assert parsed.root.text_content() == before


@pytest.mark.parametrize(
    "sentence",
    [
        "Commentaires acerbes et huées ont accueilli le ministre à la tribune.",
        "Lire entre les lignes du rapport demande de la patience.",
        "Publicité mensongère : le garage de Valmont devant le tribunal.",
        "Annonce surprise du préfet, mercredi, devant les maires du canton.",
        "Abonnés au silence, les élus de l’opposition ont quitté la salle.",
        "Photographe de presse, il couvre les manifestations depuis vingt ans.",
        "Réagir vite, c’est ce que demandent les habitants du quartier.",
        "Related by marriage, the two officers never worked together.",
    ],
)
def test_a_sentence_that_begins_like_a_notice_stays(sentence: str) -> None:
    assert not is_furniture_line(sentence)


def test_short_cells_share_a_line_and_each_text_is_read_once() -> None:
    table = "<table><tr><th>Liste</th><th>Voix</th></tr><tr><td>A</td><td>12</td></tr></table>"
    parsed = parse_page(f"{table}<p>Fin <b>du</b> mot</p>")
    assert parsed is not None

    assert [block.text for block in walk_page(parsed.root).blocks] == ["Liste | Voix", "A | 12", "Fin du mot"]
