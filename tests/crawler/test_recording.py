"""The writing thread: in order, bounded, off the event loop, and finished even when nobody waits any more."""

import asyncio
import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest

from crawler.recording import Recorder


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """A recorder with room for two jobs."""
    made = Recorder(capacity=2)
    yield made
    made.close()


def test_jobs_run_in_one_thread_in_the_order_in_which_they_came(recorder: Recorder) -> None:
    done: list[tuple[int, str]] = []

    async def hand_over() -> None:
        def note(number: int) -> None:
            done.append((number, threading.current_thread().name))

        await asyncio.gather(*(recorder.write(partial(note, number)) for number in range(50)))

    asyncio.run(hand_over())
    assert [number for number, _ in done] == list(range(50))
    assert len({name for _, name in done}) == 1
    assert done[0][1] != threading.current_thread().name


def test_the_loop_goes_on_while_a_slow_disk_holds_up_those_who_hand_over(recorder: Recorder) -> None:
    async def work() -> tuple[int, int]:
        release = threading.Event()
        jobs = [asyncio.create_task(recorder.write(lambda: release.wait(10))) for _ in range(2)]
        third = asyncio.create_task(recorder.write(lambda: True))
        ticks = 0
        for _ in range(20):
            await asyncio.sleep(0.005)
            ticks += 1
        waiting = sum(1 for task in (*jobs, third) if not task.done())
        release.set()
        await asyncio.gather(*jobs, third)
        return ticks, waiting

    assert asyncio.run(work()) == (20, 3)


def test_a_job_handed_over_is_done_although_its_asker_is_cancelled(recorder: Recorder) -> None:
    done: list[str] = []

    async def work() -> None:
        slow = asyncio.create_task(recorder.write(lambda: time.sleep(0.1)))
        last = asyncio.create_task(recorder.write(lambda: done.append("écrit")))
        await asyncio.sleep(0.01)
        last.cancel()
        with pytest.raises(asyncio.CancelledError):
            await last
        await slow

    asyncio.run(work())
    recorder.close()
    assert done == ["écrit"]


def test_readers_do_not_wait_for_the_writer(recorder: Recorder) -> None:
    async def work() -> float:
        release = threading.Event()
        writing = asyncio.create_task(recorder.write(lambda: release.wait(10)))
        started = time.monotonic()
        assert await recorder.read(lambda: 7) == 7
        assert await recorder.compute(lambda: 8) == 8
        waited = time.monotonic() - started
        release.set()
        await writing
        return waited

    assert asyncio.run(work()) < 5
