"""Commands that only read, on an archive that has seen the first day of the site."""

import contextlib
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest

from archive.catalogue import documents, open_catalogue
from tests.site.server import Site
from tests.vigie.program import Program

pytestmark = pytest.mark.slow

REFUSAL = "/faits-divers/refus-d-obtemperer-a-roquefeuil-le-conducteur-juge-en-janvier-20377.html"


def test_a_hit_has_every_field_that_programs_are_promised(taken_in: Program) -> None:
    answer = taken_in.must("search", "obtempérer", "--json").json

    (hit,) = answer["hits"]
    promised = {
        "id", "document", "version", "seq", "current", "state", "edited", "title", "lead", "authors", "source",
        "sources", "source_name", "kind", "regions", "departements", "lang", "section", "tags", "url", "date",
        "date_origin", "date_precision", "published_at", "modified_at", "first_seen_at", "paywalled", "capture",
        "content_hash", "snippet", "score",
    }  # fmt: skip
    assert set(hit) == promised
    assert set(answer) >= {"query", "total", "hits", "facets", "histogram", "took_ms"}
    assert datetime.fromisoformat(hit["date"]).tzinfo is not None
    assert hit["url"].endswith(REFUSAL)


def test_the_snippet_marks_what_matched(taken_in: Program) -> None:
    answer = taken_in.must("search", "conducteur", "--limit", "1", "--json").json

    snippet = answer["hits"][0]["snippet"]
    marked = {snippet["text"][start:end].lower() for start, end in snippet["marks"]}
    assert marked and all(word.startswith("conduct") for word in marked)


def test_filters_narrow_and_days_are_included(taken_in: Program) -> None:
    everything = taken_in.must("search", "*", "--limit", "0", "--json").json["total"]
    unions = taken_in.must("search", "*", "--kind", "union", "--json", "--limit", "100").json
    one_day = taken_in.must("search", "*", "--from", "2025-11-26", "--to", "2025-11-26", "--json").json
    source = taken_in.must("search", "*", "--source", "rives", "--source", "ambre", "--json", "--limit", "100").json

    assert 0 < unions["total"] < everything
    assert {hit["kind"] for hit in unions["hits"]} == {"union"}
    assert one_day["total"] > 0
    assert {hit["date"][:10] for hit in one_day["hits"]} == {"2025-11-26"}
    assert {hit["source"] for hit in source["hits"]} == {"rives", "ambre"}


def test_facets_and_histogram_count_every_hit(taken_in: Program) -> None:
    answer = taken_in.must("search", "*", "--facets", "--histogram", "month", "--limit", "0", "--json").json

    assert sum(answer["facets"]["source"].values()) == answer["total"]
    assert sum(bucket["count"] for bucket in answer["histogram"]) == answer["total"]
    assert answer["hits"] == []


def test_pages_neither_repeat_nor_skip(taken_in: Program) -> None:
    whole = taken_in.must("search", "police", "--sort", "newest", "--limit", "20", "--json").json["hits"]
    pages = [
        hit["id"]
        for offset in range(0, len(whole), 7)
        for hit in taken_in.must(
            "search", "police", "--sort", "newest", "--limit", "7", "--offset", str(offset), "--json"
        ).json["hits"]
    ]

    assert pages[: len(whole)] == [hit["id"] for hit in whole]


def test_a_document_is_found_by_id_address_and_capture(taken_in: Program, running_site: Site) -> None:
    by_address = taken_in.must("show", running_site.url("rives", REFUSAL), "--json").json
    document = by_address["document"]["id"]
    capture = by_address["versions"][0]["capture"]

    by_id = taken_in.must("show", document, "--json").json
    by_capture = taken_in.must("show", str(capture), "--json").json

    assert by_id == by_address == by_capture
    chosen = [claim for claim in by_id["versions"][0]["extraction"]["claims"] if claim["chosen"]]
    assert {claim["field"] for claim in chosen} >= {"title", "published"}
    assert all(claim["rule"] for claim in chosen)


def test_a_tract_names_the_page_that_linked_it(taken_in: Program, running_site: Site) -> None:
    tract = running_site.url("rempart", "/wp-content/uploads/tract-heures-supplementaires.pdf")
    page = running_site.url("rempart", "/2025/11/19/heures-supplementaires-le-compte-ny-est-pas/")

    assert taken_in.must("show", tract, "--json").json["contexts"] == [page]
    assert f"linked from  {page}\n" in taken_in.must("show", tract).out


def test_pages_without_a_document_are_counted_by_source_and_why(taken_in: Program) -> None:
    counted = {name: taken_in.must("sources", "show", name, "--json").json["rejected"] for name in ("rempart", "rives")}

    assert counted == {"rempart": {"image_only": 1}, "rives": {"no_text": 2, "listing_page": 1}}
    assert "1  image_only  A PDF without a text layer." in taken_in.must("sources", "show", "rempart").out


