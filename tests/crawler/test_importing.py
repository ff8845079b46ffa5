"""WARC files of others become captures and documents: what is taken, what is counted by name, once and for all."""

import gzip
import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.catalogue import candidates, captures, documents
from archive.catalogue.candidates import Sight
from archive.catalogue.captures import Capture
from archive.layout import WARC_FOLDER
from archive.outcomes import Outcome
from archive.records import Entry
from archive.verify import verify
from archive.warc import read_members
from config.models import Limits, Politeness, Settings
from config.source import Source
from crawler.importing import SLICE_RECORDS, Imported, Importing
from crawler.scope import Scopes
from crawler.urls import canonical_form
from tests.archive.foreign_files import HTML, Foreign, offsets_of, write_foreign
from tests.crawler.test_extracting import MORE_PARAGRAPHS, MORNING, PARAGRAPHS, URL, Desk, make_page

EARLIER = "2026-01-10T06:30:00Z"
PAGE = make_page("Rassemblement jeudi à Montreval", PARAGRAPHS)
OTHER_PAGE = make_page("Les vestiaires inondés de la gare", MORE_PARAGRAPHS + PARAGRAPHS[:1])
SECOND = "https://courrier.test/actualites/vestiaires-4212"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = Desk(tmp_path / "data")
    yield opened
    opened.archive.close()
    opened.catalogue.close()


def take_in(desk: Desk, *files: Path, settings: Settings | None = None) -> Imported:
    scopes = Scopes(desk.sources.values())
    stage = Importing(desk.catalogue, desk.archive, settings or Settings(), scopes, lambda: desk.now)
    return stage.run(files)


def all_captures(desk: Desk) -> list[Capture]:
    with desk.catalogue.read() as transaction:
        return captures.list_captures(transaction, after=0, limit=1000)


def note_sight(desk: Desk, closed: Outcome | None) -> None:
    """The page's address was named by its source's feed, and ended so."""
    sight = Sight(Entry(URL, "feed"), canonical_form(URL), "courrier.test", "montreval", "live", closed=closed)
    with desk.catalogue.write() as transaction:
        candidates.record_sight(transaction, sight, MORNING)


def counts_of(done: Imported) -> dict[str, int]:
    """Without the warcinfo record with which every file begins."""
    left = dict(done.counts)
    left["other_record"] -= 1
    return {name: count for name, count in left.items() if count}


def test_a_page_in_scope_becomes_a_capture_and_a_document_of_its_own_time(desk: Desk, tmp_path: Path) -> None:
    path = write_foreign(tmp_path / "ailleurs.warc.gz", [Foreign(URL, EARLIER, PAGE)])

    done = take_in(desk, path)

    assert counts_of(done) == {"imported": 1}
    (capture,) = all_captures(desk)
    at = datetime(2026, 1, 10, 6, 30, tzinfo=UTC)
    assert (capture.fetched_at, capture.via, capture.purpose, capture.source) == (at, "import", "page", "montreval")
    assert capture.payload_sha256 == hashlib.sha256(PAGE).hexdigest()
    with desk.catalogue.read() as transaction:
        candidate = candidates.find_candidate(transaction, canonical_form(URL))
        assert candidate is not None
        assert (candidate.outcome, candidate.via, candidate.first_seen_at) == ("fetched", "import", at)
        assert candidates.list_sighting_sources(transaction, candidate.id) == ["montreval"]
    assert desk.extract() == {"new_document": 1}
    assert desk.document(URL).first_seen_at == at
    assert verify(desk.catalogue).damages == ()


