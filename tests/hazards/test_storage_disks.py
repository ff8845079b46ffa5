"""S1 and S11: disks that are full, read-only, of somebody else or gone, and catalogues that are half-way or too new."""

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.catalogue import create_catalogue
from config.loading import load
from config.models import Limits
from tests.archive.test_migrations import make_catalogue_of_the_first_schema
from tests.hazards.archived import Archived, copy_of
from tests.hazards.small_disk import run_on_disk, run_read_only
from tests.site.trouble import TROUBLE
from tests.vigie.test_daemon import daemon, wait_for

pytestmark = pytest.mark.slow

KIB = 1024
PAGES = 300
FULL = "the disk is full"
NO_FLOOR = "limits: {free_space_bytes: 1 KiB}"


def add_long_source(one: Archived) -> list[str]:
    """A source with more pages than a small disk takes."""
    base = f"http://{TROUBLE}:{one.site.port}"
    paths = [f"/article/{number}" for number in range(PAGES)]
    feeds = [
        f"{base}/feed/of?" + "&".join(f"path={path}" for path in paths[at : at + 50]) for at in range(0, PAGES, 50)
    ]
    entry = {"id": "longue", "name": "Longue", "kind": "local_press", "homepage": f"{base}/", "delay": "0s",
             "backfill_days": 3650, "feeds": feeds}  # fmt: skip
    (one.config / "sources" / "longue.yaml").write_text(json.dumps([entry]), encoding="utf-8")
    settings = one.config / "settings.yaml"
    settings.write_text(settings.read_text() + f"  - {TROUBLE}:{one.site.port}\n{NO_FLOOR}\n", encoding="utf-8")
    return paths


def test_s1_a_disk_that_fills_while_a_crawl_writes(archived: Archived) -> None:
    """A crawl on a disk that fills stops by name; what was archived is whole, and the rest is fetched later."""
    paths = add_long_source(archived)
    count = "SELECT count(*), count(DISTINCT url) FROM capture WHERE url LIKE ?"
    pages = f"http://{TROUBLE}:{archived.site.port}/article/%"

    ended = run_on_disk(archived, 2800 * KIB, "crawl", "longue")

    assert ended.code == 5 and "The crawl ended disk_full" in ended.err, ended.err
    assert "Traceback" not in ended.err
    archived.must("verify")
    ((stored, _),) = archived.rows(count, pages)
    assert 0 < stored < len(paths)

    archived.must("crawl", "longue")

    archived.must("verify")
    assert archived.rows(count, pages) == [(len(paths), len(paths))]
    assert archived.rows("SELECT count(*) FROM warc_file WHERE state = 'open'") == [(0,)]


def test_s1_a_disk_that_fills_while_captures_are_read(archived: Archived) -> None:
    """Whatever room is left, extraction either ends well or says that the disk is full, and is whole afterwards."""
    documents = archived.rows("SELECT count(*) FROM document")
    for table in ("version", "alias", "change"):
        assert archived.rows(f"SELECT count(*) FROM {table}") != [(0,)]
    archived.execute("UPDATE capture SET extracted_by = NULL")

    for room in (0, 60 * KIB):
        said = run_on_disk(archived, room, "extract")
        assert said.code == 0 or (said.code == 5 and FULL in said.err), f"{room}: {said.err}"
        assert "Traceback" not in said.err and said.err.count("\n") <= 2, said.err

    archived.must("extract")
    assert archived.rows("SELECT count(*) FROM document") == documents
    assert archived.rows("SELECT count(*) FROM capture WHERE extracted_by IS NULL") == [(0,)]


def test_s1_a_disk_that_fills_while_the_index_is_written(archived: Archived) -> None:
    """Whatever room is left, indexing either ends well or says why not, and what was searched stays."""
    hits = archived.found()
    shutil.rmtree(archived.data / "index")

    codes = []
    for room in (60 * KIB, 110 * KIB):
        said = run_on_disk(archived, room, "index")
        codes.append(said.code)
        assert said.code in (0, 5) and "Traceback" not in said.err, f"{room}: {said.err}"
        assert said.code == 0 or FULL in said.err or "No space left" in said.err or "free space" in said.err, said.err

    assert 5 in codes, "the disk was never too small"
    archived.must("index")
    assert archived.found() == hits
    archived.must("index", "check")


def test_s1_a_disk_without_a_byte_for_the_log(archived: Archived) -> None:
    """A log that cannot be written is said in one line; whoever only reads is answered all the same."""
    room = 44 * KIB  # what SQLite needs to look into its file
    archived.data.joinpath("logs").mkdir(exist_ok=True)
    shutil.rmtree(archived.data / "logs")
    archived.data.joinpath("logs").write_text("", encoding="utf-8")  # no folder, so no line can ever be written

    searched = run_on_disk(archived, room, "search", "police", "--json")

    assert searched.code == 0 and searched.json["total"] > 0
    assert "Traceback" not in searched.err and "Logging error" not in searched.err


