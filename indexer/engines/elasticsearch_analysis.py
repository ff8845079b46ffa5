"""The analysis that Elasticsearch does itself.

`terms` only cuts our own finished terms apart. The others are for what people type in Kibana: a French analysis out of
Elasticsearch's own parts, brought near to ours (`indexer/analysis/`); a test counts how often both find the same.
"""

import itertools
import unicodedata
from typing import Any

from indexer.analysis import HOLE, fold
from indexer.analysis.folding import APOSTROPHES, HYPHENS, INVISIBLE
from indexer.analysis.tables import ELISIONS, NOUNS_APART, OWN_ENDINGS

Body = dict[str, Any]

_LONGEST_TERM = 512
"""In UTF-16 units: our longest term has 255 characters, each of which may take two; longer ones would be cut in two."""

_NATIVE_WORD = r"[\p{L}\p{N}]{1,255}(?:['\-][\p{L}\p{N}]{1,255}){0,15}"
"""Bounded, since a term of more than 32,766 bytes makes Elasticsearch refuse the whole entry."""

_LIGATURES = ("ﬀ=>ff", "ﬁ=>fi", "ﬂ=>fl", "ﬃ=>ffi", "ﬄ=>ffl")
_ACCENTS = "\u0300\u0301\u0302\u0308\u0327"


def _letters() -> list[str]:
    """Other spellings of letters and signs, before words are found: accents written apart, ligatures, soft hyphens."""
    signs = [f"{sign}=>{known}" for known, signs in (("'", APOSTROPHES), ("-", HYPHENS)) for sign in signs[1:]]
    apart = (letter + accent for letter, accent in itertools.product("aceiouyACEIOUY", _ACCENTS))
    joined = [f"{pair}=>{unicodedata.normalize('NFC', pair)}" for pair in apart if _is_letter(pair)]
    nothing = [f"{sign}=>" for sign in INVISIBLE]
    return [*signs, "œ=>oe", "Œ=>OE", "æ=>ae", "Æ=>AE", *_LIGATURES, *joined, *nothing]


def _is_letter(pair: str) -> bool:
    return len(unicodedata.normalize("NFC", pair)) == 1


def _own_endings() -> dict[str, Body]:
    """Our additions to the stemmer's endings, as Java writes expressions, whose classes of letters are ASCII alone."""
    return {
        f"fr_ending_{number}": {
            "type": "pattern_replace",
            "pattern": f"(?i){ending.pattern}".replace(r"[^\W\d_]", r"\p{L}").replace("$", r"(?!\p{L})"),
            "replacement": replacement,
        }
        for number, (ending, replacement) in enumerate(OWN_ENDINGS, 1)
    }


_ACCENTED = {"a": "[aàâ]", "c": "[cç]", "e": "[eéèêë]", "i": "[iîï]", "o": "[oôö]", "u": "[uùûü]"}


def _nouns_apart() -> Body:
    """Nouns that the stemmer would cut down to other words get a letter behind them that none of its rules knows."""
    words = "|".join("".join(_ACCENTED.get(letter, letter) for letter in fold(word)) for word in sorted(NOUNS_APART))
    return {
        "type": "pattern_replace",
        "pattern": rf"(?iu)(?<!\p{{L}})({words})s?(?!\p{{L}})",
        "replacement": "$1q",
    }


_SPLIT = {
    "type": "word_delimiter_graph", "split_on_case_change": False, "split_on_numerics": False,
    "stem_english_possessive": False,
}  # fmt: skip
_BEFORE = {"char_filter": ["fr_letters", "fr_acronym"], "tokenizer": "fr_word"}
_STEMMED = {**_BEFORE, "char_filter": [*_BEFORE["char_filter"], *_own_endings(), "fr_nouns_apart"]}
_AFTER = ["lowercase", "fr_elision", "fr_stop", "fr_stem", "asciifolding"]

ANALYSIS: Body = {
    "char_filter": {
        "fr_letters": {"type": "mapping", "mappings": _letters()},
        "fr_acronym": {
            "type": "pattern_replace",
            "pattern": r"(?<=(?:^|[^\p{L}\p{N}.])\p{L}|\.\p{L})\.(?=\p{L}(?:\.|[^\p{L}]|$))",
            "replacement": "",
        },
        **_own_endings(),
        "fr_nouns_apart": _nouns_apart(),
    },
    "tokenizer": {
        "terms": {"type": "whitespace", "max_token_length": _LONGEST_TERM},
        "fr_word": {"type": "pattern", "group": 0, "pattern": _NATIVE_WORD},
    },
    "filter": {
        "holes": {"type": "stop", "stopwords": [HOLE]},
        "fr_elision": {"type": "elision", "articles_case": True, "articles": sorted(ELISIONS)},
        "fr_join": {**_SPLIT, "catenate_all": True},
        "fr_split": {**_SPLIT, "catenate_all": False},
        "fr_stop": {"type": "stop", "stopwords": "_french_"},
        "fr_stem": {"type": "stemmer", "language": "light_french"},
    },
    "analyzer": {
        "terms": {"type": "custom", "tokenizer": "terms", "filter": ["holes"]},
        "fr_index": {"type": "custom", **_STEMMED, "filter": ["fr_elision", "fr_join", "flatten_graph", *_AFTER]},
        "fr_search": {"type": "custom", **_STEMMED, "filter": ["fr_elision", "fr_join", *_AFTER]},
        "fr_phrase": {"type": "custom", **_STEMMED, "filter": ["fr_elision", "fr_split", *_AFTER]},
        "fr_exact": {"type": "custom", **_BEFORE, "filter": ["fr_split", "lowercase", "asciifolding"]},
    },
}