def test_the_record_is_copied_byte_for_byte_beside_its_origin(desk: Desk, tmp_path: Path) -> None:
    packed = write_foreign(tmp_path / "ailleurs.warc.gz", [Foreign(URL, EARLIER, PAGE)])
    plain = write_foreign(tmp_path / "nu.warc", [Foreign(SECOND, EARLIER, OTHER_PAGE)], packed=False)

    take_in(desk, packed, plain)

    place = offsets_of(packed)[1]
    theirs = packed.read_bytes()[place:]
    first, second = all_captures(desk)
    ours = next((desk.catalogue.folder / WARC_FOLDER).iterdir())
    members = dict(read_members(ours))
    assert members[first.place.offset] == theirs
    assert gzip.decompress(members[second.place.offset]) in plain.read_bytes() + b"\r\n\r\n"
    about = gzip.decompress(members[first.place.offset + first.place.length]).decode()
    record_id = gzip.decompress(theirs).decode().partition("WARC-Record-ID: ")[2].partition("\r\n")[0]
    for said in (
        "WARC-Type: metadata", f"WARC-Refers-To: {record_id}", "importedFrom: ailleurs.warc.gz",
        f"importedOffset: {place}", f"importedDigest: sha256:{hashlib.sha256(theirs).hexdigest()}",
    ):  # fmt: skip
        assert said in about
    assert str(tmp_path) not in about, "the folders of a machine are nobody's business"


def test_an_import_that_is_run_again_takes_nothing_twice(desk: Desk, tmp_path: Path) -> None:
    pages = [Foreign(URL, EARLIER, PAGE), Foreign(SECOND, EARLIER, OTHER_PAGE), Foreign(URL, EARLIER, PAGE)]
    path = write_foreign(tmp_path / "ailleurs.warc.gz", pages)
    unpacked = write_foreign(tmp_path / "nu.warc", pages[:2], packed=False)

    first, second = take_in(desk, path), take_in(desk, path, unpacked)

    assert counts_of(first) == {"imported": 2, "known": 1}
    assert second.counts["imported"] == 0
    assert second.counts["known"] == 5
    assert len(all_captures(desk)) == 2
    desk.extract()
    assert [kind for kind, _, _ in desk.log()] == ["new", "new"]
    take_in(desk, path)
    assert desk.extract() == {}


def test_an_older_state_of_a_live_document_is_found_not_edited(desk: Desk, tmp_path: Path) -> None:
    note_sight(desk, Outcome.fetched)
    desk.capture(URL, make_page("Rassemblement samedi à Montreval", PARAGRAPHS + MORE_PARAGRAPHS[:1]), MORNING)
    desk.extract()
    before = desk.document(URL)

    take_in(desk, write_foreign(tmp_path / "ailleurs.warc.gz", [Foreign(URL, EARLIER, PAGE)]))

    assert desk.extract() == {"new_version": 1}
    after = desk.document(URL)
    assert (after.id, after.current_version, after.first_seen_at) == (before.id, 1, before.first_seen_at)
    assert [(kind, version) for kind, _, version in desk.log()] == [("new", 1), ("older_found", 2)]


ANSWERS = {
    "redirected": Foreign(URL, EARLIER, b"", "301 Moved Permanently", [("Location", SECOND)]),
    "gone": Foreign(URL, EARLIER, b"<p>Page introuvable</p>", "404 Not Found"),
    "refused": Foreign(URL, EARLIER, b"<p>Interdit</p>", "403 Forbidden"),
    "throttled": Foreign(URL, EARLIER, b"", "503 Service Unavailable"),
    "server_error": Foreign(URL, EARLIER, b"<p>Panne</p>", "500 Internal Server Error"),
    "odd_status": Foreign(URL, EARLIER, b"", "200 OK"),
    "not_html": Foreign(URL, EARLIER, b"\x89PNG\r\n\x1a\n" + bytes(40), headers=[HTML]),
    "too_large": Foreign(URL, EARLIER, b"<!doctype html><p>" + b"a" * (3 << 20)),
    "out_of_scope": Foreign("https://ailleurs.test/page", EARLIER, PAGE),
    "excluded": Foreign("https://courrier.test/annonces/3", EARLIER, PAGE),
    "bad_url": Foreign("https://[courrier/page", EARLIER, PAGE),
    "not_a_document": Foreign("https://courrier.test/robots.txt", EARLIER, b"User-agent: *\n", headers=[HTML]),
    "unchanged": Foreign(
        URL, EARLIER, b"", "304 Not Modified", kind="revisit",
        warc=[("WARC-Profile", "http://netpreserve.org/warc/1.1/revisit/server-not-modified")],
    ),
    "unmatched_revisit": Foreign(
        URL, EARLIER, b"", kind="revisit",
        warc=[("WARC-Profile", "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"),
              ("WARC-Payload-Digest", "sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")],
    ),
    "other_record": Foreign(URL, EARLIER, b"", kind="request"),
    "damaged_record": Foreign(URL, EARLIER, PAGE, warc=[("WARC-Payload-Digest", "sha1:" + "A" * 32)]),
}  # fmt: skip


