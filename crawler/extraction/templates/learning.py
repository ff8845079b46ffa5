"""What one page teaches of its source's layout, from its full extraction.

Which parts can be left out is tried: a part goes only if the page without it says exactly the same. Promises: a
template comes back only if it reads its own page as the full extraction did, every field of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from archive.records import Extraction
from crawler.extraction.blocks import Block
from crawler.extraction.extract import OpenedPage, open_page
from crawler.extraction.main_text import MainText
from crawler.extraction.page_walk import walk_page
from crawler.extraction.selection import climb
from crawler.extraction.templates.layout import (
    Place,
    Template,
    contradicts,
    count_places,
    list_parts,
    merge_templates,
    name_block,
    name_part,
)
from crawler.extraction.templates.reading import (
    DoubtError,
    count_prose,
    holds_text,
    is_dropped_anyway,
    put_back,
    read_by_template,
    read_selected,
    take_out,
)

MOST_TRIALS = 200  # readings of one page, of which all but the first few read a page that is nearly empty
MOST_LEVELS = 60  # of elements within each other
MOST_PLACES = 2000  # a source with more has no layout


class UnlearnableError(Exception):
    """The page teaches nothing; the message says why."""


class ContradictionError(UnlearnableError):
    """The page was read otherwise than its template would have it."""


def learn_template(
    opened: OpenedPage, blocks: Sequence[Block], main: MainText, full: Extraction, known: Template | None
) -> Template:
    """`known` with what this page adds; raises `UnlearnableError`, a `ContradictionError` where `known` was wrong.

    The tree is emptied in places afterwards.
    """
    learned = _Lesson(opened, blocks, main, full, known).learn()
    if known is not None and contradicts(known.body, learned.body):
        raise ContradictionError("text was taken and left at one place")
    template = learned if known is None else merge_templates(known, learned)
    if count_places(template.body) > MOST_PLACES:
        raise UnlearnableError("too many kinds of places")
    again = open_page(opened.page)
    try:
        read = read_by_template(again, template) if isinstance(again, OpenedPage) else None
    except DoubtError as doubt:
        raise UnlearnableError(str(doubt)) from doubt
    if read != full:
        raise UnlearnableError("read otherwise by what it teaches")
    return template


@dataclass
class _Group:
    """The elements of one kind at one place; `known` is what was learned of that place before."""

    name: str
    above: Place
    known: Place | bool | None
    elements: list[HtmlElement] = field(default_factory=list)
    place: Place = field(default_factory=Place)

    def divide(self) -> list["_Group"]:
        """The parts below by their kinds."""
        groups: dict[str, _Group] = {}
        for element in self.elements:
            for part in list_parts(element):
                name = name_part(part)
                if name not in groups:
                    known = self.known.children.get(name) if isinstance(self.known, Place) else None
                    groups[name] = _Group(name, self.place, known)
                groups[name].elements.append(part)
        return list(groups.values())


class _Lesson:
    """One page under study: parts are emptied for good once it is seen that the page says the same without them."""

    def __init__(
        self, opened: OpenedPage, blocks: Sequence[Block], main: MainText, full: Extraction, known: Template | None
    ) -> None:
        self._opened, self._blocks, self._full = opened, blocks, full
        self._known = None if known is None else known.body
        self._selected = main.selected
        self._chosen = {
            (block.element, block.text) for block, chosen in zip(blocks, main.selected, strict=False) if chosen
        }
        self._needed = {around for element, _ in self._chosen for around in climb(element)}
        self._needed |= {around for heading in opened.root.iter("h1") for around in climb(heading)}
        self._places: dict[HtmlElement, Place] = {}
        self._prose = self._trials = 0

    def learn(self) -> Template:
        body = self._opened.root.find("body")
        if body is None or len(self._selected) != len(self._blocks):
            raise UnlearnableError("no text among its blocks")
        if not self._says_the_same():
            raise UnlearnableError("perhaps no article elsewhere")
        top = _Group("body", Place(), self._known, [body])
        waiting = [top]
        for _ in range(MOST_LEVELS):
            waiting = self._look_into(waiting)
            if not waiting:
                self._note_verdicts()
                length = len(self._full.text)
                return Template(top.place, length, length, self._prose)
        raise UnlearnableError("too many levels")

    def _look_into(self, groups: Sequence[_Group]) -> list[_Group]:
        """The groups one level below, but for those without which the page says the same: they are emptied."""
        kept: list[_Group] = []
        familiar: list[_Group] = []  # left out before
        strange: list[_Group] = []
        for group in groups:
            self._places |= dict.fromkeys(group.elements, group.place)
            for below in group.divide():
                if isinstance(below.known, Place) or not self._needed.isdisjoint(below.elements):
                    kept.append(below)
                else:
                    (strange if below.known is None else familiar).append(below)
                    below.above.children[below.name] = any(map(holds_text, below.elements))
        kept += [*self._empty(familiar), *self._empty(strange)]
        for below in kept:
            below.above.children[below.name] = below.place
        return kept

    def _empty(self, groups: Sequence[_Group]) -> list[_Group]:
        """Empty what the page says the same without, by halves; what must stay is returned."""
        if not groups:
            return []
        elements = [element for group in groups for element in group.elements]
        prose = count_prose(elements)
        taken = take_out(elements)
        if self._says_the_same():
            self._prose += prose
            return []
        put_back(taken)
        if len(groups) == 1:
            return [*groups]
        middle = len(groups) // 2
        return [*self._empty(groups[:middle]), *self._empty(groups[middle:])]

    def _says_the_same(self) -> bool:
        self._trials += 1
        if self._trials > MOST_TRIALS:
            raise UnlearnableError("too many parts to try")
        walked = walk_page(self._opened.root)
        selected = [(block.element, block.text) in self._chosen for block in walked.blocks]
        return read_selected(self._opened, walked, selected) == self._full

    def _note_verdicts(self) -> None:
        """Which kinds of blocks were taken; what is dropped for its words, or as a copy, shows nothing."""
        taken = {block.key for block, chosen in zip(self._blocks, self._selected, strict=True) if chosen}
        for block, chosen in zip(self._blocks, self._selected, strict=True):
            place = self._places.get(block.element)
            if place is None or is_dropped_anyway(block) or (not chosen and block.key in taken):
                continue
            kind = name_block(block)
            place.verdicts[kind] = chosen if place.verdicts.get(kind, chosen) is chosen else None
