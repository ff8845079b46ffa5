"""Processes that are measured: what one used of the processor, itself and all that it started and waited for."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.catalogue import sources
from benchmarks.news_site import address_of
from config.loading import load_valid
from vigie.installation import Installation
from vigie.stages import prepare

STOP_SECONDS = 30.0


@dataclass(frozen=True)
class Spent:
    """How a process ended: seconds of processor time, and the last line it printed where that is JSON."""

    cpu_seconds: float
    said: dict[str, Any]


def run_measured(module: str, *arguments: str, log: Path, may_end_with: Sequence[int] = (0,)) -> Spent:
    """Run a Python module to its end; what it says on standard error goes to `log`."""
    return run_program(sys.executable, "-m", module, *arguments, log=log, may_end_with=may_end_with)


def run_program(
    *words: str,
    log: Path,
    may_end_with: Sequence[int] = (0,),
    beside: Callable[[int], AbstractContextManager[object]] = nullcontext,
) -> Spent:
    """Run any program to its end; what it says on standard error goes to `log`.

    `beside` gets its process id, and what it gives is entered while the program runs.
    """
    with log.open("ab") as errors:
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=errors)
        assert process.stdout is not None
        with beside(process.pid):
            lines = process.stdout.read().decode().splitlines()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in may_end_with:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}; see {log}")
    said = next((line for line in reversed(lines) if line.startswith("{")), "{}")
    return Spent(used.ru_utime + used.ru_stime, json.loads(said))


@contextmanager
def serve_news(articles: int, publishers: int, aged_days: int = 0) -> Iterator[int]:
    """The generated site in a process of its own; gives its port."""
    sizes = {"--articles": articles, "--publishers": publishers, "--aged-days": aged_days}
    words = [sys.executable, "-m", "benchmarks.news_site"]
    words += [str(word) for option in sizes.items() for word in option]
    process = subprocess.Popen(words, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise SystemExit("the generated site did not start")
        yield int(line)
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def write_configuration(folder: Path, port: int, publishers: int, *, interval: str = "5m", **settings: object) -> Path:
    """The configuration of a Vigie that follows the generated site alone, as fast as it answers."""
    config = folder / "config"
    (config / "sources").mkdir(parents=True, exist_ok=True)
    hosts = [f"{address_of(publisher)}:{port}" for publisher in range(publishers)]
    said = {
        "data_folder": str(folder / "data"),
        "contact": "essai@redaction.test",
        "private_hosts": hosts,
        "politeness": {"delay": "0s"},
    } | settings
    sources = [
        {
            "id": f"essai-{number}", "name": f"Essai {number}", "kind": "local_press", "homepage": f"http://{host}/",
            "feeds": [f"http://{host}/feed"], "delay": "0s", "interval": interval,
        }
        for number, host in enumerate(hosts)
    ]  # fmt: skip
    (config / "settings.yaml").write_text(json.dumps(said), encoding="utf-8")
    (config / "sources" / "essai.yaml").write_text(json.dumps(sources), encoding="utf-8")
    return config


def register_due(config: Path) -> None:
    """Make the sources known to a new installation, each to be visited at once."""
    installation = Installation(load_valid(config))
    now = installation.clock()
    with installation.open_catalogue() as catalogue:
        prepare(installation, catalogue)
        with catalogue.write() as transaction:
            for source in installation.sources:
                sources.update_source(transaction, source, next_visit_at=now)
