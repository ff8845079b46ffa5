"""What a digest says beside new articles: removals, what edits changed, archived copies; in either language."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from archive.catalogue import Catalogue, documents
from archive.catalogue.extractions import add_extraction
from archive.catalogue.outbox import Letter, Message
from archive.records import Extraction
from config.mail import Mail
from config.query import SavedQuery
from indexer.alerts.delivery import build_mail
from indexer.alerts.letters import Content, Line, Section, cut_pieces, keep_blanks, write_letter
from indexer.alerts.links import Links, search_words
from indexer.alerts.phrases import PHRASES
from indexer.alerts.revisions import Revision
from indexer.alerts.wording import clean
from indexer.highlight import Snippet
from indexer.query import Limits, parse
from tests.indexer.alerts.desk import NOW, Desk, make_query
from tests.indexer.alerts.press import Press
from tests.indexer.newsroom import Newsroom

PAGES = Links("https://vigie.exemple.test")


def letter_of(press: Press) -> Letter:
    """The newest letter."""
    assert press.run(timedelta(minutes=1)) >= 1
    return press.letters()[-1]


def test_a_removal_is_told_with_its_archived_copy(newsroom: Newsroom, catalogue: Catalogue) -> None:
    press = Press(catalogue, Desk(catalogue, q=make_query(on_removal="mail")), links=PAGES)
    newsroom.publish("a", "La police manifeste.", "Manifestation <b>à</b> Valbrune")
    letter_of(press)
    newsroom.take_offline("a")

    letter = letter_of(press)

    assert letter.subject == "1 retiré : police (Gazette du Lac)"
    assert "RETIRÉS OU REMIS EN LIGNE PAR LEUR ÉDITEUR\n- Manifestation <b>à</b> Valbrune" in letter.text
    assert "Gazette du Lac · page retirée, constaté le 3 février 2026, 10\u00a0h\u00a001" in letter.text
    assert "https://vigie.exemple.test/captures/1" in letter.text
    assert "Manifestation &lt;b&gt;à&lt;/b&gt; Valbrune" in letter.html
    newsroom.put_back("a")
    assert letter_of(press).subject == "1 remis en ligne : police (Gazette du Lac)"
    assert press.audit().missed == press.audit().extra == []


def test_many_removals_are_bounded_and_counted(newsroom: Newsroom, catalogue: Catalogue) -> None:
    press = Press(catalogue, Desk(catalogue, q=make_query(on_removal="mail")))
    for number in range(60):
        newsroom.publish(f"d{number}", "La police manifeste.", f"Titre {number}")
    letter_of(press)
    for number in range(60):
        newsroom.take_offline(f"d{number}")

    letter = letter_of(press)

    assert letter.subject == "60 retirés : police (Gazette du Lac)"
    assert letter.text.count("page retirée") == 25
    assert "+ 35 autres pages retirées ou remises en ligne" in letter.text


def test_a_later_edit_says_what_changed(newsroom: Newsroom, catalogue: Catalogue) -> None:
    press = Press(catalogue, Desk(catalogue, q=make_query(on_edit="mail")))
    newsroom.publish("a", "La police réclame 1 200 € de prime. « Jamais », dit le maire.", "Prime réclamée")
    letter_of(press)
    newsroom.edit("a", "La police réclame 1 350 € de prime. « Peut-être », dit le <i>maire</i>.", "Prime demandée")

    letter = letter_of(press)

    assert letter.subject == "1 modifié : police (Gazette du Lac)"
    assert "Ce qui a changé ([-retiré-] [+ajouté+])" in letter.text
    assert "Titre : Prime [-réclamée-] [+demandée+]" in letter.text
    assert "réclame [-1 200 €-] [+1 350 €+] de prime. [-« Jamais »-] [+« Peut-être »+], dit le" in letter.text
    assert ">1 200 €</del> <ins" in letter.html and ">1 350 €</ins> de prime" in letter.html
    assert "<i>" not in letter.html and "&lt;i&gt;" in letter.html


def test_an_edit_is_compared_with_the_state_before_it_whatever_was_extracted_since(
    newsroom: Newsroom, catalogue: Catalogue
) -> None:
    press = Press(catalogue, Desk(catalogue, q=make_query(on_edit="mail")))
    newsroom.publish("a", "La police réclame douze postes.")
    letter_of(press)
    newsroom.edit("a", "La police réclame quinze postes.")
    newsroom.find_older("a", "Un tout premier état.")
    with catalogue.write() as transaction:
        for version in documents.list_versions(transaction, "a"):
            upgraded = Extraction(2, "https://lac.test/a", "Titre", f"Menu Accueil Version {version.number}")
            stored = add_extraction(transaction, version.capture, upgraded)
            documents.replace_extraction(transaction, version, stored, at=NOW, via="live")

    assert "La police réclame [-douze-] [+quinze+] postes." in letter_of(press).text


def test_an_edit_told_as_the_first_match_shows_the_passage(newsroom: Newsroom, catalogue: Catalogue) -> None:
    press = Press(catalogue, Desk(catalogue, q=make_query()))
    newsroom.publish("a", "Un rassemblement.")
    newsroom.edit("a", "Un rassemblement de la police.")

    letter = letter_of(press)

    assert letter.subject == "1 nouveau : police (Gazette du Lac)"
    assert "texte modifié" in letter.text and "Ce qui a changé" not in letter.text
    assert "de la *police*" in letter.text


def test_links_lead_to_the_pages_where_there_are_pages(newsroom: Newsroom, catalogue: Catalogue) -> None:
    query = make_query("police OR grève", sources=["gazette-du-lac"])
    press = Press(catalogue, Desk(catalogue, q=query), links=PAGES)
    newsroom.publish("a", "La police manifeste.")

    letter = letter_of(press)

    search = "https://vigie.exemple.test/search?q=%28police+OR+gr%C3%A8ve%29+AND+source%3Agazette-du-lac"
    assert search in letter.text and f'href="{search}"' in letter.html
    assert 'href="https://vigie.exemple.test/captures/1"' in letter.html
    assert "vigie show" not in letter.text + letter.html


def test_without_pages_the_commands_are_named(newsroom: Newsroom, catalogue: Catalogue) -> None:
    press = Press(catalogue, Desk(catalogue, q=make_query()))
    newsroom.publish("a", "La police manifeste.")

    letter = letter_of(press)

    assert "Copie archivée : vigie show a" in letter.text and "vigie show a" in letter.html


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "police OR grève"),
        ({"kinds": ["union"]}, "(police OR grève) AND kind:union"),
        ({"regions": ["FR-ARA", "FR-BRE"], "languages": ["fr"]},
         "(police OR grève) AND (region:FR-ARA OR region:FR-BRE) AND language:fr"),
    ],
)  # fmt: skip
def test_the_list_of_a_query_is_found_with_its_filters(given: dict[str, list[str]], expected: str) -> None:
    query: SavedQuery = make_query("police  OR\n grève", title="tout", **given)
    assert search_words(query) == expected
    parse(search_words(query), now=NOW, limits=Limits())


def test_a_link_that_would_be_too_long_is_left_out() -> None:
    assert PAGES.search("police") == "https://vigie.exemple.test/search?q=police"
    assert PAGES.search("é" * 400) is None
    assert PAGES.document("a/b") == "https://vigie.exemple.test/documents/a%2Fb"


def test_a_query_is_told_in_english_where_it_asks(newsroom: Newsroom, catalogue: Catalogue) -> None:
    press = Press(catalogue, Desk(catalogue, q=make_query(told_in="en", on_removal="mail")), unseen=["X: late"])
    newsroom.publish("a", "La police manifeste.")

    letter = letter_of(press)

    assert letter.subject == "1 new: police (Gazette du Lac)"
    assert '<html lang="en"' in letter.html
    assert "Archived copy: vigie show a" in letter.text and "WHAT COULD NOT BE READ\n- X: late" in letter.text
    newsroom.take_offline("a")
    assert "page removed, noticed on 3 February 2026, 10:01" in letter_of(press).text


HIDDEN = "\ud800\x00\u202e\u200b\r\n\x1b"


def test_whatever_the_texts_hold_a_letter_is_made_that_can_travel() -> None:
    """Lone surrogates, NUL, line ends and marks of direction, in every place that a publisher writes."""
    hostile = f"Police {HIDDEN} fin"
    line = Line(
        title=cut_pieces(Snippet(hostile)), passage=cut_pieces(Snippet(hostile, ((0, 6),))), link=None,
        address=clean(hostile), source=clean(hostile), region="", date="", edited=True, archived=None, command="vigie",
        revision=Revision(((keep_blanks(hostile), "added"),), (((keep_blanks(hostile), "removed"),),)),
        copies=((clean(hostile), clean(hostile), None),),
    )  # fmt: skip
    section = Section(title="alerte", words=clean(hostile), new=1, lines=(line,))
    letter = write_letter(Content((section,), (clean(hostile),), "vigie@exemple.test"), PHRASES["fr"])
    message = Message(1, 1, 1, "a@x.test", "<m@x.test>", ("q",), NOW, "pending", 0, 0, None, None, None)

    mail = message_from_bytes(build_mail(Mail(), message, letter).as_bytes(), policy=default)

    body = mail.get_body(("plain",))
    assert body is not None and "Police fin" in body.get_content()
    assert not any(one in letter.text.replace("\n", "") + letter.html.replace("\n", "") for one in HIDDEN)
