"""The pool against pages that hang, crash, eat memory, lie: one job each is lost, by name, and the batch finishes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from archive.outcomes import Outcome
from crawler.extraction.pool import STARTS_KILLED, Pool, PoolError

TASK = "tests.crawler.extraction.hostile_tasks:perform"
GIGABYTE = 1 << 30


def run(*jobs: tuple[str, Any], workers: int = 1, seconds: float = 20.0) -> dict[Any, Any]:
    with Pool(workers=workers, seconds=seconds, memory_bytes=GIGABYTE, task=TASK) as pool:
        for job in jobs:
            pool.submit(job)
        return dict(pool.results())


def is_running(pid: int) -> bool:
    """Whether the process still runs; one that nobody waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pid: int, seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while is_running(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_every_job_comes_out_once_with_its_result() -> None:
    jobs = [("echo", number) for number in range(40)]

    results = run(*jobs, workers=2)

    assert results == {job: job[1] for job in jobs}


def test_a_job_submitted_while_reading_is_taken_along() -> None:
    with Pool(workers=1, seconds=20, memory_bytes=GIGABYTE, task=TASK) as pool:
        pool.submit(("echo", 3))
        seen = []
        for _, result in pool.results():
            seen.append(result)
            if result:
                pool.submit(("echo", result - 1))

    assert seen == [3, 2, 1, 0]


def test_map_takes_only_a_few_jobs_ahead() -> None:
    taken = 0

    def jobs() -> Any:
        nonlocal taken
        for number in range(30):
            taken += 1
            yield ("echo", number)

    with Pool(workers=2, seconds=20, memory_bytes=GIGABYTE, task=TASK) as pool:
        ahead = []
        for count, _ in enumerate(pool.map(jobs())):
            ahead.append(taken - count)

    assert taken == 30
    assert max(ahead) <= 2 * 2 + 1


@pytest.mark.parametrize(
    ("job", "detail"),
    [
        (("abort", None), "the worker was ended by SIGABRT"),
        (("segfault", None), "the worker was ended by SIGSEGV"),
        (("leave", 7), "the worker ended with status 7"),
        (("fill_memory", 2 * GIGABYTE), "out of memory"),
        (("raise", "un texte de la page"), "ValueError in hostile_tasks.py"),
        (("unsendable", None), "the result cannot be sent"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_a_page_that_breaks_its_worker_is_named_and_its_neighbours_finish(job: tuple[str, Any], detail: str) -> None:
    results = run(("echo", 1), job, ("echo", 2))

    assert results[("echo", 1)] == 1
    assert results[("echo", 2)] == 2
    assert results[job].outcome is Outcome.extraction_failed
    assert results[job].detail.startswith(detail)
    assert "texte de la page" not in results[job].detail


def test_what_a_library_prints_does_not_disturb_the_answers() -> None:
    job = ("print", "bruit")

    assert run(job, ("echo", 1)) == {job: "bruit", ("echo", 1): 1}


def test_a_long_answer_arrives_whole_even_when_the_caller_is_slow() -> None:
    with Pool(workers=1, seconds=1.0, memory_bytes=GIGABYTE, task=TASK) as pool:
        pool.submit(("echo", 1))
        pool.submit(("repeat", 3_000_000))
        sizes = []
        for job, result in pool.results():
            sizes.append(len(result) if job[0] == "repeat" else result)
            pool.submit(("echo", 0)) if len(sizes) == 1 else None
            time.sleep(1.5 if len(sizes) == 1 else 0)

    assert sorted(sizes) == [0, 1, 3_000_000]


def test_a_worker_that_ended_between_two_jobs_is_no_fault_of_the_next_one() -> None:
    with Pool(workers=1, seconds=20.0, memory_bytes=GIGABYTE, task=TASK) as pool:
        pool.submit(("pid", None))
        ((_, first),) = pool.results()
        os.kill(first, signal.SIGKILL)
        assert wait_until_gone(first)

        pool.submit(("pid", None))
        ((_, second),) = pool.results()

    assert isinstance(second, int)
    assert second != first


def test_closing_the_pool_ends_its_workers() -> None:
    with Pool(workers=1, seconds=20, memory_bytes=GIGABYTE, task=TASK) as pool:
        pool.submit(("pid", None))
        ((_, pid),) = list(pool.results())
        assert is_running(pid)

    assert not is_running(pid)


def test_a_worker_gives_way_to_whoever_reads() -> None:
    with Pool(workers=1, seconds=20, memory_bytes=GIGABYTE, task=TASK) as pool:
        pool.submit(("pid", None))
        ((_, pid),) = list(pool.results())

        assert os.getpriority(os.PRIO_PROCESS, pid) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)


def test_a_worker_does_not_answer_to_interrupt() -> None:
    with Pool(workers=1, seconds=20, memory_bytes=GIGABYTE, task=TASK) as pool:
        pool.submit(("pid", None))
        ((_, pid),) = list(pool.results())
        os.kill(pid, signal.SIGINT)
        pool.submit(("pid", 2))
        ((_, again),) = list(pool.results())

    assert again == pid


@pytest.mark.parametrize("deed", [("hang", 60), ("hang_in_c", 400_000)], ids=["sleep", "inside-c"])
def test_workers_die_with_a_parent_that_is_killed(deed: tuple[str, Any]) -> None:
    """kill -9 of the parent, in the middle of a job."""
    program = (
        "from crawler.extraction.pool import Pool\n"
        f"pool = Pool(workers=1, seconds=4.0, memory_bytes={GIGABYTE}, task={TASK!r})\n"
        f"pool.submit(('pid', None)); pool.submit({deed!r})\n"
        "for job, result in pool.results(): print(result, flush=True)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker_pid = int(parent.stdout.readline())
    time.sleep(0.5)

    parent.kill()
    parent.wait()
    parent.stdout.close()

    assert wait_until_gone(worker_pid, seconds=15)


def test_a_task_that_cannot_be_loaded_is_a_fault_of_the_installation(capfd: pytest.CaptureFixture[str]) -> None:
    with Pool(workers=1, seconds=5, memory_bytes=GIGABYTE, task="crawler.extraction.nothing:here") as pool:
        pool.submit(1)
        with pytest.raises(PoolError, match=r"crawler\.extraction\.nothing"):
            list(pool.results())

    assert "ModuleNotFoundError" in capfd.readouterr().err


MURDERED = """
import os, pathlib, signal

starts = pathlib.Path(__file__).with_name("starts")
starts.write_text(starts.read_text() + "." if starts.exists() else ".")
if len(starts.read_text()) <= {kills}:
    os.kill(os.getpid(), signal.SIGKILL)

def perform(job):
    return job
"""


def test_workers_killed_while_they_start_are_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "murdered.py").write_text(MURDERED.format(kills=STARTS_KILLED))
    monkeypatch.syspath_prepend(tmp_path)

    with Pool(workers=1, seconds=20, memory_bytes=GIGABYTE, task="murdered:perform") as pool:
        pool.submit(1)

        assert list(pool.results()) == [(1, 1)]


def test_workers_that_are_always_killed_are_a_fault_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "murdered.py").write_text(MURDERED.format(kills=1_000))
    monkeypatch.syspath_prepend(tmp_path)

    with Pool(workers=1, seconds=20, memory_bytes=GIGABYTE, task="murdered:perform") as pool:
        pool.submit(1)
        with pytest.raises(PoolError, match="status -9"):
            list(pool.results())
