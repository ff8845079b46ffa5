"""Hazards P1 to P8: pages that hang or fill a parser, mislead about what they are, or say nothing.

One newsroom with a page for each is crawled, extracted and indexed once by the real commands.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import Any
from uuid import uuid4

import pytest

from archive.catalogue import open_catalogue, utc_now
from config.loading import load_valid
from config.models import Limits, Settings
from crawler.extracting import TRIES, Extracting
from crawler.extraction.pool import Pool
from tests.hazards.crashing import CRASHES
from tests.hazards.gazette import HOST, SOURCE, Gazette, make_page
from tests.hazards.odd_pages import CLEAN, MARKED, TITLE, make_bombs, make_kinds, make_liars, make_walls
from tests.site.messages import Request, Response
from tests.site.server import Site
from tests.site.trouble import types
from tests.site.trouble.articles import article_text
from tests.site.trouble.charsets import CASES, WORDS, answer
from tests.site.trouble.heavy import LONG_COUNT, LONG_WORD, make_heavy
from tests.vigie.test_alerts import save_query

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

SECONDS = 4  # of a parse: the bombs need ten times as much, ordinary pages a hundredth
BOMBS, KINDS, WALLS, LIARS = make_bombs(), make_kinds(), make_walls(), dict(make_liars())


@pytest.fixture(scope="module")
def gazette(tmp_path_factory: pytest.TempPathFactory, running_site: Site) -> Iterator[Gazette]:
    """All pages taken in."""
    running_site.reset()
    base = running_site.url(HOST, "")
    feeds = [f"{base}/val.xml", f"{base}/endless.xml"]
    gazette = Gazette(tmp_path_factory.mktemp("pages"), running_site, {"parse_seconds": SECONDS}, feeds=feeds)
    running_site.put(HOST, "/endless.xml", Response(make_heavy("feed"), "application/rss+xml"))
    pages: dict[str, str | bytes] = {**BOMBS, **LIARS}
    for path, body in pages.items():
        gazette.put(path, body)
    for name in CASES:
        found = answer(Request("GET", f"/charset/{name}", ""), "")
        assert found is not None
        gazette.put(f"/p3/{name}", found.body, found.content_type)
    gazette.put("/p4/marks", make_page("p4", before=f"<p>{MARKED}</p>"))
    for path, odd in (KINDS | WALLS).items():
        gazette.put(path, odd.body, odd.content_type)
    tract = types.answer(Request("GET", "/type/pdf-as-html", ""), "")
    assert tract is not None
    gazette.put("/p5/tract", tract.body, tract.content_type)
    gazette.take_in()
    yield gazette
    running_site.reset()


@pytest.mark.parametrize("path", [path for path in BOMBS if path.startswith("/p1/")])
def test_p1_a_page_made_to_hold_a_processor_is_stopped_and_kept(gazette: Gazette, path: str) -> None:
    """A huge tag, a million paragraphs, millions of `&`: stopped at the limit, tried twice, kept as it came."""
    ended = gazette.ends()[path]
    tries = gazette.attempts(path)
    if path == "/p1/attributes":
        assert ended == "quarantined"
    assert ended in ("quarantined", "no_text")
    if ended == "quarantined":
        assert tries == [("extraction_timeout", f"stopped after {SECONDS} s")] * TRIES
    assert gazette.stored(path) == BOMBS[path]
    assert path not in gazette.documents()


def test_p1_what_was_quarantined_is_not_tried_again_and_stays_readable(gazette: Gazette) -> None:
    """A second run does nothing; the page can be read back by the number of its capture, and its end is shown."""
    before = gazette.rows("SELECT count(*) FROM extraction_attempt")
    assert gazette.must("extract", "--json").json["counts"] == {}
    assert gazette.rows("SELECT count(*) FROM extraction_attempt") == before
    ((number,),) = gazette.rows("SELECT id FROM capture WHERE url LIKE '%/p1/attributes'")
    assert gazette.must("show", str(number), "--raw").out == BOMBS["/p1/attributes"].decode()
    ((count,),) = gazette.rows("SELECT count(*) FROM capture WHERE extraction_outcome = 'quarantined'")
    assert f"{count} quarantined" in " ".join(gazette.must("sources", "show", SOURCE).out.split())


def test_p1_an_entry_point_made_to_hold_a_processor_costs_its_own_look(gazette: Gazette) -> None:
    """A feed of two million empty items is stopped from outside and ends `unreadable`; the other feed is read."""
    looks = dict(gazette.rows("SELECT url, last_outcome FROM entry_point"))
    assert looks == {f"{gazette.base}/val.xml": "read", f"{gazette.base}/endless.xml": "unreadable"}
    told = f"could not be read: stopped after {SECONDS} s"
    assert f"{SOURCE} {gazette.base}/endless.xml: {told}" in gazette.log
    rows = gazette.rows("SELECT outcome, detail FROM fetch_attempt WHERE url LIKE '%/endless.xml'")
    assert rows == [("unreadable", told)]
    assert "unreadable" in gazette.must("sources", "show", SOURCE).out
    assert gazette.rows("SELECT count(*) FROM capture WHERE url LIKE '%/endless.xml'") == [(1,)]


def test_p1_the_limits_passed_on_are_those_an_installation_starts_with(
    gazette: Gazette, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty seconds and one GiB for each page, unless the settings or its source say otherwise."""
    given: dict[str, Any] = {}

    class Spy(Pool):
        def __init__(self, workers: int, seconds: float, memory_bytes: int, task: str) -> None:
            super().__init__(workers, seconds, memory_bytes, task)
            given.update(seconds=seconds, memory_bytes=memory_bytes)

    monkeypatch.setattr("crawler.extracting.Pool", Spy)
    with closing(open_catalogue(gazette.data)) as catalogue:
        Extracting(catalogue, Settings(), {}, utc_now, lambda: uuid4().hex).run()

    assert given == {"seconds": 20, "memory_bytes": 2**30}
    assert (Limits().parse_seconds, Limits().parse_bytes, TRIES) == (20, 2**30, 2)


