"""Kibana's own query language, read far enough to know whether a text is valid and which fields it names.

Kibana stores a text that is none and complains only when somebody opens the object. Nested fields, `field:{...}`, are
not read: the index has none. An operator that joins nothing is refused, though Kibana takes it for a word.
"""

import re
from collections.abc import Callable, Iterator

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<quoted>"(?:[^"\\]|\\.)*")
    | (?P<sign><=|>=|[:<>()])
    | (?P<plain>(?:[^\s"():<>{}\\]|\\.)+)
    )""",
    re.VERBOSE,
)

_ESCAPED = re.compile(r"\\(.)")

Token = tuple[str, str]


class KqlError(ValueError):
    """The text is not in Kibana's query language."""


def read_fields(text: str) -> tuple[str, ...]:
    """The fields that a text names, or `KqlError`. A text without any words asks for everything."""
    reader = _Reader(list(_split(text)))
    if reader.left:
        reader.read_any()
    if reader.left:
        raise KqlError(f'"{reader.left[0][1]}" is more than the query can take, in "{text}"')
    return tuple(reader.fields)


def _split(text: str) -> Iterator[Token]:
    place = 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise KqlError(f'nothing fits at character {place + 1} of "{text}"')
        kind = str(match.lastgroup)
        word = match[kind]
        yield ("word" if kind == "plain" and word.lower() in ("and", "or", "not") else kind), word
        place = match.end()


class _Reader:
    """Takes one token after the other."""

    def __init__(self, tokens: list[Token]) -> None:
        self.left = tokens
        self.fields: list[str] = []

    def read_any(self) -> None:
        self._joined("or", lambda: self._joined("and", self._one))

    def _joined(self, word: str, part: Callable[[], None]) -> None:
        part()
        while self._takes("word", word):
            part()

    def _one(self) -> None:
        self._takes("word", "not")
        if self._takes("sign", "("):
            self.read_any()
            self._close()
            return
        name = self._value()
        if self._takes("sign", ":"):
            self.fields.append(name)
            self._values()
        elif any(self._takes("sign", sign) for sign in ("<=", ">=", "<", ">")):
            self.fields.append(name)
            self._value()

    def _values(self) -> None:
        """What a field is asked for: one value, or several in parentheses."""
        if not self._takes("sign", "("):
            self._value()
            return
        self._joined("or", lambda: self._joined("and", self._one_value))
        self._close()

    def _one_value(self) -> None:
        self._takes("word", "not")
        self._values()

    def _value(self) -> str:
        """One value: a text in quotes, or words up to the next sign or operator."""
        if self.left and self.left[0][0] == "quoted":
            return self.left.pop(0)[1][1:-1]
        words = []
        while self.left and self.left[0][0] == "plain":
            words.append(_ESCAPED.sub(r"\1", self.left.pop(0)[1]))
        if not words:
            raise KqlError(f"expected a word, got {self.left[0][1] if self.left else 'the end'!r}")
        return " ".join(words)

    def _close(self) -> None:
        if not self._takes("sign", ")"):
            raise KqlError("a parenthesis is never closed")

    def _takes(self, kind: str, word: str) -> bool:
        if self.left and self.left[0][0] == kind and self.left[0][1].lower() == word:
            self.left.pop(0)
            return True
        return False
