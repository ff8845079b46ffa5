"""From the lines of a printed page to paragraphs.

Promises: every word of the lines comes out, in order; only hyphens at line ends may go, and only where the divided
word, not the compound, is what the text uses elsewhere or what French does.
"""

import re
from collections.abc import Sequence
from statistics import quantiles

# A line shorter than this part of a full one ends its paragraph.
SHORT_LINE = 0.72
# What PDF libraries write where a line ended in a hyphen, with the next line right behind it.
_LINE_END_HYPHEN = re.compile("[\x02\ufffe]")
_SOFT_HYPHEN = "\u00ad"
_ENDS_SENTENCE = re.compile(r"[.!?…:;][»”\")\]]?\s*$")
_STARTS_ITEM = re.compile(r"^\s*(?:[•▪■●◦‣►▶➢➤✓✔❖*·\uf0b7\uf0a7\uf0d8–—-]\s+|\d{1,2}[.)°]\s+|[a-z]\)\s)")
_WORD_BEFORE = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)-$")
_WORD_AFTER = re.compile(r"^[^\W\d_]+")
# After these or before those, French keeps the hyphen: "celui-ci", "peut-être", "c'est-à-dire", "vice-présidente".
_KEEPS_AFTER = frozenset(
    ("après", "arrière", "au", "avant", "celle", "celles", "celui", "ceux", "chef", "ci", "contre", "demi", "dessous",
     "dessus", "elle", "elles", "entre", "est", "eux", "ex", "grand", "lui", "là", "mi", "micro", "moi", "non", "nous",
     "nouveau", "par", "peut", "plus", "porte", "quasi", "quatre", "rendez", "semi", "soi", "sous", "vice", "vous", "à")
)  # fmt: skip
_KEEPS_BEFORE = frozenset(
    ("ce", "ci", "cela", "dessous", "dessus", "dire", "elle", "elles", "en", "end", "il", "ils", "je", "la", "le",
     "les", "leur", "lui", "là", "moi", "même", "mêmes", "nous", "on", "toi", "tu", "un", "vis", "vous", "y", "être")
)  # fmt: skip


def join_lines(lines: Sequence[str]) -> list[str]:
    """The paragraphs that the lines make."""
    words = set(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", " ".join(lines).casefold()))
    full = _full_length([len(line.strip()) for line in lines])
    lines = [part for line in lines for part in _LINE_END_HYPHEN.sub("-\n", line).split("\n")]
    paragraphs: list[str] = []
    before = ""
    for line in (line.strip() for line in lines if line.strip()):
        if paragraphs and _continues(before, line, full):
            paragraphs[-1] = _join(paragraphs[-1], line, words)
        else:
            paragraphs.append(line)
        before = line
    return [paragraph.replace(_SOFT_HYPHEN, "") for paragraph in paragraphs]


def _full_length(lengths: Sequence[int]) -> float:
    """The length of a full line: one in ten is longer."""
    return quantiles(lengths, n=10)[-1] if len(lengths) > 1 else float(max(lengths, default=0))


def _continues(before: str, line: str, full: float) -> bool:
    """Whether `line` goes on where the line before it broke off."""
    if _STARTS_ITEM.match(line):
        return False
    if before.endswith(("-", _SOFT_HYPHEN)):
        return True
    if before.isupper() != line.isupper() and len(line) > 3:
        return False  # a heading in capitals, or the text after one
    if line[0].islower():
        return True
    is_short = len(before) < SHORT_LINE * full
    return not is_short and not (_ENDS_SENTENCE.search(before) and len(before) < 0.95 * full)


def _join(paragraph: str, line: str, words: set[str]) -> str:
    if paragraph.endswith(_SOFT_HYPHEN):
        return paragraph.rstrip(_SOFT_HYPHEN) + line
    before, after = _WORD_BEFORE.search(paragraph), _WORD_AFTER.match(line)
    if before is None or after is None:
        return f"{paragraph} {line}"
    if _keeps_hyphen(before[1].casefold(), after[0].casefold(), words):
        return paragraph + line
    return paragraph[:-1] + line


def _keeps_hyphen(before: str, after: str, words: set[str]) -> bool:
    """Whether the hyphen at a line end belongs to the word."""
    if f"{before}{after}" in words:
        return False
    if f"{before}-{after}" in words:
        return True
    return "-" in before or before.split("-")[-1] in _KEEPS_AFTER or after in _KEEPS_BEFORE
