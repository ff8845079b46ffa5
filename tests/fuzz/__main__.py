"""Fuzz every target for a while: `python -m tests.fuzz [--seconds 60] [TARGET]`.

Each runs in a process of its own, led by the code it reaches, from the cases that are kept and from those of earlier
runs under `build/fuzz`. An input that breaks a target is kept under `cases/`, where it is a test from then on.
"""

import argparse
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

CASES = Path(__file__).parent / "cases"
TARGETS = ("query", "url")
NEEDED = "atheris is missing, which fuzzing needs; `make fuzz` installs it, or: pip install -r requirements-fuzz.lock"


def main() -> int:
    """1 where a target broke, 2 where the fuzzer is missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz the query language and URLs.")
    parser.add_argument("target", nargs="*", choices=[*TARGETS, []], help="default: all")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument(
        "--work", type=Path, default=Path("build/fuzz"), help="where inputs worth keeping are collected"
    )
    asked = parser.parse_args()
    if find_spec("atheris") is None:
        print(NEEDED, file=sys.stderr)
        return 2
    broken = [name for name in asked.target or TARGETS if not _fuzz(name, asked.seconds, asked.work)]
    for name in broken:
        print(f"{name}: broken by an input that is kept now under {CASES / name}; run its test to see how.")
    return 1 if broken else 0


def _fuzz(name: str, seconds: int, work: Path) -> bool:
    """True where the target held."""
    collected = work / name
    collected.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.run_one",
        name,
        str(work / f"{name}.dict"),
        str(collected),
        str(CASES / name),
    ]
    command += [f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=1500", f"-artifact_prefix={CASES / name}/"]
    print(f"{name}: fuzzing for {seconds} s", flush=True)
    return subprocess.run(command, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
