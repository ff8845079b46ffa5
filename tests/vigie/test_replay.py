"""`vigie replay`: what pywb is given, and the pages it shows where it is installed."""

import contextlib
import http.client
import json
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, create_catalogue
from tests.vigie.program import Program
from tests.vigie.sealed_archive import SealedArchive
from vigie.exits import ExitCode
from vigie.replay import COLLECTION, PROGRAM, prepare_replay

NEEDS_PYWB = pytest.mark.skipif(
    shutil.which(PROGRAM) is None, reason="pywb: put the program `wayback` of pywb 2.10.0 on the search path"
)
PATIENCE = 60.0


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    opened = create_catalogue(tmp_path / "data")
    yield opened
    opened.close()


def test_the_index_is_sorted_and_leaves_withdrawn_pages_out(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vigie.replay.SORTED_AT_ONCE", 3)
    archive = SealedArchive(catalogue)
    for name in ("zone", "accord", "retrait", "grève", "budget"):
        archive.publish(name, f"Sur {name}.")
    archive.look_again("accord", "Sur accord.")
    archive.withdraw("retrait")

    folder = prepare_replay(catalogue)
    archive.close()

    lines = (folder / "index.cdxj").read_text().splitlines()
    assert lines == sorted(lines)
    assert [line.split(" ")[0].rpartition("/")[2] for line in lines] == [
        "accord", "accord", "budget", "gr%c3%a8ve", "zone"
    ]  # fmt: skip
    assert [json.loads(line.split(" ", 2)[2])["mime"] for line in lines][:2] == ["text/html", "warc/revisit"]
    name, *places = (folder / "files.tsv").read_text().rstrip("\n").split("\t")
    assert [Path(place).name for place in places] == [name, f"{name}.open"]
    assert sorted(path.name for path in folder.iterdir()) == ["config.yaml", "files.tsv", "index.cdxj"]


@pytest.mark.slow
def test_without_pywb_one_sentence_says_how_to_get_it(taken_in: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nulle-part")

    done, named = taken_in.run("replay"), taken_in.run("replay", "--wayback", "absent/wayback")

    assert done.code == ExitCode.unusable and "pip install pywb==" in done.err and done.err.count("\n") == 1
    assert named.code == ExitCode.usage and named.err.startswith("absent/wayback: expected")


@contextlib.contextmanager
def replaying(program: Program) -> Iterator[str]:
    """pywb on a free port for the block; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (program.folder / "replay.log").open("ab") as log:
        process = subprocess.Popen(program.words("replay", "--port", str(port)), stdout=log, stderr=log)
        try:
            _wait_for(port, process)
            yield f"http://127.0.0.1:{port}/{COLLECTION}"
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.2)
    pytest.fail("pywb did not begin to serve")


def fetch(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return answer.status, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        with error, contextlib.suppress(http.client.HTTPException):
            return error.code, error.read().decode("utf-8", "replace")
        return error.code, ""


@pytest.mark.slow
@NEEDS_PYWB
def test_pywb_shows_the_pages_and_their_revisits(after_first_day: Program) -> None:
    hit = after_first_day.must("search", "obtempérer", "--json").json["hits"][0]
    after_first_day.must("crawl", "--look-again")
    captures = after_first_day.must("show", hit["document"], "--json").json["captures"]
    assert captures[-1]["revisit_of"] is not None, "the page was seen again unchanged"

    with replaying(after_first_day) as address:
        for capture in captures:
            when = "".join(letter for letter in capture["fetched_at"][:19] if letter.isdigit())
            status, page = fetch(f"{address}/{when}id_/{capture['url']}")
            assert status == 200 and hit["title"].split()[0] in page
        shown, _ = fetch(f"{address}/{when}mp_/{captures[-1]['url']}")
        absent, _ = fetch(f"{address}/2026id_/https://ailleurs.test/")

    assert (shown, absent) == (200, 404)
