"""The light French stemmer: plural, feminine and a few endings, after the published algorithm of J. Savoy.

"Light" is the point: it joins policier, policière and policiers, and hardly ever two words that differ in meaning.
With `folded` true the word has lost its accents already, and the rules that look for è or é look for e.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """An ending is replaced if the word is longer than `longer_than`.

    After most rules the word is finished; `goes_on` lets the rules below see the result. `then` is one more
    replacement (ending, replacement, minimum length) tried on the result.
    """

    longer_than: int
    ending: str
    replacement: str
    goes_on: bool = False
    then: tuple[str, str, int] | None = None


RULES: tuple[Rule, ...] = (
    Rule(9, "issement", "ir"),
    Rule(8, "issant", "ir"),
    Rule(6, "ement", "e", then=("ive", "if", 4)),
    Rule(11, "ficatrice", "fier"),
    Rule(10, "ficateur", "fier"),
    Rule(9, "catrice", "quer"),
    Rule(8, "cateur", "quer"),
    Rule(8, "atrice", "er"),
    Rule(7, "ateur", "er"),
    Rule(6, "trice", "teur", goes_on=True),
    Rule(5, "ième", ""),
    Rule(7, "teuse", "ter"),
    Rule(6, "teur", "ter"),
    Rule(5, "euse", "eu"),
    Rule(8, "ère", "er"),
    Rule(7, "ive", "if"),
    Rule(4, "folle", "fou"),
    Rule(4, "molle", "mou"),
    Rule(9, "nnelle", "n"),
    Rule(9, "nnel", "n"),
    Rule(4, "ète", "et", goes_on=True),
    Rule(8, "ique", "", goes_on=True),
    Rule(8, "esse", "e"),
    Rule(7, "inage", "in"),
    Rule(9, "isation", "", then=("ual", "uel", 6)),
    Rule(9, "isateur", ""),
    Rule(8, "ation", ""),
    Rule(8, "ition", ""),
)
"""In the order in which they are tried."""

_ACCENTS = str.maketrans("àáâôèéêùûîç", "aaaoeeeuuic")
_DOUBLED = re.compile(r"(.)\1")
_ENDINGS = tuple(rule.ending for rule in RULES)


def _fold_rule(rule: Rule) -> Rule:
    return Rule(rule.longer_than, rule.ending.translate(_ACCENTS), rule.replacement, rule.goes_on, rule.then)


FOLDED_RULES: tuple[Rule, ...] = tuple(_fold_rule(rule) for rule in RULES)
_FOLDED_ENDINGS = tuple(rule.ending for rule in FOLDED_RULES)


def light_stem(word: str, *, folded: bool = False) -> str:
    """The stem of a lower-case word."""
    word = _drop_plural(word)
    if word.endswith(_FOLDED_ENDINGS if folded else _ENDINGS):  # most words: told so without trying each rule
        word = _apply_rules(word, FOLDED_RULES if folded else RULES)
    return _trim_ending(word)


def _drop_plural(word: str) -> str:
    if len(word) > 5 and word[-1] == "x":
        if word.endswith("aux") and word[-4] != "e":
            word = word[:-2] + "lx"
        word = word[:-1]
    if len(word) > 3 and word[-1] == "x":
        word = word[:-1]
    if len(word) > 3 and word[-1] == "s":
        word = word[:-1]
    return word


def _apply_rules(word: str, rules: tuple[Rule, ...]) -> str:
    for rule in rules:
        if len(word) <= rule.longer_than or not word.endswith(rule.ending):
            continue
        word = word[: -len(rule.ending)] + rule.replacement
        if rule.then is not None:
            ending, replacement, shortest = rule.then
            if len(word) >= shortest and word.endswith(ending):
                word = word[: -len(ending)] + replacement
        if not rule.goes_on:
            break
    return word


def _trim_ending(word: str) -> str:
    """Without accents, doubled letters and the last mute letters; words of up to four letters stay as they are."""
    if len(word) <= 4:
        return word
    word = _drop_doubled_letters(word.translate(_ACCENTS))
    if len(word) > 4 and word.endswith("ie"):
        word = word[:-2]
    if len(word) <= 4:
        return word
    word = word.removesuffix("r")
    word = word.removesuffix("e").removesuffix("e")
    if len(word) > 1 and word[-1] == word[-2] and word[-1].isalpha():
        word = word[:-1]
    return word


def _drop_doubled_letters(word: str) -> str:
    if not _DOUBLED.search(word):
        return word
    kept = word[0]
    for letter in word[1:]:
        if letter != kept[-1] or not letter.isalpha():
            kept += letter
    return kept
