"""The daemon's clock: which job runs how often, and what happens to one that is late.

APScheduler only calls; what is due is decided from the catalogue each time, never from the scheduler's memory, so that
a restart, a jump of the clock or a missed turn loses nothing.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from config.models import Clock

Job = Callable[[], object]
THREADS = 7  # extraction, projection, verification, sealing, matching, a slow mail server and the short jobs at once


CHECK_EVERY = timedelta(minutes=10)  # how often rare work asks the catalogue whether its time has come


def intervals_of(clock: Clock) -> dict[str, timedelta]:
    """How often each job is called, by its name. Rare work is called often and mostly finds nothing due."""
    return {
        "extract": clock.extract_every,
        "project": clock.project_every,
        "match": clock.match_every,
        "send": clock.send_every,
        "errands": clock.project_every,
        "verify": min(CHECK_EVERY, clock.verify_every),
        "seal": min(CHECK_EVERY, clock.seal_every),
        "tidy": min(CHECK_EVERY, clock.tidy_every),
    }


def make_scheduler(clock: Clock, jobs: Mapping[str, Job]) -> BackgroundScheduler:
    """A scheduler with every job, not started yet.

    One instance of a job at a time (`max_instances`); turns missed while one ran or the machine slept become one
    (`coalesce`); a turn may start this late (`misfire_grace_time`: the default of 1 s drops jobs on a busy machine).
    """
    scheduler = BackgroundScheduler(
        timezone=clock.zone,
        executors={"default": ThreadPoolExecutor(THREADS)},
        job_defaults={
            "misfire_grace_time": int(clock.misfire.total_seconds()),
            "coalesce": True,
            "max_instances": 1,
        },
    )
    every = intervals_of(clock)
    for name, job in jobs.items():
        scheduler.add_job(job, "interval", seconds=every[name].total_seconds(), id=name, name=name)
    return scheduler


def call_soon(scheduler: BackgroundScheduler, name: str) -> None:
    """Call a job now instead of at its next turn; the turns after that follow at their distance."""
    scheduler.modify_job(name, next_run_time=datetime.now(UTC))
