"""Folding: one spelling for a word, whatever its capitals, accents, ligatures, apostrophes and hyphens.

A folded word holds lower-case letters and digits, and inside it possibly `'`, `-`, `.` and `,`. Nothing else passes,
so a folded word can stand in a blank-separated string.
"""

import unicodedata

APOSTROPHES = "'’ʼ＇‘`´"
HYPHENS = "-‐‑"
INVISIBLE = "\u00ad\u200c\u200d\u2060\ufeff"
"""Soft hyphen, joiners and the like: they stand inside words and mean nothing to a reader."""

_SPELLINGS = str.maketrans(
    {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d"}
    | dict.fromkeys(APOSTROPHES, "'")
    | dict.fromkeys(HYPHENS, "-")
    | dict.fromkeys(INVISIBLE, "")
)
_INNER = frozenset("'-.,")


def fold(word: str) -> str:
    """The word in its one spelling; characters that can stand in no word are left out."""
    if word.isascii() and word.isalnum():
        return word.lower()
    plain = word.lower().translate(_SPELLINGS)
    if not plain.isascii():
        # the compatibility form also undoes ligatures such as "ﬁ" and full-width letters
        plain = unicodedata.normalize("NFKD", plain).lower()
    if plain.isalnum() and plain.isascii():
        return plain
    return "".join(letter for letter in plain if letter.isalnum() or letter in _INNER)
