"""The French analysis: the stemmer against its golden table, and the promises that every engine builds on."""

import csv
import random
import re
from pathlib import Path

import pytest

from indexer.analysis import (
    HOLE,
    TERM_MAX_CHARS,
    TEXT_MAX_CHARS,
    FrenchAnalyzer,
    Term,
    analyzer_digest,
    clip_text,
    fold,
    light_stem,
    tables,
)
from indexer.analysis.french import stem_word

HERE = Path(__file__).parent
SENTENCES = (
    "Le syndicat dénonce l’insécurité à Saint-Étienne, où deux C.R.S. ont été blessés.",
    "« Ras-le-bol » : les policier·ère·s d'Évry-Courcouronnes réclament 12,5 % d'effectifs en plus dès aujourd'hui !",
    "Narco-trafic : l’I.G.P.N. saisie, dit-il ; sans-papiers, covid-19, rendez-vous le 14/03/2026 à 18h30.",
    "ﬁnancement du pre\u0301avis\u00a0: commu\u00adniqué n°12, 1.500 agent(e)s — JAMAIS VU…",
    "中文 текст ÉÈÊ ŀ ﷺ ½ ⒈ ㌀ 🚓 don't rock'n'roll x_y a--b -c- l' d'",
)


@pytest.fixture(scope="module")
def analyzer() -> FrenchAnalyzer:
    return FrenchAnalyzer()


def read_table(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_stemmer_equals_the_golden_table() -> None:
    golden = read_table("golden_light_stem.tsv")

    wrong = [row for row in golden if light_stem(row["word"]) != row["light_french"]]

    assert len(golden) > 6_000
    assert wrong == []


def test_folding_first_differs_only_where_it_was_reviewed() -> None:
    reviewed = read_table("fold_first_differences.tsv")
    words = [row["word"] for row in read_table("golden_light_stem.tsv") if row["word"].isalpha()]

    found = [(word, fold(light_stem(word)), stem_word(fold(word))) for word in words]

    differences = [row for row in found if row[1] != row[2]]
    assert differences == [(row["word"], row["fold_last"], row["fold_first"]) for row in reviewed]
    assert all(re.match(r"(meant|harmless|accepted): ", row["verdict"]) for row in reviewed)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("l’insécurité", [("insecurit", 0, False)]),
        ("O.Q.T.F. et C.R.S", [("oqtf", 0, False), ("crs", 2, False)]),
        ("d'O.Q.T.F.", [("oqtf", 0, False)]),
        ("Saint-Étienne", [("saint", 0, False), ("saintetien", 0, True), ("etien", 1, False)]),
        ("dit-il hier", [("dit", 0, False), ("hier", 2, False)]),
        ("aujourd’hui", [("aujourdhui", 0, False)]),
        ("des policier·ère·s blessés", [("polici", 1, False), ("bles", 2, False)]),
        ("12,5 euros", [("12,5", 0, False), ("euro", 1, False)]),
        ("2024-2025", [("2024", 0, False), ("2025", 1, False)]),
        ("la", []),
    ],
)
def test_terms(analyzer: FrenchAnalyzer, text: str, terms: list[tuple[str, int, bool]]) -> None:
    assert analyzer.terms(text) == [Term(*term) for term in terms]


def test_exact_words_serve_wildcards_and_fuzzy_words(analyzer: FrenchAnalyzer) -> None:
    words = analyzer.exact_terms(
        "L’insécurité à Saint-Étienne : l'insécurité, encore, aujourd'hui. C.R.S. et narco-trafic"
    )

    assert words == [
        "insecurite", "saint", "etienne", "saint-etienne", "saintetienne", "encore", "aujourdhui", "crs",
        "narco", "trafic", "narco-trafic", "narcotrafic",
    ]  # fmt: skip


def flat_places(flat: str) -> list[tuple[str, int]]:
    return [(word, place) for place, word in enumerate(flat.split(" ")) if word != HOLE] if flat else []