def test_the_stored_body_is_the_page_as_it_was_served(taken_in: Program, running_site: Site) -> None:
    document = taken_in.must("show", running_site.url("rives", REFUSAL), "--json").json

    raw = subprocess.run(
        taken_in.words("show", str(document["versions"][0]["capture"]), "--raw"), capture_output=True, check=True
    ).stdout

    assert raw == urlopen(running_site.url("rives", REFUSAL)).read()


def test_a_saved_page_is_taken_as_the_archived_one_was(taken_in: Program, running_site: Site, tmp_path: Path) -> None:
    url = running_site.url("rives", REFUSAL)
    page, empty = tmp_path / "page.html", tmp_path / "empty.html"
    page.write_bytes(urlopen(url).read())
    empty.write_bytes(b"")
    archived = taken_in.must("show", url, "--json").json["versions"][0]["extraction"]

    told = taken_in.must("extract", "--file", str(page), "--url", url, "--json").json
    both = taken_in.run(
        "extract", "--file", str(page), "--url", url, "--file", str(empty), "--url", url + "?x=1", "--json"
    )

    assert told["outcome"] == "extracted"
    assert (told["extraction"]["title"], told["extraction"]["text"]) == (archived["title"], archived["text"])
    assert both.code == 1
    assert sorted(json.loads(line)["outcome"] for line in both.out.splitlines()) == ["extracted", "no_text"]


def test_what_left_is_neither_shown_nor_counted_although_the_index_is_behind(after_first_day: Program) -> None:
    before = after_first_day.must("search", "police", "--facets", "--limit", "100", "--json").json
    with contextlib.closing(open_catalogue(after_first_day.data)) as catalogue, catalogue.write() as transaction:
        documents.withdraw(transaction, before["hits"][0]["document"], datetime.now(UTC))
        winner, loser = (documents.read_document(transaction, hit["document"]) for hit in before["hits"][1:3])
        assert winner is not None and loser is not None
        documents.merge(transaction, winner, loser, datetime.now(UTC))

    answer = after_first_day.must("search", "police", "--facets", "--limit", "100", "--json").json
    left = {before["hits"][0]["document"], loser.id}
    assert not left & {hit["document"] for hit in answer["hits"]}
    assert (answer["total"], len(answer["hits"])) == (before["total"] - 2, before["total"] - 2)
    assert sum(answer["facets"]["source"].values()) == answer["total"]


def test_status_says_that_the_index_cannot_be_searched(after_first_day: Program) -> None:
    for stamp in (after_first_day.data / "index").rglob("stamp.json"):
        stamp.write_text(stamp.read_text().replace('"schema": ', '"schema": 9'))

    assert "The search index must be rebuilt: `vigie rebuild`" in after_first_day.must("status").out
    assert after_first_day.run("search", "police").code == 5


def test_explain_tells_what_the_index_is_asked(taken_in: Program) -> None:
    told = taken_in.must("explain", "préavis OR grève").out

    assert told.startswith("read as: préavis OR grève\n")
    assert "text: preavi" in told


def test_sources_are_listed_with_their_state(taken_in: Program) -> None:
    listed = taken_in.must("sources", "list", "--json").json
    shown = taken_in.must("sources", "show", "rives").out
    failing = taken_in.must("sources", "list", "--failing").out

    assert [one["id"] for one in listed] == ["ambre", "estuaire", "rempart", "rives", "sextant"]
    assert all(one["last_visit_at"] for one in listed)
    assert "/flux.json" in shown
    assert failing == "Every source that is on works.\n"


def test_a_source_is_tried_without_a_trace(taken_in: Program) -> None:
    before = taken_in.must("status", "--json").json["outcomes_of_day"]

    tried = taken_in.must("sources", "try", "sextant", "--json").json

    assert [(one["through"], one["works"]) for one in tried] == [("listing", True), ("listing", True), ("robots", True)]
    assert taken_in.must("status", "--json").json["outcomes_of_day"] == before


def test_an_entry_is_proposed_from_a_home_page(taken_in: Program, running_site: Site) -> None:
    done = taken_in.must("sources", "add", running_site.url("rives", "/"), "--json").json

    assert done["entry"]["sitemaps"] == [running_site.url("rives", "/sitemap-index.xml")]
    assert "listings" not in done["entry"]


def test_verify_reads_everything_back(taken_in: Program) -> None:
    verdict = taken_in.must("verify", "--json").json

    assert verdict["captures"] > 50
    assert verdict["damages"] == []
