"""The embedded index on a disk that fills: the disk is to blame, no entry is, and room is all it takes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.engines.embedded_errors import find_hindrance

# $1: where the disk is mounted, then the command
ON_A_DISK = 'mount -t tmpfs -o size=8m tmpfs "$1" || exit 99; shift; exec "$@"'
# fills the disk to so many bytes, writes ten entries, says how that ended; makes room, and writes them again
PROGRAM = """
import os, sys
from pathlib import Path
from indexer.analysis import FrenchAnalyzer
from indexer.engines.base import EngineError
from indexer.engines.choice import open_engine
from tests.indexer.engines.entries import make_entries

disk = Path(sys.argv[1])
engine = open_engine("embedded", disk / "index", FrenchAnalyzer())
engine.swap(engine.beside(covers=0))
entries = make_entries(60)
for number, room in enumerate((0, 8192, 16384, 32768, 65536, 131072)):
    part = entries[number * 10 : number * 10 + 10]
    free = os.statvfs(disk)
    with (disk / "ballast").open("wb") as ballast:
        os.posix_fallocate(ballast.fileno(), 0, free.f_bavail * free.f_frsize - room)
    try:
        engine.put(part)
        engine.commit(number)
        print("written")
    except EngineError as error:
        print(type(error).__name__, error)
    (disk / "ballast").unlink()
    engine.put(part)
    engine.commit(number)
print(engine.health().entries)
engine.close()
"""


def test_a_full_disk_is_named_and_room_is_all_it_takes(tmp_path: Path) -> None:
    rights = ["-m"] if os.geteuid() == 0 else ["-Urm"]
    if subprocess.run(["unshare", *rights, "true"], capture_output=True).returncode:
        pytest.skip("the system lets nobody mount a small file system")
    words = [
        "unshare",
        *rights,
        "sh",
        "-c",
        ON_A_DISK,
        "sh",
        str(tmp_path),
        sys.executable,
        "-c",
        PROGRAM,
        str(tmp_path),
    ]

    done = subprocess.run(words, capture_output=True, text=True, timeout=100)

    assert done.returncode == 0, done.stderr
    *ends, count = done.stdout.splitlines()
    assert count == "60"
    full = [end for end in ends if end != "written"]
    assert full and all(end.startswith("EngineAwayError") and "the disk is full" in end for end in full), ends


def test_a_writer_that_died_for_another_reason_is_no_fault_of_the_disk(tmp_path: Path) -> None:
    said = "An error occurred in a thread: 'An index writer was killed.'"
    assert find_hindrance(said, tmp_path) is None
    assert find_hindrance(said, None) is None


def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    assert str(gone) in str(find_hindrance("An index writer was killed.", gone))
    assert "may not be written" in str(find_hindrance("Permission denied (os error 13)", tmp_path))
