"""Configured sources in the catalogue: first visits spread, labels as configured, nothing lost by a kill."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, changes, create_catalogue, documents, errands, sources
from config.models import Settings
from config.source import Source
from vigie import registering
from vigie.registering import first_visit, register_all

MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def make_source(number: int, **values: object) -> Source:
    host = f"journal-{number}.test"
    given: dict[str, object] = {"id": f"journal-{number}", "name": f"Journal {number}", "kind": "local_press"}
    given |= {"homepage": f"https://{host}", "feeds": (f"https://{host}/rss",)}
    return Source.model_validate(given | values)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    made = create_catalogue(tmp_path)
    yield made
    made.close()


def register(catalogue: Catalogue, *configured: Source, now: datetime = MORNING) -> registering.Registered:
    return register_all(catalogue, {source.id: source for source in configured}, Settings(), now)


def next_visits(catalogue: Catalogue) -> dict[str, datetime | None]:
    with catalogue.read() as transaction:
        return {state.id: state.next_visit_at for state in sources.list_states(transaction)}


def add_documents(catalogue: Catalogue, source: str, count: int) -> None:
    with catalogue.write() as transaction:
        for number in range(count):
            documents.create_document(
                transaction, f"{source}-{number:04}", source=source, url="https://x.test", host="x.test",
                first_seen_at=MORNING, canonical_claim=None, next_check_at=None,
            )  # fmt: skip


def relabelled(catalogue: Catalogue) -> list[str]:
    with catalogue.read() as transaction:
        return [line.document for line in changes.read_changes(transaction, after=0, limit=5000)]


def test_first_visits_are_spread_over_the_interval_and_stay_where_they_are(catalogue: Catalogue) -> None:
    many = [make_source(number) for number in range(60)]

    done = register(catalogue, *many)
    first = next_visits(catalogue)
    register(catalogue, *many, now=MORNING + timedelta(hours=1))

    quarters = {int((at - MORNING) / timedelta(minutes=15) * 4) for at in first.values() if at is not None}
    assert done.visited == 60
    assert quarters == {0, 1, 2, 3}
    assert next_visits(catalogue) == first
    assert first_visit("journal-1", timedelta(minutes=15), MORNING) == first["journal-1"]


def test_a_source_that_is_off_keeps_its_labels_and_gets_no_visit(catalogue: Catalogue) -> None:
    register(catalogue, make_source(1), make_source(2, enabled=False, reason="Le site est fermé"))

    with catalogue.read() as transaction:
        facts = sources.read_facts(transaction)
    assert set(facts) == {"journal-1", "journal-2"}
    assert next_visits(catalogue)["journal-2"] is None


def test_a_source_that_comes_back_is_visited_again(catalogue: Catalogue) -> None:
    register(catalogue, make_source(1))
    register(catalogue)
    gone = next_visits(catalogue)["journal-1"]

    register(catalogue, make_source(1))

    assert gone is None
    assert next_visits(catalogue)["journal-1"] is not None


def test_new_labels_reach_every_document_once(catalogue: Catalogue) -> None:
    register(catalogue, make_source(1), make_source(2))
    add_documents(catalogue, "journal-1", 950)
    add_documents(catalogue, "journal-2", 3)

    changed = register(catalogue, make_source(1, name="Journal du Matin"), make_source(2))
    again = register(catalogue, make_source(1, name="Journal du Matin"), make_source(2))

    assert (changed.relabelled, again.relabelled) == (950, 0)
    assert relabelled(catalogue) == [f"journal-1-{number:04}" for number in range(950)]


def test_labels_asked_for_before_a_kill_are_given_after_it(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(catalogue, make_source(1))
    add_documents(catalogue, "journal-1", 5)

    def die(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(registering, "_relabel_documents", die)
        with pytest.raises(KeyboardInterrupt):
            register(catalogue, make_source(1, name="Journal du Matin"))
    lost = relabelled(catalogue)
    register(catalogue, make_source(1, name="Journal du Matin"))

    assert lost == []
    assert len(relabelled(catalogue)) == 5
    with catalogue.read() as transaction:
        assert errands.list_open_errands(transaction) == []
