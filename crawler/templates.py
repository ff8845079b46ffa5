"""Whether a source's template is learned, proven, in use or given up, and what each page changes of that.

A template is used once enough pages were read both ways alike; then one page in so many is still read both ways. The
first disagreement makes it void, and after a few of them the source is left to the full extraction, until a new
extractor version. Promises: what a page does to a template depends on the pages before it and the page's own digest.
"""

from dataclasses import dataclass, field, replace

from archive.catalogue import Transaction, templates
from archive.catalogue.captures import Capture
from archive.catalogue.templates import TemplateState
from crawler.extraction.extract import EXTRACTOR_VERSION
from crawler.extraction.templates.layout import merge_templates, read_template, write_template
from crawler.extraction.templates.lessons import Lesson, Note

PROVEN = 10  # pages read both ways alike before a template is believed
SAMPLE = 20  # of the pages of a source one is read both ways, for ever
MOST_LESSONS = 40  # pages studied for one source; a lesson costs some ten readings of its metadata
MOST_DISAGREEMENTS = 3  # then the layout does not tell what is text there
MOST_DOUBTS = 50  # in a row: the source has a new layout, and a new template is begun


@dataclass
class Templates:
    """The templates of all sources, for the one process that extracts."""

    _known: dict[str, TemplateState] = field(default_factory=dict)

    def plan_lesson(self, transaction: Transaction, capture: Capture) -> Lesson | None:
        """What the reader of this capture is to do about the template of its source; None for nothing."""
        state = self._find(transaction, capture.source)
        learning = state.lessons < MOST_LESSONS
        is_proven = state.agreed >= PROVEN
        if state.disagreements >= MOST_DISAGREEMENTS or not (learning or is_proven):
            return None
        trusted = is_proven and not is_sampled(capture)
        return Lesson(state.template, trusted, learning, state.edition)

    def is_void(self, source_id: str, lesson: Lesson) -> bool:
        """Whether the template that was given out with the lesson has been found wrong since."""
        return lesson.edition != self._known[source_id].edition

    def record(self, transaction: Transaction, source_id: str, lesson: Lesson, note: Note) -> None:
        """What one page says of the template of its source."""
        state = _apply(self._find(transaction, source_id), lesson, note)
        templates.put_state(transaction, state)
        self._known[source_id] = state

    def _find(self, transaction: Transaction, source_id: str) -> TemplateState:
        if source_id not in self._known:
            self._known[source_id] = templates.read_state(transaction, source_id, EXTRACTOR_VERSION)
        return self._known[source_id]


def is_sampled(capture: Capture) -> bool:
    """Whether the page is read both ways whatever is known, by its own digest: the same page always is, or never."""
    return int(capture.payload_sha256[:8], 16) % SAMPLE == 0


def _apply(state: TemplateState, lesson: Lesson, note: Note) -> TemplateState:
    if note.end == "hit":
        return replace(state, hits=state.hits + 1, doubts_in_a_row=0)
    if note.end == "doubt":
        state = replace(state, doubts=state.doubts + 1, doubts_in_a_row=state.doubts_in_a_row + 1)
    if lesson.edition != state.edition:
        return state  # what else it says is about a template that is void
    if note.end == "disagreed":
        return _begin_anew(replace(state, disagreements=state.disagreements + 1))
    if state.doubts_in_a_row >= MOST_DOUBTS:
        return _begin_anew(state)
    if note.end == "agreed":
        state = replace(state, agreed=state.agreed + 1, doubts_in_a_row=0)
    state = replace(state, lessons=state.lessons + note.studied)
    return state if note.learned is None else replace(state, template=_combine(state, lesson, note.learned))


def _begin_anew(state: TemplateState) -> TemplateState:
    return replace(state, template=None, edition=state.edition + 1, lessons=0, agreed=0, doubts_in_a_row=0)


def _combine(state: TemplateState, lesson: Lesson, learned: str) -> str:
    """The template with what was learned; where another page taught it something meanwhile, with both."""
    if state.template is None or state.template == lesson.template:
        return learned
    return write_template(merge_templates(read_template(state.template), read_template(learned)))