@pytest.mark.parametrize("outcome", sorted(ANSWERS))
def test_what_is_no_page_to_take_is_counted_by_name(desk: Desk, tmp_path: Path, outcome: str) -> None:
    desk.sources["montreval"] = desk.sources["montreval"].model_copy(update={"exclude": ("/annonces/",)})
    path = write_foreign(tmp_path / "ailleurs.warc.gz", [ANSWERS[outcome], Foreign(SECOND, EARLIER, OTHER_PAGE)])

    done = take_in(desk, path, settings=Settings(limits=Limits(body_bytes=1 << 20)))

    assert counts_of(done) == {outcome: 1, "imported": 1}
    assert [capture.url for capture in all_captures(desk)] == [SECOND]
    where = offsets_of(path)[1]
    expected = [(str(path), where, "the payload digest differs from the one recorded")]
    assert [(one.file, one.offset, one.what) for one in done.damages] == (
        expected if outcome == "damaged_record" else []
    )


def crawl_like(body: bytes, headers: Sequence[tuple[str, str]]) -> Foreign:
    return Foreign(URL, EARLIER, body, headers=[HTML, *headers])


def chunked(body: bytes) -> bytes:
    pieces = [body[place : place + 700] for place in range(0, len(body), 700)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize(
    "record",
    [
        crawl_like(PAGE, []),
        crawl_like(PAGE, [("X-Crawl-Content-Encoding", "gzip"), ("X-Crawl-Transfer-Encoding", "chunked")]),
        crawl_like(PAGE, [("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")]),  # said, but undone
        crawl_like(PAGE, [("Content-Encoding", "br")]),
        crawl_like(gzip.compress(PAGE), [("Content-Encoding", "gzip")]),
        crawl_like(chunked(PAGE), [("Transfer-Encoding", "chunked")]),
        crawl_like(chunked(gzip.compress(PAGE)), [("Transfer-Encoding", "Chunked"), ("Content-Encoding", "gzip")]),
    ],
)
def test_payloads_are_read_in_every_coding_in_which_archives_keep_them(
    desk: Desk, tmp_path: Path, record: Foreign
) -> None:
    done = take_in(desk, write_foreign(tmp_path / "ailleurs.warc.gz", [record]))

    assert counts_of(done) == {"imported": 1}
    (capture,) = all_captures(desk)
    assert capture.body_sha256 == hashlib.sha256(PAGE).hexdigest()
    assert desk.extract() == {"new_document": 1}
    assert verify(desk.catalogue).damages == ()


def test_a_digest_taken_without_the_chunks_agrees_too(desk: Desk, tmp_path: Path) -> None:
    stated = ("WARC-Payload-Digest", f"sha256:{hashlib.sha256(PAGE).hexdigest()}")
    record = Foreign(URL, EARLIER, chunked(PAGE), headers=[HTML, ("Transfer-Encoding", "chunked")], warc=[stated])

    assert counts_of(take_in(desk, write_foreign(tmp_path / "ailleurs.warc.gz", [record]))) == {"imported": 1}
    assert desk.extract() == {"new_document": 1}


@pytest.mark.parametrize("cut", ["length", "time"])
def test_a_page_that_its_archive_cut_is_not_taken_for_the_whole(desk: Desk, tmp_path: Path, cut: str) -> None:
    record = Foreign(URL, EARLIER, PAGE[:900], warc=[("WARC-Truncated", cut)])

    assert counts_of(take_in(desk, write_foreign(tmp_path / "ailleurs.warc.gz", [record]))) == {"imported": 1}

    assert all_captures(desk)[0].truncated == cut
    assert desk.extract() == {"truncated_body": 1}


def test_a_pdf_is_known_by_its_content(desk: Desk, tmp_path: Path) -> None:
    record = Foreign("https://courrier.test/tracts/mars.pdf", EARLIER, PDF, headers=[("Content-Type", "text/html")])
    assert counts_of(take_in(desk, write_foreign(tmp_path / "ailleurs.warc.gz", [record]))) == {"imported": 1}


def revisit(at: str, digest: str, *refers: tuple[str, str]) -> Foreign:
    profile = ("WARC-Profile", "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest")
    return Foreign(URL, at, kind="revisit", warc=[profile, ("WARC-Payload-Digest", digest), *refers])


def test_a_revisit_is_taken_where_its_first_copy_is(desk: Desk, tmp_path: Path) -> None:
    digest = f"sha256:{hashlib.sha256(PAGE).hexdigest()}"
    original = Foreign(URL, EARLIER, PAGE, warc=[("WARC-Payload-Digest", digest)])
    by_address = (("WARC-Refers-To-Target-URI", URL), ("WARC-Refers-To-Date", EARLIER))
    path = write_foreign(tmp_path / "un.warc.gz", [original, revisit("2026-01-11T06:30:00Z", digest)])
    later = write_foreign(tmp_path / "deux.warc.gz", [revisit("2026-01-12T06:30:00Z", digest, *by_address)])

    first, second = take_in(desk, path), take_in(desk, later)

    assert counts_of(first) == {"imported": 2}
    assert counts_of(second) == {"imported": 1}
    rows = all_captures(desk)
    assert [row.revisit_of for row in rows] == [None, 1, 1]
    assert desk.extract() == {"new_document": 1, "same_text": 2}
    assert verify(desk.catalogue).damages == ()
    assert take_in(desk, path, later).counts["known"] == 3


def test_damage_anywhere_costs_only_its_record(desk: Desk, tmp_path: Path) -> None:
    pages = [
        Foreign(f"https://courrier.test/actualites/{n}", EARLIER, make_page(f"Numéro {n}", PARAGRAPHS))
        for n in range(9)
    ]
    path = write_foreign(tmp_path / "abime.warc.gz", pages)
    raw = bytearray(path.read_bytes())
    places = offsets_of(path)
    raw[places[3] + 300] ^= 0xFF
    path.write_bytes(raw[: places[9] + 60])

    done = take_in(desk, path)

    assert counts_of(done) == {"imported": 7, "damaged_record": 2}
    assert [one.offset for one in done.damages] == [places[3], places[9]]


def test_a_file_that_is_none_is_refused_and_the_others_are_taken(desk: Desk, tmp_path: Path) -> None:
    plain = write_foreign(tmp_path / "nu.warc", [Foreign(URL, EARLIER, PAGE)], packed=False)
    whole = tmp_path / "bloc.warc.gz"
    whole.write_bytes(gzip.compress(plain.read_bytes()))
    empty = tmp_path / "vide.warc.gz"
    empty.touch()
    good = write_foreign(tmp_path / "bon.warc.gz", [Foreign(SECOND, EARLIER, OTHER_PAGE)])

    done = take_in(desk, whole, empty, good)

    assert counts_of(done) == {"imported": 1}
    assert [(one.file, one.what.partition(",")[0]) for one in done.refused] == [
        (str(whole), "several records are packed in one gzip member"), (str(empty), "the file is empty.")
    ]  # fmt: skip


@pytest.mark.parametrize("date", ["1970-01-01T00:00:00Z", "2031-01-01T00:00:00Z", "hier"])
def test_a_date_that_cannot_be_is_damage(desk: Desk, tmp_path: Path, date: str) -> None:
    done = take_in(desk, write_foreign(tmp_path / "ailleurs.warc.gz", [Foreign(URL, date, PAGE)]))
    assert counts_of(done) == {"damaged_record": 1}
    assert "WARC-Date" in done.damages[0].what


def test_a_source_that_is_off_still_owns_its_pages(desk: Desk, tmp_path: Path) -> None:
    off: Source = desk.sources["montreval"].model_copy(update={"enabled": False})
    desk.sources["montreval"] = off
    assert counts_of(take_in(desk, write_foreign(tmp_path / "a.warc.gz", [Foreign(URL, EARLIER, PAGE)]))) == {
        "imported": 1
    }


def test_reservations_of_mining_are_kept_with_the_capture_and_respected_where_set(desk: Desk, tmp_path: Path) -> None:
    record = crawl_like(PAGE, [("TDM-Reservation", "1")])
    path = write_foreign(tmp_path / "ailleurs.warc.gz", [record])

    respecting = Settings(politeness=Politeness(respect_tdm_opt_out=True))
    assert counts_of(take_in(desk, path, settings=respecting)) == {"opted_out": 1}
    assert counts_of(take_in(desk, path)) == {"imported": 1}
    with closing(sqlite3.connect(desk.catalogue.folder / "catalogue.sqlite")) as database:
        rows = database.execute("SELECT tdm_reserved, tdm_stated_in FROM capture").fetchall()
    assert rows == [(1, "header tdm-reservation")]


@pytest.mark.parametrize(("closed", "left"), [(None, None), (Outcome.too_old, "fetched"), (Outcome.gone, "gone")])
def test_a_known_address_is_fetched_all_the_same_unless_it_was_closed_as_too_old(
    desk: Desk, tmp_path: Path, closed: Outcome | None, left: str | None
) -> None:
    note_sight(desk, closed)

    take_in(desk, write_foreign(tmp_path / "ailleurs.warc.gz", [Foreign(URL, EARLIER, PAGE)]))

    with desk.catalogue.read() as transaction:
        candidate = candidates.find_candidate(transaction, canonical_form(URL))
    assert candidate is not None
    assert (candidate.outcome, candidate.reopened) == (left, 0)


def test_a_withdrawn_document_stays_away(desk: Desk, tmp_path: Path) -> None:
    desk.capture(URL, make_page("Rassemblement samedi à Montreval", MORE_PARAGRAPHS), MORNING)
    desk.extract()
    with desk.catalogue.write() as transaction:
        documents.withdraw(transaction, desk.document(URL).id, MORNING)

    take_in(desk, write_foreign(tmp_path / "ailleurs.warc.gz", [Foreign(URL, EARLIER, PAGE)]))

    assert desk.extract() == {"kept_withdrawn": 1}
    assert desk.document(URL).state == "withdrawn"


def test_writing_goes_in_slices_and_the_position_is_reported(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [
        Foreign(f"https://courrier.test/actualites/{n}", EARLIER, b"<!doctype html><p>Page %d" % n)
        for n in range(2 * SLICE_RECORDS + 5)
    ]
    path = write_foreign(tmp_path / "ailleurs.warc.gz", pages)
    monkeypatch.setattr("crawler.importing.REPORTED_BYTES", 1000)
    told: list[tuple[int, int, int]] = []
    stage = Importing(
        desk.catalogue, desk.archive, Settings(), Scopes(desk.sources.values()), lambda: desk.now,
        report=lambda done, of: told.append((done, of, len(all_captures(desk)))),
    )  # fmt: skip

    stage.run([path])

    size = path.stat().st_size
    assert told[-1] == (size, size, len(pages))
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert {taken for _, _, taken in told} == {0, SLICE_RECORDS, 2 * SLICE_RECORDS, len(pages)}


def test_a_stop_keeps_what_was_read_and_the_next_run_takes_the_rest(desk: Desk, tmp_path: Path) -> None:
    pages = [Foreign(f"https://courrier.test/actualites/{n}", EARLIER, PAGE) for n in range(10)]
    path = write_foreign(tmp_path / "ailleurs.warc.gz", pages)
    asked = iter([False] * 6 + [True] * 9)
    scopes = Scopes(desk.sources.values())

    stopped = Importing(
        desk.catalogue, desk.archive, Settings(), scopes, lambda: desk.now, stop=lambda: next(asked)
    ).run([path])

    assert stopped.counts["imported"] == 5
    assert take_in(desk, path).counts == {"other_record": 1, "known": 5, "imported": 5}