def test_s1_no_crawl_starts_under_the_floor(archived: Archived) -> None:
    """Below the free space that the settings ask for, no crawl asks anybody for anything."""
    archived.set("limits: {free_space_bytes: 64 MiB}")

    ended = run_on_disk(archived, 1024 * KIB, "crawl")

    assert ended.code == 5 and "free" in ended.err and "64 MiB" in ended.err, ended.err
    assert archived.site.requests() == ()


def test_s1_the_floor_has_a_default(archived: Archived) -> None:
    """Without a word in the settings a crawl keeps a gibibyte free."""
    assert load(archived.config).settings.limits.free_space_bytes == Limits().free_space_bytes == 2**30


@pytest.mark.parametrize("command", ["crawl", "index", "init", "status", "run"])
def test_s11_a_data_folder_that_is_read_only(archived: Archived, command: str) -> None:
    """A disk that is mounted read-only is refused at start in one sentence that names the file."""
    done = run_read_only(archived, command)

    assert done.code == 5, done.err
    last = done.err.strip().splitlines()[-1]
    assert str(archived.data) in last and ("owner" in last or "mount" in last), done.err
    assert "Traceback" not in done.err


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that every user can reach; the one that pytest makes is closed to others."""
    with tempfile.TemporaryDirectory(prefix="vigie-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize("command", ["crawl", "init", "run"])
def test_s11_a_data_folder_of_somebody_else(untouched: Archived, reachable: Path, command: str) -> None:
    """A data folder that belongs to another user is refused at start in one sentence that names the file."""
    archived = copy_of(untouched, reachable)
    words = archived.words(command)
    if os.geteuid() == 0:
        words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *words]
    else:
        for path in (archived.data, *archived.data.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)

    done = subprocess.run(words, capture_output=True, text=True, timeout=100)

    for path in (archived.data, *archived.data.rglob("*")):
        path.chmod(0o755)
    assert done.returncode == 5, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert str(archived.data) in last and "owner" in last and "Traceback" not in done.stderr, done.stderr


def test_s11_a_data_folder_that_is_deleted_while_the_daemon_runs(archived: Archived) -> None:
    """The daemon stops by name when its data folder goes away, and makes nothing in its place."""
    with daemon(archived) as process:
        wait_for(lambda: "crawl child" in said_by(archived), "the daemon is at work")
        shutil.rmtree(archived.data)
        code = process.wait(60)

    said = said_by(archived)
    assert code == 5, said
    assert "catalogue.sqlite: the catalogue that was opened is gone" in said
    assert not archived.catalogue.exists()
    assert "no catalogue here" in archived.refuse("run")


def said_by(archived: Archived) -> str:
    """What the daemon wrote to its standard error."""
    return (archived.folder / "daemon.log").read_text(encoding="utf-8")


KILLED_UPGRADE = """
import os, signal, sys
from pathlib import Path
import sqlalchemy as sa
from archive.catalogue import create_catalogue
left = int(sys.argv[2])
@sa.event.listens_for(sa.Engine, "before_cursor_execute")
def count(connection, cursor, statement, *rest):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
create_catalogue(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("statement", [4, 15, 45])
def test_s11_an_upgrade_that_is_killed_half_way(tmp_path: Path, statement: int) -> None:
    """An upgrade of the catalogue that is killed at any statement leaves the old one, whole, and is done again."""
    make_catalogue_of_the_first_schema(tmp_path)

    killed = subprocess.run([sys.executable, "-c", KILLED_UPGRADE, str(tmp_path), str(statement)], timeout=60)

    assert killed.returncode == -signal.SIGKILL
    with contextlib.closing(sqlite3.connect(tmp_path / "catalogue.sqlite")) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
    with contextlib.closing(create_catalogue(tmp_path)) as catalogue, catalogue.read() as transaction:
        assert transaction.exec_driver_sql("SELECT seq FROM watermark").fetchall() == [(7,)]
        assert catalogue.check_integrity() == []


@pytest.mark.parametrize("command", ["status", "init", "run"])
def test_s11_a_catalogue_of_a_newer_version(archived: Archived, command: str) -> None:
    """A catalogue that a newer Vigie made is refused in one sentence and left as it is."""
    archived.execute("UPDATE alembic_version SET version_num = '9999'")
    before = archived.catalogue.read_bytes()

    said = archived.refuse(command)

    assert "made by a newer Vigie (schema 9999). Install that version; nothing was changed." in said
    assert archived.catalogue.read_bytes() == before
