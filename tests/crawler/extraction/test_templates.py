"""Templates: what they read is what the full extraction reads, and everything strange to them is a doubt by name."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from lxml import etree

from archive.records import Extraction, Page
from crawler.extraction.extract import OpenedPage, extract, open_page
from crawler.extraction.main_text import find_main_text
from crawler.extraction.page_walk import walk_page
from crawler.extraction.templates.layout import (
    Place,
    Template,
    contradicts,
    merge_templates,
    read_template,
    write_template,
)
from crawler.extraction.templates.learning import ContradictionError, UnlearnableError, learn_template
from crawler.extraction.templates.lessons import Lesson, Note, read_page
from crawler.extraction.templates.reading import DoubtError, put_back, read_by_template, take_out
from tests.crawler.extraction.laid_out_pages import make_html, make_page, make_text

LEARNED_FROM = range(1, 6)


@pytest.fixture(scope="module")
def template() -> Template:
    """What five pages of the paper teach."""
    known: Template | None = None
    for number in LEARNED_FROM:
        known = learn(make_page(make_html(number), number), known)
    assert known is not None
    return known


def learn(page: Page, known: Template | None = None) -> Template:
    opened, full = opened_page(page), extract(page)
    assert isinstance(full, Extraction)
    blocks = walk_page(opened.root).blocks
    return learn_template(opened, blocks, find_main_text(opened.root, blocks), full, known)


def opened_page(page: Page) -> OpenedPage:
    opened = open_page(page)
    assert isinstance(opened, OpenedPage)
    return opened


def test_pages_of_the_same_layout_are_read_as_the_full_extraction_reads_them(template: Template) -> None:
    for number in range(100, 130):
        page = make_page(make_html(number), number)

        assert read_by_template(opened_page(page), template) == extract(page)


def test_what_needs_no_reading_is_known_and_left_out(template: Template) -> None:
    assert {name: template.body.children[name] for name in ("header.top", "aside.more")} == {
        "header.top": False,  # links are no text
        "aside.more": True,
    }


def test_what_a_template_knows_survives_being_written(template: Template) -> None:
    assert read_template(write_template(template)) == template


STRANGE: dict[str, tuple[str, Callable[[int], str]]] = {
    "a new part beside the article": (
        "an unknown part",
        lambda number: make_html(number, after='<section class="live"><p>En direct du Val</p></section>'),
    ),
    "a new part within the text": (
        "an unknown part",
        lambda number: make_html(number, within='<div class="box"><p>Les chiffres de la nuit</p></div>'),
    ),
    "the text under another name": (
        "an unknown part",
        lambda number: make_html(number).replace('class="text"', 'class="content"'),
    ),
    "text where there were links only": (
        "text in a part that had none",
        lambda number: make_html(number).replace("</nav>", "</nav><p>Par Claude Sorel</p>"),
    ),
    "the text among what is left out": (
        "more prose outside the article",
        lambda number: make_html(number, ["Bref."]).replace(
            "<h2>À lire aussi</h2>", "".join(f"<p>{paragraph}</p>" for paragraph in make_text(number))
        ),
    ),
    "paragraphs that are mostly links": (
        "text of an undecided kind",
        lambda number: make_html(
            number, [*make_text(number), f'Voir <a href="/dossier">{" ".join(make_text(number + 1))[:360]}</a> ici']
        ),
    ),
    "text that is hidden": (
        "text of an undecided kind",
        lambda number: make_html(number).replace("<p>", "<p hidden>", 1),
    ),
    "a text much longer than all before": (
        "a text of another length",
        lambda number: make_html(number, make_text(number, 20)),
    ),
    "a text shorter than all before": (
        "a text of another length",
        lambda number: make_html(number, [*make_text(number, 5)]),
    ),
    "next to no text": ("perhaps no article", lambda number: make_html(number, make_text(number, 2))),
    "two bodies that the parser could not join": (
        "no body, or more than one",
        lambda number: "<html><head></head><frameset><frame src='/a'></frameset></html>",
    ),
}


@pytest.mark.parametrize("case", STRANGE)
def test_what_was_never_seen_is_a_doubt_and_read_in_full(case: str, template: Template) -> None:
    why, make = STRANGE[case]
    page = make_page(make(700), 700)

    with pytest.raises(DoubtError, match=why):
        read_by_template(opened_page(page), template)

    result, note = read_page(page, Lesson(write_template(template), trusted=True, learning=False), accelerated=True)
    assert result == extract(page)
    assert note == Note("doubt", why)


def test_a_new_part_is_learned_and_then_no_doubt_any_more(template: Template) -> None:
    boxed = [
        make_page(make_html(n, within='<div class="box"><p>Les chiffres de la nuit</p></div>'), n) for n in (800, 801)
    ]
    result, note = read_page(boxed[0], Lesson(write_template(template), trusted=True), accelerated=True)
    assert result == extract(boxed[0])
    assert note is not None and note.end == "doubt" and note.learned is not None

    again, note = read_page(boxed[1], Lesson(note.learned, trusted=True), accelerated=True)

    assert note == Note("hit")
    assert again == extract(boxed[1])


def test_an_untrusted_template_is_compared_and_the_full_result_returned(template: Template) -> None:
    page = make_page(make_html(900), 900)

    result, note = read_page(page, Lesson(write_template(template)), accelerated=True)

    assert (result, note) == (extract(page), Note("agreed"))


def test_a_wrong_template_is_found_out_and_its_reading_thrown_away(template: Template) -> None:
    wrong = write_template(template).replace('"p.signature":[{},{}]', '"p.signature":true')  # who wrote it is left out
    assert read_template(wrong) != template
    page = make_page(make_html(901), 901)

    result, note = read_page(page, Lesson(wrong), accelerated=True)

    assert (result, note) == (extract(page), Note("disagreed"))
    assert isinstance(result, Extraction) and result.authors == ("Camille Vautrin",)


def test_text_taken_where_it_was_left_before_contradicts_the_template() -> None:
    """The paper moves its text into the column that was left out so far."""
    template = learn(make_page(make_html(1), 1))
    moved = "".join(f"<p>{paragraph}</p>" for paragraph in make_text(2, 8))
    page = make_page(make_html(2, ["Bref."]).replace("<h2>À lire aussi</h2>", f'<div class="body">{moved}</div>'), 2)
    full = extract(page)
    assert isinstance(full, Extraction) and full.text.count("\n") == 7

    with pytest.raises(ContradictionError, match="taken and left at one place"):
        learn(page, template)


def test_a_page_whose_paragraphs_are_taken_and_left_without_a_rule_teaches_nothing() -> None:
    opened = opened_page(make_page(make_html(3), 3))
    blocks = walk_page(opened.root).blocks
    main = find_main_text(opened.root, blocks)
    full = extract(opened.page)
    assert isinstance(full, Extraction)
    halved = replace(main, selected=tuple(chosen and place % 2 == 0 for place, chosen in enumerate(main.selected)))

    with pytest.raises(UnlearnableError):
        learn_template(opened, blocks, halved, full, None)


def test_merged_templates_look_into_what_either_looked_into() -> None:
    text = Place(verdicts={"text plain": True})
    one = Template(Place({"div.a": True, "div.b": text, "div.c": False}), 1500, 3000, 0)
    other = Template(Place({"div.a": text, "div.b": True, "div.c": True, "div.d": text}), 1300, 2000, 2)

    merged = merge_templates(one, other)

    assert merged == Template(Place({"div.a": text, "div.b": text, "div.c": True, "div.d": text}), 1300, 3000, 2)
    assert contradicts(one.body, other.body), "div.a held text that was left"
    assert not contradicts(Place({"div.a": False}), other.body), "div.a was without text"
    assert contradicts(text, Place(verdicts={"text plain": False}))


def test_emptied_parts_are_filled_again_as_they_were() -> None:
    root = opened_page(make_page(make_html(4), 4)).root
    before = etree.tostring(root)
    parts = [*root.iter("aside"), *root.iter("footer")]

    taken = take_out(parts)
    assert b"teaser" not in etree.tostring(root)
    put_back(taken)

    assert etree.tostring(root) == before


def test_pages_that_are_no_web_pages_have_no_part_in_it() -> None:
    for body in (b"", b"PK\x03\x04"):
        page = Page(body, "https://gazette.test/a", make_page("").fetched_at)
        assert read_page(page, Lesson(), accelerated=True) == (extract(page), None)
