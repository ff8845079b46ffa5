"""What changed between two texts: every word of both is told, and figures and quotations stand out."""

import random

import pytest

from vigie.differences import Difference, compare_texts

BEFORE = "Le préfet annonce 12 postes.\nIl dit : « Nous tiendrons nos promesses. »\nLa réunion est close."
AFTER = "Le préfet annonce 15 postes.\nIl dit : « Nous ferons au mieux. »\nLa réunion est close."


def words(difference: Difference, side: str) -> str:
    return "".join(piece.text for piece in difference.pieces if piece.kind in ("same", side))


def test_a_changed_figure_and_a_changed_quotation_stand_out() -> None:
    difference = compare_texts(BEFORE, AFTER)

    telling = [(piece.kind, piece.text) for piece in difference.pieces if piece.telling]
    assert telling[:2] == [("gone", "12"), ("added", "15")]
    assert "tiendrons" in "".join(text for kind, text in telling if kind == "gone")
    assert (difference.figures_gone, difference.figures_added) == (("12",), ("15",))
    assert difference.quotations_gone == ("« Nous tiendrons nos promesses. »",)
    assert difference.quotations_added == ("« Nous ferons au mieux. »",)


def test_what_stays_is_not_told_as_changed() -> None:
    difference = compare_texts(BEFORE, AFTER)

    same = "".join(piece.text for piece in difference.pieces if piece.kind == "same")
    assert same.startswith("Le préfet annonce ") and same.endswith("La réunion est close.")
    assert compare_texts(BEFORE, BEFORE).is_empty and not difference.is_empty


@pytest.mark.parametrize(
    ("figure", "other"), [("12 500", "13 500"), ("3,5 %", "3,7 %"), ("1\u202f200", "1\u202f300"), ("2025", "2026")]
)
def test_a_figure_is_told_whole(figure: str, other: str) -> None:
    difference = compare_texts(f"Il y en a {figure} en tout", f"Il y en a {other} en tout")

    assert (difference.figures_gone, difference.figures_added) == ((figure,), (other,))


def test_a_word_that_two_rewritten_phrases_share_by_chance_is_no_common_ground() -> None:
    difference = compare_texts(
        "La circulation est interrompue dans les deux sens depuis mardi soir.",
        "Le trafic a repris mercredi dans la matinée sous surveillance renforcée.",
    )

    kinds = [piece.kind for piece in difference.pieces]
    assert kinds.count("gone") == kinds.count("added") == 1


def test_both_texts_can_be_read_back_whatever_they_are() -> None:
    chance = random.Random(3)
    alphabet = ["police", "grève", "12", "3,5", " ", " ", "\n", "«", "»", "“", "”", '"', ".", "é", "\u202f", "\t", "😀"]
    for _ in range(300):
        one, other = ("".join(chance.choices(alphabet, k=chance.randrange(40))) for _ in range(2))
        difference = compare_texts(one, other)
        assert (words(difference, "gone"), words(difference, "added")) == (one, other)


@pytest.mark.timeout(20)
def test_two_long_texts_without_a_common_line_take_no_minutes() -> None:
    one, other = (" ".join(f"{letter}{n}" for n in range(40_000)) for letter in "ab")

    difference = compare_texts(one, other)

    assert next(piece.kind for piece in difference.pieces if not piece.text.isspace()) == "gone"
    assert (words(difference, "gone"), words(difference, "added")) == (one, other)
