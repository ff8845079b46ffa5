"""Searches of the extraction library, answered by one walk over the tree in which each attribute value is judged once.

The library asks libxml2, which calls Python back for the regular expressions of every element; a page has hundreds of
elements and a few dozen different values of `class`. Promises: the same elements in the same order as the expression;
several expressions together find what each would find in the tree as it is, in the order of the page.
"""

from collections.abc import Callable, Iterator

from lxml.etree import _Element

from crawler.extraction.accelerated.conditions import Search, UnknownFormError, read_search

# A site has a few thousand different values of class, id and style; above, the memory of one attribute is emptied.
MOST_REMEMBERED = 20_000

Test = Callable[[str], bool]


class CompiledSearch:
    """Stands in for one or more `lxml.etree.XPath`.

    The first condition of all these expressions is that one of some attributes has a telling value. Few elements pass
    that gate, which looks at each attribute alone and remembers values; those are asked all the conditions in full.
    """

    def __init__(self, *paths: str) -> None:
        self.path = " | ".join(paths)
        self._searches = tuple(read_search(path) for path in paths)
        self._once = _read_once(self._searches)
        self._tags = _join_tags(self._searches)
        self._gates = tuple((name, {}, tests) for name, tests in _make_gates(self._searches).items())

    def __call__(self, tree: _Element) -> list[_Element]:
        """The elements below `tree` for which an expression holds."""
        matching = self._find(tree)
        if self._once == "first":
            first = next(matching, None)
            return [] if first is None else [first]
        return list(_each_first(matching)) if self._once == "sibling" else list(matching)

    def matches(self, element: _Element) -> bool:
        """Whether an expression would find this element below a tree that holds it."""
        for name, judged, tests in self._gates:
            value = element.get(name)
            if value is not None and (judged[value] if value in judged else _judge(judged, tests, value)):
                return self._holds_for(element)
        return False

    def _find(self, tree: _Element) -> Iterator[_Element]:
        """As `matches` for each element; written out, since this loop is most of what a page costs."""
        gates = self._gates
        for element in tree.iterdescendants(*(self._tags or "*")):
            for name, judged, tests in gates:
                value = element.get(name)
                if value is not None and (judged[value] if value in judged else _judge(judged, tests, value)):
                    if self._holds_for(element):
                        yield element
                    break

    def _holds_for(self, element: _Element) -> bool:
        given = {str(name): str(value) for name, value in element.attrib.items()}
        return any(
            (not search.tags or element.tag in search.tags)
            and all(any(term.holds(element, given) for term in terms) for terms in search.predicates)
            for search in self._searches
        )


def _read_once(searches: tuple[Search, ...]) -> str:
    if len(searches) > 1 and any(search.once != "no" for search in searches):
        raise UnknownFormError("several searches for one element")
    return searches[0].once


def _join_tags(searches: tuple[Search, ...]) -> tuple[str, ...]:
    if not all(search.tags for search in searches):
        return ()
    return tuple(dict.fromkeys(tag for search in searches for tag in search.tags))


def _make_gates(searches: tuple[Search, ...]) -> dict[str, tuple[Test, ...]]:
    """For each attribute, what makes a value of it telling."""
    gates: dict[str, tuple[Test, ...]] = {}
    for search in searches:
        if not search.predicates or not all(term.reads for term in search.predicates[0]):
            raise UnknownFormError("no attribute to tell by")
        for term in search.predicates[0]:
            for name in term.reads:
                gates[name] = (*gates.get(name, ()), term.tells)
    return gates


def _judge(judged: dict[str, bool], tests: tuple[Test, ...], value: str) -> bool:
    """Whether an element with this value may pass the gate; remembered."""
    if len(judged) >= MOST_REMEMBERED:
        judged.clear()
    judged[value] = verdict = any(test(value) for test in tests)
    return verdict


def _each_first(elements: Iterator[_Element]) -> Iterator[_Element]:
    """The first of each parent."""
    parents: set[_Element | None] = set()
    for element in elements:
        parent = element.getparent()
        if parent not in parents:
            parents.add(parent)
            yield element
