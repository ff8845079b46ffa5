"""From captures to documents and versions: the extraction stage on a real archive, without the network."""

import hashlib
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, captures, changes, create_catalogue, documents, entries, withdrawals
from archive.catalogue.captures import NewCapture
from archive.catalogue.documents import Document
from archive.catalogue.sources import Facts, register_source
from archive.catalogue.withdrawals import Withdrawal
from archive.outcomes import Outcome
from archive.records import StoredResponse
from archive.store import Archive
from config.models import Settings
from config.source import Source
from crawler.extracting import Extracting
from crawler.urls import canonical_form

MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PARAGRAPHS = [
    "Le syndicat des gardiens de la paix de Montreval appelle à un rassemblement jeudi devant le commissariat central.",
    "Selon sa secrétaire départementale, les effectifs de nuit ont perdu onze fonctionnaires en deux ans, sans relève.",
    "La préfecture de la Sarvène répond que vingt élèves gardiens de la paix rejoindront la ville avant l’été.",
    "Une délégation sera reçue vendredi matin, a confirmé le cabinet du préfet, sans préciser l’heure de l’audience.",
]
MORE_PARAGRAPHS = [
    "Les vestiaires du poste de la gare, inondés en janvier, n’ont toujours pas rouvert, rappelle aussi le tract.",
    "L’intersyndicale, qui réunit trois organisations, demande un calendrier écrit avant la fin du mois de mars.",
    "Une marche silencieuse est annoncée dans six villes du département si la rencontre ne débouche sur rien.",
]


def make_page(title: str, paragraphs: list[str], head: str = "") -> bytes:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta property="og:type" content="article"><meta property="og:title" content="{title}">'
        f'<meta property="article:published_time" content="2026-03-02T08:00:00+01:00">{head}</head>'
        f"<body><main><article><h1>{title}</h1>{body}</article></main></body></html>"
    ).encode()


class Desk:
    """A data folder, into which pages are put as if they had been fetched."""

    def __init__(self, folder: Path) -> None:
        self.catalogue: Catalogue = create_catalogue(folder)
        self.now = MORNING
        self.archive = Archive(self.catalogue, operator=None, clock=lambda: self.now)
        self.sources = {
            "montreval": Source(
                id="montreval", name="Le Courrier de Montreval", kind="local_press",
                homepage="https://courrier.test", feeds=("https://courrier.test/feed",),
            )
        }  # fmt: skip
        facts = Facts("montreval", "digest", "Le Courrier de Montreval", "local_press", (), ())
        with self.catalogue.write() as transaction:
            register_source(transaction, facts, [], first_visit_at=MORNING, interval_seconds=900)
        self._ids = itertools.count(1)

    def capture(self, url: str, body: bytes, at: datetime, *, hops: tuple[str, ...] = (), via: str = "live") -> int:
        response = StoredResponse(url, at, 200, "OK", (("Content-Type", "text/html; charset=utf-8"),), body)
        written = self.archive.write(response)
        new = NewCapture(
            url=url, canonical=canonical_form(url), purpose="page", source="montreval", via=via,  # type: ignore[arg-type]
            fetched_at=at, status=200, place=written.place, payload_sha256=written.payload_sha256, hops=hops,
            payload_bytes=len(body), body_sha256=hashlib.sha256(body).hexdigest(),
            content_type="text/html; charset=utf-8", revisit_of=written.revisit_of.id if written.revisit_of else None,
        )  # fmt: skip
        with self.catalogue.write() as transaction:
            return captures.add_capture(transaction, new)

    def make_stage(self, settings: Settings, *, again: bool = False) -> Extracting:
        return Extracting(
            self.catalogue, settings, self.sources, lambda: self.now, lambda: f"d{next(self._ids)}", again=again
        )

    def extract(self, *, again: bool = False) -> dict[str, int]:
        return dict(self.make_stage(Settings(), again=again).run())

    def document(self, url: str) -> Document:
        with self.catalogue.read() as transaction:
            found = documents.find_by_canonical(transaction, canonical_form(url))
        assert found is not None, f"no document under {url}"
        return found

    def log(self) -> list[tuple[str, str, int | None]]:
        with self.catalogue.read() as transaction:
            return [
                (line.kind, line.document, line.version)
                for line in changes.read_changes(transaction, after=0, limit=100)
            ]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = Desk(tmp_path)
    yield opened
    opened.archive.close()
    opened.catalogue.close()


