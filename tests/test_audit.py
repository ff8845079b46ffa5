"""The audit of dependencies never calls clean what nobody looked up."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "audit.py"
LOCKED = {"name": "lockstep", "version": "1.0", "vulns": []}
UNKNOWN = {"name": "absent", "skip_reason": "Dependency not found on PyPI and could not be audited: absent (1.0)"}
FAULT = {"id": "PYSEC-2026-1", "fix_versions": ["1.1"], "description": "…"}


def audit(folder: Path, *answers: object) -> "subprocess.CompletedProcess[str]":
    """Run the script beside a program that gives these answers, the source asked first having the first."""
    program = folder / "pip-audit"
    lines = [f"pypi) echo '{_render(answers[0])}';;", f"osv) echo '{_render(answers[-1])}';;"]
    program.write_text("\n".join(["#!/bin/sh", 'case "$2" in', *lines, "esac"]), encoding="utf-8")
    program.chmod(0o755)
    return _run(str(program))


def _render(packages: object) -> str:
    return packages if isinstance(packages, str) else json.dumps({"dependencies": packages, "fixes": []})


def _run(program: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(SCRIPT), program, "requirements.lock"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([LOCKED], 0, "1 packages looked up at pypi.org: no known vulnerabilities."),
        ([LOCKED | {"vulns": [FAULT]}], 1, "lockstep 1.0: PYSEC-2026-1, mended in 1.1"),
        ([LOCKED, UNKNOWN], 3, "audit: not looked up: absent."),
        ([LOCKED | {"vulns": [FAULT]}, UNKNOWN], 1, "audit: not looked up: absent."),
    ],
)
def test_what_a_source_knows_decides(tmp_path: Path, packages: list[Any], code: int, said: str) -> None:
    done = audit(tmp_path, packages)

    assert (done.returncode, said in done.stdout + done.stderr) == (code, True), done.stdout + done.stderr


@pytest.mark.parametrize("answer", [[UNKNOWN], "", "Traceback: no route to host", [], {"other": 1}])
def test_where_nobody_can_be_asked_it_is_said(tmp_path: Path, answer: object) -> None:
    done = audit(tmp_path, answer)

    assert done.returncode == 3 and done.stdout == ""
    assert (
        "no source of advisories can be reached (asked: pypi.org and api.osv.dev). Nothing was looked up."
        in done.stderr
    )


def test_the_second_source_is_asked_where_the_first_knows_nothing(tmp_path: Path) -> None:
    done = audit(tmp_path, [UNKNOWN], [LOCKED])

    assert done.returncode == 0 and "looked up at api.osv.dev" in done.stdout


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = _run(str(tmp_path / "nowhere"))

    assert done.returncode == 2 and "cannot be run: No such file or directory." in done.stderr
