"""The digest by which two states of an article are told apart."""

import tracemalloc

from archive.catalogue.extractions import FOLDED_AT_ONCE, digest_content

LONG = "Les syndicats appellent à un rassemblement. " * (12 * FOLDED_AT_ONCE // 44)


def test_blanks_and_counters_make_no_difference_and_words_do() -> None:
    told = digest_content("Titre", "Un texte lu 1 204 fois,\n\n il y a 3 heures.")

    assert told == digest_content("Titre", "Un texte lu 7 fois, il y a 2 heures.")
    assert told != digest_content("Titre", "Un autre texte lu 7 fois, il y a 2 heures.")
    assert told != digest_content("Un autre titre", "Un texte lu 7 fois, il y a 2 heures.")


def test_a_text_of_megabytes_is_told_apart_to_its_end() -> None:
    assert digest_content(None, LONG) == digest_content(None, LONG)
    assert digest_content(None, LONG) != digest_content(None, f"{LONG}Fin.")


def test_a_text_of_megabytes_takes_a_few_times_its_size() -> None:
    tracemalloc.start()
    try:
        digest_content(None, LONG)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 8 * len(LONG)
