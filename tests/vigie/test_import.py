"""`vigie import` as a person runs it: the table, the object, the exit codes, the lock, and kills at any moment."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from archive.locks import hold_stage
from tests.archive.foreign_files import Foreign, offsets_of, write_foreign
from tests.crawler.crawling import ROOT, Station
from tests.crawler.test_extracting import MORE_PARAGRAPHS, PARAGRAPHS, make_page
from tests.site.server import Site

EARLIER = "2025-06-10T06:30:00Z"


@pytest.fixture
def station(tmp_path: Path, site: Site) -> Station:
    return Station(tmp_path, site)


def url(station: Station, number: int) -> str:
    return station.site.url("ambre", f"/archives/2025/dossier-{number}")


def pages(station: Station, count: int) -> list[Foreign]:
    return [
        Foreign(
            url(station, n), EARLIER, make_page(f"Dossier {n} de la Sarvène", PARAGRAPHS[n % 2 :] + MORE_PARAGRAPHS)
        )
        for n in range(count)
    ]


def vigie(station: Station, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "vigie", "--config", str(station.config), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)


def read_object(done: "subprocess.CompletedProcess[str]") -> Any:
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def test_an_imported_page_is_searched_like_every_other(station: Station, tmp_path: Path) -> None:
    path = write_foreign(tmp_path / "ailleurs.warc.gz", pages(station, 1))

    done = vigie(station, "import", str(path))

    assert (done.returncode, done.stderr) == (0, "")
    assert "imported" in done.stdout
    assert "1 page taken in" in done.stdout and "vigie extract" in done.stdout
    assert read_object(vigie(station, "extract", "--json"))["counts"] == {"new_document": 1}
    assert vigie(station, "index").returncode == 0
    found = read_object(vigie(station, "search", "commissariat", "--json"))
    assert [hit["url"] for hit in found["hits"]] == [url(station, 0)]
    assert found["hits"][0]["first_seen_at"].startswith("2025-06-10T")
    assert vigie(station, "verify").returncode == 0


def test_damage_and_refused_files_are_named_and_end_with_one(station: Station, tmp_path: Path) -> None:
    path = write_foreign(tmp_path / "abime.warc.gz", pages(station, 3))
    raw = bytearray(path.read_bytes())
    place = offsets_of(path)[2]
    raw[place + 200] ^= 0xFF
    path.write_bytes(raw)
    empty = tmp_path / "vide.warc.gz"
    empty.touch()

    done = vigie(station, "import", str(path), str(empty), "--json")

    assert done.returncode == 1
    said = read_object(done)
    assert said["counts"] == {"other_record": 1, "imported": 2, "damaged_record": 1}
    assert [(one["file"], one["offset"]) for one in said["damages"]] == [(str(path), place)]
    assert said["refused"] == [{"file": str(empty), "what": "the file is empty."}]
    people = vigie(station, "import", str(path), str(empty))
    assert f"{path} at {place}: " in people.stderr
    assert f"{empty}: the file is empty." in people.stderr
    assert "Traceback" not in people.stderr


def test_a_name_that_leads_nowhere_is_said_before_anything_is_done(station: Station, tmp_path: Path) -> None:
    path = write_foreign(tmp_path / "ailleurs.warc.gz", pages(station, 1))

    for wrong, found in ((tmp_path / "absent.warc.gz", "nothing of that name"), (tmp_path, "a folder")):
        done = vigie(station, "import", str(path), str(wrong))
        assert done.returncode == 2
        assert done.stderr == f"{wrong}: expected a WARC file, found {found}. Nothing was taken in.\n"
    assert station.rows("SELECT * FROM capture") == []


def test_a_second_import_waits_or_says_who_is_at_it(station: Station, tmp_path: Path) -> None:
    path = write_foreign(tmp_path / "ailleurs.warc.gz", pages(station, 1))
    with hold_stage(station.data, "import"):
        done = vigie(station, "import", str(path))
    assert done.returncode == 3
    assert "import: already under way in process" in done.stderr


@pytest.mark.slow
def test_killed_at_any_moment_and_run_again_it_changes_nothing(station: Station, tmp_path: Path) -> None:
    path = write_foreign(tmp_path / "ailleurs.warc.gz", pages(station, 400))
    command = [sys.executable, "-m", "vigie", "--config", str(station.config), "import", str(path)]
    kills = 0
    for pause in (0.0, 0.01, 0.03, 0.06, 0.1, 0.15, 0.0, 0.02):
        running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        before = station.rows("SELECT count(*) FROM capture")[0][0]
        while running.poll() is None and station.rows("SELECT count(*) FROM capture")[0][0] == before:
            time.sleep(0.005)
        time.sleep(pause)
        running.send_signal(signal.SIGKILL)
        kills += running.wait() == -signal.SIGKILL
    taken = station.rows("SELECT count(*) FROM capture")[0][0]
    assert kills >= 3, "the file is too small to kill an import within it"

    last = read_object(vigie(station, "import", str(path), "--json"))

    expected = {"other_record": 1, "known": taken, "imported": 400 - taken}
    assert last["counts"] == {name: count for name, count in expected.items() if count}
    rows = station.rows("SELECT url, count(*) FROM capture GROUP BY url")
    assert sorted(rows) == sorted((url(station, n), 1) for n in range(400))
    assert station.rows("SELECT count(*), count(DISTINCT canonical) FROM candidate")[0] == (400, 400)
    assert station.rows("SELECT count(*) FROM warc_file WHERE state != 'closed'") == [(0,)]
    assert station.verify().damages == ()
    assert list((station.data / "warc").glob("*.open")) == []


def test_without_a_catalogue_it_says_what_makes_one(station: Station, tmp_path: Path) -> None:
    path = write_foreign(tmp_path / "ailleurs.warc.gz", pages(station, 1))
    (station.data / "catalogue.sqlite").unlink()
    done = vigie(station, "import", str(path))
    assert done.returncode == 5
    assert "Run `vigie init`" in done.stderr
