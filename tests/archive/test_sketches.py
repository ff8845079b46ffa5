"""What a text is recognised by: words alone count, and the estimate keeps within the error that it states."""

import random
import statistics

import pytest

from archive.sketches import BINS, MIN_WORDS, Sketch, list_runs, make_sketch, measure, split_words

DISPATCH = (
    "Les agents du commissariat de Valmorel ont déposé mardi un préavis de grève pour protester contre la fermeture du "
    "poste de nuit. L’intersyndicale demande douze postes et l’ouverture d’une négociation avant la fin du mois. La "
    "préfecture répond que huit élèves rejoindront la ville au printemps et que les heures supplémentaires seront "
    "payées en juin. Une délégation sera reçue vendredi matin, selon le cabinet du préfet, qui ne précise pas l’heure."
)
CHANCE = random.Random(20260301)
WORDS = tuple(f"mot{number}" for number in range(4000))


def sketch_of(text: str) -> Sketch:
    made = make_sketch(split_words(text))
    assert made is not None
    return made


def make_words(count: int) -> list[str]:
    return CHANCE.choices(WORDS, k=count)


def change_words(words: list[str], count: int) -> list[str]:
    changed = list(words)
    for place in CHANCE.sample(range(len(words)), count):
        changed[place] = "autre"
    return changed


@pytest.mark.parametrize(
    "printed",
    [
        DISPATCH.replace("’", "'"),
        DISPATCH.upper(),
        DISPATCH.replace(". ", ".\n\n"),
        DISPATCH.replace("é", "e\u0301"),
        f"« {DISPATCH} »",
    ],
    ids=["apostrophes", "capitals", "paragraphs", "split accents", "quotation marks"],
)
def test_how_a_text_is_printed_makes_no_difference(printed: str) -> None:
    assert printed != DISPATCH
    assert sketch_of(printed) == sketch_of(DISPATCH)


def test_one_other_word_makes_another_digest_and_a_similar_signature() -> None:
    one, other = sketch_of(DISPATCH), sketch_of(DISPATCH.replace("mardi", "mercredi"))

    assert one.digest != other.digest
    assert 0.65 < one.estimate(other) < 1


def test_a_sketch_is_the_same_in_every_process_and_release() -> None:
    """It is kept in catalogues: where this fails, a migration must empty their tables."""
    made = sketch_of(DISPATCH)

    assert made.digest.hex() == "ab4a186e5d36dcadb202efe45b93cfa4"
    assert made.signature[:12].hex() == "a4bc7b28d4812c3b24d66336"
    assert len(made.signature) == BINS


def test_a_short_text_has_no_sketch() -> None:
    assert make_sketch(make_words(MIN_WORDS - 1)) is None
    assert make_sketch(make_words(MIN_WORDS)) is not None


def test_a_text_that_says_one_thing_over_and_over_has_a_sketch() -> None:
    assert sketch_of("non " * 200).estimate(sketch_of("non " * 300)) == 1
    assert sketch_of("non " * 200).digest != sketch_of("non " * 300).digest


@pytest.mark.parametrize("length", [60, 200, 600])
def test_the_estimate_is_unbiased_and_its_error_is_as_stated(length: int) -> None:
    faults, without_band = [], 0
    for _ in range(200):
        words = make_words(length)
        changed = change_words(words, max(1, round(length * 0.022)))
        one, other = make_sketch(words), make_sketch(changed)
        assert one is not None and other is not None
        faults.append(one.estimate(other) - measure(list_runs(words), list_runs(changed)))
        without_band += not set(one.list_bands()) & set(other.list_bands())

    assert abs(statistics.mean(faults)) < 0.015  # four standard errors of the mean
    assert statistics.pstdev(faults) < 0.06
    assert without_band <= 4, "of 200 pairs of resemblance 0.8, two in a hundred"


def test_unrelated_texts_share_no_band() -> None:
    bands = [band for _ in range(300) for band in set(sketch_of(" ".join(make_words(300))).list_bands())]

    assert len(bands) == len(set(bands))


def test_resemblance_is_the_share_of_common_runs() -> None:
    one, other = list_runs("a b c d e f".split()), list_runs("b c d e f g".split())

    assert measure(one, other) == pytest.approx(1 / 3)
    assert measure(one, one) == 1
    assert measure(set(), set()) == 0
