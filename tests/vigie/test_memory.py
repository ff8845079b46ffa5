"""Threads that come and go leave no arena each behind."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from vigie.memory import ARENAS

# twenty threads alive at once, each with memory of its own; then glibc says how many arenas there are
PROGRAM = """
import ctypes, sys, threading
from vigie.memory import bound_kept_memory

if sys.argv[2] == "bound":
    bound_kept_memory()
barrier = threading.Barrier(20)
c = ctypes.CDLL(None)
c.malloc.restype = c.fopen.restype = ctypes.c_void_p

def allocate():
    c.malloc(1000)
    barrier.wait()

threads = [threading.Thread(target=allocate) for _ in range(20)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
file = ctypes.c_void_p(c.fopen(sys.argv[1].encode(), b"w"))
c.malloc_info(0, file)
c.fclose(file)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_threads_share_a_few_arenas(tmp_path: Path) -> None:
    assert count_arenas(tmp_path, "free") > ARENAS
    assert count_arenas(tmp_path, "bound") <= ARENAS


def count_arenas(folder: Path, how: str) -> int:
    said = folder / how
    subprocess.run([sys.executable, "-c", PROGRAM, str(said), how], check=True, timeout=60)
    return said.read_text(encoding="utf-8").count("<heap nr=")
