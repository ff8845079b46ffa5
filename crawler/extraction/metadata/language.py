"""The language of a page: what it declares, checked against its words where there is room for doubt.

The detector costs 50 MiB and is loaded on first need only: where nothing is declared, where declarations disagree,
or where the commonest words of the declared language hardly occur in the text.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from crawler.extraction.metadata.evidence import Evidence
from crawler.extraction.metadata.json_ld import strings_of

CODE = re.compile(r"^([a-z]{2,3})(?:[-_][a-z0-9_-]+)?$")  # "utf-8" has this form too
NAMES = {
    "french": "fr",
    "francais": "fr",
    "français": "fr",
    "english": "en",
    "german": "de",
    "deutsch": "de",
    "spanish": "es",
    "espanol": "es",
}
THREE_LETTERS = {"fra": "fr", "fre": "fr", "eng": "en", "deu": "de", "ger": "de", "spa": "es", "ita": "it", "por": "pt"}
# The words that make up a fifth and more of any running text of these languages.
COMMON = {
    "fr": frozenset(
        [
            "le",
            "la",
            "les",
            "de",
            "des",
            "du",
            "et",
            "à",
            "un",
            "une",
            "en",
            "que",
            "qui",
            "est",
            "dans",
            "pour",
            "sur",
            "au",
            "aux",
            "par",
            "il",
            "elle",
            "ce",
            "ne",
            "pas",
            "plus",
            "avec",
            "se",
            "sont",
            "a",
        ]
    ),
    "en": frozenset(
        [
            "the",
            "of",
            "and",
            "to",
            "in",
            "a",
            "is",
            "that",
            "for",
            "on",
            "with",
            "as",
            "was",
            "at",
            "by",
            "it",
            "be",
            "from",
            "are",
            "this",
            "have",
            "an",
            "has",
            "not",
        ]
    ),
    "de": frozenset(
        [
            "der",
            "die",
            "das",
            "und",
            "in",
            "den",
            "von",
            "zu",
            "mit",
            "sich",
            "des",
            "auf",
            "für",
            "ist",
            "im",
            "dem",
            "nicht",
            "ein",
            "eine",
            "als",
            "auch",
            "es",
            "an",
        ]
    ),
}
ENOUGH_COMMON = 0.12
MIN_WORDS = 30
SAMPLE = 4_000


def read_language(evidence: Evidence, main_text: str) -> str | None:
    """A two-letter code where one is known, else what the source is configured to write."""
    declared = list(dict.fromkeys(code for text in declared_languages(evidence) if (code := language_code(text))))
    words = main_text[:SAMPLE].lower().split()
    if len(words) < MIN_WORDS:
        return declared[0] if declared else evidence.page.language
    for code in declared:
        if looks_like(words, code):
            return code
    return detect_language(main_text[:SAMPLE]) or (declared[0] if declared else evidence.page.language)


def declared_languages(evidence: Evidence) -> Iterator[str]:
    """Every declaration, the surest first."""
    for node in evidence.article_nodes[:1]:
        yield from strings_of(node.get("inLanguage"))
    yield evidence.head.language
    yield from evidence.head.each(
        "og:locale", "dc.language", "dcterms.language", "language", "content-language", "inlanguage", "locale", "lang"
    )


def language_code(text: str) -> str | None:
    """`fr_FR`, `fr-fr`, `French` and `fra` are all `fr`."""
    written = text.strip().lower()
    if written in NAMES:
        return NAMES[written]
    match = CODE.match(written)
    if match is None:
        return None
    return match[1] if len(match[1]) == 2 else THREE_LETTERS.get(match[1])


def looks_like(words: list[str], code: str) -> bool:
    """True where the commonest words of a language we have a list for occur as often as they must."""
    common = COMMON.get(code)
    if common is None:
        return False
    return sum(word in common for word in words) >= ENOUGH_COMMON * len(words)


@lru_cache(maxsize=1)
def load_detector() -> Any:
    """py3langid's model, loaded once a process."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    load: Any = LanguageIdentifier.from_model_file
    return load(MODEL_FILE, norm_probs=True)


def detect_language(text: str) -> str | None:
    """The language of the words themselves; None where the detector is not sure."""
    code, probability = load_detector().classify(text)
    return str(code) if probability >= 0.5 else None
