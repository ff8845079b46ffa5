"""What bounds a worker of the pool: the time of each job, its address space and processor, the size it may stay at."""

import time

from archive.outcomes import Outcome
from crawler.extraction.pool import Failure, Pool
from crawler.extraction.worker import GRACE_SECONDS, SWOLLEN_SHARE

TASK = "tests.crawler.extraction.hostile_tasks:perform"
MEMORY = 1 << 30


def test_a_job_may_have_a_time_limit_of_its_own() -> None:
    with Pool(workers=1, seconds=60, memory_bytes=MEMORY, task=TASK) as pool:
        started = time.monotonic()
        pool.submit(("hang", 50), seconds=1.0)
        pool.submit(("echo", 1))

        results = dict(pool.results())

    assert results == {("hang", 50): Failure(Outcome.extraction_timeout, "stopped after 1 s"), ("echo", 1): 1}
    assert time.monotonic() - started < 40


def test_the_system_bounds_address_space_and_processor_too() -> None:
    with Pool(workers=1, seconds=30, memory_bytes=MEMORY, task=TASK) as pool:
        pool.submit(("limits", None))
        ((_, (address_space, processor, spent)),) = pool.results()

    assert address_space == MEMORY
    assert spent + 30 + GRACE_SECONDS - 1 < processor < spent + 30 + GRACE_SECONDS + 2


def test_a_worker_that_a_job_left_large_is_replaced() -> None:
    with Pool(workers=1, seconds=30, memory_bytes=MEMORY, task=TASK) as pool:
        pids = []
        for job in (("pid", 1), ("keep", int(1.2 * SWOLLEN_SHARE * MEMORY)), ("pid", 2), ("pid", 3)):
            pool.submit(job)
            pids += [result for (deed, _), result in pool.results() if deed == "pid"]

    assert pids[0] != pids[1] == pids[2]