URL = "https://courrier.test/actualites/rassemblement-jeudi-4211"


def test_a_page_becomes_a_document_with_one_version(desk: Desk) -> None:
    desk.capture(URL, make_page("Rassemblement jeudi à Montreval", PARAGRAPHS), MORNING)

    counts = desk.extract()

    assert counts == {"new_document": 1}
    found = desk.document(URL + "?utm_source=lettre")
    assert (found.source, found.state, found.current_version) == ("montreval", "live", 1)
    assert found.next_check_at == MORNING + timedelta(hours=1)
    assert desk.log() == [("new", found.id, 1)]
    assert desk.extract() == {}, "a second run must find nothing to do"


@pytest.mark.parametrize("switched_on", [True, False])
def test_each_job_says_whether_the_extraction_is_accelerated(desk: Desk, switched_on: bool) -> None:
    desk.capture(URL, make_page("Rassemblement jeudi à Montreval", PARAGRAPHS), MORNING)

    jobs = list(desk.make_stage(Settings(accelerated_extraction=switched_on)).list_jobs())

    assert [job.accelerated for job in jobs] == [switched_on]


def test_an_edit_makes_a_second_version_and_an_equal_text_does_not(desk: Desk) -> None:
    desk.capture(URL, make_page("Rassemblement jeudi à Montreval", PARAGRAPHS), MORNING)
    desk.extract()
    edited = [PARAGRAPHS[0].replace("jeudi", "samedi"), *PARAGRAPHS[1:]]
    desk.capture(URL, make_page("Rassemblement samedi à Montreval", edited), MORNING + timedelta(hours=1))
    desk.capture(URL + "?again", make_page("Rassemblement samedi à Montreval", edited), MORNING + timedelta(hours=6))
    desk.extract()

    found = desk.document(URL)
    assert found.current_version == 2
    assert [kind for kind, document, _ in desk.log() if document == found.id] == ["new", "edited"]
    with desk.catalogue.read() as transaction:
        rows = entries.read_entries(transaction, [found.id])
    assert [(row.number, row.current, row.edited) for row in rows] == [(1, False, True), (2, True, True)]


def test_an_older_capture_takes_its_place_in_time_and_is_never_current(desk: Desk) -> None:
    desk.capture(URL, make_page("Rassemblement jeudi à Montreval", PARAGRAPHS), MORNING)
    desk.extract()
    draft = make_page("Un rassemblement se prépare à Montreval", [*PARAGRAPHS[:3], "La date reste à fixer, dit-on."])
    desk.capture(URL, draft, MORNING - timedelta(days=1), via="import")
    desk.extract()

    found = desk.document(URL)
    assert found.current_version == 1
    assert found.first_seen_at == MORNING
    assert [kind for kind, _, _ in desk.log()] == ["new", "older_found"]
    with desk.catalogue.read() as transaction:
        assert [version.number for version in documents.list_versions(transaction, found.id)] == [2, 1]


def test_a_print_view_with_a_canonical_link_is_the_same_document(desk: Desk) -> None:
    desk.capture(URL, make_page("Rassemblement jeudi à Montreval", PARAGRAPHS), MORNING)
    desk.extract()
    head = f'<link rel="canonical" href="{URL}">'
    other = "https://courrier.test/version/4211-rassemblement-jeudi"
    desk.capture(other, make_page("Rassemblement jeudi à Montreval", PARAGRAPHS, head), MORNING + timedelta(hours=1))

    assert desk.extract() == {"same_text": 1}
    assert desk.document(other).id == desk.document(URL).id


