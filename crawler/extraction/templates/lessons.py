"""One page, read by its source's template where that is proven, and in full wherever there is doubt.

Promises: what is returned is the full extraction's result, or the template's without any doubt; and what became of the
template on this page, so that its keeper can count, learn and drop it.
"""

from dataclasses import dataclass
from typing import Literal

from archive.records import Extraction, Page, Rejection
from crawler.extraction.extract import OpenedPage, extract, open_page, read_article
from crawler.extraction.main_text import find_main_text
from crawler.extraction.page_walk import walk_page
from crawler.extraction.templates.layout import read_template, write_template
from crawler.extraction.templates.learning import ContradictionError, UnlearnableError, learn_template
from crawler.extraction.templates.reading import DoubtError, read_by_template

End = Literal["hit", "doubt", "agreed", "disagreed", "learned", "unfit"]


@dataclass(frozen=True)
class Lesson:
    """What to do with a page beside reading it.

    `template` is the written template of its source; its reading is returned only with `trusted`, else it is compared
    with the full extraction's. With `learning`, a page that is not read by the template adds to it. `edition` tells
    the templates of a source apart that followed each other.
    """

    template: str | None = None
    trusted: bool = False
    learning: bool = True
    edition: int = 0


@dataclass(frozen=True)
class Note:
    """What became of the template on a page, and why there was doubt.

    `studied` pages were taken for a lesson; where it succeeded, `learned` is the template as it is written afterwards.
    """

    end: End
    why: str = ""
    studied: bool = False
    learned: str | None = None


def read_page(page: Page, lesson: Lesson, *, accelerated: bool) -> tuple[Extraction | Rejection, Note | None]:
    """What the page says; no note where templates have no part in it."""
    opened = open_page(page)
    if not isinstance(opened, OpenedPage):
        return (extract(page, accelerated=accelerated) if opened is None else opened), None
    read, doubt = _try_template(opened, lesson)
    if read is not None and lesson.trusted:
        return read, Note("hit")
    if lesson.template is not None:
        again = open_page(page)  # the template's reading emptied parts of the tree
        assert isinstance(again, OpenedPage)
        opened = again
    return _read_in_full(opened, lesson, read, doubt, accelerated)


def _try_template(opened: OpenedPage, lesson: Lesson) -> tuple[Extraction | None, str]:
    if lesson.template is None:
        return None, ""
    try:
        return read_by_template(opened, read_template(lesson.template)), ""
    except DoubtError as error:
        return None, str(error)


def _read_in_full(
    opened: OpenedPage, lesson: Lesson, read: Extraction | None, doubt: str, accelerated: bool
) -> tuple[Extraction | Rejection, Note | None]:
    walked = walk_page(opened.root)
    main = find_main_text(opened.root, walked.blocks, accelerated=accelerated)
    full = read_article(opened, walked, main)
    if read is not None:
        return full, Note("agreed" if read == full else "disagreed")
    end: End = "unfit" if lesson.template is None else "doubt"
    if not lesson.learning or not isinstance(full, Extraction):
        return full, Note(end, doubt)
    known = None if lesson.template is None else read_template(lesson.template)
    try:
        learned = write_template(learn_template(opened, walked.blocks, main, full, known))
    except ContradictionError as error:
        return full, Note("disagreed", str(error), studied=True)
    except UnlearnableError as error:
        return full, Note(end, doubt or str(error), studied=True)
    return full, Note("learned" if known is None else "doubt", doubt, True, learned)
