"""The extraction library's tests for parts that are mostly links, asked once about a tree that has not changed.

It goes over divisions, lists and paragraphs twice, since what the first round takes away may change what the second
one sees; on most pages the first round takes nothing away. Promises: what the library would take away is taken away;
after the call the library is as it was.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lxml.etree import XPath, _Element
from trafilatura import main_extractor
from trafilatura.htmlprocessing import delete_by_link_density

# These are gone over in two rounds by the version that was compared; anything else once.
ROUNDS = frozenset({"div", "list", "p"})
PLACE = "delete_by_link_density"  # the name under which the library's extractor finds the function
_COUNT = XPath("count(.//*)")  # the tests take elements away and do nothing else: as many means the same ones


class TwoRounds:
    """Stands in for the library's function, which takes out of a tree what is mostly links, elements of one name."""

    def __init__(self, own: Callable[..., _Element]) -> None:
        self._own = own
        self._before: dict[tuple[_Element, str], object] = {}

    def __call__(self, tree: _Element, name: str, **options: bool) -> _Element:
        """The second round over a tree is left out where nothing went since before the first one."""
        if name in ROUNDS:
            elements = _COUNT(tree)
            before = self._before.pop((tree, name), None)
            if before is None:
                self._before[tree, name] = elements
            elif before == elements:
                return tree
        return self._own(tree, name, **options)


@contextmanager
def ask_links_once() -> Iterator[None]:
    """Within, the library asks `TwoRounds`; only for who holds the lock of the library's lists."""
    setattr(main_extractor, PLACE, TwoRounds(delete_by_link_density))
    try:
        yield
    finally:
        setattr(main_extractor, PLACE, delete_by_link_density)
