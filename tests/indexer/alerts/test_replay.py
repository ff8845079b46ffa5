"""A backtest says what live matching tells, and when mails would have gone out."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, documents
from archive.catalogue.changes import last_seq
from config.clock_times import parse_schedule
from config.mail import Mail
from config.query import SavedQuery
from indexer import projection
from indexer.alerts.links import NO_PAGES
from indexer.alerts.phrases import PHRASES
from indexer.alerts.previews import write_preview
from indexer.alerts.replay import Asked, Backtest, backtest
from indexer.alerts.sections import Writer
from indexer.engines.base import Engine, Filters
from indexer.engines.choice import open_engine
from indexer.query import QueryError, parse
from tests.indexer.alerts.desk import Desk, make_query
from tests.indexer.alerts.history import History
from tests.indexer.newsroom import START, Newsroom
from tests.indexer.query_generator import QueryGenerator

ZONE = "Europe/Paris"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine("embedded", tmp_path / "index")
    yield opened
    opened.close()


def play(
    catalogue: Catalogue, engine: Engine | None, desk: Desk, name: str = "q", show: date | None = None
) -> Backtest:
    asked = Asked(START - timedelta(days=1), desk.queries[name].schedule, ZONE, show)
    return backtest(catalogue, engine, desk.watched[name], desk.analyzer, asked)


def test_it_says_what_live_matching_told(newsroom: Newsroom, catalogue: Catalogue, engine: Engine) -> None:
    desk = Desk(catalogue, q=make_query())
    for number in range(30):
        newsroom.publish(f"d{number}", "La police manifeste." if number % 3 else "Le marché rouvre.")
    newsroom.edit("d1", "La police manifeste encore.")
    desk.match()
    projection.rebuild(catalogue, engine)

    found = play(catalogue, engine, desk)

    assert (found.outcomes, found.read) == ({"told": 20, "already_told": 1}, 0)
    assert dict(found.by_day) == {"2026-02-01": 20}
    assert found.examples == {"2026-02": [("2026-02-01", "Titre (Gazette du Lac)")] * 3}
    assert play(catalogue, None, desk) == Backtest(**vars(found) | {"read": 31})


@pytest.mark.parametrize(
    ("rules", "seed"),
    [({}, 1), ({"on_edit": "mail", "on_removal": "mail"}, 2), ({"on_edit": "ignore", "tell_backfill": True}, 3),
     ({"on_removal": "mail", "sources": ["gazette", "union-exemple"]}, 4)],
)  # fmt: skip
def test_it_tells_the_same_of_any_history(
    catalogue: Catalogue, engine: Engine, rules: dict[str, object], seed: int
) -> None:
    history = History(catalogue, seed)
    desk = Desk(catalogue, q=make_query("police OR grève OR syndicat", **rules))
    for _ in range(4):
        history.publish(10)
        history.happen(40)
        desk.match()
    projection.rebuild(catalogue, engine)
    with catalogue.read() as transaction:
        withdrawn = documents.find_withdrawn(transaction, {one.document for one in desk.rows("q")})
    live = [one for one in desk.rows("q") if one.document not in withdrawn]

    found = play(catalogue, engine, desk)

    told = [one for one in live if one.outcome == "told"]
    assert told and found.outcomes["told"] == sum(one.kind == "version" for one in told)
    assert sum(found.outcomes.values()) == len(live)
    assert sum(found.by_day.values()) == len(told) == sum(week.matches for week in found.weeks.values())
    assert desk.audit().is_clean


def test_mails_go_by_the_turns_of_the_schedule(newsroom: Newsroom, catalogue: Catalogue, engine: Engine) -> None:
    """Newsroom publishes a minute apart, from Sunday 10:00 in Paris on."""
    desk = Desk(
        catalogue, once=make_query(), hour=make_query(schedule="hourly"), day=make_query(schedule="daily 10:10"),
        week=make_query(schedule="weekly monday 07:30"),
    )  # fmt: skip
    for number in range(80):
        newsroom.publish(f"d{number}", "La police manifeste.")
    projection.rebuild(catalogue, engine)

    weeks = {
        name: {start: (one.mails, one.matches) for start, one in play(catalogue, engine, desk, name).weeks.items()}
        for name in desk.queries
    }

    sunday, monday = "2026-01-26", "2026-02-02"
    assert weeks["once"] == {sunday: (80, 80)}
    assert weeks["hour"] == {sunday: (2, 80)}
    assert weeks["day"] == {sunday: (1, 10), monday: (1, 70)}
    assert weeks["week"] == {monday: (1, 80)}


def test_mails_with_nothing_new_count_where_the_query_wants_them(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query(schedule="daily 10:10", when_empty="say_so"))
    newsroom.publish("a", "La police manifeste.")
    since, until = START - timedelta(days=3), START + timedelta(days=3)
    asked = Asked(since, desk.queries["q"].schedule, ZONE, empty_until=until)

    found = backtest(catalogue, None, desk.watched["q"], desk.analyzer, asked)

    assert {start: (one.mails, one.matches) for start, one in found.weeks.items()} == {
        "2026-01-26": (4, 1), "2026-02-02": (2, 0)
    }  # fmt: skip


def test_the_mail_of_a_day_is_the_one_that_would_have_gone_out(
    newsroom: Newsroom, catalogue: Catalogue, engine: Engine
) -> None:
    desk = Desk(catalogue, q=make_query(schedule="daily 10:05"))
    newsroom.publish("stub", "Un rassemblement.")
    newsroom.find_older("stub", "La police manifestait.")
    for number in range(9):
        newsroom.publish(f"d{number}", f"La police manifeste au pont {number}.", f"Pont {number}")
    projection.rebuild(catalogue, engine)

    first, second, third = (play(catalogue, engine, desk, show=date(2026, 2, day)) for day in (1, 2, 3))

    assert [(one.shown_mails, len(one.shown), one.shown_counted) for one in (first, second, third)] == [
        (1, 3, 1), (1, 6, 0), (0, 0, 0)
    ]  # fmt: skip
    writer = Writer(catalogue, desk.analyzer, NO_PAGES, ZONE, PHRASES["fr"])
    letter = write_preview(writer, desk.queries["q"], desk.watched["q"], first, Mail())
    assert letter is not None and "3 nouveaux" in letter.subject
    assert "Pont 2" in letter.text and "Pont 3" not in letter.text and "*police*" in letter.text
    assert write_preview(writer, desk.queries["q"], desk.watched["q"], third, Mail()) is None


def test_search_backtest_and_alert_agree(catalogue: Catalogue, engine: Engine) -> None:
    """Promise 5 of the architecture: one query, one answer. The benchmark does the same with more of both."""
    history = History(catalogue, 11, step=timedelta(minutes=7))
    generator = QueryGenerator(11)
    queries: dict[str, SavedQuery] = {}
    while len(queries) < 40:
        words = generator.query()
        try:
            parse(words, now=START)
        except QueryError:
            continue
        queries[f"q{len(queries)}"] = make_query(words)
    desk = Desk(catalogue, **queries)
    history.publish(600)
    desk.match()
    projection.rebuild(catalogue, engine)
    with catalogue.read() as transaction:
        end = last_seq(transaction)

    agreed = 0
    for name, watched in desk.watched.items():
        alert = [one.seq for one in desk.rows(name)]
        played = play(catalogue, engine, desk, name)
        assert played.outcomes == ({"told": len(alert)} if alert else {}), watched.words
        if watched.tree is not None:  # with `now` in it, a search asks about another moment
            assert alert == [seq for seq, _ in engine.ids(watched.tree, Filters(past=True))], watched.words
            agreed += 0 < len(alert) < end
    assert agreed > 15


@pytest.mark.parametrize(
    ("written", "instant", "turn"),
    [
        ("at once", "2026-03-01T10:00:30", "2026-03-01T10:01:00"),
        ("hourly", "2026-03-01T10:00:00", "2026-03-01T11:00:00"),
        ("daily 07:30", "2026-03-01T06:29:59", "2026-03-01T06:30:00"),
        ("daily 07:30", "2026-03-01T06:30:00", "2026-03-02T06:30:00"),
        ("daily 07:30", "2026-03-28T07:00:00", "2026-03-29T05:30:00"),
        ("weekly monday 07:30", "2026-03-02T07:00:00", "2026-03-09T06:30:00"),
    ],
)
def test_the_next_turn_comes_after_the_instant(written: str, instant: str, turn: str) -> None:
    schedule = parse_schedule(written)
    at = datetime.fromisoformat(instant).replace(tzinfo=UTC)

    found = schedule.next_turn(at, ZONE)

    assert found == datetime.fromisoformat(turn).replace(tzinfo=UTC)
    if schedule.every != "at once":
        assert schedule.last_turn(found, ZONE) == found and schedule.last_turn(at, ZONE) <= at