@pytest.mark.parametrize("text", SENTENCES)
def test_flat_terms_and_tokens_say_the_same(analyzer: FrenchAnalyzer, text: str) -> None:
    plain = [(term.term, term.position) for term in analyzer.terms(text) if not term.joined]
    joined = list(dict.fromkeys(term.term for term in analyzer.terms(text) if term.joined))
    flat = flat_places(analyzer.written(text).places)

    assert flat[: len(plain)] == plain
    assert [word for word, _ in flat[len(plain) :]] == joined
    assert [(token.term, token.position) for token in analyzer.tokens(text) if not token.joined] == plain
    for token in analyzer.tokens(text):
        assert text[token.start : token.end].strip() == text[token.start : token.end] != ""


def test_no_phrase_reaches_the_joined_forms(analyzer: FrenchAnalyzer) -> None:
    places = dict(flat_places(analyzer.written("narco-trafic et ultra-gauche").places))

    assert places["narcotrafic"] - places["gauch"] > tables.TAIL_GAP
    assert places["ultragauch"] - places["narcotrafic"] > tables.TAIL_GAP


def test_every_character_leaves_the_flat_string_whole(analyzer: FrenchAnalyzer) -> None:
    """A term with a blank or a control character in it would shift every place behind it."""
    for start in range(0x20, 0x3_0000, 4_096):  # beyond, nothing is a letter but variants of Chinese ones
        letters = [chr(code) for code in range(start, start + 4_096) if not 0xD800 <= code <= 0xDFFF]
        text = " ".join(f"a{letter}b {letter}{letter}" for letter in letters)
        terms = analyzer.terms(text)
        plain = [(term.term, term.position) for term in terms if not term.joined]

        assert all(term == "".join(term.split()) != "" and HOLE not in term for term, _, _ in terms)
        assert flat_places(analyzer.written(text).places)[: len(plain)] == plain


def test_random_text_keeps_the_promises(analyzer: FrenchAnalyzer) -> None:
    dice = random.Random(7)
    alphabet = "aeéÉsxt'’-‐.,·( )\u00a0\u00ad\u03013C.R.S.œ\n"
    for _ in range(3_000):
        test_flat_terms_and_tokens_say_the_same(analyzer, "".join(dice.choices(alphabet, k=dice.randrange(40))))


def test_a_term_too_long_becomes_a_hole(analyzer: FrenchAnalyzer) -> None:
    longest, too_long = "x" + "ab" * 127, "x" + "ab" * 127 + "c"

    assert analyzer.written(f"avant {longest} après").places == f"avant {longest} apre"
    assert analyzer.written(f"avant {too_long} après").places == f"avant {HOLE} apre"
    assert analyzer.exact_terms(too_long) == []
    assert len(longest) == TERM_MAX_CHARS


def test_text_is_analysed_up_to_its_limit_and_ends_between_words(analyzer: FrenchAnalyzer) -> None:
    text = "police " * (TEXT_MAX_CHARS // 7 + 10) + "dernière"

    assert len(clip_text(text)) <= TEXT_MAX_CHARS
    assert set(analyzer.written(text).places.split()) == {"polic"}
    assert analyzer.exact_terms(text) == ["police"]
    assert len(clip_text("x" * 300_000)) > TEXT_MAX_CHARS - 1_001


def test_the_cache_changes_nothing() -> None:
    text = " ".join(SENTENCES)
    small, large = FrenchAnalyzer(cache_entries=3), FrenchAnalyzer()

    assert [small.written(text).places, small.written(text).places] == [
        large.written(text).places,
        large.written(text).places,
    ]
    assert small.terms(text) == large.terms(text)


def test_the_digest_follows_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    before = analyzer_digest()

    monkeypatch.setattr(tables, "STOP_WORDS", tables.STOP_WORDS | {"police"})

    assert re.fullmatch(r"[0-9a-f]{16}", before)
    assert analyzer_digest() != before