def test_a_canonical_link_to_another_text_is_ignored(desk: Desk) -> None:
    desk.capture(URL, make_page("Rassemblement jeudi à Montreval", PARAGRAPHS), MORNING)
    desk.extract()
    head = f'<link rel="canonical" href="{URL}">'
    text = [
        "Le marché aux fleurs de Saint-Aubrac rouvre dimanche après trois semaines de travaux sur la place du Beffroi.",
        "Quarante exposants sont attendus, dont la moitié viennent pour la première fois, selon la mairie annexe.",
        "Les bus de la ligne trois seront détournés par la rue des Tanneurs entre six heures et quinze heures.",
    ]
    other = "https://courrier.test/actualites/marche-aux-fleurs-4300"
    desk.capture(other, make_page("Le marché aux fleurs rouvre", text, head), MORNING + timedelta(hours=1))
    desk.extract()

    assert desk.document(other).id != desk.document(URL).id


def test_a_text_that_shrank_is_suspect_and_no_edit(desk: Desk) -> None:
    desk.capture(URL, make_page("Rassemblement jeudi à Montreval", PARAGRAPHS + MORE_PARAGRAPHS), MORNING)
    desk.extract()
    desk.capture(URL, make_page("Rassemblement jeudi à Montreval", [PARAGRAPHS[0]]), MORNING + timedelta(hours=1))
    counts = desk.extract()

    found = desk.document(URL)
    assert found.current_version == 1
    assert found.suspect_since is not None, f"expected the document to be flagged, the stage said {counts}"


def test_the_same_bytes_at_another_address_are_a_revisit_and_another_document(desk: Desk) -> None:
    page = make_page("Rassemblement jeudi à Montreval", PARAGRAPHS)
    desk.capture(URL, page, MORNING)
    desk.extract()
    other = "https://courrier.test/actualites/copie-4212"
    number = desk.capture(other, page, MORNING + timedelta(minutes=5))
    desk.extract()

    assert desk.document(other).id != desk.document(URL).id
    with desk.catalogue.read() as transaction:
        stored = captures.read_capture(transaction, number)
    assert stored is not None
    assert stored.revisit_of is not None


def test_two_documents_found_to_be_one_are_merged_into_the_first(desk: Desk) -> None:
    old, moved = URL, "https://courrier.test/2026/03/rassemblement-jeudi"
    desk.capture(old, make_page("Rassemblement jeudi à Montreval", PARAGRAPHS), MORNING)
    desk.capture(moved, make_page("Rassemblement jeudi", PARAGRAPHS), MORNING + timedelta(minutes=5))
    desk.extract()
    first, second = desk.document(old), desk.document(moved)
    assert first.id != second.id

    later = MORNING + timedelta(hours=1)
    desk.capture(moved, make_page("Rassemblement jeudi", PARAGRAPHS), later, hops=(old,))
    desk.extract()

    assert desk.document(moved).id == desk.document(old).id == first.id
    with desk.catalogue.read() as transaction:
        loser = documents.read_document(transaction, second.id)
        rows = entries.read_entries(transaction, [first.id, second.id])
        assert entries.read_entries_by_id(transaction, [(second.id, 1)]) == [], "an index behind may still name it"
    assert loser is not None
    assert (loser.state, loser.merged_into) == ("merged", first.id)
    assert {row.document for row in rows} == {first.id}, "the loser leaves the index"
    assert [(row.number, row.title, row.current) for row in rows] == [
        (1, "Rassemblement jeudi à Montreval", False),
        (2, "Rassemblement jeudi", True),
    ]
    assert [kind for kind, _, _ in desk.log()] == ["new", "new", "merged", "edited"]


def test_a_redirect_to_another_article_flags_the_old_document(desk: Desk) -> None:
    desk.capture(URL, make_page("Rassemblement jeudi à Montreval", PARAGRAPHS), MORNING)
    desk.extract()
    other = "https://courrier.test/actualites/la-une-du-jour-5000"
    desk.capture(
        other, make_page("Les vestiaires rouvrent", MORE_PARAGRAPHS), MORNING + timedelta(hours=1), hops=(URL,)
    )
    desk.extract()

    assert desk.document(URL).suspect_since is not None
    assert desk.document(URL).id != desk.document(other).id


def test_counters_and_relative_times_are_no_edit(desk: Desk) -> None:
    for hours in (2, 5):
        page = make_page("Rassemblement jeudi", [*PARAGRAPHS, f"Publié il y a {hours} heures par la rédaction locale."])
        desk.capture(URL, page, MORNING + timedelta(hours=hours))
    assert desk.extract() == {"new_document": 1, "same_text": 1}


