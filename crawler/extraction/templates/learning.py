"""What one page teaches of its source's layout, from its full extraction.

Which parts can be left out is tried: a part goes only if the page without it says exactly the same. Promises: a
template comes back only if it reads its own page as the full extraction did, every field of it.
"""

from collections.abc import Sequence

from lxml.html import HtmlElement

from archive.records import Extraction
from crawler.extraction.blocks import Block, read_blocks
from crawler.extraction.extract import OpenedPage
from crawler.extraction.main_text import MainText
from crawler.extraction.selection import climb
from crawler.extraction.templates.layout import (
    Place,
    Template,
    count_places,
    list_parts,
    merge_templates,
    name_block,
    name_part,
)
from crawler.extraction.templates.reading import (
    DoubtError,
    count_prose,
    emptied,
    is_dropped_anyway,
    read_by_template,
    read_selected,
)

MOST_TRIALS = 60  # readings of one page; each takes about as long as its metadata
MOST_LEVELS = 60  # of elements within each other
MOST_PLACES = 2000  # a source with more has no layout

_Path = tuple[str, ...]


class UnlearnableError(Exception):
    """The page teaches nothing; the message says why."""


def learn_template(
    opened: OpenedPage, blocks: Sequence[Block], main: MainText, full: Extraction, known: Template | None
) -> Template:
    """`known` with what this page adds; raises `UnlearnableError`. The tree is emptied in places afterwards."""
    learned = _Lesson(opened, blocks, main, full, known).learn()
    template = learned if known is None else merge_templates(known, learned)
    if count_places(template.body) > MOST_PLACES:
        raise UnlearnableError("too many kinds of places")
    try:
        read = read_by_template(opened, template)
    except DoubtError as doubt:
        raise UnlearnableError(str(doubt)) from doubt
    if read != full:
        raise UnlearnableError("read otherwise by what it teaches")
    return template


class _Lesson:
    """One page under study. `_forced` are the paths that must be looked into, since the page says less without them."""

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
        self._forced: set[_Path] = set()
        self._trials = 0

    def learn(self) -> Template:
        body = self._opened.root.find("body")
        if body is None or len(self._selected) != len(self._blocks):
            raise UnlearnableError("no text among its blocks")
        if not self._says_the_same([]):
            raise UnlearnableError("perhaps no article elsewhere")
        while True:
            self._places: dict[HtmlElement, Place] = {}
            left_out: dict[_Path, list[HtmlElement]] = {}
            place = self._look_into([body], (), self._known, left_out)
            missed = self._find_missed(list(left_out.items()))
            if not missed:
                break
            self._forced |= missed
        self._note_verdicts()
        length = len(self._full.text)
        prose = count_prose([element for elements in left_out.values() for element in elements])
        return Template(place, length, length, prose)

    def _look_into(
        self,
        elements: Sequence[HtmlElement],
        path: _Path,
        known: Place | None,
        left_out: dict[_Path, list[HtmlElement]],
    ) -> Place:
        """The place where all these elements stand; the parts without which the page may say the same go on a list."""
        if len(path) > MOST_LEVELS:
            raise UnlearnableError("too many levels")
        place = Place()
        self._places |= dict.fromkeys(elements, place)
        groups: dict[str, list[HtmlElement]] = {}
        for element in elements:
            for part in list_parts(element):
                groups.setdefault(name_part(part), []).append(part)
        for name, parts in groups.items():
            below = (*path, name)
            before = None if known is None else known.children.get(name)
            if before is not None or below in self._forced or not self._needed.isdisjoint(parts):
                place.children[name] = self._look_into(parts, below, before, left_out)
            else:
                place.children[name] = None
                left_out[below] = parts
        return place

    def _find_missed(self, parts: Sequence[tuple[_Path, list[HtmlElement]]]) -> set[_Path]:
        """The paths of those without which the page says something else, by halves."""
        if not parts or self._says_the_same([element for _, elements in parts for element in elements]):
            return set()
        if len(parts) == 1:
            return {parts[0][0]}
        middle = len(parts) // 2
        missed = self._find_missed(parts[:middle]) | self._find_missed(parts[middle:])
        return missed or {path for path, _ in parts}  # only together do they matter

    def _says_the_same(self, without: Sequence[HtmlElement]) -> bool:
        self._trials += 1
        if self._trials > MOST_TRIALS:
            raise UnlearnableError("too many parts to try")
        with emptied(without):
            blocks = read_blocks(self._opened.root)
            selected = [(block.element, block.text) in self._chosen for block in blocks]
            return read_selected(self._opened, blocks, selected) == self._full

    def _note_verdicts(self) -> None:
        """Which kinds of blocks were taken; what is dropped for its words, or stood above already, shows nothing."""
        seen: set[str] = set()
        for block, chosen in zip(self._blocks, self._selected, strict=True):
            place = self._places.get(block.element)
            if place is None or is_dropped_anyway(block) or block.key in seen:
                continue
            seen.add(block.key)
            kind = name_block(block)
            place.verdicts[kind] = chosen if place.verdicts.get(kind, chosen) is chosen else None