@pytest.mark.parametrize("path", [path for path in BOMBS if path.startswith("/p2/")])
def test_p2_a_page_made_to_fill_memory_ends_by_name(gazette: Gazette, path: str) -> None:
    """15 MiB of small elements, 300,000 levels, one text of 12 MB: whole, or refused with the reason."""
    ended = gazette.ends()[path]
    if ended == "new_document":
        assert gazette.taken(path)["text"].count(LONG_WORD.strip()) >= LONG_COUNT
    else:
        assert ended in ("quarantined", "no_text")
    if ended == "quarantined":
        tries = gazette.attempts(path)
        assert len(tries) == TRIES
        assert all(outcome in ("extraction_failed", "extraction_timeout") and why for outcome, why in tries)
    assert gazette.stored(path) == BOMBS[path]


def test_p2_markup_too_deep_for_the_parser_is_named(gazette: Gazette) -> None:
    """A text that the parser would cut off at its own limit of depth is not taken for the whole."""
    assert [outcome for outcome, _ in gazette.attempts("/p2/depth")] == ["extraction_failed"] * TRIES
    assert "depth" in gazette.attempts("/p2/depth")[0][1]


@pytest.mark.parametrize("name", [name for name in CASES if name not in ("decomposed", "controls")])
def test_p3_the_french_is_exact_whatever_is_declared(gazette: Gazette, name: str) -> None:
    """windows-1252 as UTF-8, UTF-8 as latin-1, nothing, header against meta, BOM, UTF-16, one bad byte: exact."""
    taken = gazette.taken(f"/p3/{name}")
    assert [word for word in WORDS if word not in taken["text"]] == []
    assert taken["title"] == "Relève à l’hôtel de ville"
    assert bool(taken["replaced_bytes"]) is (name == "one-bad-byte")


@pytest.mark.parametrize("path", ["/p3/decomposed", "/p3/controls"])
def test_p4_split_accents_and_marks_leave_the_same_words(gazette: Gazette, path: str) -> None:
    """NFD accents, NUL, soft hyphens, bidi overrides inside words: the text is the one without them."""
    assert [word for word in WORDS if word not in gazette.taken(path)["text"]] == []


def test_p4_no_text_holds_what_no_text_may_hold(gazette: Gazette) -> None:
    """C0, C1, bidi, zero-width, soft hyphen, lone surrogates go; letters and emoji stay, composed."""
    assert CLEAN in gazette.taken("/p4/marks")["text"]


