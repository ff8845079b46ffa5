"""The word lists and limits of the French analysis.

Changing anything here changes index terms: `analyzer_digest()` changes with it, and indexes must be rebuilt.
"""

import hashlib
import re

from indexer.analysis.folding import APOSTROPHES, HYPHENS, INVISIBLE, fold
from indexer.analysis.stemming import RULES, light_stem

ANALYZER_VERSION = 1
"""Raised by hand when the rules in code change; the tables are covered by the digest."""

HOLE = "·"
"""Stands in `flat` strings for a place without a term; engines drop it and keep the position."""

TERM_MAX_CHARS = 255
"""A longer term becomes a hole: the shortest limit among the engines, and no word of any language."""

TEXT_MAX_CHARS = 200_000
"""Text beyond this is not analysed, so that one endless page cannot hold up an index; the archive keeps all of it."""

COMPOUND_MAX_PARTS = 4
"""A compound of more parts (sauve-qui-peut-et-vite) is not also indexed as one word."""

TAIL_GAP = 20
"""Holes between the text and each joined compound behind it, so that phrases do not reach from one to the next."""

STOP_WORDS = frozenset(map(fold, """
    au aux avec ce ces dans de des du elle en et eux il je la le leur lui ma mais me même mes moi mon ne nos notre nous
    on ou par pas pour qu que qui sa se ses son sur ta te tes toi ton tu un une vos votre vous c d j l à m n s t y
    été étée étées étés étant suis es est sommes êtes sont serai seras sera serons serez seront serais serait serions
    seriez seraient étais était étions étiez étaient fus fut fûmes fûtes furent sois soit soyons soyez soient fusse
    fusses fût fussions fussiez fussent ayant eu eue eues eus ai as avons avez ont aurai auras aura aurons aurez auront
    aurais aurait aurions auriez auraient avais avait avions aviez avaient eut eûmes eûtes eurent aie aies ait ayons
    ayez aient eusse eusses eût eussions eussiez eussent ceci cela celà cet cette ici ils les leurs quel quels quelle
    quelles sans soi
""".split()))  # fmt: skip

ELISIONS = frozenset("l m t qu n s j d c jusqu quoiqu lorsqu puisqu".split())
"""What may stand before an apostrophe and be dropped, without a place of its own: l'agression, qu'elle."""

CLITICS = frozenset("il elle on ils elles je tu nous vous ce t y en la le les lui leur moi toi ci".split())
"""Endings of inversions (dit-il, celui-ci): such a word is no compound, and is not also indexed joined."""

ACCENT_MATTERS = frozenset("""
    communiqué clément élément complément supplément agrément événement
    intéressé progressé transgressé désespéré considéré transféré incarcéré obtempéré
    revendiqué compliqué polémiqué pronostiqué diagnostiqué intoxiqué réactivé désactivé récidivé
    communément forcément carrément sacrément décidément assurément
""".split())  # fmt: skip
"""Words that the rules would merge with others, or part from their own, once the accents are gone: communiqué with
commune, Clément with clé, revendiqué with revendre, obtempéré no longer with obtempérer. They and their plurals keep
the stem of their accented spelling, however they are written."""

NOUNS_APART = frozenset("""
    département parlement équipement classement placement commandement stationnement
    violation formation fondation publication mairie tracteur hauteur retraite
""".split())  # fmt: skip
"""Frequent nouns that the rules would cut down to another frequent word: Parlement to parler, violation to viol,
mairie to maire. They and their plurals are their own stem."""

KEEP = {fold(word): fold(light_stem(word)) for base in sorted(ACCENT_MATTERS) for word in (base, f"{base}s")} | {
    fold(word): fold(base) for base in sorted(NOUNS_APART) for word in (base, f"{base}s")
}

OWN_ENDINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    # procureure, mineure, intérieure; not the verbs demeure, pleure, effleure
    (re.compile(r"(?:(?<=[ijnrst])|(?<=ll))eures?$"), "eur"),
    # mobilisation belongs to mobiliser, not to mobile
    (re.compile(r"(?<=[^\W\d_]{3})isations?$"), "iser"),
)
"""Endings that the light rules leave apart or cut too deep; replaced before those rules are tried."""

OWN_ENDINGS_END = ("eure", "eures", "isation", "isations")
"""How a word ends that one of these patterns can match: most words end otherwise, and are told so faster."""


def analyzer_digest() -> str:
    """A short hash of version, tables and limits, to be kept with an index."""
    parts: list[object] = [
        ANALYZER_VERSION, HOLE, TERM_MAX_CHARS, TEXT_MAX_CHARS, COMPOUND_MAX_PARTS, TAIL_GAP,
        sorted(STOP_WORDS), sorted(ELISIONS), sorted(CLITICS), sorted(KEEP.items()), RULES,
        [(ending.pattern, replacement) for ending, replacement in OWN_ENDINGS],
        APOSTROPHES, HYPHENS, INVISIBLE,
    ]  # fmt: skip
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
