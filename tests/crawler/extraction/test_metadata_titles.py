"""The title: what stands in which place, without the site's name, and which is believed."""

import pytest

from archive.records import Hint
from crawler.extraction.metadata.titles import without_site
from tests.crawler.extraction.written_pages import TITLE, chosen, claims_of, linked, meta, read

SITE = meta(og__site_name="La Gazette du Val")


def test_the_visible_heading_that_the_head_confirms_is_the_title() -> None:
    found = read(
        head=f"<title>{TITLE} | La Gazette du Val</title>" + meta(og__title="Tir à Montfleury : le point") + SITE
    )

    assert found.title == TITLE
    assert chosen(found, "title").rule == "visible_heading_agrees"
    assert [claim.value for claim in claims_of(found, "title") if claim.origin == "meta"] == [
        "Tir à Montfleury : le point",
        TITLE,
    ]


@pytest.mark.parametrize(
    "stated",
    [
        f"{TITLE} - La Gazette du Val",
        f"{TITLE} | gazette-du-val.test",
        f"La Gazette du Val – {TITLE}",
        f"{TITLE} » La Gazette du Val",
        f"{TITLE} - Faits divers - La Gazette du Val".replace(" - Faits divers", ""),
        f"  {TITLE}\n   |  LA GAZETTE DU VAL ",
    ],
)
def test_the_sites_name_is_taken_off(stated: str) -> None:
    found = read(title=None, head=f"<title>{stated}</title>" + SITE)

    assert found.title == TITLE
    assert chosen(found, "title").origin == "meta"


def test_a_title_that_contains_a_dash_keeps_it() -> None:
    names = frozenset({"lagazetteduval"})

    assert (
        without_site("Marseille - Lyon : deux commissariats fermés", names)
        == "Marseille - Lyon : deux commissariats fermés"
    )
    assert without_site("La Gazette du Val", names) == "La Gazette du Val"


def test_a_title_that_speaks_of_the_site_keeps_its_name() -> None:
    names = frozenset({"unionduval"})

    assert without_site("Préavis - Union du Val réagit", names) == "Préavis - Union du Val réagit"
    assert without_site("Préavis - Union du Val - Site officiel", names) == "Préavis - Union du Val - Site officiel"
    assert (
        without_site("Préavis | L'Union du Val en ligne | Union du Val.fr", names)
        == "Préavis | L'Union du Val en ligne"
    )


def test_entities_blanks_and_markup_are_undone() -> None:
    found = read(
        title=None,
        head='<meta property="og:title" content="L&amp;#8217;accord &lt;i&gt;in extremis&lt;/i&gt;&#160;: la paie">',
    )

    assert found.title == "L’accord in extremis : la paie"


def test_a_heading_with_a_kicker_gives_way_to_what_json_ld_and_meta_agree_on() -> None:
    found = read(
        title=f"Faits divers {TITLE}",
        head=linked({"@type": "NewsArticle", "headline": TITLE}) + meta(og__title=TITLE),
    )

    assert found.title == TITLE


def test_a_kicker_that_json_ld_and_meta_agree_on_belongs_to_the_title() -> None:
    stated = f"Montfleury-sur-Val : {TITLE}"
    agreed = read(head=linked({"@type": "NewsArticle", "headline": stated}) + meta(og__title=stated))
    alone = read(head=meta(og__title=stated))

    assert agreed.title == stated
    assert alone.title == TITLE


def test_a_section_heading_is_not_taken_for_the_title() -> None:
    found = read(
        "<nav><h1>Toute l'actualité du Val</h1></nav><h2>À lire aussi chez nous</h2>",
        title=None,
        head=meta(og__title=TITLE),
    )

    assert found.title == TITLE


def test_an_only_heading_wins_over_a_search_engines_title() -> None:
    found = read(head="<title>Montfleury police : tir, blessé, enquête</title>")

    assert found.title == TITLE
    assert chosen(found, "title").rule == "only_heading"


def test_a_part_of_the_title_that_the_page_shows_is_the_title() -> None:
    found = read(
        "<div>Les gardiens du Val en grève lundi</div>",
        title=None,
        head="<title>Section du Val : Les gardiens du Val en grève lundi</title>",
    )

    assert found.title == "Les gardiens du Val en grève lundi"
    assert chosen(found, "title").rule == "part_shown_on_page"


def test_a_title_cut_with_dots_gives_way_to_the_whole() -> None:
    whole = "Les gardiens du Val appellent à un rassemblement devant la préfecture"
    cut = "Les gardiens du Val appellent à un rassemblement devant..."
    found = read(f"<h2>{cut}</h2>", title=None, head=meta(og__title=whole, twitter__title=cut))

    assert found.title == whole


def test_a_drawings_title_is_not_the_pages() -> None:
    found = read("<svg><title>Menu</title></svg>", title=None, head="")

    assert found.title is None


def test_the_feed_is_asked_last() -> None:
    silent = read(title=None, hints=(Hint("feed", "gazette", title="Le tract du 8 octobre"),))
    speaking = read(hints=(Hint("feed", "gazette", title="Le tract du 8 octobre"),))

    assert (silent.title, chosen(silent, "title").origin) == ("Le tract du 8 octobre", "feed")
    assert speaking.title == TITLE
    assert "feed" in {claim.origin for claim in claims_of(speaking, "title")}


def test_the_sites_name_as_heading_and_title_gives_way_to_the_heading_that_the_feed_names() -> None:
    body = "<h1>Section du Val</h1><h2>Agenda de la section</h2><h2>Le préavis du 8 octobre est déposé</h2>"
    head = "<title>Section du Val</title>"

    known = read(body, head, title=None, hints=(Hint("feed", "val", title="Le préavis du 8 octobre est déposé"),))
    named = read(
        body + '<h2 class="entry-title">Le préavis</h2>', head + SITE.replace("La Gazette", "Section"), title=None
    )

    assert known.title == "Le préavis du 8 octobre est déposé"
    assert chosen(known, "title").rule == "visible_heading_named_by_feed"
    assert named.title == "Le préavis"


def test_control_signs_and_accents_are_normalised() -> None:
    found = read(title="La paie\u200b des gar\u00addiens : l'e\u0301tat re\u0301pond\u202e")

    assert found.title == "La paie des gardiens : l'état répond"
