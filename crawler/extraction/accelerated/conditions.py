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
# The element is None where only a condition about attributes is asked.
Condition = Callable[[_Element | None, Attributes], bool]

_TOKEN = re.compile(r"\s*('[^']*'|\"[^\"]*\"|\.//|::|[\w.-]+(?::(?=\w)[\w-]+)?|[*@()\[\]|,=])")


class UnknownFormError(ValueError):
    """An expression holds something that is not read here."""


@dataclass(frozen=True)
class Term:
    """One condition.

    `reads` names the attributes of which one at least must be there for it to hold; `tells` is what it asks of the
    value of one of them alone.
    """

    holds: Condition
    reads: frozenset[str] = frozenset()
    tells: Callable[[str], bool] = bool


@dataclass(frozen=True)
class Search:
    """`.//*[...][...]`: the tags looked at (none: all), the conditions that must all hold, each any of its terms.

    `once` says of which matches only the first counts: of all (`first`), of each parent (`sibling`), or of none.
    """

    tags: tuple[str, ...]
    predicates: tuple[tuple[Term, ...], ...]
    once: str = "no"


def read_search(path: str) -> Search:
    """The search that an expression asks for."""
    return _Reader(path).read()


class _Reader:
    """Reads one expression from left to right."""

    def __init__(self, path: str) -> None:
        self._tokens = list(_split(path))
        self._at = 0

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
        return Search(tags, tuple(predicates), once)

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
            return Term(lambda element, values: not any(term.holds(element, values) for term in inner))
        if self._take_if("self"):
            self._take("::")
            return self._read_own_tag()
        if self._take_if(".//"):
            inside = f".//{self._take_name()}"
            return Term(lambda element, values: element is not None and element.find(inside) is not None)
        if self._peek() == "@":
            return self._read_attribute()
        return self._read_call()

    def _read_own_tag(self) -> Term:
        name = self._take_name()
        return Term(lambda element, values: element is not None and element.tag == name)

    def _read_attribute(self) -> Term:
        name = self._take_attribute()
        if not self._take_if("="):
            return Term(lambda element, values: name in values, frozenset({name}), lambda value: True)
        wanted = self._take_string()
        return Term(lambda element, values: values.get(name) == wanted, frozenset({name}), wanted.__eq__)

    def _read_call(self) -> Term:
        name = self._take_name()
        self._take("(")
        letters, names = self._read_text()
        self._take(",")
        wanted = self._take_string()
        flags = self._take_string() if self._take_if(",") else ""
        self._take(")")
        asks = _make_test(name, wanted, flags)
        if asks(""):
            raise UnknownFormError("holds for a missing attribute")

        def tells(value: str) -> bool:
            return asks(value.translate(letters) if letters else value)

        def holds(element: _Element | None, values: Attributes) -> bool:
            return tells(next((value for given, value in values.items() if given in names), ""))

        return Term(holds, names, tells if letters else asks)

    def _read_text(self) -> tuple[dict[int, int], frozenset[str]]:
        """`@id`, `@id|@class`, or one of them with letters replaced: the letters, and the attributes."""
        if not self._take_if("translate"):
            return {}, self._read_names()
        self._take("(")
        names = self._read_names()
        letters = []
        for _ in range(2):
            self._take(",")
            letters.append(self._take_string())
        self._take(")")
        if len(letters[0]) != len(letters[1]):
            raise UnknownFormError("letters taken away")
        return str.maketrans(*letters), names

    def _read_names(self) -> frozenset[str]:
        name = self._take_attribute()
        return frozenset({name, self._take_attribute()} if self._take_if("|") else {name})

    def _take_attribute(self) -> str:
        self._take("@")
        return self._take_name()

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


def _make_test(name: str, wanted: str, flags: str) -> Callable[[str], bool]:
    """What a function of XPath asks of a text."""
    if name == "re:test" and flags in ("", "i"):
        pattern = re.compile(wanted, re.UNICODE | (re.IGNORECASE if flags else 0))
        return lambda text: pattern.search(text) is not None
    if name == "contains" and not flags:
        return lambda text: wanted in text
    if name == "starts-with" and not flags:
        return lambda text: text.startswith(wanted)
    raise UnknownFormError(name)


def _split(path: str) -> Iterator[str]:
    at, end = 0, len(path.rstrip())
    while at < end:
        token = _TOKEN.match(path, at)
        if token is None:
            raise UnknownFormError(path[at : at + 20])
        yield token[1]
        at = token.end()
