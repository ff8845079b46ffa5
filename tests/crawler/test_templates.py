"""Templates in the extraction stage: learned, proven, used, found wrong, given up, and all of it counted."""

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive.catalogue import captures, extractions, templates
from archive.catalogue.captures import Capture
from archive.catalogue.schema import extraction_attempt
from archive.catalogue.templates import TemplateState
from archive.outcomes import Outcome
from archive.records import Extraction
from config.models import Settings
from crawler.extraction.extract import EXTRACTOR_VERSION
from crawler.extraction.templates.lessons import Lesson, Note
from crawler.templates import (
    MOST_DISAGREEMENTS,
    MOST_DOUBTS,
    MOST_LESSONS,
    PROVEN,
    SAMPLE,
    Templates,
    is_sampled,
)
from tests.crawler.extraction.laid_out_pages import make_html
from tests.crawler.test_extracting import MORNING, Desk

SOURCE = "montreval"
SWITCHED_ON = Settings(templates=True)
PAGES = 60


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


@contextmanager
def open_desk(folder: Path) -> Iterator[Desk]:
    opened = Desk(folder)
    yield opened
    opened.archive.close()
    opened.catalogue.close()


def capture_page(desk: Desk, number: int, html: str | None = None) -> Capture:
    body = (html or make_html(number)).encode()
    found = desk.capture(f"https://courrier.test/actualites/{number}", body, MORNING + timedelta(minutes=number))
    with desk.catalogue.read() as transaction:
        capture = captures.read_capture(transaction, found)
    assert capture is not None
    return capture


def read_state(desk: Desk) -> TemplateState:
    with desk.catalogue.read() as transaction:
        return templates.read_state(transaction, SOURCE, EXTRACTOR_VERSION)


def read_text(desk: Desk, capture: Capture) -> Extraction:
    with desk.catalogue.read() as transaction:
        stored = extractions.find_extraction(transaction, capture.id, EXTRACTOR_VERSION)
    assert stored is not None
    return stored.content


def count_ends(desk: Desk) -> Counter[str | None]:
    query = sa.select(extraction_attempt.c.template)
    with desk.catalogue.read() as transaction:
        return Counter(transaction.execute(query).scalars())


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Desk]:
    """Another archive, for the same pages."""
    with open_desk(tmp_path / "plain") as opened:
        yield opened


def test_a_source_seen_often_is_read_by_its_template_with_the_same_text(desk: Desk, plain: Desk) -> None:
    taken = [(capture_page(desk, number), capture_page(plain, number)) for number in range(PAGES)]

    counts = desk.make_stage(SWITCHED_ON).run()
    plain.make_stage(Settings(templates=False)).run()

    state, ends = read_state(desk), count_ends(desk)
    assert counts == {"new_document": PAGES}
    assert (state.disagreements, ends["disagreed"]) == (0, 0)
    assert ends["hit"] == state.hits > PAGES // 2
    assert ends["agreed"] == state.agreed >= PROVEN
    assert ends["learned"] >= 1 and ends["doubt"] == state.doubts
    assert sum(ends.values()) == PAGES
    assert count_ends(plain) == {None: PAGES}, "switched off, nothing is learned"
    for with_template, without in taken:
        assert read_text(desk, with_template) == read_text(plain, without)


