"""The reading room: nobody waits longer than he must, and slow work holds up no search."""

import threading
import time
from collections.abc import Iterator

import pytest

from config.loading import load_valid
from indexer.engines.base import Engine
from tests.vigie.program import Program
from vigie.installation import Installation
from vigie.searching import Asked
from vigie.web.reading_room import OTHERS_AT_ONCE, ReadingRoom
from vigie.web.searchers import TooExpensiveError


@pytest.fixture
def room(library: Program) -> Iterator[ReadingRoom]:
    opened = ReadingRoom(Installation(load_valid(library.config)))
    yield opened
    opened.close()


def test_an_export_without_end_is_given_up_and_others_are_answered(room: ReadingRoom) -> None:
    end = threading.Event()

    def never(engine: Engine) -> None:
        end.wait(60)

    began = time.monotonic()
    with pytest.raises(TooExpensiveError, match="not done within"):
        room.use_engine(never)
    assert time.monotonic() - began < 2.5
    assert room.ask(Asked("valmorel")).total == 1
    end.set()


def test_where_every_thread_is_busy_the_next_one_is_told_so_in_time(room: ReadingRoom) -> None:
    end = threading.Event()
    for _ in range(OTHERS_AT_ONCE):
        with pytest.raises(TooExpensiveError):
            room.use_engine(lambda engine: end.wait(60), seconds=0.05)

    began = time.monotonic()
    with pytest.raises(TooExpensiveError):
        room.use_engine(lambda engine: engine.checkpoint())
    assert time.monotonic() - began < 2.5

    assert room.ask(Asked("valmorel")).total == 1, "searches have processes of their own"
    end.set()
    assert room.use_engine(lambda engine: engine.checkpoint()) > 0


def test_what_is_kept_is_made_once_by_whoever_comes_first(room: ReadingRoom) -> None:
    made: list[int] = []

    def make() -> int:
        time.sleep(0.05)
        made.append(1)
        return len(made)

    found: list[int] = []
    readers = [threading.Thread(target=lambda: found.append(room.keep("x", 60, make))) for _ in range(8)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()

    assert found == [1] * 8
    assert room.keep("x", 0, make) == 2


def test_many_searches_at_once_have_the_answers_they_have_alone(room: ReadingRoom) -> None:
    words = ("valmorel", "patrouille", "piège", "gare OR commissariat", "title:nuit")
    alone = {word: room.ask(Asked(word)).total for word in words}
    found: list[tuple[str, int]] = []

    def read() -> None:
        found.extend((word, room.ask(Asked(word)).total) for word in words)

    readers = [threading.Thread(target=read) for _ in range(6)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()

    assert len(found) == 30 and set(found) == set(alone.items())
