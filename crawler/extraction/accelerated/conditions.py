"""The small part of XPath in which the extraction library says which elements it looks for, read into functions.

Promises: what is not understood to the last sign is refused (`UnknownFormError`), never guessed; a condition answers
as libxml2 and EXSLT would: a missing attribute is an empty text, and of `@id|@class` the first one written counts.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml.etree import _Element

# The attributes that a condition reads: by name, and in the order in which the page wrote them.
Attributes = dict[str, str]
Condition = Callable[[_Element, Attributes], bool]
Text = Callable[[Attributes], str]

_TOKEN = re.compile(r"\s*('[^']*'|\"[^\"]*\"|\.//|::|[\w.-]+(?::(?=\w)[\w-]+)?|[*@()\[\]|,=])")


class UnknownFormError(ValueError):
    """An expression holds something that is not read here."""


@dataclass(frozen=True)
class Term:
    """One condition; `looks_inside` where attributes alone do not decide it."""

    holds: Condition
    looks_inside: bool = False


@dataclass(frozen=True)
class Search:
    """`.//*[...][...]`: the tags looked at (none: all), the conditions that must all hold, each any of its terms.

    `once` says of which matches only the first counts: of all (`first`), of each parent (`sibling`), or of none.
    """

    tags: tuple[str, ...]
    predicates: tuple[tuple[Term, ...], ...]
    attributes: tuple[str, ...]
    once: str = "no"


def read_search(path: str) -> Search:
    """The search that an expression asks for."""
    return _Reader(path).read()


class _Reader:
    """Reads one expression from left to right."""

    def __init__(self, path: str) -> None:
        self._tokens = list(_split(path))
        self._at = 0
        self._attributes: dict[str, None] = {}

    def read(self) -> Search:
        is_grouped = self._take_if("(")
        self._take(".//")
        tags = self._read_step()
        predicates: list[tuple[Term, ...]] = []
        once = "no"
        while self._take_if("["):
            if self._take_if("1"):
                once = "sibling"
            elif once == "sibling":
                raise UnknownFormError("a condition behind a place")
            elif not tags and not predicates and (named := self._read_tags()):
                tags = named
            else:
                predicates.append(tuple(self._read_terms()))
            self._take("]")
        if is_grouped:
            for token in (")", "[", "1", "]"):
                self._take(token)
            once = "first"
        if self._at != len(self._tokens):
            raise UnknownFormError(self._tokens[self._at])
        return Search(tags, tuple(predicates), tuple(self._attributes), once)

    def _read_step(self) -> tuple[str, ...]:
        return () if self._take_if("*") else (self._take_name(),)

    def _read_tags(self) -> tuple[str, ...]:
        """The names of `self::a or self::b`; none, and nothing taken, where the condition says more."""
        start, names = self._at, []
        while self._take_if("self"):
            self._take("::")
            names.append(self._take_name())
            if not self._take_if("or"):
                break
        if names and self._peek() == "]":
            return tuple(names)
        self._at = start
        return ()

    def _read_terms(self) -> Iterator[Term]:
        yield self._read_term()
        while self._take_if("or"):
            yield self._read_term()

    def _read_term(self) -> Term:
        if self._take_if("not"):
            self._take("(")
            inner = tuple(self._read_terms())
            self._take(")")
            return Term(
                lambda element, values: not any(term.holds(element, values) for term in inner),
                any(term.looks_inside for term in inner),
            )
        if self._take_if("self"):
            self._take("::")
            return self._read_own_tag()
        if self._take_if(".//"):
            inside = f".//{self._take_name()}"
            return Term(lambda element, values: element.find(inside) is not None, looks_inside=True)
        if self._peek() == "@":
            return self._read_attribute()
        return self._read_call()

    def _read_own_tag(self) -> Term:
        name = self._take_name()
        return Term(lambda element, values: element.tag == name)

    def _read_attribute(self) -> Term:
        name = self._take_attribute()
        if not self._take_if("="):
            return Term(lambda element, values: name in values)
        wanted = self._take_string()
        return Term(lambda element, values: values.get(name) == wanted)

    def _read_call(self) -> Term:
        name = self._take_name()
        self._take("(")
        text = self._read_text()
        self._take(",")
        wanted = self._take_string()
        flags = self._take_string() if self._take_if(",") else ""
        self._take(")")
        if name == "re:test" and flags in ("", "i"):
            pattern = re.compile(wanted, re.UNICODE | (re.IGNORECASE if flags else 0))
            return Term(lambda element, values: pattern.search(text(values)) is not None)
        if name == "contains" and not flags:
            return Term(lambda element, values: wanted in text(values))
        if name == "starts-with" and not flags:
            return Term(lambda element, values: text(values).startswith(wanted))
        raise UnknownFormError(name)

    def _read_text(self) -> Text:
        """`@id`, `@id|@class`, or one of them with letters translated."""
        if not self._take_if("translate"):
            return self._read_value()
        self._take("(")
        value = self._read_value()
        letters = []
        for _ in range(2):
            self._take(",")
            letters.append(self._take_string())
        self._take(")")
        if len(letters[0]) != len(letters[1]):
            raise UnknownFormError("letters taken away")
        table = str.maketrans(*letters)
        return lambda values: value(values).translate(table)

    def _read_value(self) -> Text:
        name = self._take_attribute()
        if not self._take_if("|"):
            return lambda values: values.get(name, "")
        either = {name, self._take_attribute()}
        return lambda values: next((value for name, value in values.items() if name in either), "")

    def _take_attribute(self) -> str:
        self._take("@")
        name = self._take_name()
        self._attributes.setdefault(name)
        return name

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take_if(self, token: str) -> bool:
        is_next = self._peek() == token
        self._at += is_next
        return is_next

    def _take(self, token: str) -> None:
        if not self._take_if(token):
            raise UnknownFormError(f"{self._peek() or 'the end'} instead of {token}")

    def _take_name(self) -> str:
        token = self._peek()
        if not token[:1].isalpha():
            raise UnknownFormError(token)
        self._at += 1
        return token

    def _take_string(self) -> str:
        token = self._peek()
        if token[:1] not in ("'", '"'):
            raise UnknownFormError(token)
        self._at += 1
        return token[1:-1]


def _split(path: str) -> Iterator[str]:
    at, end = 0, len(path.rstrip())
    while at < end:
        token = _TOKEN.match(path, at)
        if token is None:
            raise UnknownFormError(path[at : at + 20])
        yield token[1]
        at = token.end()
