"""Silences: told once when a source that answers shows nothing new for too long, and once when it publishes again."""

from datetime import datetime, timedelta

import pytest

from archive.catalogue import Catalogue, documents, outbox, silences
from archive.catalogue import sources as source_rows
from config.source import Source
from indexer.alerts.silences import is_silence_due, look_for_silences, reckon_usual_pause
from tests.indexer.alerts.desk import NOW, Desk, make_query
from tests.indexer.alerts.press import Press
from tests.indexer.newsroom import SOURCE, Newsroom

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NAMES = {SOURCE: "Gazette du Lac"}
LAC = Source.model_validate(
    {"id": SOURCE, "name": "Gazette du Lac", "kind": "local_press", "homepage": "https://lac.test",
     "regions": ["FR-ARA"], "feeds": ["https://lac.test/rss"]}
)  # fmt: skip


def at(*hours: float) -> list[datetime]:
    """Instants that many hours apart."""
    instants = [NOW - 100 * DAY]
    for one in hours:
        instants.append(instants[-1] + one * HOUR)
    return instants


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([24] * 30, 24),
        ([24] * 30 + [24 * 21], 24),  # one summer
        ([0.1] * 500 + [10] * 20, 10),  # a busy desk is quiet at night
        (([10] * 4 + [60]) * 6, 60),  # and at weekends
        ([24] * 4, None),  # too little is known
        ([0.5] * 400, None),  # never quiet for an hour
        ([24, 24, 24, 24, 100], 100),
    ],
)
def test_the_usual_pause(hours: list[float], expected: float | None) -> None:
    assert reckon_usual_pause(at(*hours)) == (None if expected is None else expected * HOUR)


class Watch:
    """A query that asks for silences, on a source with an article a day."""

    def __init__(self, catalogue: Catalogue, newsroom: Newsroom, **values: object) -> None:
        self.catalogue = catalogue
        self.newsroom = newsroom
        self.desk = Desk(catalogue, q=make_query("police", silence="3x", **values))
        self.press = Press(catalogue, self.desk, names=NAMES)
        for day in range(10):
            self.publish(f"d{day}", NOW - (10 - day) * DAY)
        self.press.run()  # what came so far is no news of these tests

    def publish(self, document: str, seen_at: datetime) -> None:
        with self.catalogue.write() as transaction:
            documents.create_document(
                transaction, document, source=SOURCE, url=f"https://lac.test/{document}", host="lac.test",
                first_seen_at=seen_at, canonical_claim=None, next_check_at=None,
            )  # fmt: skip

    def visit(self, **values: object) -> None:
        with self.catalogue.write() as transaction:
            source_rows.update_source(transaction, SOURCE, last_good_visit_at=self.desk.now, **values)

    def look(self, later: timedelta) -> int:
        """Silences noted, after a good visit at that time."""
        self.desk.now = NOW + later
        self.visit()
        return look_for_silences(self.catalogue, self.desk.queries, {SOURCE: LAC}, lambda: self.desk.now)

    def is_due(self) -> bool:
        with self.catalogue.read() as transaction:
            return is_silence_due(transaction, self.desk.queries, {SOURCE: LAC}, self.desk.now)


def test_a_silence_and_its_end_are_told_once_each(catalogue: Catalogue, newsroom: Newsroom) -> None:
    watch = Watch(catalogue, newsroom)
    assert [watch.look(hours * HOUR) for hours in (0, 24, 47)] == [0, 0, 0]
    assert watch.press.run() == 0

    assert [watch.look(hours * HOUR) for hours in (49, 50, 90)] == [1, 0, 0]
    assert [watch.press.run(), watch.press.run(HOUR)] == [1, 0]
    letter = watch.press.letters()[-1]
    assert letter.subject == "1 source silencieuse : police (Gazette du Lac)"
    assert (
        "- Gazette du Lac n’a rien publié de nouveau depuis le 31 janvier 2026, 13\u00a0h\u00a000, "
        "bien que son site réponde. D’ordinaire, pas plus de 24 heures entre deux publications." in letter.text
    )
    assert "Rien de nouveau" not in letter.text

    watch.publish("again", NOW + 5 * DAY)
    assert watch.is_due()
    assert [watch.look(5 * DAY + HOUR), watch.look(6 * DAY)] == [1, 0]
    assert [watch.press.run(), watch.press.run(HOUR)] == [1, 0]
    letter = watch.press.letters()[-1]
    assert letter.subject == "1 fin de silence : police (Gazette du Lac)"
    assert "publie de nouveau, depuis le 6 février 2026, 13\u00a0h\u00a000, après un silence de 6 jours." in letter.text


