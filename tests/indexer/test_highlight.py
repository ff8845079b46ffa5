"""Snippets: what is marked is what matched, in the stretch that says most."""

import random
from datetime import UTC, datetime

import pytest

from indexer.analysis import FrenchAnalyzer
from indexer.highlight import SLICE_CHARS, Snippet, mark, snippet
from indexer.query import QueryError, parse
from indexer.tree import Node
from tests.indexer.query_generator import QueryGenerator

NOW = datetime(2026, 5, 20, tzinfo=UTC)
ANALYZER = FrenchAnalyzer()
FILLER = "Rien de plus n'a filtré ce mardi. " * 12
ARTICLE = (
    "Nuit agitée à Vaubourg.\n\n  Deux policières ont été blessées lors d’un refus d’obtempérer. " + FILLER
    + "Le syndicat dénonce l’insécurité à Saint-Étienne\u00a0: « une garde à vue » et deux C.R.S. en renfort. " + FILLER
)  # fmt: skip


def read(text: str) -> Node:
    return parse(text, now=NOW, analyzer=ANALYZER).tree


def marked(found: Snippet) -> list[str]:
    return [found.text[start:end] for start, end in found.spans]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("policier", ["policières"]),
        ("obtempérer", ["obtempérer"]),
        ("insécurité", ["insécurité"]),
        ("saint-etienne", ["Saint-Étienne"]),
        ("étienne", ["Saint-Étienne"]),
        ('"garde à vue"', ["garde à vue"]),
        ('"vue garde"', []),
        ('"renfort CRS"~3', ["C.R.S", "renfort"]),
        ("insecur* AND garde*", ["insécurité", "garde"]),
        ("obtempérrer~ OR renfrot~1", ["obtempérer"]),
        ("syndicat NOT renfort", ["syndicat"]),
        ("titre:syndicat", []),
        ("texte:(CRS OR renfort)", ["C.R.S", "renfort"]),
        ("source:exemple date:>2020", []),
        ("*", []),
    ],
)
def test_what_matched_is_marked(query: str, words: list[str]) -> None:
    found = snippet(ARTICLE, read(query), ANALYZER, width=200)

    assert [word.strip(".") for word in marked(found)] == words


def test_the_stretch_with_most_of_the_query_is_shown() -> None:
    text = (
        "Le syndicat parle. " + FILLER + "Le syndicat appelle à la grève. " + FILLER + "La grève, la grève, la grève."
    )

    found = snippet(text, read("syndicat grève"), ANALYZER, width=80)

    assert marked(found) == ["syndicat", "grève"]
    assert found.text.startswith("… ") and found.text.endswith(" …")
    assert len(found.text) <= 80 + 4


def test_without_a_match_the_beginning_is_shown() -> None:
    found = snippet(ARTICLE, read("tribunal"), ANALYZER, width=60)

    assert found == Snippet("Nuit agitée à Vaubourg. Deux policières ont été blessées …")


def test_white_space_is_single_and_short_texts_stay_whole() -> None:
    assert snippet("  Grève \n\n\t demain. ", read("grève"), ANALYZER) == Snippet("Grève demain.", ((0, 5),))
    assert snippet("", read("grève"), ANALYZER) == Snippet("")


def test_titles_are_marked_whole() -> None:
    found = mark("Refus d'obtempérer : la grève", read("titre:obtempérer OR greve OR texte:refus"), ANALYZER)

    assert found.text == "Refus d'obtempérer : la grève"
    assert marked(found) == ["obtempérer", "grève"]


def test_a_match_far_down_a_long_text_is_found() -> None:
    text = "Rien à signaler. " * (5 * SLICE_CHARS // 17) + "Enfin la grève. " + FILLER

    assert marked(snippet(text, read("grève"), ANALYZER)) == ["grève"]


def test_any_query_on_any_text_gives_a_snippet_in_order() -> None:
    dice, generator = random.Random(4), QueryGenerator(9)
    words = [*ARTICLE.split(" "), "narco-trafic", "préavis", "de grève", "\n", "C.R.S.", "sans-papiers", "x" * 300]
    for _ in range(600):
        text = " ".join(dice.choices(words, k=dice.randrange(120)))
        try:
            tree = read(generator.query())
        except QueryError:
            continue
        for found in (snippet(text, tree, ANALYZER, width=dice.choice((1, 40, 240))), mark(text, tree, ANALYZER)):
            edges = [edge for span in found.spans for edge in span]
            assert edges == sorted(edges) and all(0 <= edge <= len(found.text) for edge in edges)
            for word in marked(found):
                assert word and word == word.strip() and word in " ".join(text.split())
