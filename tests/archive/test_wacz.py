"""A WACZ as other tools see it: validated, indexed again, and each record read by its place."""

import gzip
import hashlib
import json
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.records import Place, StoredResponse
from archive.wacz import Label, PackedCapture, Page, write_wacz
from archive.warc import Original, WarcWriter, parse_member, read_member

NOW = datetime(2026, 3, 14, 10, 11, 12, 345678, tzinfo=UTC)
URL = "https://presse.exemple.test/actualites/greve-a-roquefeuil.html"
OTHER = "https://presse.exemple.test/actualites/la-préfecture-répond.html"
LABEL = Label("Vigie: grève", "Pour un essai.", "Vigie/test", NOW)
TOOLS = Path(sys.executable).parent


@pytest.fixture
def packed(tmp_path: Path) -> list[PackedCapture]:
    """Two captures and a revisit of the first, as they lie in an archive."""
    folder = tmp_path / "warc"
    writer = WarcWriter(folder, software="test", operator=None, now=NOW)
    body, later = "<html><title>Grève</title><p>À Roquefeuil.</p>".encode(), NOW + timedelta(hours=6)
    places = [
        writer.write(_respond(URL, NOW, body)),
        writer.write(_respond(OTHER, NOW, b"<html>reponse")),
        writer.write(_respond(URL, later, body), Original(URL, NOW)),
    ]
    writer.close()
    digests = [hashlib.sha256(payload).hexdigest() for payload in (body, b"<html>reponse", body)]
    return [_read(folder, place, digest) for place, digest in zip(places, digests, strict=True)]


def _respond(url: str, at: datetime, body: bytes) -> StoredResponse:
    return StoredResponse(url, at, 200, "OK", (("Content-Type", "text/html; charset=utf-8"),), body)


def _read(folder: Path, place: Place, digest: str) -> PackedCapture:
    member = read_member(folder, place)
    return PackedCapture(member, parse_member(member, "here"), digest)


def _write(path: Path, packed: list[PackedCapture]) -> int:
    page = Page("d1.1", URL, NOW, "Grève à Roquefeuil", "Les agents…\nDemain encore.")
    with path.open("x+b") as file:
        return write_wacz(file, [*packed, page], LABEL)


def _validate(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([TOOLS / "wacz", "validate", "-f", str(path)], capture_output=True, text=True, check=False)


def _read_lines(wacz: zipfile.ZipFile) -> list[tuple[str, str, dict[str, Any]]]:
    text = gzip.decompress(wacz.read("indexes/index.cdx.gz")).decode()
    return [(key, time, json.loads(rest)) for key, time, rest in (line.split(" ", 2) for line in text.splitlines())]


def test_others_find_it_valid(tmp_path: Path, packed: list[PackedCapture]) -> None:
    path = tmp_path / "essai.wacz"

    assert _write(path, packed) == 3

    said = _validate(path)
    assert "Validation succeeded" in said.stdout, said.stdout + said.stderr


def test_one_changed_byte_is_found(tmp_path: Path, packed: list[PackedCapture]) -> None:
    whole, broken = tmp_path / "essai.wacz", tmp_path / "casse.wacz"
    _write(whole, packed)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(broken, "w") as target:
        for info in source.infolist():
            data = source.read(info)
            target.writestr(info, data[:-1] + b"?" if info.filename.endswith("pages.jsonl") else data)

    said = _validate(broken)

    assert "Validation succeeded" not in said.stdout


def test_the_index_is_what_others_make_of_the_records(tmp_path: Path, packed: list[PackedCapture]) -> None:
    path = tmp_path / "essai.wacz"
    _write(path, packed)
    with zipfile.ZipFile(path) as wacz:
        warc = Path(wacz.extract("archive/captures.warc.gz", tmp_path))
        ours = _read_lines(wacz)

    said = subprocess.run(
        [TOOLS / "cdxj-indexer", "--sort", str(warc)], capture_output=True, text=True, check=True
    ).stdout

    theirs = [(key, time, json.loads(rest)) for key, time, rest in (line.split(" ", 2) for line in said.splitlines())]
    assert [(key, time) for key, time, _ in ours] == [(key, time) for key, time, _ in theirs]
    for (_, _, our), (_, _, their) in zip(ours, theirs, strict=True):
        assert our | their == our, "every field that they write is the same here"


def test_each_record_is_read_by_its_place_without_unpacking_the_rest(
    tmp_path: Path, packed: list[PackedCapture]
) -> None:
    path = tmp_path / "essai.wacz"
    _write(path, packed)

    with zipfile.ZipFile(path) as wacz:
        info = wacz.getinfo("archive/captures.warc.gz")
        assert info.compress_type == zipfile.ZIP_STORED
        data = wacz.read(info)
        lines = [fields for _, _, fields in _read_lines(wacz)]

    read = [data[int(line["offset"]) :][: int(line["length"])] for line in lines]
    assert sorted(read) == sorted(one.member for one in packed)
    for line, member in zip(lines, read, strict=True):
        assert line["recordDigest"] == f"sha256:{hashlib.sha256(member).hexdigest()}"


def test_a_revisit_has_the_digest_of_the_record_it_repeats(tmp_path: Path, packed: list[PackedCapture]) -> None:
    path = tmp_path / "essai.wacz"
    _write(path, packed)

    with zipfile.ZipFile(path) as wacz:
        lines = [fields for _, _, fields in _read_lines(wacz) if fields["url"] == URL]

    assert [line["mime"] for line in lines] == ["text/html", "warc/revisit"]
    assert len({line["digest"] for line in lines}) == 1


def test_the_page_list_and_the_package_say_what_is_inside(tmp_path: Path, packed: list[PackedCapture]) -> None:
    path = tmp_path / "essai.wacz"
    _write(path, packed)

    with zipfile.ZipFile(path) as wacz:
        head, page = map(json.loads, wacz.read("pages/pages.jsonl").decode().splitlines())
        package = json.loads(wacz.read("datapackage.json"))
        digest = json.loads(wacz.read("datapackage-digest.json"))
        names = {info.filename for info in wacz.infolist()}
        raw = wacz.read("datapackage.json")

    assert head["format"] == "json-pages-1.0"
    assert (page["url"], page["ts"], page["title"]) == (URL, "2026-03-14T10:11:12Z", "Grève à Roquefeuil")
    assert page["text"].endswith("Demain encore.")
    assert (package["wacz_version"], package["title"], package["mainPageUrl"]) == ("1.1.1", "Vigie: grève", URL)
    listed = {resource["path"] for resource in package["resources"]}
    assert names == listed | {"datapackage.json", "datapackage-digest.json"}
    assert digest == {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(raw).hexdigest()}"}
