"""Searches of the extraction library, answered by one walk over the tree with each set of attribute values judged once.

The library asks libxml2, which calls Python back for the regular expressions of every element; a page has hundreds of
elements and a few dozen different values of `class`. Promises: the same elements in the same order as the expression.
"""

from collections.abc import Iterator
from typing import Any

from lxml.etree import _Element

from crawler.extraction.accelerated.conditions import Search, Term, read_search

# A site has a few thousand different values of class, id and style; above, the memory is emptied.
MOST_REMEMBERED = 20_000

Predicates = tuple[tuple[Term, ...], ...]
# The attributes' values, and the order of those that were given.
Values = tuple[str | None, ...]


class CompiledSearch:
    """Stands in for an `lxml.etree.XPath` of the same `path`."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._search: Search = read_search(path)
        self._names = self._search.attributes
        self._needs_order = "|" in path.replace("||", "")
        self._judged: dict[tuple[Any, ...], Predicates | None] = {}

    def __call__(self, tree: _Element) -> list[_Element]:
        """The elements below `tree` for which the expression holds."""
        search = self._search
        matching = (element for element in tree.iterdescendants(*(search.tags or "*")) if self.holds_for(element))
        if search.once == "first":
            first = next(matching, None)
            return [] if first is None else [first]
        return list(_each_first(matching)) if search.once == "sibling" else list(matching)

    def matches(self, element: _Element) -> bool:
        """Whether the expression would find this element below a tree that holds it."""
        return (not self._search.tags or element.tag in self._search.tags) and self.holds_for(element)

    def holds_for(self, element: _Element) -> bool:
        """Whether the conditions hold for an element of a fitting tag."""
        values = tuple(map(element.get, self._names))
        key = values if len(self._search.tags) == 1 else (element.tag, *values)
        if self._needs_order and len(values) - values.count(None) > 1:
            key = (*key, *element.keys())
        try:
            left = self._judged[key]
        except KeyError:
            left = self._judge(element, key)
        if not left:
            return left is not None
        return all(any(term.holds(element, self._read(element)) for term in terms) for terms in left)

    def _judge(self, element: _Element, key: tuple[Any, ...]) -> Predicates | None:
        """What is left to ask of such an element: nothing, something inside it; None where it is out already."""
        given = self._read(element)
        left: Predicates | None = ()
        for terms in self._search.predicates:
            if any(term.holds(element, given) for term in terms if not term.looks_inside):
                continue
            inside = tuple(term for term in terms if term.looks_inside)
            if not inside:
                left = None
                break
            left = (*(left or ()), inside)
        if len(self._judged) >= MOST_REMEMBERED:
            self._judged.clear()
        self._judged[key] = left
        return left

    def _read(self, element: _Element) -> dict[str, str]:
        return {str(name): str(value) for name, value in element.attrib.items() if name in self._names}


def _each_first(elements: Iterator[_Element]) -> Iterator[_Element]:
    """The first of each parent."""
    parents: set[_Element | None] = set()
    for element in elements:
        parent = element.getparent()
        if parent not in parents:
            parents.add(parent)
            yield element
