"""The page's search processes: whoever hangs or crashes is replaced, and costly searches take nobody else's turn."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from archive.catalogue import utc_now
from config.loading import load_valid
from indexer.engines.base import EngineError
from indexer.query import QueryError, parse
from tests.vigie.program import Program
from tests.vigie.web.processes import wait_for_searchers
from vigie.installation import Installation
from vigie.searching import Answer, Asked
from vigie.web.reading_room import ReadingRoom
from vigie.web.searchers import (
    PLACE_SECONDS,
    PROCESSES,
    SEARCH_SECONDS,
    BusyError,
    Searchers,
    TooExpensiveError,
    is_costly,
)

SLACK = 1.5  # seconds that a loaded machine may add
COSTLY = " OR ".join(f"patrouille{letter}~2" for letter in "abcdefghijklmnopqrstuvwxyz")
PLAIN = Asked("valmorel")


@pytest.fixture
def room(library: Program) -> Iterator[ReadingRoom]:
    opened = ReadingRoom(Installation(load_valid(library.config)))
    wait_until_idle(opened)
    yield opened
    opened.close()
    assert wait_for_searchers(os.getpid(), 0) == set()


def ask_all(room: ReadingRoom, *questions: Asked) -> tuple[list[Answer], list[Exception], float]:
    """Answers and named ends of questions asked at once, and how long the longest took."""
    answers: list[Answer] = []
    ends: list[Exception] = []

    def ask(asked: Asked) -> None:
        try:
            answers.append(room.ask(asked))
        except (BusyError, TooExpensiveError, EngineError) as error:
            ends.append(error)

    began = time.monotonic()
    readers = [threading.Thread(target=ask, args=(asked,)) for asked in questions]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    return answers, ends, time.monotonic() - began


def kill_all(processes: set[int]) -> None:
    for process in processes:
        os.kill(process, signal.SIGKILL)


def count(ends: list[Exception]) -> dict[str, int]:
    names = [type(end).__name__ for end in ends]
    return {name: names.count(name) for name in names}


def wait_until_idle(room: ReadingRoom) -> None:
    """Each process is there and ready."""
    deadline = time.monotonic() + 30
    while room.idle_searchers < PROCESSES:
        assert time.monotonic() < deadline, "the search processes do not come back"
        time.sleep(0.05)


def wait_until_answered(room: ReadingRoom) -> None:
    """Everything is as before: each process is there and answers."""
    wait_until_idle(room)
    assert [answer.total for answer in ask_all(room, *[PLAIN] * PROCESSES)[0]] == [1] * PROCESSES


def test_searches_that_hang_are_killed_and_replaced_and_whoever_finds_no_place_is_told_so(room: ReadingRoom) -> None:
    hanging = wait_for_searchers(os.getpid(), PROCESSES)
    for process in hanging:
        os.kill(process, signal.SIGSTOP)

    answers, ends, seconds = ask_all(room, *[PLAIN] * (PROCESSES + 2))

    assert answers == []
    assert count(ends) == {"TooExpensiveError": PROCESSES, "BusyError": 2}
    assert seconds < SEARCH_SECONDS + SLACK
    wait_for_searchers(os.getpid(), PROCESSES, but=hanging)
    wait_until_answered(room)


def test_one_that_hangs_is_the_end_of_one_search_alone(room: ReadingRoom) -> None:
    hanging = wait_for_searchers(os.getpid(), PROCESSES).pop()
    os.kill(hanging, signal.SIGSTOP)

    answers, ends, _ = ask_all(room, *[PLAIN] * PROCESSES)

    assert len(answers) == PROCESSES - 1 and count(ends) == {"TooExpensiveError": 1}
    wait_for_searchers(os.getpid(), PROCESSES, but={hanging})


def test_one_that_crashes_over_a_search_is_named_and_replaced(room: ReadingRoom) -> None:
    processes = wait_for_searchers(os.getpid(), PROCESSES)
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    crash = threading.Timer(0.3, kill_all, args=(processes,))
    crash.start()

    answers, ends, _ = ask_all(room, PLAIN)

    crash.join()
    assert answers == [] and str(ends[0]) == (
        "The search process was ended by signal 9 over this search; make the search simpler."
    )
    wait_until_answered(room)


def test_one_that_died_while_nobody_asked_is_noticed_by_nobody(room: ReadingRoom) -> None:
    for process in wait_for_searchers(os.getpid(), PROCESSES):
        os.kill(process, signal.SIGSEGV)
    wait_for_searchers(os.getpid(), 0)
    with suppress(BusyError):  # starting another may take longer than anybody waits
        assert room.ask(PLAIN).total == 1
    wait_until_answered(room)


def test_costly_searches_have_one_process_between_them(room: ReadingRoom) -> None:
    processes = wait_for_searchers(os.getpid(), PROCESSES)
    for process in processes:
        os.kill(process, signal.SIGSTOP)

    _, ends, seconds = ask_all(room, *[Asked(COSTLY)] * 4)

    assert count(ends) == {"TooExpensiveError": 1, "BusyError": 3}
    assert seconds < SEARCH_SECONDS + SLACK
    for process in processes & wait_for_searchers(os.getpid(), PROCESSES):
        os.kill(process, signal.SIGCONT)
    wait_until_answered(room)


@pytest.mark.parametrize(
    ("words", "costly"),
    [("valmorel", False), ("polic* syndicat* alianc~1", False), (COSTLY, True), ("valmorel " * 200, False)],
)
def test_many_wildcards_and_misspellings_are_costly(words: str, costly: bool) -> None:
    assert is_costly(parse(words, now=utc_now()).tree) is costly


def test_what_is_wrong_with_a_search_is_said_as_anywhere_else(room: ReadingRoom) -> None:
    with pytest.raises(QueryError) as wrong_words:
        room.ask(Asked("(valmorel"))
    with pytest.raises(QueryError, match=r"Did you mean rives\?"):
        room.ask(Asked("valmorel", sources=["rive"]))

    assert wrong_words.value.position == 0 and wrong_words.value.hint


def test_where_none_can_be_started_the_reason_is_said(
    library: Program, tmp_path_factory: pytest.TempPathFactory
) -> None:
    nowhere = Program(tmp_path_factory.mktemp("nowhere"))

    with pytest.raises(EngineError, match="search process ended with status 1 before its first search"):
        Searchers(Installation(load_valid(nowhere.config)))

    assert wait_for_searchers(os.getpid(), 0) == set()


def test_a_place_is_not_waited_for_until_the_time_is_up() -> None:
    assert 0 < PLACE_SECONDS < SEARCH_SECONDS <= 2.0
