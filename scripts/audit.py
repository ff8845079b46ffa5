"""Ask for known vulnerabilities of the locked dependencies, and say plainly where nobody could be asked.

    python scripts/audit.py PIP_AUDIT LOCK...

PIP_AUDIT is the program, in a virtual environment of its own. By itself it calls a lock of which no package could be
looked up free of vulnerabilities; here every package counts that was not looked up.

Exit codes: 0 every package was looked up and nothing is known; 1 something is known; 2 it cannot be run; 3 no source of
advisories could be reached, or not every package was looked up, and nothing is known of the others.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

CLEAN, VULNERABLE, NOT_RUN, NOT_LOOKED_UP = range(4)
SOURCES = {"pypi": "pypi.org", "osv": "api.osv.dev"}  # asked in this order, the second where the first knows nothing
SECONDS = 900  # two hundred packages at some seconds each, on a slow line


@dataclass(frozen=True)
class Report:
    """What a source of advisories said: how many packages it knows, the names of the others, a line a vulnerability."""

    looked_up: int
    unknown: tuple[str, ...]
    found: tuple[str, ...]


def main(arguments: Sequence[str]) -> int:
    """Ask the sources one after the other until one knows the packages; print what it said."""
    if len(arguments) < 2:
        print("audit: expected the program pip-audit and one lock file or more.", file=sys.stderr)
        return NOT_RUN
    program, *locks = arguments
    for source in SOURCES:
        try:
            report = ask(program, source, locks)
        except OSError as error:
            print(f"audit: {program} cannot be run: {error.strerror}.", file=sys.stderr)
            return NOT_RUN
        if report is not None and report.looked_up:
            return tell(report, SOURCES[source])
    asked = " and ".join(SOURCES.values())
    print(f"audit: no source of advisories can be reached (asked: {asked}). Nothing was looked up.", file=sys.stderr)
    return NOT_LOOKED_UP


def ask(program: str, source: str, locks: Sequence[str]) -> Report | None:
    """One source's report, None where it gave none."""
    files = [word for lock in locks for word in ("--requirement", lock)]
    options = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    command = [program, "--vulnerability-service", source, *options, *files]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        return read(json.loads(done.stdout))
    except (ValueError, KeyError, TypeError, AttributeError, subprocess.TimeoutExpired):
        return None


def read(said: Any) -> Report:
    """The JSON that pip-audit prints."""
    packages = said["dependencies"]
    unknown = tuple(one["name"] for one in packages if "skip_reason" in one)
    found = tuple(_describe(one, fault) for one in packages for fault in one.get("vulns", ()))
    return Report(len(packages) - len(unknown), unknown, found)


def tell(report: Report, source: str) -> int:
    """Print what is known and what is not; the exit code."""
    for line in report.found:
        print(line)
    print(f"{report.looked_up} packages looked up at {source}: {len(report.found) or 'no'} known vulnerabilities.")
    if report.unknown:
        print(f"audit: not looked up: {', '.join(report.unknown)}.", file=sys.stderr)
    if report.found:
        return VULNERABLE
    return NOT_LOOKED_UP if report.unknown else CLEAN


def _describe(package: Any, fault: Any) -> str:
    fixed = " or ".join(fault["fix_versions"]) or "no version yet"
    return f"{package['name']} {package['version']}: {fault['id']}, mended in {fixed}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
