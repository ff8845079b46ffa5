"""JSON-LD as it is found: broken, wrapped, huge, deep and lying. Reading it never raises and never takes long."""

import time

import pytest

from crawler.extraction.metadata.json_ld import mend, parse_block
from tests.crawler.extraction.written_pages import TITLE, linked, read

PLAIN = '{"@type": "NewsArticle", "headline": "Grève", "datePublished": "2025-10-08", "author": {"name": "Anne Dupré"}}'


@pytest.mark.parametrize(
    "written",
    [
        PLAIN,
        "[" + PLAIN + "]",
        "\ufeff" + PLAIN,
        PLAIN.replace("}}", ",},}"),
        PLAIN.replace('"2025-10-08",', '"2025-10-08", // la date\n'),
        PLAIN.replace('"headline"', '/* le titre, entre "guillemets" */ "headline"'),
        "<!-- " + PLAIN + " -->",
        "//<![CDATA[\n" + PLAIN + "\n//]]>",
        "/* <![CDATA[ */" + PLAIN + "/* ]]> */",
        PLAIN + ";",
        PLAIN.replace('"', "&quot;"),
        PLAIN.replace("Grève", "Gr\\u00e8ve"),
        PLAIN.replace('"headline"', '"description": "deux\nlignes\tet \x01 un signe", "headline"'),
        PLAIN.replace('"headline"', '"url": "https://www.exemple.test/a//b", "headline"'),
    ],
)
def test_a_mendable_block_is_read_whole(written: str) -> None:
    (node,) = parse_block(written)

    assert (node["headline"], node["datePublished"], node["author"]) == ("Grève", "2025-10-08", {"name": "Anne Dupré"})


@pytest.mark.parametrize(
    "written",
    [
        PLAIN.replace('"headline"', '"description": "un "mot" entre guillemets", "headline"'),
        PLAIN[:-2],
        PLAIN + PLAIN,
    ],
)
def test_from_a_hopeless_block_the_plain_facts_are_saved(written: str) -> None:
    node = parse_block(written)[0]

    assert (node["headline"], node["datePublished"], node["author"]) == ("Grève", "2025-10-08", "Anne Dupré")
    assert node["@type"] == "NewsArticle"


def test_mending_leaves_strings_alone() -> None:
    assert mend('{"a": "x, ] // y /* z */ ,}",}') == '{"a": "x, ] // y /* z */ ,}"}'


@pytest.mark.parametrize(
    "written", ["", "null", "12", '"texte"', "[]", "{", "window.x = 1", "NaN", "{'a': 1}", '{"@type": null}']
)
def test_what_holds_nothing_gives_no_title(written: str) -> None:
    found = read(title=None, head=f'<script type="application/ld+json">{written}</script>')

    assert (found.title, found.authors, found.published_at) == (None, (), None)


@pytest.mark.parametrize(
    "written",
    [
        "[" * 100_000,
        '{"a":' * 50_000 + "1" + "}" * 50_000,
        '{"a": "' + '\\"' * 400_000,
        "{" + "/*" * 400_000,
        "{" + '"author":{' * 80_000,
        "[" + ",".join(['{"@type": "Person", "name": "x"}'] * 30_000) + "]",
        '{"headline": "' + "x" * 5_000_000 + '"}',
        '{"n": ' + "9" * 10_000 + "}",
    ],
)
def test_a_hostile_block_costs_little(written: str) -> None:
    started = time.monotonic()
    found = read(head=f'<script type="application/ld+json">{written}</script>')

    assert found.title == TITLE
    assert time.monotonic() - started < 5


def test_a_node_that_names_this_page_wins_over_its_neighbours() -> None:
    here = "https://www.gazette-du-val.test/faits-divers/tir-a-montfleury-1234"
    found = read(
        head=linked(
            [
                {"@type": "NewsArticle", "url": here + "-autre", "datePublished": "2025-09-01", "author": "Zoé Blanc"},
                {
                    "@type": "NewsArticle",
                    "mainEntityOfPage": {"@id": here},
                    "datePublished": "2025-10-08",
                    "author": "Anne Dupré",
                },
            ]
        )
    )

    assert found.authors == ("Anne Dupré",)
    assert found.published_at is not None
    assert found.published_at.day == 7  # midnight of the 8th in Paris, in UTC


def test_values_of_unexpected_types_are_passed_over() -> None:
    found = read(
        head=linked(
            {
                "@type": ["NewsArticle", 5, None],
                "headline": {"@value": 7},
                "author": [None, 3, [], {}, [["Anne Dupré"]]],
                "datePublished": [None, {"x": 1}, "2025-10-08"],
                "keywords": {"a": 1},
                "isAccessibleForFree": [],
                "inLanguage": {"name": "fr"},
                "publisher": "Gazette",
                "mainEntityOfPage": True,
                "articleSection": 12,
            }
        )
    )

    assert found.title == TITLE
    assert found.authors == ("Anne Dupré",)
    assert found.published_precision == "day"
