"""Commands on a data folder that lies on a disk with so much room and no more, or that cannot be written.

The disk is a real file system in memory, mounted over the data folder in a name space of its own: that needs no rights
that an ordinary user lacks. What a command leaves on it is put back when the command ends, and the disk is gone.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.vigie.program import Done, Program, run_words

PAGE = 4096
# $1: what the folder held and will hold, $2: the data folder, $3: size, then the command
_ON_A_DISK = """
mount -t tmpfs -o size="$3" tmpfs "$2" && cp -a "$1/." "$2/" || exit 99
kept=$1 data=$2; shift 3
"$@"; code=$?
rm -rf "$kept" && mkdir "$kept" && cp -a "$data/." "$kept/" || exit 99
exit $code
"""
_READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 99; shift; exec "$@"'


def run_on_disk(program: Program, room: int, *arguments: str) -> Done:
    """One command on a disk with this many bytes beside what the data folder holds already."""
    kept = program.data.with_name("kept")
    shutil.copytree(program.data, kept, symlinks=True)
    size = _count_bytes(program.data) + room
    done = _run(_ON_A_DISK, [str(kept), str(program.data), str(size), *program.words(*arguments)])
    shutil.rmtree(program.data)
    kept.rename(program.data)
    return done


def run_read_only(program: Program, *arguments: str, folder: Path | None = None) -> Done:
    """One command while the data folder, or a folder in it, is mounted read-only."""
    return _run(_READ_ONLY, [str(folder or program.data), *program.words(*arguments)])


def _run(script: str, words: list[str]) -> Done:
    rights = ["-m"] if os.geteuid() == 0 else ["-Urm"]
    if subprocess.run(["unshare", *rights, "true"], capture_output=True).returncode:
        pytest.skip("cannot be produced here: the system lets nobody mount a small file system")
    command = ["unshare", *rights, "sh", "-c", script, "sh", *words]
    done = run_words(command)
    assert done.code != 99, done.err
    return done


def _count_bytes(folder: Path) -> int:
    """What the files of a folder take in memory, page by page."""
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return sum(-(-size // PAGE) * PAGE for size in sizes) + PAGE * len(sizes)
