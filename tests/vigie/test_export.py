"""`vigie export` on an archive that has seen the first day of the site."""

import csv
import gzip
import json
import signal
import subprocess
import sys
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.catalogue import documents, open_catalogue
from config.loading import load_valid
from indexer.engines import base
from indexer.engines.base import Sort
from tests.site.server import Site
from tests.vigie.exports.test_files import small_disk
from tests.vigie.program import Done, Program
from vigie.exits import CommandError, ExitCode
from vigie.exports.exporting import FORMATS, Format, Wanted, export_file
from vigie.exports.selection import select_documents, select_hits
from vigie.installation import Installation
from vigie.searching import Asked

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 14, 10, 11, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def hits(taken_in: Program) -> list[dict[str, Any]]:
    """What a search says of the articles that are exported here."""
    return list(taken_in.must("search", "police", "--sort", "newest", "--limit", "100", "--json").json["hits"])


def export(program: Program, path: Path, form: str, *words: str) -> Done:
    return program.run("export", *words, "--format", form, "--output", str(path))


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def allow_whole_articles(program: Program, source: str) -> None:
    """Let a source's articles be passed on whole."""
    for file in (program.config / "sources").glob("**/*.yaml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace(f"- id: {source}\n", f"- id: {source}\n  redistribution: full\n"))


def list_lines(path: Path) -> list[dict[str, Any]]:
    """The index lines of a WACZ."""
    with zipfile.ZipFile(path) as wacz:
        text = gzip.decompress(wacz.read("indexes/index.cdx.gz")).decode()
    return [json.loads(line.split(" ", 2)[2]) for line in text.splitlines()]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_written_whole(
    taken_in: Program, tmp_path: Path, form: Format, hits: list[dict[str, Any]]
) -> None:
    path = tmp_path / "articles"

    done = export(taken_in, path, form, "police", *(("--own-use",) if form == "wacz" else ()))

    assert done.code == 0, done.err
    assert done.out.startswith(f"{len(hits)} articles written to {path}")
    assert list(tmp_path.iterdir()) == [path] and path.stat().st_size > 1000


def test_json_lines_are_the_hits_of_a_search_in_their_order(
    taken_in: Program, tmp_path: Path, hits: list[dict[str, Any]]
) -> None:
    export(taken_in, tmp_path / "a", "jsonl", "police", "--sort", "newest")

    records = [json.loads(line) for line in (tmp_path / "a").read_text().splitlines()]
    assert [record["id"] for record in records] == [hit["id"] for hit in hits]
    for record, hit in zip(records, hits, strict=True):
        assert record.keys() == hit.keys()
        cut = ("lead", "snippet")
        assert {name: record[name] for name in record if name not in cut} == {
            name: hit[name] for name in hit if name not in cut
        }


@pytest.mark.parametrize("sort", ["relevance", "newest"])
def test_more_hits_than_one_page_of_the_index_holds_are_exported_in_their_order(
    taken_in: Program, monkeypatch: pytest.MonkeyPatch, sort: Sort
) -> None:
    words = ("search", "police", "--sort", sort, "--limit", "100", "--json")
    hits = taken_in.must(*words).json["hits"]
    monkeypatch.setattr(base, "MAX_WINDOW", 3)  # a page of more is refused now, as one of 100,001 is otherwise
    installation = Installation(load_valid(taken_in.config))

    with installation.open_catalogue() as catalogue, installation.open_engine() as engine:
        asked = Asked("police", sort=sort, limit=0)
        whole = select_hits(installation, catalogue, engine, asked, limit=None, passages=False)
        first = select_hits(installation, catalogue, engine, asked, limit=4, passages=False)
        found = [[picked.entry.id for picked in one.picked] for one in (whole, first)]

    assert found == [[hit["id"] for hit in hits], [hit["id"] for hit in hits[:4]]]
    assert (whole.total, first.total) == (len(hits), 4) and len(hits) > 4


def test_filters_and_limit_are_those_of_a_search(taken_in: Program, tmp_path: Path) -> None:
    filters = ("*", "--kind", "union", "--from", "2025-11", "--to", "2025-12", "--sort", "oldest")
    expected = taken_in.must("search", *filters, "--limit", "100", "--json").json["hits"]

    export(taken_in, tmp_path / "all", "csv", *filters)
    export(taken_in, tmp_path / "three", "csv", *filters, "--limit", "3")

    rows, first = (read_rows(tmp_path / name) for name in ("all", "three"))
    assert [row["document"] for row in rows] == [hit["document"] for hit in expected]
    assert first == rows[:3] and len(rows) > 3


def test_documents_are_exported_in_the_order_in_which_they_are_named(
    taken_in: Program, tmp_path: Path, hits: list[dict[str, Any]]
) -> None:
    names = ["--document", hits[3]["document"], "--document", hits[0]["url"], "--document", hits[3]["id"]]

    done = export(taken_in, tmp_path / "a", "csl-json", *names)

    items = json.loads((tmp_path / "a").read_text())
    assert done.code == 0
    assert [item["URL"] for item in items] == [hits[3]["url"], hits[0]["url"]]


def test_pages_go_out_only_for_sources_that_allow_it(after_first_day: Program, tmp_path: Path) -> None:
    refused = export(after_first_day, tmp_path / "a.wacz", "wacz", "police")
    allow_whole_articles(after_first_day, "rempart")
    done = export(after_first_day, tmp_path / "a.wacz", "wacz", "police")
    with_text = export(after_first_day, tmp_path / "a.csv", "csv", "police", "--text")

    assert refused.code == ExitCode.found_wrong
    assert "Nothing was written" in refused.err and "--own-use" in refused.err
    assert done.code == 0 and "Left out" in done.err and "rempart" not in done.err
    assert {line["url"].split(":")[1] for line in list_lines(tmp_path / "a.wacz")} == {"//127.0.0.2"}
    rows = read_rows(tmp_path / "a.csv")
    assert {row["source"] for row in rows if row["text"]} == {"rempart"}
    assert "Without the text" in with_text.err


def test_a_wacz_is_valid_and_holds_the_captures_of_its_articles(
    taken_in: Program, tmp_path: Path, hits: list[dict[str, Any]]
) -> None:
    path = tmp_path / "articles.wacz"
    export(taken_in, path, "wacz", "police", "--own-use")

    said = subprocess.run(
        [Path(sys.executable).parent / "wacz", "validate", "-f", str(path)], capture_output=True, text=True, check=False
    )

    assert "Validation succeeded" in said.stdout, said.stdout + said.stderr
    assert {hit["url"] for hit in hits} <= {line["url"] for line in list_lines(path)}
    with zipfile.ZipFile(path) as wacz:
        assert "must not be passed on" in json.loads(wacz.read("datapackage.json"))["description"]


def test_a_revisit_comes_with_the_record_it_repeats(after_first_day: Program, site: Site, tmp_path: Path) -> None:
    path = tmp_path / "a.wacz"
    after_first_day.must("crawl", "--due")

    export(after_first_day, path, "wacz", "*", "--own-use")

    lines = list_lines(path)
    originals = {line["digest"] for line in lines if line["mime"] != "warc/revisit"}
    revisits = {line["digest"] for line in lines if line["mime"] == "warc/revisit"}
    assert revisits and revisits <= originals


def test_a_withdrawn_document_is_in_no_export(
    after_first_day: Program, tmp_path: Path, hits: list[dict[str, Any]]
) -> None:
    withdrawn = hits[0]["document"]
    catalogue = open_catalogue(after_first_day.data)
    with catalogue.write() as transaction:
        documents.withdraw(transaction, withdrawn, datetime.now(UTC))
    catalogue.close()

    by_id = export(after_first_day, tmp_path / "one", "csv", "--document", withdrawn)
    export(after_first_day, tmp_path / "all", "csv", "police")

    assert by_id.code == ExitCode.found_wrong and "was withdrawn" in by_id.err
    assert {row["document"] for row in read_rows(tmp_path / "all")} == {hit["document"] for hit in hits} - {withdrawn}
    assert not (tmp_path / "one").exists()


@pytest.mark.parametrize("form", FORMATS)
def test_a_full_disk_leaves_the_old_file_and_says_so(
    taken_in: Program, tmp_path: Path, form: Format, hits: list[dict[str, Any]]
) -> None:
    path = tmp_path / "articles"
    path.write_text("hier")
    catalogue = open_catalogue(taken_in.data)
    selection = select_documents(catalogue, [hit["document"] for hit in hits], passages=False)

    with small_disk(2000), pytest.raises(CommandError, match="File too large") as caught:
        export_file(path, catalogue, {}, selection, Wanted(form, own_use=form == "wacz"), NOW)
    catalogue.close()

    assert caught.value.code == ExitCode.unusable
    assert path.read_text() == "hier" and list(tmp_path.iterdir()) == [path]


def test_a_damaged_record_is_named_and_nothing_is_written(after_first_day: Program, tmp_path: Path) -> None:
    for file in (after_first_day.data / "warc").iterdir():
        file.write_bytes(bytes(file.stat().st_size))

    done = export(after_first_day, tmp_path / "a.wacz", "wacz", "police", "--own-use")

    assert done.code == ExitCode.unusable
    assert ".warc.gz" in done.err and "damaged" in done.err and done.err.count("\n") == 1
    assert not list(tmp_path.glob("*.wacz")) and not list(tmp_path.glob("*.part"))


def test_a_killed_export_leaves_nothing_beside_the_file(taken_in: Program, tmp_path: Path) -> None:
    words = taken_in.words("export", "*", "--format", "review-pdf", "--output", str(tmp_path / "revue.pdf"))

    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as export_process:
        while not list(tmp_path.iterdir()) and export_process.poll() is None:
            time.sleep(0.002)
        export_process.send_signal(signal.SIGTERM)

    assert export_process.returncode == ExitCode.interrupted
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (["police", "--format", "pdf"], "'review-pdf'", ExitCode.usage),
        (["police", "--format", "csv", "--output", "{folder}/nulle-part/a.csv"], "there is no folder", ExitCode.usage),
        (["police", "--format", "csv", "--output", "{folder}"], "found something else there", ExitCode.usage),
        (["motintrouvable", "--format", "csv"], "No article was found", ExitCode.found_wrong),
        (["(police", "--format", "csv"], "character 1", ExitCode.usage),
        (["police", "--source", "rive", "--format", "csv"], "Did you mean rives?", ExitCode.usage),
        (["--format", "csv"], "Expected a query or --document", ExitCode.usage),
        (["police", "--document", "a", "--format", "csv"], "Expected a query or --document", ExitCode.usage),
        (["--document", "0000", "--format", "csv"], 'There is no document "0000"', ExitCode.found_wrong),
        (["--document", "0000", "--limit", "3", "--format", "csv"], "takes no filter", ExitCode.usage),
        (["police", "--text", "--format", "ris"], "ris carries no text", ExitCode.usage),
        (["police", "--bom", "--format", "xlsx"], "expected --format csv, got xlsx", ExitCode.usage),
        (["police", "--own-use", "--format", "review-pdf"], "made to be passed on", ExitCode.usage),
        (["police", "--limit", "0", "--format", "csv"], "--limit", ExitCode.usage),
    ],
)
def test_wrong_input_is_one_sentence_and_writes_nothing(
    taken_in: Program, tmp_path: Path, words: list[str], said: str, code: ExitCode
) -> None:
    written = [word.format(folder=tmp_path) for word in words]
    place = [] if "--output" in words else ["--output", str(tmp_path / "a")]

    done = taken_in.run("export", *written, *place)

    assert done.code == code
    assert said in done.err and done.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
