"""Saved queries on the log of changes: each new match once, whatever happens to a document or to the process."""

import time
from datetime import timedelta

from archive.catalogue import Catalogue, documents, matches, saved_queries
from archive.catalogue.changes import append_change
from archive.catalogue.extractions import add_extraction
from archive.records import Extraction
from indexer.alerts.batches import BATCH_CHANGES
from tests.indexer.alerts.desk import NOW, Desk, make_query
from tests.indexer.newsroom import Newsroom


def test_a_second_run_changes_nothing(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query())
    newsroom.publish("a", "La police manifeste.")
    desk.match()
    before = desk.rows("q")

    assert desk.match().counts == {}
    assert desk.rows("q") == before


def test_what_comes_by_import_is_counted_unless_the_query_asks_for_it(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query(), all=make_query(tell_backfill=True))
    import_article(newsroom, "old", "La police manifestait déjà.")

    desk.match()

    assert (desk.outcomes("q"), desk.outcomes("all")) == ({"old.1": "counted"}, {"old.1": "told"})


def test_a_version_is_matched_as_its_change_left_it(newsroom: Newsroom, catalogue: Catalogue) -> None:
    """What happened since, a new name of the source and a later extraction, is not seen."""
    old = make_query('source_name:"Gazette du Lac" AND manifeste', since="2026-01-31")
    newsroom.publish("a", "La police manifeste.")
    with catalogue.write() as transaction:
        (version,) = documents.list_versions(transaction, "a")
        stored = add_extraction(transaction, version.capture, Extraction(2, "https://lac.test/a", "T", "Rien."))
        documents.replace_extraction(transaction, version, stored, at=NOW, via="live")
    newsroom.rename_source("Autre nom")
    desk = Desk(catalogue, q=old)

    desk.match()

    assert desk.outcomes("q") == {"a.1": "told"}


def test_dates_in_a_query_count_from_the_change(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query("police AND first_seen_at:[now-1m TO now]"))
    newsroom.publish("a", "La police manifeste.")
    desk.now = NOW + timedelta(days=400)

    desk.match()

    assert desk.outcomes("q") == {"a.1": "told"}
    assert desk.audit().is_clean


def test_told_of_one_counts_as_told_of_the_article_it_was_merged_into(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query())
    newsroom.publish("a", "Un rassemblement.")
    newsroom.publish("b", "La police manifeste.")
    desk.match()
    newsroom.merge("a", "b")
    newsroom.edit("a", "La police manifeste.")
    desk.match()

    assert desk.outcomes("q") == {"b.1": "told", "a.2": "already_told"}
    assert desk.audit().is_clean