def test_what_was_learned_is_there_for_the_next_run(desk: Desk) -> None:
    for number in range(PAGES // 2):
        capture_page(desk, number)
    desk.make_stage(SWITCHED_ON).run()
    hits = read_state(desk).hits
    late = next(made for number in itertools.count(1000) if not is_sampled(made := capture_page(desk, number)))

    desk.make_stage(SWITCHED_ON).run()

    assert read_state(desk).hits > hits
    assert read_text(desk, late).authors == ("Camille Vautrin",)


def test_another_extractor_version_knows_nothing(desk: Desk) -> None:
    state = TemplateState(SOURCE, EXTRACTOR_VERSION - 1, "[1,2,0,[{},{}]]", lessons=5, agreed=99, hits=7)
    with desk.catalogue.write() as transaction:
        templates.put_state(transaction, state)

    capture = capture_page(desk, 1)
    with desk.catalogue.read() as transaction:
        assert Templates().plan_lesson(transaction, capture) == Lesson()


def test_one_page_in_twenty_is_read_both_ways_whatever_is_known_and_always_the_same(desk: Desk) -> None:
    capture, chance = capture_page(desk, 1), random.Random(7)
    many = [replace(capture, payload_sha256=f"{chance.getrandbits(256):064x}") for _ in range(4000)]
    put(desk, agreed=PROVEN)
    keeper = Templates()

    with desk.catalogue.read() as transaction:
        trusted = [lesson.trusted for one in many if (lesson := keeper.plan_lesson(transaction, one)) is not None]

    assert trusted == [not is_sampled(one) for one in many]
    assert 0.8 / SAMPLE < trusted.count(False) / len(many) < 1.2 / SAMPLE


def put(desk: Desk, **values: int) -> None:
    with desk.catalogue.write() as transaction:
        templates.put_state(transaction, TemplateState(SOURCE, EXTRACTOR_VERSION, "[1,2,0,[{},{}]]", **values))


class Keeper:
    """The templates of one source, told of one page after the other."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._templates = desk, Templates()
        self.capture = next(made for n in itertools.count(1) if not is_sampled(made := capture_page(desk, n)))

    def plan(self) -> Lesson | None:
        with self._desk.catalogue.read() as transaction:
            return self._templates.plan_lesson(transaction, self.capture)

    def tell(self, lesson: Lesson | None, *notes: Note) -> None:
        assert lesson is not None
        for note in notes:
            with self._desk.catalogue.write() as transaction:
                self._templates.record(transaction, SOURCE, lesson, note)

    def is_void(self, lesson: Lesson | None) -> bool:
        assert lesson is not None
        return self._templates.is_void(SOURCE, lesson)


def test_a_template_is_believed_after_so_many_pages_read_both_ways_alike(desk: Desk) -> None:
    keeper = Keeper(desk)
    keeper.tell(keeper.plan(), Note("learned", studied=True, learned="[1,2,0,[{},{}]]"))

    keeper.tell(keeper.plan(), *[Note("agreed")] * (PROVEN - 1))
    assert keeper.plan() == Lesson("[1,2,0,[{},{}]]", trusted=False)
    keeper.tell(keeper.plan(), Note("agreed"))

    assert keeper.plan() == Lesson("[1,2,0,[{},{}]]", trusted=True)


def test_the_first_disagreement_makes_a_template_void_and_what_was_read_by_it_meanwhile_too(desk: Desk) -> None:
    put(desk, agreed=PROVEN)
    keeper = Keeper(desk)
    in_flight = keeper.plan()
    assert not keeper.is_void(in_flight)

    keeper.tell(keeper.plan(), Note("disagreed"))

    assert keeper.is_void(in_flight)
    assert keeper.plan() == Lesson(None, edition=1)
    keeper.tell(in_flight, Note("agreed"), Note("doubt", studied=True, learned="[1,2,0,[{},{}]]"), Note("disagreed"))
    state = read_state(desk)
    assert (state.template, state.agreed, state.lessons, state.disagreements) == (None, 0, 0, 1)


def test_a_source_that_disagrees_again_and_again_is_left_to_the_full_extraction(desk: Desk) -> None:
    keeper = Keeper(desk)

    for _ in range(MOST_DISAGREEMENTS):
        keeper.tell(keeper.plan(), Note("learned", studied=True, learned="[1,2,0,[{},{}]]"))
        keeper.tell(keeper.plan(), Note("disagreed"))

    assert keeper.plan() is None


def test_a_source_whose_pages_teach_nothing_is_not_studied_for_ever(desk: Desk) -> None:
    keeper = Keeper(desk)

    keeper.tell(keeper.plan(), *[Note("unfit", studied=True)] * MOST_LESSONS)

    assert keeper.plan() is None


def test_a_new_layout_begins_a_new_template(desk: Desk) -> None:
    put(desk, agreed=PROVEN, lessons=MOST_LESSONS)
    keeper = Keeper(desk)
    assert keeper.plan() == Lesson("[1,2,0,[{},{}]]", trusted=True, learning=False)

    keeper.tell(keeper.plan(), *[Note("doubt", "an unknown part")] * (MOST_DOUBTS - 1))
    keeper.tell(keeper.plan(), Note("hit"), *[Note("doubt", "an unknown part")] * (MOST_DOUBTS - 1))
    assert read_state(desk).edition == 0, "a hit between them: the layout is still in use"
    keeper.tell(keeper.plan(), Note("doubt", "an unknown part"))

    assert keeper.plan() == Lesson(None, edition=1)


def make_barred(line: str, number: int) -> str:
    """A page with a line above the article, and no author below its headline."""
    html = make_html(number, before=f'<div class="bar">{line}</div>')
    return html.replace('<p class="signature">Par Camille Vautrin</p>', "")


def test_a_layout_that_deceives_is_found_out_and_no_text_is_lost(desk: Desk) -> None:
    """The paper names its author in a line that spoke of the weather on every page before, and was therefore left out.

    The newest page, read first, is of the sample; the one behind it is read by the template at the same time, which
    counts for nothing once the first is back.
    """
    for number in range(PAGES):
        capture_page(desk, number, make_barred("Le ciel reste variable sur le Val", number))
    desk.make_stage(SWITCHED_ON).run()
    assert read_state(desk).hits > 0
    hits = count_ends(desk)["hit"]
    named: list[Capture] = []
    while len(named) < 2 or not is_sampled(named[-1]):
        number = 1000 + len(named)
        named.append(capture_page(desk, number, make_barred("Par Camille Vautrin", number)))

    desk.make_stage(SWITCHED_ON).run()

    assert {read_text(desk, one).authors for one in named} == {("Camille Vautrin",)}
    assert (read_state(desk).disagreements, count_ends(desk)["hit"]) == (1, hits)


def test_a_page_that_failed_once_is_read_again_without_a_lesson(desk: Desk) -> None:
    capture = capture_page(desk, 1)
    stage = desk.make_stage(SWITCHED_ON)
    (first,) = stage.list_jobs()
    with desk.catalogue.write() as transaction:
        extractions.add_attempt(
            transaction, capture.id, EXTRACTOR_VERSION, Outcome.extraction_timeout, at=MORNING, milliseconds=None
        )

    (second,) = desk.make_stage(SWITCHED_ON).list_jobs()

    assert (first.lesson, second.lesson) == (Lesson(), None)