@pytest.mark.parametrize("words", ["préfète renonce", "prefete renonce", "PRÉFÈTE étoile", "prefete Etoile"])
def test_p4_the_words_are_found_with_and_without_accents(gazette: Gazette, words: str) -> None:
    """What was split or marked is found as people write it."""
    hits = gazette.must("search", words, "--json").json["hits"]
    assert [hit["url"] for hit in hits] == [f"{gazette.base}/p4/marks"]


@pytest.mark.parametrize("path", KINDS)
def test_p5_the_bytes_decide_what_a_page_is(gazette: Gazette, path: str) -> None:
    """PDF, picture, ZIP, Word or film served as a page, a page served as octets: by content, all kept."""
    body = KINDS[path].body
    assert gazette.ends()[path] == KINDS[path].end
    assert gazette.stored(path) == (body.encode() if isinstance(body, str) else body)


def test_p5_a_pdf_served_as_a_page_is_read(gazette: Gazette) -> None:
    """A tract under the label text/html is a document, and the place of its fields is the PDF."""
    assert gazette.ends()["/p5/tract"] == "new_document"
    assert "Heures supplémentaires" in gazette.taken("/p5/tract")["text"]


@pytest.mark.parametrize("path", WALLS)
def test_p6_a_page_without_an_article_is_named(gazette: Gazette, path: str) -> None:
    """No text, a consent wall, an opening behind a paywall, a page for scripts, forty words: no document."""
    assert gazette.ends()[path] == WALLS[path].end
    assert path not in gazette.documents()


def test_p6_they_stand_in_the_counts_of_the_source_and_tell_nobody(gazette: Gazette) -> None:
    """`sources show` counts each kind, and a saved query about their words finds nothing."""
    shown = " ".join(gazette.must("sources", "show", SOURCE).out.split())
    for end in {odd.end for odd in WALLS.values()}:
        assert end in shown
    save_query(gazette, "boilerplate", since="2020-01-01", query="cookies OR JavaScript OR (bureau AND riverains)")
    assert gazette.must("alerts", "run", "--json").json["counts"] == {}


@pytest.mark.parametrize("path", LIARS)
def test_p7_metadata_that_is_broken_huge_or_false_leaves_the_article_whole(gazette: Gazette, path: str) -> None:
    """Text and title are right, nobody is called admin, and where the title stood is recorded."""
    taken = gazette.taken(path)
    assert taken["title"] == TITLE
    assert article_text(path[1:].replace("/", " "))[1][0][:60] in taken["text"] or path == "/p7/three-titles"
    assert taken["authors"] == "[]"
    chosen, *_ = gazette.claims(path, "title")
    assert chosen["chosen"] and chosen["origin"] and chosen["rule"]


def test_p7_a_false_date_does_not_beat_the_one_on_the_page(gazette: Gazette) -> None:
    """JSON-LD from the year 2031: the page's own date is taken, the other is kept as a claim with its doubt."""
    taken = gazette.taken("/p7/lying")
    assert (taken["published_at"], taken["published_origin"]) == ("2025-12-01T08:00:00.000000Z", "page")
    doubts = {claim["text"]: claim["doubt"] for claim in gazette.claims("/p7/lying", "published")}
    assert doubts["2031-01-01T00:00:00Z"] == "future"


def test_p8_a_page_that_crashes_its_worker_is_quarantined_and_the_batch_finishes(
    gazette: Gazette, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A segmentation fault in the worker: that page is set aside after two tries, the others are read."""
    others = ("/p8/before", "/p8/after")
    for path in (others[0], CRASHES, others[1]):
        gazette.put(path, make_page(path))
    gazette.must("crawl")
    monkeypatch.setattr("crawler.extracting.TASK", "tests.hazards.crashing:extract_capture")
    loaded = load_valid(gazette.config)
    with closing(open_catalogue(gazette.data)) as catalogue:
        stage = Extracting(catalogue, loaded.settings, loaded.sources, utc_now, lambda: uuid4().hex)
        counts = dict(stage.run())

    assert counts == {"extraction_failed": 1, "quarantined": 1, "new_document": 2}
    assert gazette.attempts(CRASHES) == [("extraction_failed", "the worker was ended by SIGSEGV")] * TRIES
    assert gazette.stored(CRASHES) == make_page(CRASHES).encode()
    assert set(others) <= gazette.documents()
