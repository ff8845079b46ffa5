"""The daemon on the local news site for a long time: does it keep its memory and its files, and go on finding news?

    python -m benchmarks.soak --minutes 60

Visits every few seconds, a day of the site passing now and then, samples once in ten seconds. Fails where a process
died, where memory or open files of the parent grew by more than a quarter between the second and the last quarter of
the time, or where the archive does not verify.
"""

import argparse
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.site.articles import DAYS
from tests.site.configuration import write_configuration
from tests.site.server import Site

SAMPLE_SECONDS = 10.0
DAY_SECONDS = 45.0
GROWTH = 1.25
WARM_UP_SAMPLES = 4
QUICK = "clock:\n  extract_every: 2s\n  project_every: 2s\n  interval_bounds: [2s, 1h]\nlimits:\n  child_seconds: 120\n"


@dataclass(frozen=True)
class Sample:
    """The daemon's own process at one moment."""

    megabytes: float
    files: int
    threads: int


def main() -> int:
    """Run, print the samples, judge them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    minutes: float = parser.parse_args().minutes
    with tempfile.TemporaryDirectory(prefix="vigie-soak-") as folder, Site() as site:
        config = write_configuration(Path(folder) / "config", site.port)
        _hasten(config)
        samples, code = _watch(config, site, minutes * 60)
        verified = subprocess.run([sys.executable, "-m", "vigie", "--config", str(config), "verify"], check=False)
    return _judge(samples, code, verified.returncode)


def _hasten(config: Path) -> None:
    settings = config / "settings.yaml"
    settings.write_text(settings.read_text() + QUICK)
    for file in (config / "sources").glob("*.yaml"):
        file.write_text(
            file.read_text().replace("  delay: 0s", "  delay: 0s\n  interval: 3s\n  interval_bounds: [3s, 6s]")
        )


def _watch(config: Path, site: Site, seconds: float) -> tuple[list[Sample], int]:
    samples: list[Sample] = []
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "vigie", "--config", str(config), "init"], check=True, capture_output=True)
    with (config.parent / "daemon.log").open("wb") as log:
        daemon = subprocess.Popen([sys.executable, "-m", "vigie", "--config", str(config), "run"], stderr=log)
        try:
            while time.monotonic() - began < seconds and daemon.poll() is None:
                time.sleep(SAMPLE_SECONDS)
                passed = time.monotonic() - began
                site.reset() if int(passed / DAY_SECONDS) % 3 == 0 else site.advance(
                    DAYS[int(passed / DAY_SECONDS) % 3]
                )
                with suppress(OSError):
                    samples.append(_sample(daemon.pid))
                    print(f"{passed:6.0f} s  {samples[-1]}", flush=True)
        finally:
            daemon.send_signal(signal.SIGTERM)
            code = daemon.wait(timeout=120)
    return samples, code


def _sample(pid: int) -> Sample:
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    kilobytes = int(status["VmRSS"].split()[0])
    return Sample(kilobytes / 1024, len(list(Path(f"/proc/{pid}/fd").iterdir())), int(status["Threads"]))


def _judge(samples: list[Sample], code: int, verified: int) -> int:
    quarter = max(1, len(samples) // 4)
    early, late = samples[quarter : 2 * quarter] or samples, samples[-quarter:]
    faults = [f"the daemon ended with {code}"] * bool(code) + ["the archive does not verify"] * bool(verified)
    for name in ("megabytes", "files"):
        before = statistics.median(getattr(one, name) for one in early)
        after = statistics.median(getattr(one, name) for one in late)
        print(f"{name}: {before:.0f} early, {after:.0f} at the end")
        if len(samples) > WARM_UP_SAMPLES and after > GROWTH * before:
            faults.append(f"{name} grew from {before:.0f} to {after:.0f}")
    print("\n".join(faults) or "steady")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