def test_a_withdrawn_document_gets_no_further_version(desk: Desk) -> None:
    desk.capture(URL, make_page("Rassemblement jeudi à Montreval", PARAGRAPHS), MORNING)
    desk.extract()
    with desk.catalogue.write() as transaction:
        found = documents.find_by_canonical(transaction, canonical_form(URL))
        assert found is not None
        documents.withdraw(transaction, found.id, MORNING)
    desk.capture(URL, make_page("Rassemblement reporté", PARAGRAPHS), MORNING + timedelta(hours=1))

    assert desk.extract() == {"kept_withdrawn": 1}
    with desk.catalogue.read() as transaction:
        assert entries.read_entries(transaction, [found.id]) == []
        assert entries.read_entries_by_id(transaction, [(found.id, 1)]) == [], "an index behind may still name it"


def test_a_withdrawn_address_that_the_catalogue_never_had_is_hidden_from_its_first_capture(desk: Desk) -> None:
    known = Withdrawal("w", MORNING, "décision", None, "montreval", URL, MORNING, ("x",), (canonical_form(URL),))
    with desk.catalogue.write() as transaction:
        assert withdrawals.apply(transaction, known, MORNING) == []
    desk.capture(URL, make_page("Rassemblement jeudi à Montreval", PARAGRAPHS), MORNING)

    assert desk.extract() == {"kept_withdrawn": 1}
    assert desk.document(URL).state == "withdrawn"
    with desk.catalogue.read() as transaction:
        assert entries.read_entries(transaction, [desk.document(URL).id]) == []
        assert withdrawals.find_withdrawal(transaction, desk.document(URL)) == known


def test_a_page_without_text_is_rejected_by_name(desk: Desk) -> None:
    desk.capture(URL, b"<!doctype html><html><head><title>Vide</title></head><body></body></html>", MORNING)

    assert desk.extract() == {Outcome.no_text.name: 1}
    assert desk.extract() == {}


def test_two_answers_a_day_apart_remove_a_document_and_a_body_restores_it(desk: Desk) -> None:
    desk.capture(URL, make_page("Rassemblement jeudi à Montreval", PARAGRAPHS), MORNING)
    desk.extract()
    for hours in (1, 2, 26):
        with desk.catalogue.write() as transaction:
            found = documents.find_by_canonical(transaction, canonical_form(URL))
            assert found is not None
            documents.mark_gone(transaction, found, MORNING + timedelta(hours=hours), confirm_after_seconds=86400)
    assert desk.document(URL).state == "removed"

    desk.now = MORNING + timedelta(days=3)
    desk.capture(URL, make_page("Rassemblement jeudi à Montreval", PARAGRAPHS), desk.now)
    desk.extract()
    assert desk.document(URL).state == "live"
    assert [kind for kind, _, _ in desk.log()] == ["new", "removed", "restored"]