def test_filters_narrow(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(
        catalogue, here=make_query(regions=["FR-ARA"]), there=make_query(regions=["FR-BRE"]),
        unions=make_query(kinds=["union"]), source=make_query(sources=["gazette-du-lac"]),
    )  # fmt: skip
    newsroom.publish("a", "La police manifeste.")

    desk.match()

    assert {name: len(desk.rows(name)) for name in desk.queries} == {"here": 1, "there": 0, "unions": 0, "source": 1}


def test_a_query_that_cannot_be_asked_is_disabled_alone_and_goes_on_when_mended(
    newsroom: Newsroom, catalogue: Catalogue
) -> None:
    desk = Desk(catalogue, bad=make_query("police"), good=make_query())
    desk.queries["bad"] = make_query("police AND (")
    desk.register()
    newsroom.publish("a", "La police manifeste.")
    desk.match()
    with catalogue.read() as transaction:
        state = saved_queries.read_query(transaction, "bad")
    assert state is not None and state.disabled_why and not state.runs
    assert (desk.outcomes("bad"), desk.outcomes("good")) == ({}, {"a.1": "told"})

    desk.queries["bad"] = make_query("police")
    desk.register()
    desk.match()

    assert desk.outcomes("bad") == {"a.1": "told"}


def test_a_paused_query_catches_up_and_a_removed_one_ends(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, paused=make_query(), gone=make_query())
    with catalogue.write() as transaction:
        saved_queries.pause_query(transaction, "paused", NOW)
    kept = desk.queries.pop("gone")
    desk.register()
    newsroom.publish("a", "La police manifeste.")
    desk.match()
    assert desk.outcomes("paused") == desk.outcomes("gone") == {}

    with catalogue.write() as transaction:
        saved_queries.pause_query(transaction, "paused", None)
    desk.queries["gone"] = kept
    desk.register()
    newsroom.publish("b", "La police manifeste.")
    desk.match()

    assert desk.outcomes("paused") == {"a.1": "told", "b.1": "told"}
    assert desk.outcomes("gone") == {"b.1": "told"}
    assert desk.audit().is_clean


def test_the_audit_uses_the_words_that_were_in_force(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query("police"))
    newsroom.publish("a", "La police manifeste.")
    desk.match()
    desk.queries["q"] = make_query("pompiers")
    desk.register()
    newsroom.publish("b", "Les pompiers manifestent.")
    desk.match()

    assert desk.outcomes("q") == {"a.1": "told", "b.1": "told"}
    assert desk.audit().is_clean


def test_the_audit_names_what_was_missed_and_what_is_there_without_reason(
    newsroom: Newsroom, catalogue: Catalogue
) -> None:
    desk = Desk(catalogue, q=make_query())
    newsroom.publish("a", "La police manifeste.")
    newsroom.publish("b", "Le marché rouvre.")
    desk.match()
    with catalogue.write() as transaction:
        transaction.exec_driver_sql("DELETE FROM match")
        matches.add_matches(transaction, [matches.Match("q", "b", 1, 2, NOW, "told")])

    found = desk.audit()

    assert found.missed == ["q: a.1 (change 1)"]
    assert found.extra == ["q: b.1 (change 2)"]


def test_a_withdrawn_document_is_skipped_and_counted(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query())
    newsroom.publish("a", "La police manifeste.")
    desk.match()
    newsroom.withdraw("a")
    desk.match()

    found = desk.audit()

    assert found.is_clean and found.withdrawn == 1


def test_queries_behind_each_other_meet_and_batches_follow(newsroom: Newsroom, catalogue: Catalogue) -> None:
    early = Desk(catalogue, a=make_query())
    for number in range(BATCH_CHANGES + 30):
        newsroom.publish(f"d{number:03}", "La police manifeste.")
    early.queries["b"] = make_query()
    early.register()
    for number in range(20):
        newsroom.publish(f"e{number:03}", "La police manifeste.")

    early.match()

    assert (len(early.rows("a")), len(early.rows("b"))) == (BATCH_CHANGES + 50, 20)
    assert early.audit().is_clean


def test_three_hundred_queries_on_two_hundred_documents(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, **{f"q{number}": make_query(f"police AND mot{number}") for number in range(300)})
    for number in range(200):
        newsroom.publish(f"d{number:03}", f"La police manifeste, mot{number}. " + "Un texte assez long. " * 100)

    started = time.perf_counter()
    done = desk.match()
    seconds = time.perf_counter() - started

    assert done.counts == {"told": 200}
    assert seconds < 2, f"{seconds:.2f} s"  # a tenth of a second on two cores; tests share theirs with others


def import_article(newsroom: Newsroom, document: str, text: str) -> None:
    with newsroom.catalogue.write() as transaction:
        documents.create_document(
            transaction, document, source="gazette-du-lac", url=f"https://lac.test/{document}", host="lac.test",
            first_seen_at=NOW, canonical_claim=None, next_check_at=None,
        )  # fmt: skip
        stored = add_extraction(transaction, 900, Extraction(1, "https://lac.test/x", "Titre", text))
        documents.add_version(
            transaction, document, capture_id=900, extraction_id=stored.id, fetched_at=NOW, is_latest=True,
            via="import", now=NOW,
        )  # fmt: skip


def test_a_log_of_other_changes_moves_the_watermark(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query())
    newsroom.publish("a", "Rien.")
    with catalogue.write() as transaction:
        seq = append_change(transaction, "relabelled", "a", at=NOW, via="live")
    desk.match()
    with catalogue.read() as transaction:
        state = saved_queries.read_query(transaction, "q")
    assert state is not None and state.watermark == seq
