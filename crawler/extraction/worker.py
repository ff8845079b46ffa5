"""One worker of the pool: `python -m crawler.extraction.worker`, started by `pool.py` and by nobody else.

It takes jobs from its standard input, one at a time, and writes results to its standard output. Promises: it never
outlives its parent by more than one job's time limit, it does not answer to Ctrl-C (the parent decides), and what
libraries print goes to standard error instead of between the messages.
"""

import contextlib
import importlib
import logging
import math
import os
import queue
import resource
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from crawler.extraction.wire import Answer, Hello, Order, Raised, Ready, answer, claim_pipes, encode, read_message

# After the parent's own limit, so that normally the parent kills and names the cause; this one is for orphans.
GRACE_SECONDS = 5.0
# Of its memory limit: a worker that a job left larger is replaced, since parsers do not give everything back.
SWOLLEN_SHARE = 0.25
_PAGE_BYTES = resource.getpagesize()

Task = Callable[[Any], Any]


def main() -> None:
    """Serve jobs until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends the process even while C code runs
    logging.getLogger().addHandler(logging.NullHandler())
    jobs_in, answers_out = claim_pipes()
    hello = read_message(jobs_in)
    if not isinstance(hello, Hello):
        raise SystemExit("This is a worker of the extraction pool, which starts it; there is nothing to run by hand.")
    _limit_memory(hello.memory_bytes)
    task = _load_task(hello)
    answer(answers_out, encode(Ready()))
    jobs = _follow(jobs_in)
    while True:
        order = jobs.get()
        message = _run_bounded(task, order.job, order.seconds + GRACE_SECONDS)
        del order  # what is large in it goes before its size is looked at
        if _resident_bytes() > SWOLLEN_SHARE * hello.memory_bytes:
            message = replace(message, retire=True)
        answer(answers_out, _encode_answer(message))
        if message.retire:
            return


def _limit_memory(memory_bytes: int) -> None:
    """Bound the address space. Allocations over it fail, in Python as MemoryError."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
    with contextlib.suppress(ValueError, OSError):  # a system without this limit: the time limit still holds
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _limit_processor(seconds: float) -> None:
    """Bound the processor's time from now on; the system ends the process where it is used up."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = math.ceil(spent.ru_utime + spent.ru_stime + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _resident_bytes() -> int:
    """What this process holds of memory now; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES
    except OSError:
        return 0


def _load_task(hello: Hello) -> Task:
    sys.path[:] = hello.path
    module_name, _, function_name = hello.task.partition(":")
    task: Task = getattr(importlib.import_module(module_name), function_name)
    return task


def _follow(jobs_in: BinaryIO) -> "queue.SimpleQueue[Order]":
    """The jobs, read by a thread of their own so that the end of the parent is noticed in the middle of one."""
    jobs: queue.SimpleQueue[Order] = queue.SimpleQueue()

    def read() -> None:
        while (order := read_message(jobs_in)) is not None:
            jobs.put(order)
            del order  # or a large job would be kept until the next one
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return jobs


def _run_bounded(task: Task, job: Any, seconds: float) -> Answer | Raised:
    signal.setitimer(signal.ITIMER_REAL, seconds)
    _limit_processor(seconds)
    try:
        return Answer(task(job))
    except MemoryError:
        return Raised("out of memory", retire=True)
    except Exception as error:  # noqa: BLE001 - the boundary of the stage: whatever the page made a library do
        return Raised(_describe(error))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _describe(error: Exception) -> str:
    """Kind and place of an error; its text may quote the page, so it is left out."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def _encode_answer(message: Answer | Raised) -> bytes:
    try:
        return encode(message)
    except Exception as error:  # noqa: BLE001 - a result that cannot travel is a failed job, not a dead worker
        return encode(Raised(f"the result cannot be sent: {type(error).__name__}", message.retire))


if __name__ == "__main__":
    main()
