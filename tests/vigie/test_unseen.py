"""What a digest ends with, and what its matching looks at by the way: troubles, silences, messages that were lost."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from archive.catalogue import documents, outbox
from archive.catalogue import sources as source_rows
from indexer.alerts.phrases import ENGLISH, FRENCH
from tests.vigie.room import DAY, NOW, Room
from vigie.state import look

HOUR = timedelta(hours=1)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    opened = Room(tmp_path)
    yield opened
    opened.catalogue.close()


def set_aside(room: Room) -> None:
    with room.catalogue.write() as transaction:
        for _ in range(3):
            source_rows.count_failure(transaction, "lac", "https://lac.test/rss", "404", NOW)


@pytest.mark.parametrize(
    ("trouble", "french", "english"),
    [
        (lambda room: room.update("lac", blocked_since=NOW),
         ["Gazette lac : accès bloqué par le site depuis le 2 mars 2026, 13\u00a0h\u00a000"],
         ["Gazette lac: access blocked by the site since 2 March 2026, 13:00"]),
        (lambda room: room.update("lac", failing_since=NOW, failing_why="x"),
         ["Gazette lac : ne répond pas depuis le 2 mars 2026, 13\u00a0h\u00a000"],
         ["Gazette lac: does not answer since 2 March 2026, 13:00"]),
        (set_aside,
         ["Gazette lac : plus aucune adresse ne répond depuis le 2 mars 2026, 13\u00a0h\u00a000",
          "Gazette lac : adresse mise de côté, https://lac.test/rss, depuis le 2 mars 2026, 13\u00a0h\u00a000"],
         ["Gazette lac: no address answers any more since 2 March 2026, 13:00",
          "Gazette lac: address https://lac.test/rss set aside since 2 March 2026, 13:00"]),
        (lambda room: room.visit("lac", "throttled", NOW - HOUR),
         ["Gazette lac : a limité nos visites"], ["Gazette lac: has limited our visits"]),
        (lambda room: room.visit("lac", "blocked", NOW - HOUR),
         ["Gazette lac : n’a pas pu être lu un temps, de nouveau lu"],
         ["Gazette lac: could not be read for a time, read again"]),
        (lambda room: room.visit("lac", "blocked", NOW - 2 * DAY), [], []),
        (lambda room: room.visit("lac", "finished", NOW - HOUR), [], []),
        (lambda room: room.visit("gone", "blocked", NOW - HOUR), [], []),
    ],
)  # fmt: skip
def test_what_could_not_be_seen_is_said_in_the_language_of_the_mail(
    room: Room, trouble: Callable[[Room], None], french: list[str], english: list[str]
) -> None:
    trouble(room)

    assert room.unseen(FRENCH) == french
    assert room.unseen(ENGLISH) == english


def test_of_a_source_in_trouble_now_nothing_older_is_said(room: Room) -> None:
    room.visit("lac", "throttled", NOW - HOUR)
    room.visit("mer", "throttled", NOW - HOUR)
    room.update("lac", blocked_since=NOW)

    assert room.unseen() == [
        "Gazette lac : accès bloqué par le site depuis le 2 mars 2026, 13\u00a0h\u00a000",
        "Gazette mer : a limité nos visites",
    ]


def test_a_silence_is_noticed_by_matching_and_told(room: Room) -> None:
    with room.catalogue.write() as transaction:
        for day in range(10):
            documents.create_document(
                transaction, f"d{day}", source="lac", url=f"https://lac.test/{day}", host="lac.test",
                first_seen_at=NOW - (10 - day) * DAY, canonical_claim=None, next_check_at=None,
            )  # fmt: skip
    room.update("lac", last_good_visit_at=NOW)
    assert (room.match(), room.is_due()) == (0, False)
    room.now = NOW + 3 * DAY
    room.update("lac", last_good_visit_at=room.now)

    assert room.is_due()
    assert (room.match(), room.match(), room.is_due()) == (1, 0, False)
    assert room.letters()[0].subject == "1 source silencieuse : police (Gazette lac)"


def test_a_lost_message_is_noticed_by_matching_and_the_operator_told(room: Room) -> None:
    room.match()
    room.write_message()
    assert not room.is_due()
    with room.catalogue.write() as transaction:
        outbox.update_message(transaction, 1, state="given_up", ended_at=NOW, next_attempt_at=None)

    assert room.is_due()
    assert (room.match(), room.match(), room.is_due()) == (1, 0, False)
    assert room.letters()[-1].subject == "Vigie : 1 message n’est pas parti"


def test_status_shows_the_message_that_waits_for_longest(room: Room) -> None:
    assert look(room.installation, room.catalogue).oldest_message is None
    room.write_message(1)
    room.now += HOUR
    room.write_message(2)
    with room.catalogue.write() as transaction:
        outbox.update_message(transaction, 1, said="connect: refused", next_attempt_at=room.now + HOUR)

    state = look(room.installation, room.catalogue)

    assert (state.messages, state.oldest_message and state.oldest_message.made_at) == ({"pending": 2}, NOW)
    assert state.as_json()["oldest_message"]["said"] == "connect: refused"