def test_a_second_silence_is_news_again(catalogue: Catalogue, newsroom: Newsroom) -> None:
    watch = Watch(catalogue, newsroom)
    assert watch.look(3 * DAY) == 1
    watch.press.run()
    watch.publish("again", NOW + 3 * DAY)
    assert watch.look(3 * DAY + HOUR) == 1
    assert watch.look(7 * DAY) == 1
    assert (watch.press.run(), watch.press.letters()[-1].subject.startswith("1 source silencieuse, 1 fin")) == (1, True)


def test_a_silence_that_ended_before_anybody_was_told_is_told_as_ended_alone(
    catalogue: Catalogue, newsroom: Newsroom
) -> None:
    watch = Watch(catalogue, newsroom, schedule="weekly monday 07:30")
    assert watch.look(3 * DAY) == 1
    watch.publish("again", NOW + 3 * DAY)
    assert watch.look(4 * DAY) == 1

    assert [watch.press.run(8 * DAY), watch.press.run(8 * DAY)] == [1, 0]
    assert watch.press.letters()[-1].subject == "1 fin de silence : police (Gazette du Lac)"


@pytest.mark.parametrize(
    "trouble", [{"failing_since": NOW}, {"blocked_since": NOW}, {"last_good_visit_at": NOW - 10 * DAY}]
)
def test_a_source_that_does_not_answer_is_not_silent(
    catalogue: Catalogue, newsroom: Newsroom, trouble: dict[str, datetime]
) -> None:
    watch = Watch(catalogue, newsroom)
    watch.desk.now = NOW + 5 * DAY
    watch.visit()
    with catalogue.write() as transaction:
        source_rows.update_source(transaction, SOURCE, **trouble)

    assert look_for_silences(catalogue, watch.desk.queries, {SOURCE: LAC}, lambda: watch.desk.now) == 0


@pytest.mark.parametrize("values", [{"kinds": ["union"]}, {"regions": ["FR-BRE"]}, {"sources": ["autre"]}])
def test_a_query_hears_only_of_sources_that_its_filters_leave_in(
    catalogue: Catalogue, newsroom: Newsroom, values: dict[str, list[str]]
) -> None:
    assert Watch(catalogue, newsroom, **values).look(5 * DAY) == 0


def test_a_source_that_is_off_is_not_silent_and_no_query_means_no_look(
    catalogue: Catalogue, newsroom: Newsroom
) -> None:
    watch = Watch(catalogue, newsroom)
    watch.desk.now = NOW + 5 * DAY
    watch.visit()
    assert look_for_silences(catalogue, watch.desk.queries, {}, lambda: watch.desk.now) == 0
    assert look_for_silences(catalogue, {"q": make_query()}, {SOURCE: LAC}, lambda: watch.desk.now) == 0


def test_pauses_are_reckoned_anew_after_a_day(catalogue: Catalogue, newsroom: Newsroom) -> None:
    watch = Watch(catalogue, newsroom)
    assert watch.is_due(), "nothing was reckoned yet"
    watch.look(HOUR)
    assert not watch.is_due()
    watch.desk.now = NOW + HOUR + DAY
    assert watch.is_due()

    watch.look(HOUR + DAY)

    with catalogue.read() as transaction:
        assert silences.list_paces(transaction)[SOURCE].usual == DAY


def test_the_audit_follows_a_silence_to_each_recipients_message(catalogue: Catalogue, newsroom: Newsroom) -> None:
    watch = Watch(catalogue, newsroom, recipients=["a@x.test", "b@x.test"])
    watch.look(3 * DAY)
    watch.press.run()
    assert len([one for one in watch.press.audit().unsent if "is pending" in one]) == 2

    with catalogue.write() as transaction:
        for one in watch.press.messages():
            outbox.update_message(transaction, one.id, state="sent", next_attempt_at=None)
    assert watch.press.audit().unsent == []
    with catalogue.write() as transaction:
        transaction.exec_driver_sql("DELETE FROM message WHERE recipient = 'b@x.test'")
    assert watch.press.audit().unsent == ["q: digest 1 has no message to b@x.test"]