def test_extracting_again_renews_what_a_version_says_without_an_edit(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.capture(URL, make_page("Rassemblement jeudi à Montreval", PARAGRAPHS), MORNING)
    desk.extract()
    raise_extractor_version(monkeypatch, 2)

    assert desk.extract() == {}, "without `again` nothing is due"
    assert desk.extract(again=True) == {"same_text": 1}
    assert [kind for kind, _, _ in desk.log()] == ["new", "re_extracted"]
    assert desk.extract(again=True) == {}


def test_a_neighbour_of_an_older_extractor_is_read_again_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.capture(URL, make_page("Rassemblement jeudi à Montreval", PARAGRAPHS), MORNING)
    desk.extract()
    raise_extractor_version(monkeypatch, 2)
    desk.capture(URL, make_page("Rassemblement jeudi à Montreval", PARAGRAPHS), MORNING + timedelta(hours=1))
    desk.extract()

    assert [kind for kind, _, _ in desk.log()] == ["new", "re_extracted"], "the same page must not look edited"


def test_a_backlog_read_newest_first_ends_with_the_latest_text(desk: Desk) -> None:
    before = make_page("Rassemblement jeudi à Montreval", PARAGRAPHS)
    between = make_page("Rassemblement samedi à Montreval", [*PARAGRAPHS, MORE_PARAGRAPHS[0]])
    desk.capture(URL, before, MORNING)
    desk.extract()
    # given an edit that was taken back, both waiting
    desk.capture(URL, between, MORNING + timedelta(hours=1))
    desk.capture(URL, before + b"<!-- six heures -->", MORNING + timedelta(hours=6))
    desk.extract()

    found = desk.document(URL)
    with desk.catalogue.read() as transaction:
        rows = entries.read_entries(transaction, [found.id])
    shown = [(row.title, row.current) for row in rows]
    assert shown == [("Rassemblement jeudi à Montreval", True), ("Rassemblement samedi à Montreval", False)]
    assert [kind for kind, _, _ in desk.log()] == ["new", "older_found"]

    desk.capture(URL, before + b"<!-- le lendemain -->", MORNING + timedelta(hours=30))
    assert desk.extract() == {"same_text": 1}, "the capture before it in time says the same: that is no edit"


def test_an_older_capture_that_failed_flags_nothing_that_was_read_since(desk: Desk) -> None:
    desk.capture(URL, make_page("Rassemblement jeudi à Montreval", PARAGRAPHS + MORE_PARAGRAPHS), MORNING)
    desk.extract()
    desk.capture(URL, make_page("Rassemblement jeudi à Montreval", [PARAGRAPHS[0]]), MORNING + timedelta(hours=1))
    desk.capture(URL, b"<!doctype html><html><head></head><body></body></html>", MORNING + timedelta(hours=2))
    page = make_page("Rassemblement jeudi à Montreval", PARAGRAPHS + MORE_PARAGRAPHS, "<!-- plus tard -->")
    desk.capture(URL, page, MORNING + timedelta(hours=6))

    assert desk.extract() == {"same_text": 1, "suspect": 1, "no_text": 1}
    found = desk.document(URL)
    assert (found.suspect_since, found.current_version) == (None, 1)
    assert [kind for kind, _, _ in desk.log()] == ["new"]


def test_an_older_capture_does_not_bring_back_what_is_gone(desk: Desk) -> None:
    desk.capture(URL, make_page("Rassemblement jeudi à Montreval", PARAGRAPHS), MORNING)
    desk.extract()
    for hours in (1, 26):
        with desk.catalogue.write() as transaction:
            found = documents.find_by_canonical(transaction, canonical_form(URL))
            assert found is not None
            documents.mark_gone(transaction, found, MORNING + timedelta(hours=hours), confirm_after_seconds=86400)
    desk.now = MORNING + timedelta(days=3)
    draft = make_page("Un rassemblement se prépare à Montreval", [*PARAGRAPHS[:3], "La date reste à fixer, dit-on."])
    desk.capture(URL, draft, MORNING - timedelta(days=1), via="import")
    desk.extract()

    assert desk.document(URL).state == "removed"
    assert [kind for kind, _, _ in desk.log()] == ["new", "removed", "older_found"]


def test_an_upgrade_that_reads_nothing_keeps_version_and_document_as_they_are(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = desk.capture(URL, make_page("Rassemblement jeudi à Montreval", PARAGRAPHS), MORNING)
    desk.extract()
    raise_extractor_version(monkeypatch, 2, task="reject_capture")

    assert desk.extract(again=True) == {"no_text": 1}
    with desk.catalogue.read() as transaction:
        read_again = captures.read_capture(transaction, number)
    assert read_again is not None
    assert (read_again.document, read_again.version, read_again.extracted_by) == (desk.document(URL).id, 1, 2)
    assert desk.document(URL).suspect_since is None, "the page is as it was; only the extractor is another"


def raise_extractor_version(monkeypatch: pytest.MonkeyPatch, version: int, task: str = "extract_capture") -> None:
    """As after an upgrade, in this process and in the workers (which import `tests.crawler.upgraded`)."""
    monkeypatch.setattr("crawler.extracting.EXTRACTOR_VERSION", version)
    monkeypatch.setattr("crawler.extracting.TASK", f"tests.crawler.upgraded:{task}")
