"""Killable worker processes for work on hostile input: a time limit and a memory limit for each job.

Timers inside a process do not fire while C code runs, so each worker is a process of its own that is killed from here.
Promises: every submitted job comes out of `results` exactly once, with its result or a named `Failure`; a worker that
hangs, crashes or eats memory takes down one job and is replaced; no worker outlives the pool.

A pool is used from one thread. Jobs are small and picklable: the task reads what is large by itself.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Any, Self

from archive.outcomes import Outcome
from crawler.extraction.wire import Answer, Hello, Order, Raised, Ready, encode, send, take_message
from crawler.giving_way import EXTRACTION, give_way

START_SECONDS = 60.0  # loading the libraries takes one or two; a busy machine may need many more
JOBS_PER_WORKER = 500  # then a fresh process, because parsers fragment memory; starting one costs about a second
STARTS_KILLED = 5  # in a row by a signal from outside, before that is taken for a fault of the machine
END_SECONDS = 2.0  # between closing its output and being gone
ANSWER_SECONDS = 5.0  # between two pieces of one answer
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Failure:
    """A job without a result: `extraction_timeout` or `extraction_failed`, and why in a few words."""

    outcome: Outcome
    detail: str


class PoolError(Exception):
    """The workers cannot run at all: a fault of the installation, not of a page."""


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    deadline: float
    buffer: bytearray = field(default_factory=bytearray)
    ready: bool = False
    order: Order | None = None
    done: int = 0

    @property
    def input(self) -> IO[bytes]:
        """Where it takes messages."""
        assert self.process.stdin is not None
        return self.process.stdin


class Pool:
    """`workers` processes that run `task` ("package.module:function") on jobs, each within its limits.

    A job may have a time limit of its own; the others have `seconds`.
    """

    def __init__(self, workers: int, seconds: float, memory_bytes: int, task: str) -> None:
        self._size = workers
        self._seconds = seconds
        self._hello = encode(Hello(task, tuple(sys.path), memory_bytes))
        self._task = task
        self._waiting: deque[Order] = deque()
        self._workers: list[_Worker] = []
        self._killed_at_start = 0
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def pending(self) -> int:
        """Jobs that are submitted and not yet out of `results`."""
        return len(self._waiting) + sum(worker.order is not None for worker in self._workers)

    def submit(self, job: Any, seconds: float | None = None) -> None:
        """Add a job; it runs while `results` is being read."""
        self._waiting.append(Order(job, self._seconds if seconds is None else seconds))

    def results(self) -> Iterator[tuple[Any, Any]]:
        """Each job with its result or its `Failure`, as they end; jobs submitted meanwhile are taken along."""
        while self.pending:
            self._hand_out()
            yield from self._collect()

    def map(
        self, jobs: Iterable[Any], seconds_of: Callable[[Any], float | None] = lambda _: None
    ) -> Iterator[tuple[Any, Any]]:
        """`results` over any number of jobs, of which only a few are taken from `jobs` ahead of time."""
        source = iter(jobs)
        exhausted = False
        while True:
            while not exhausted and self.pending < 2 * self._size:
                try:
                    job = next(source)
                except StopIteration:
                    exhausted = True
                else:
                    self.submit(job, seconds_of(job))
            if not self.pending:
                return
            self._hand_out()
            yield from self._collect()

    def close(self) -> None:
        """Kill the workers. Jobs that are not out yet are dropped; their caller still has them."""
        for worker in list(self._workers):
            self._discard(worker)
        self._selector.close()

    def _hand_out(self) -> None:
        """Start workers where some are missing, and give each idle one a job."""
        for worker in [one for one in self._workers if not self._is_busy(one) and one.process.poll() is not None]:
            self._discard(worker)  # it ended while nobody had work for it, which is no page's fault
        while len(self._workers) < min(self._size, self.pending):
            self._start_worker()
        for worker in list(self._workers):
            if worker.ready and worker.order is None and self._waiting:
                worker.order = order = self._waiting.popleft()
                message = encode(order)
                worker.deadline = time.monotonic() + order.seconds
                send(worker.input, message)

    def _start_worker(self) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "crawler.extraction.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            process_group=0,  # Ctrl-C in a terminal goes to the parent alone
        )
        give_way(process.pid, EXTRACTION)
        worker = _Worker(process, time.monotonic() + START_SECONDS)
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        self._selector.register(process.stdout, selectors.EVENT_READ, worker)
        self._workers.append(worker)
        send(worker.input, self._hello)

    def _collect(self) -> Iterator[tuple[Any, Any]]:
        """Wait for the next thing to happen, and yield the jobs it ended."""
        if not self._workers:
            return
        pause = max(0.0, min(worker.deadline for worker in self._workers if self._is_busy(worker)) - time.monotonic())
        for key, _ in self._selector.select(pause):
            yield from self._read(key.data)
        for worker in [late for late in self._workers if self._is_busy(late) and late.deadline <= time.monotonic()]:
            yield from self._stop_late(worker)

    @staticmethod
    def _is_busy(worker: _Worker) -> bool:
        return worker.order is not None or not worker.ready

    def _read(self, worker: _Worker) -> Iterator[tuple[Any, Any]]:
        assert worker.process.stdout is not None
        try:
            chunk = os.read(worker.process.stdout.fileno(), _CHUNK)
        except BlockingIOError:
            return
        if not chunk:
            yield from self._bury(worker)
            return
        worker.buffer += chunk
        # who has begun to answer is done with the page, however long the caller took over the job before
        worker.deadline = max(worker.deadline, time.monotonic() + ANSWER_SECONDS)
        while (message := take_message(worker.buffer)) is not None:
            yield from self._take(worker, message)

    def _take(self, worker: _Worker, message: Ready | Answer | Raised) -> Iterator[tuple[Any, Any]]:
        if isinstance(message, Ready):
            worker.ready = True
            self._killed_at_start = 0
            return
        assert worker.order is not None
        job = worker.order.job
        worker.order, worker.done = None, worker.done + 1
        if worker.done >= JOBS_PER_WORKER or message.retire:
            self._discard(worker)
        if isinstance(message, Raised):
            yield job, Failure(Outcome.extraction_failed, message.detail)
        else:
            yield job, message.result

    def _bury(self, worker: _Worker) -> Iterator[tuple[Any, Any]]:
        """A worker ended by itself."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            worker.process.wait(END_SECONDS)  # or the kill would hide how it ended
        status = self._discard(worker)
        if not worker.ready and status < 0 and self._killed_at_start < STARTS_KILLED:
            self._killed_at_start += 1  # by somebody outside; the next one is started at once
            return
        if not worker.ready:
            raise PoolError(
                f"The extraction worker ended with status {status} before its first job. Expected it to load"
                f" {self._task}; its message stands above. Run `{sys.executable} -m {self._task.partition(':')[0]}`."
            )
        if worker.order is not None:
            yield worker.order.job, Failure(Outcome.extraction_failed, _describe_end(status))

    def _stop_late(self, worker: _Worker) -> Iterator[tuple[Any, Any]]:
        self._discard(worker)
        if worker.order is None:
            raise PoolError(f"The extraction worker was not ready within {START_SECONDS:g} s; is the machine too busy?")
        seconds = worker.order.seconds
        yield worker.order.job, Failure(Outcome.extraction_timeout, f"stopped after {seconds:g} s")

    def _discard(self, worker: _Worker) -> int:
        """Kill a worker, wait for its end and forget it; its exit status."""
        self._workers.remove(worker)
        assert worker.process.stdout is not None
        assert worker.process.stdin is not None
        self._selector.unregister(worker.process.stdout)
        if worker.process.poll() is None:
            worker.process.kill()
        status = worker.process.wait()
        worker.process.stdin.close()
        worker.process.stdout.close()
        return status


def _describe_end(status: int) -> str:
    if status >= 0:
        return f"the worker ended with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    hint = " (out of memory?)" if name == "SIGKILL" else ""
    return f"the worker was ended by {name}{hint}"
