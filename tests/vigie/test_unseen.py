"""What a digest ends with, and what its matching looks at by the way: troubles, silences, messages that were lost."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, create_catalogue, documents, outbox, runs
from archive.catalogue import sources as source_rows
from archive.catalogue.outbox import Letter
from archive.catalogue.sources import Facts
from config.loading import load_valid
from indexer.alerts.phrases import ENGLISH, FRENCH, Phrases
from vigie import alerting
from vigie.installation import Installation
from vigie.unseen import list_unseen

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SETTINGS = "contact: vigie@exemple.test\nmail: {operator: garde@exemple.test}\n"
SOURCE = """\
- id: {0}
  name: Gazette {0}
  kind: local_press
  homepage: https://{0}.test
  feeds: [https://{0}.test/rss]
  departements: ["74"]
"""
QUERY = "title: police\nquery: police\nrecipients: [redaction@exemple.test]\nsilence: 3x\n"


class Room:
    """An installation with two sources and a clock that is set by hand."""

    def __init__(self, folder: Path) -> None:
        for name, said in (("settings.yaml", SETTINGS), ("sources/a.yaml", SOURCE.format("lac") + SOURCE.format("mer")),
                           ("queries/q.yaml", QUERY)):  # fmt: skip
            path = folder / "config" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(said, encoding="utf-8")
        self.now = NOW
        loaded = load_valid(folder / "config", {})
        self.installation = Installation(loaded, lambda: self.now)
        self.catalogue: Catalogue = create_catalogue(loaded.settings.data_folder)
        with self.catalogue.write() as transaction:
            for name, source in loaded.sources.items():
                facts = Facts(name, name, source.name, source.kind, (), ("74",))
                points = [(f"https://{name}.test/rss", "feed", f"{name}.test")]
                source_rows.register_source(transaction, facts, points, first_visit_at=NOW, interval_seconds=900)

    def unseen(self, phrases: Phrases = FRENCH, since: datetime = NOW - DAY) -> list[str]:
        return list_unseen(self.installation, self.catalogue, phrases, since)

    def update(self, name: str, **values: object) -> None:
        with self.catalogue.write() as transaction:
            source_rows.update_source(transaction, name, **values)

    def visit(self, name: str, outcome: str, at: datetime) -> None:
        with self.catalogue.write() as transaction:
            number = runs.start_run(transaction, name, "child", at)
            runs.end_run(transaction, number, outcome, {}, at)

    def match(self) -> int:
        return alerting.match_and_compose(self.installation, self.catalogue, lambda: False)["messages"]

    def is_due(self) -> bool:
        return alerting.is_match_due(self.installation, self.catalogue)

    def letters(self) -> list[Letter]:
        with self.catalogue.read() as transaction:
            messages = outbox.list_messages(transaction, limit=100)[::-1]
            return [outbox.read_letter(transaction, one.letter) for one in messages]


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
    with room.catalogue.write() as transaction:
        digest = outbox.add_digest(transaction, "q", NOW, NOW, {"q": ["a@x.test"]})
        number = outbox.add_letter(transaction, digest, Letter("s", "t", "h"))
        outbox.add_message(transaction, digest, number, "a@x.test", "<m@x.test>", ["q"], NOW)
    assert not room.is_due()
    with room.catalogue.write() as transaction:
        outbox.update_message(transaction, 1, state="given_up", ended_at=NOW, next_attempt_at=None)

    assert room.is_due()
    assert (room.match(), room.match(), room.is_due()) == (1, 0, False)
    assert room.letters()[-1].subject == "Vigie : 1 message n’est pas parti"
