"""Searches of the extraction library, answered by one walk over the tree in which each attribute value is judged once.

The library asks libxml2, which calls Python back for the regular expressions of every element; a page has hundreds of
elements and a few dozen different values of `class`. Promises: the same elements in the same order as the expression;
several expressions together find what each would find in the tree as it is, in the order of the page.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml.etree import _Element

from crawler.extraction.accelerated.conditions import Search, UnknownFormError, read_search

# A site has a few thousand different values of class, id and style; above, the memory of one attribute is emptied.
MOST_REMEMBERED = 20_000

Test = Callable[[str], bool]


@dataclass(frozen=True)
class Gate:
    """One search's question to one attribute; `decides` where a yes leaves nothing else to ask."""

    search: Search
    tests: tuple[Test, ...]
    decides: bool


class CompiledSearch:
    """Stands in for one or more `lxml.etree.XPath`.

    The first condition of all these expressions is that one of some attributes has a telling value. Few elements pass
    that gate, which looks at each attribute alone and remembers values; those are asked all the conditions in full.
    """

    def __init__(self, *paths: str) -> None:
        self.path = " | ".join(paths)
        searches = tuple(read_search(path) for path in paths)
        self._once = _read_once(searches)
        self._tags = _join_tags(searches)
        self._gates = [(name, _Judgement(gates)) for name, gates in _make_gates(searches).items()]

    def __call__(self, tree: _Element) -> list[_Element]:
        """The elements below `tree` for which an expression holds."""
        matching = self._find(tree)
        if self._once == "first":
            first = next(matching, None)
            return [] if first is None else [first]
        return list(_each_first(matching)) if self._once == "sibling" else list(matching)

    def matches(self, element: _Element) -> bool:
        """Whether an expression would find this element below a tree that holds it."""
        for name, judged in self._gates:
            value = element.get(name)
            if value is not None and (passed := judged[value]) and _holds(element, passed):
                return True
        return False

    def _find(self, tree: _Element) -> Iterator[_Element]:
        """As `matches` for each element; written out, since this loop is most of what a page costs."""
        gates = self._gates
        for element in tree.iterdescendants(*(self._tags or "*")):
            for name, judged in gates:
                value = element.get(name)
                if value is not None and (passed := judged[value]) and _holds(element, passed):
                    yield element
                    break


class _Judgement(dict[str, tuple[Gate, ...]]):
    """The gates of one attribute that a value passes, each value judged once."""

    def __init__(self, gates: tuple[Gate, ...]) -> None:
        super().__init__()
        self._all = gates

    def __missing__(self, value: str) -> tuple[Gate, ...]:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[value] = passed = tuple(gate for gate in self._all if any(test(value) for test in gate.tests))
        return passed


def _holds(element: _Element, passed: tuple[Gate, ...]) -> bool:
    """Whether the search of one of these gates finds the element."""
    for gate in passed:
        tags = gate.search.tags
        if (not tags or element.tag in tags) and (gate.decides or _meets(element, gate.search)):
            return True
    return False


def _meets(element: _Element, search: Search) -> bool:
    given = {str(name): str(value) for name, value in element.attrib.items()}
    return all(any(term.holds(element, given) for term in terms) for terms in search.predicates)


def _read_once(searches: tuple[Search, ...]) -> str:
    if len(searches) > 1 and any(search.once != "no" for search in searches):
        raise UnknownFormError("several searches for one element")
    return searches[0].once


def _join_tags(searches: tuple[Search, ...]) -> tuple[str, ...]:
    if not all(search.tags for search in searches):
        return ()
    return tuple(dict.fromkeys(tag for search in searches for tag in search.tags))


def _make_gates(searches: tuple[Search, ...]) -> dict[str, tuple[Gate, ...]]:
    """For each attribute, what makes a value of it telling, the deciding questions first."""
    gates: dict[str, list[Gate]] = {}
    for search in searches:
        if not search.predicates or not all(term.reads for term in search.predicates[0]):
            raise UnknownFormError("no attribute to tell by")
        for name in dict.fromkeys(name for term in search.predicates[0] for name in term.reads):
            terms = [term for term in search.predicates[0] if name in term.reads]
            sure = tuple(term.tells for term in terms if len(search.predicates) == len(term.reads) == 1)
            rest = tuple(term.tells for term in terms if term.tells not in sure)
            found = gates.setdefault(name, [])
            found += [Gate(search, tests, tests is sure) for tests in (sure, rest) if tests]
    return {name: tuple(sorted(found, key=lambda gate: not gate.decides)) for name, found in gates.items()}


def _each_first(elements: Iterator[_Element]) -> Iterator[_Element]:
    """The first of each parent."""
    parents: set[_Element | None] = set()
    for element in elements:
        parent = element.getparent()
        if parent not in parents:
            parents.add(parent)
            yield element
