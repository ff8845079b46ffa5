"""Atom feeds of what saved queries told: sound to a strict reader, whatever the pages say; ids never change."""

from datetime import timedelta

import pytest

from archive.catalogue import Catalogue, matches
from indexer.alerts.articles import read_articles
from indexer.alerts.feeds import SHOWN, Feed, write_feed
from indexer.alerts.links import NO_PAGES, Links
from tests.indexer.alerts.atom_check import find_atom_faults, read_feed
from tests.indexer.alerts.desk import NOW, Desk, make_query
from tests.indexer.newsroom import START, Newsroom


def make_feed(desk: Desk, links: Links = NO_PAGES, limit: int = 100) -> bytes:
    """The feed of the query `q`."""
    with desk.catalogue.read() as transaction:
        told = matches.list_newest_matches(transaction, "q", SHOWN, limit)
    feed = Feed("q", "Police & préavis", "police", "exemple.test", NOW, links)
    return write_feed(feed, read_articles(desk.catalogue, told, desk.watched.get("q"), desk.analyzer))


def test_a_feed_shows_what_was_told_the_newest_first(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query())
    newsroom.publish("a", "La police manifeste à Valbrune.", "Un titre & un autre")
    newsroom.publish("b", "La police manifeste encore.", "Le second")
    newsroom.publish("c", "Le marché rouvre.")
    desk.match()

    written = make_feed(desk, Links("https://vigie.exemple.test"))

    assert find_atom_faults(written) == []
    read = read_feed(written)
    assert not read.bozo and read.version == "atom10"
    assert read.feed.title == "Police & préavis" and read.feed.id == "tag:exemple.test,2026-02-01:vigie/query/q"
    assert [one.title for one in read.entries] == ["Le second", "Un titre & un autre"]
    entry = read.entries[1]
    assert entry.id == "tag:exemple.test,2026-02-01:vigie/document/a"
    assert entry.link == "https://lac.test/a" and entry.author == "Gazette du Lac"
    assert entry.summary == "La <strong>police</strong> manifeste à Valbrune."
    assert {"local_press", "FR-ARA"} <= {one.term for one in entry.tags}
    assert [one.href for one in entry.links if one.rel == "related"] == ["https://vigie.exemple.test/captures/1"]
    assert read.feed.updated == max(one.updated for one in read.entries)


def test_an_edit_that_matches_moves_the_entry_and_keeps_its_id(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query())
    newsroom.publish("a", "La police manifeste.", "Avant")
    newsroom.publish("b", "La police manifeste.", "Autre")
    desk.match()
    before = read_feed(make_feed(desk)).entries[1]
    newsroom.edit("a", "La police manifeste encore.", "Après")
    desk.match()

    after = read_feed(make_feed(desk)).entries

    assert [one.title for one in after] == ["Après", "Autre"]
    assert after[0].id == before.id and after[0].updated > before.updated


def test_what_is_only_counted_or_withdrawn_is_not_shown(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query())
    newsroom.publish("old", "Un rassemblement.")
    newsroom.find_older("old", "La police manifestait.")
    newsroom.publish("gone", "La police manifeste.")
    newsroom.publish("kept", "La police manifeste.")
    desk.match()
    newsroom.withdraw("gone")

    assert [one.link for one in read_feed(make_feed(desk)).entries] == ["https://lac.test/kept"]


def test_an_empty_feed_is_sound(catalogue: Catalogue) -> None:
    written = make_feed(Desk(catalogue, q=make_query()))
    assert find_atom_faults(written) == []
    assert read_feed(written).entries == []


def test_a_long_list_is_cut(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query())
    for number in range(30):
        newsroom.publish(f"d{number}", "La police manifeste.", f"Titre {number}")
    desk.match()
    assert [one.title for one in read_feed(make_feed(desk, limit=2)).entries] == ["Titre 29", "Titre 28"]


@pytest.mark.parametrize(
    "title",
    [
        "Police <script>alert(1)</script>",
        "Police ]]> &amp; <!-- ",
        "Police \x00\x0b\u202e\ufffe\ud800 fin",
        "  \u200b ",
        "Police " + "x" * 10_000,
    ],
)
def test_a_hostile_page_makes_no_unsound_feed(newsroom: Newsroom, catalogue: Catalogue, title: str) -> None:
    desk = Desk(catalogue, q=make_query())
    newsroom.publish("a", f"La police manifeste. <i onclick=x>{title.encode('utf-8', 'replace').decode()}</i>",
                     title.encode("utf-8", "replace").decode())  # fmt: skip
    desk.match()

    written = make_feed(desk)

    assert find_atom_faults(written) == []
    (entry,) = read_feed(written, sanitize=False).entries
    assert entry.title and "<i" not in entry.summary and "<script" not in entry.summary


def test_a_document_whose_address_is_no_link_has_a_content_instead(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query())
    newsroom.publish("a\u2028 javascript", "La police manifeste.")
    desk.match()

    written = make_feed(desk)

    assert b'rel="alternate"' not in written and b"<content" in written


def test_the_words_may_have_become_unaskable(newsroom: Newsroom, catalogue: Catalogue) -> None:
    desk = Desk(catalogue, q=make_query())
    newsroom.publish("a", "La police manifeste.")
    desk.match()
    desk.watched.clear()

    (entry,) = read_feed(make_feed(desk)).entries

    assert entry.summary == "La police manifeste."


def test_the_checker_sees_faults() -> None:
    """It must be able to fail."""
    feed = Feed("q", "q", "police", "exemple.test", START + timedelta(days=1), NO_PAGES)
    sound = write_feed(feed, [])
    assert find_atom_faults(sound) == []
    assert find_atom_faults(sound.replace(b"<updated>", b"<updated>le ")) != []
    assert find_atom_faults(sound.replace(b"title>", b"titre>")) != []
    assert find_atom_faults(sound.replace(b"tag:", b"urn tag:")) != []
