"""What an edit changed: words, with figures and quotations whole, and never more work or text than a mail can bear."""

import random
import time

import pytest

from indexer.alerts.letters import mark_parts
from indexer.alerts.revisions import PASSAGES, RUN_CHARACTERS, Part, compare


def texts(before: str, after: str) -> list[str]:
    found = compare(("Titre", before), ("Titre", after))
    assert found.title == ()
    return [mark_parts(passage) for passage in found.passages]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("Une prime de 1 200 €.", "Une prime de 1 350 €.", "Une prime de [-1 200 €-] [+1 350 €+]."),
        ("Hausse de 12,5 % demandée.", "Hausse de 12,7 % demandée.", "Hausse de [-12,5 %-] [+12,7 %+] demandée."),
        ("Réunion à 18h30 lundi.", "Réunion à 18h45 lundi.", "Réunion à [-18h30-] [+18h45+] lundi."),
        ("Il dit « pas question ».", "Il dit « pas question du tout ».",
         "Il dit [-« pas question »-] [+« pas question du tout »+]."),
        ("Un rassemblement jeudi.", "Un grand rassemblement jeudi.", "Un [+grand+] rassemblement jeudi."),
        ("Un grand rassemblement jeudi.", "Un rassemblement jeudi.", "Un [-grand-] rassemblement jeudi."),
        ("", "Un texte.", "[+Un texte.+]"),
        ("Un texte.", "", "[-Un texte.-]"),
        ("Lundi, le préfet.", "Mardi, le maire.", "[-Lundi-] [+Mardi+], le [-préfet-] [+maire+]."),
        ("Le préfet de Valbrune.", "Le maire du canton.", "Le [-préfet de Valbrune-] [+maire du canton+]."),
        ("Le préfet à Valbrune.", "Le maire à Chantemerle.", "Le [-préfet à Valbrune-] [+maire à Chantemerle+]."),
    ],
)  # fmt: skip
def test_what_changed_reads_like_a_text(before: str, after: str, expected: str) -> None:
    assert texts(before, after) == [expected]


def test_equal_texts_differ_in_nothing_and_blanks_are_no_difference() -> None:
    assert compare(("T", "Un  texte.\nFin."), ("T", "Un texte. Fin.")).passages == ()


def test_a_title_is_compared_by_itself() -> None:
    found = compare(("Préavis à Valbrune", "x"), ("Préavis de grève à Valbrune", "x"))
    assert mark_parts(found.title) == "Préavis [+de grève+] à Valbrune"
    assert found.passages == ()


def test_only_the_neighbourhood_of_a_change_is_shown() -> None:
    filler = "La place du marché reste ouverte aux piétons toute la semaine. " * 20
    (first, second) = texts(f"Douze postes. {filler}Fin jeudi.", f"Quinze postes. {filler}Fin vendredi.")

    assert first == "[-Douze-] [+Quinze+] postes. La place du marché reste ouverte …"
    assert second == "… ouverte aux piétons toute la semaine. Fin [-jeudi-] [+vendredi+]."


def test_many_changes_are_counted_beyond_the_first() -> None:
    filler = "Une longue phrase que personne ne touche et qui sépare les passages les uns des autres ici. "
    before = "".join(f"Le numéro {number} reste. {filler}{filler}" for number in range(12))
    after = before.replace("reste", "part")

    found = compare(("T", before), ("T", after))

    assert (len(found.passages), found.left_out) == (PASSAGES, 12 - PASSAGES)


def test_a_long_addition_is_cut_at_a_word() -> None:
    (passage,) = compare(("T", "Début."), ("T", "Début. " + "Une phrase ajoutée ce matin. " * 100)).passages
    added = [text for text, state in passage if state == "added"]
    assert len(added) == 1 and added[0].endswith(" …") and len(added[0]) <= RUN_CHARACTERS + 2


def rebuild(parts: tuple[Part, ...], leave_out: str) -> str:
    return "".join("".join(text for text, state in parts if state != leave_out).split())


def test_kept_and_removed_are_the_old_text_kept_and_added_the_new_one() -> None:
    dice = random.Random(7)
    words = ["police", "grève", "12", "1 200 €", "« oui »", "le", "préfet", "lundi", "."]
    for _ in range(300):
        before = " ".join(dice.choices(words, k=dice.randint(0, 12)))
        after = " ".join(dice.choices(words, k=dice.randint(0, 12)))
        parts = tuple(part for passage in compare(("T", before), ("T", after)).passages for part in passage)
        if parts and not any("…" in text for text, _ in parts):
            assert rebuild(parts, "added") == "".join(before.split())
            assert rebuild(parts, "removed") == "".join(after.split())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a. " * 30_000, "b a. " * 20_000),
        ("de " * 30_000, "la de " * 20_000),
        ("x" * 200_000, "y" * 200_000),
        ("«" * 100_000, "«" * 99_999),
        ("1 234 " * 16_000, "1 235 " * 16_000),
        ("".join(f"a{n % 7}. " for n in range(390)), "".join(f"a{n % 5}. " for n in range(390))),
        ("".join(f"a{n % 7} " for n in range(390)), "".join(f"a{n % 5} " for n in range(390))),
    ],
)
def test_whatever_two_texts_hold_work_and_result_are_bounded(before: str, after: str) -> None:
    began = time.perf_counter()
    found = compare((before[:300], before), (after[:300], after))
    assert time.perf_counter() - began < 5
    assert sum(len(text) for passage in found.passages for text, _ in passage) < PASSAGES * 8 * RUN_CHARACTERS
