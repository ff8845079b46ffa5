"""The first reading of a query: refuse what the language does not have, and spell the rest as the parser reads it.

The parser knows neither guillemets nor `&&`, takes a time of day for a field, and gives few hints. So the query is
first read piece by piece, from left to right and without recursion: limits are counted here, before anything is built,
and every refusal knows its place in the query as written. `Scanned.origins` maps each character of the new spelling
back to it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from indexer.query.errors import Limits, QueryError
from indexer.query.fields import resolve_field

_QUOTE = '"“”„«»'
_END = r"\s:^~(){}\[\]\\" + _QUOTE
_LETTER = rf"(?:\\.|(?!&&|\|\|)[^{_END}])"

_PIECE = re.compile(
    rf"""
    (?P<blank>\s+)
    | (?P<quoted>"(?:\\.|[^"\\])*" | [“”„](?:\\.|[^”“"\\])*[”“"] | «(?:\\.|[^»\\])*»)
    | (?P<unclosed>[{_QUOTE}])
    | (?P<open>\() | (?P<close>\))
    | (?P<range>[\[{{])
    | (?P<compare>[<>]=?)
    | (?P<both>&&) | (?P<either>\|\|)
    | (?P<instant>\d{{4}}-\d\d-\d\dT\d\d:[\d:.]*(?:Z|[+-]\d\d:?\d\d)?)
    | (?P<everything>\*:\*)
    | (?P<minus>[-!])
    | (?P<plus>\+)
    | (?P<slash>/)
    | (?P<boost>\^)
    | (?P<near>~[\d.]*)
    | (?P<colon>:)
    | (?P<tick>['’‘]+)
    | (?P<word>{_LETTER}+)
    """,
    re.VERBOSE | re.DOTALL,
)
_BOUND = rf'"(?:[^"\\]*)"|[“”„][^”“"\\]*[”“"]|«[^»\\]*»|[^\s\[\]{{}}()\\{_QUOTE}]+'
_RANGE = re.compile(rf"([\[{{])\s*({_BOUND})\s+TO\s+({_BOUND})\s*([\]}}])")
_COMPARED = re.compile(rf"\s*({_BOUND})")
_COMPARED_FIELD = re.compile(r"([^\W\d]\w*)([<>]=?)")
_FRENCH_OPERATORS = {"OU": "OR", "SAUF": "NOT"}

Wants = str
"""What may come next: "operand" after an operator, "value" after a field, "any" elsewhere."""


@dataclass(frozen=True)
class Scanned:
    """The query in the parser's spelling, and for each of its characters the place in the query as written."""

    spelled: str
    origins: tuple[int, ...]

    def origin(self, position: int | None) -> int | None:
        """The place in the query as written."""
        if position is None or not self.origins:
            return None
        return self.origins[min(max(position, 0), len(self.origins) - 1)]


def scan(text: str, limits: Limits) -> Scanned:
    """The query in the parser's spelling, or `QueryError`."""
    if len(text) > limits.characters:
        raise QueryError(f"the query has {len(text)} characters; at most {limits.characters} are read")
    return _Scan(text, limits).run()


class _Scan:
    """One reading, from left to right."""

    def __init__(self, text: str, limits: Limits) -> None:
        self._text = text
        self._limits = limits
        self._at = 0
        self._spelled: list[str] = []
        self._origins: list[int] = []
        self._opened: list[int] = []
        self._wants: Wants = "any"
        self._empty = True
        self._clauses = 0
        self._denials = 0
        self._last_operator = ("", 0)
        self._word_ends_at = -1

    def run(self) -> Scanned:
        while self._at < len(self._text):
            match = _PIECE.match(self._text, self._at)
            if match is None or match.lastgroup is None:
                raise QueryError(
                    "a backslash with nothing to protect", self._at, "Leave it out, or double it to look for one"
                )
            start, self._at = self._at, match.end()
            self._handler(match.lastgroup)(match.group(), start)
        if self._opened:
            raise QueryError("this parenthesis is never closed", self._opened[-1], "Add ) or leave ( out")
        self._check_operand()
        return Scanned("".join(self._spelled), tuple(self._origins))

    def _handler(self, kind: str) -> Callable[[str, int], None]:
        handler: Callable[[str, int], None] = getattr(self, f"_take_{kind}")
        return handler

    # what the pieces mean

    def _take_blank(self, piece: str, at: int) -> None:
        self._emit(" ", at)

    def _take_tick(self, piece: str, at: int) -> None:
        """An apostrophe before a word is punctuation."""
        self._emit(" ", at)

    def _take_quoted(self, piece: str, at: int) -> None:
        inside = piece[1:-1]
        if not inside.strip():
            raise QueryError("empty quotation marks", at, "Write words between them or leave them out")
        self._leaf(at)
        self._emit('"', at)
        self._emit(inside if piece[0] == '"' else inside.replace('"', " "), at + 1, spread=True)
        self._emit('"', at + len(piece) - 1)
        self._word_ends_at = self._at

    def _take_unclosed(self, piece: str, at: int) -> None:
        raise QueryError(f"the quotation mark {piece} has no partner", at, "Close it or leave it out")

    def _take_open(self, piece: str, at: int) -> None:
        self._opened.append(at)
        self._check_levels(at)
        self._separate(at)
        self._emit("(", at)
        self._begin_operand()
        self._wants = "any"
        self._empty = True

    def _take_close(self, piece: str, at: int) -> None:
        if not self._opened:
            raise QueryError("this parenthesis was never opened", at, "Add ( before it or leave ) out")
        if self._empty and self._wants == "any":
            raise QueryError("nothing stands between these parentheses", self._opened[-1], "Leave them out")
        self._check_operand()
        self._opened.pop()
        self._emit(")", at)
        self._wants = "any"

    def _take_range(self, piece: str, at: int) -> None:
        match = _RANGE.match(self._text, at)
        if match is None:
            raise QueryError(
                "this bracket begins no range",
                at,
                "A range is written [2026-01 TO 2026-03], with a star for an open side",
            )
        self._require_field(at)
        self._leaf(at)
        self._emit(match[1], at)
        self._bound(match[2], match.start(2))
        self._emit(" TO ", at)
        self._bound(match[3], match.start(3))
        self._emit(match[4], match.start(4))
        self._at = match.end()

    def _take_compare(self, piece: str, at: int) -> None:
        self._require_field(at)
        match = _COMPARED.match(self._text, self._at)
        if match is None or match[1] == "*":
            raise QueryError(f"{piece} is followed by no value", at, "Write for example date:>=2026-03-01")
        self._leaf(at)
        self._emit(piece, at)
        self._bound(match[1], match.start(1))
        self._at = match.end()

    def _take_both(self, piece: str, at: int) -> None:
        self._operator("AND", at)

    def _take_either(self, piece: str, at: int) -> None:
        self._operator("OR", at)

    def _take_instant(self, piece: str, at: int) -> None:
        self._leaf(at)
        self._bound(piece, at)

    def _take_everything(self, piece: str, at: int) -> None:
        self._leaf(at)
        self._emit("*", at)

    def _take_minus(self, piece: str, at: int) -> None:
        following = self._text[self._at : self._at + 1]
        if not following.strip() or following in ")&|":
            raise QueryError(
                f"{piece} stands alone", at, "To leave a word out write NOT word or -word; otherwise leave the sign out"
            )
        self._deny(at)

    def _take_plus(self, piece: str, at: int) -> None:
        raise QueryError("a plus sign before a word", at, "Every word is required already: leave the sign out")

    def _take_slash(self, piece: str, at: int) -> None:
        raise QueryError(
            "regular expressions are not part of the language", at,
            "Use * and ? inside a word, or quotation marks for words with a slash",
        )  # fmt: skip

    def _take_boost(self, piece: str, at: int) -> None:
        raise QueryError(
            "weights are not part of the language", at, "Leave ^ and the number out; sort by relevance or date instead"
        )

    def _take_colon(self, piece: str, at: int) -> None:
        raise QueryError("a colon without a field before it", at, "Put words with a colon in quotation marks")

    def _take_near(self, piece: str, at: int) -> None:
        if at != self._word_ends_at:
            raise QueryError(
                "~ stands alone", at, 'It follows a word or a quotation at once: grève~ or "grève police"~5'
            )
        quoted = self._text[at - 1] in _QUOTE
        if not re.fullmatch(r"~[0-9]{1,3}" if quoted else r"~[12]?", piece):
            expected = 'how many places apart the words may stand, as in "grève police"~5' if quoted else "~, ~1 or ~2"
            raise QueryError(f"{piece} after {'a quotation' if quoted else 'a word'}", at, f"Write {expected}")
        self._emit(piece, at, spread=True)

    def _take_word(self, piece: str, at: int) -> None:
        if self._text[self._at : self._at + 1] == ":":
            self._field(piece, at)
        elif piece in ("AND", "OR"):
            self._operator(piece, at)
        elif piece == "NOT":
            self._deny(at)
        else:
            self._refuse_slips(piece, at)
            self._leaf(at)
            if piece == "TO":
                self._emit("\\", at)  # a word here, a part of ranges to the parser
            self._emit(piece, at, spread=True)
            self._word_ends_at = self._at

    # what may follow what

    def _field(self, name: str, at: int) -> None:
        if self._wants == "value":
            raise QueryError(
                "a field inside a field", at, 'A value that holds a colon belongs in quotation marks: url:"https://…"'
            )
        resolve_field(name, at)
        self._separate(at)
        self._emit(name, at, spread=True)
        self._emit(":", self._at)
        self._at += 1
        self._wants = "value"
        self._last_operator = (f"{name}:", at)

    def _operator(self, operator: str, at: int) -> None:
        if self._empty or self._wants != "any":
            raise QueryError(
                f"{operator} has nothing on its left", at,
                f"Write a word before it, or put it in quotation marks to look for « {operator.lower()} »",
            )  # fmt: skip
        self._emit(f" {operator} ", at)
        self._wants = "operand"
        self._last_operator = (operator, at)
        self._denials = 0

    def _deny(self, at: int) -> None:
        if self._wants == "value":
            raise QueryError("a denial after a field", at, "Write NOT before the field: NOT source:exemple")
        self._denials += 1
        self._check_levels(at)
        self._emit(" NOT ", at)
        self._wants = "operand"
        self._last_operator = ("NOT", at)

    def _leaf(self, at: int) -> None:
        self._clauses += 1
        if self._clauses > self._limits.clauses:
            raise QueryError(f"more than {self._limits.clauses} words and conditions", at, "Make several queries of it")
        self._separate(at)
        self._begin_operand()
        self._wants = "any"

    def _begin_operand(self) -> None:
        self._empty = False
        self._denials = 0

    def _check_operand(self) -> None:
        word, at = self._last_operator
        if self._wants == "value":
            raise QueryError(f"{word} has no value", at, f"Write it right after the colon, as in {word}exemple")
        if self._wants == "operand":
            raise QueryError(f"{word} has nothing on its right", at, "Write a word after it or leave it out")

    def _check_levels(self, at: int) -> None:
        if len(self._opened) + self._denials > self._limits.levels:
            raise QueryError(
                f"more than {self._limits.levels} levels of parentheses and denials", at, "Make it simpler"
            )

    def _require_field(self, at: int) -> None:
        if self._wants != "value":
            raise QueryError(
                "a range or comparison without a field", at, "Name it: date:[2026-01 TO 2026-03], date:>=2026"
            )

    def _refuse_slips(self, word: str, at: int) -> None:
        if word in _FRENCH_OPERATORS and self._wants == "any":
            english = _FRENCH_OPERATORS[word]
            raise QueryError(
                f"{word} is no operator",
                at,
                f"Write {english}, or « {word.lower()} » in small letters for the word itself",
            )
        slip = _COMPARED_FIELD.match(word)
        if slip:
            raise QueryError(
                "a comparison without a colon", at + slip.start(2), f"Write {slip[1]}:{word[slip.start(2) :][:40]}"
            )

    # the new spelling

    def _separate(self, at: int) -> None:
        """A blank before a word that touches the one before it: l'«affaire»."""
        if self._wants != "value" and self._spelled and self._spelled[-1] not in (" ", "("):
            self._emit(" ", at)

    def _bound(self, written: str, at: int) -> None:
        if written == "*":
            self._emit("*", at)
            return
        quoted = written[0] in _QUOTE
        self._emit('"' + (written[1:-1] if quoted else written).replace('"', " ") + '"', at)

    def _emit(self, piece: str, at: int, *, spread: bool = False) -> None:
        if not piece:
            return
        self._spelled.append(piece.replace("\n", " "))  # the parser takes no line end behind a backslash
        self._origins.extend(range(at, at + len(piece)) if spread else [at] * len(piece))
