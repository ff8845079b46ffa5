"""Every input that once broke a target, or that leads into a corner of its code, held to its property again."""

import sys
from pathlib import Path

import pytest

from tests.fuzz import __main__ as fuzz
from tests.fuzz.targets import TARGETS

CASES = Path(__file__).parent / "cases"
FILES = sorted(path for path in CASES.rglob("*") if path.is_file())


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_kept_case_holds(path: Path) -> None:
    TARGETS[path.parent.name].check(path.read_bytes())


def test_every_target_has_cases_and_every_case_a_target() -> None:
    assert {path.parent.name for path in FILES} == set(TARGETS)


def test_without_the_fuzzer_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["fuzz"])
    monkeypatch.setattr(fuzz, "find_spec", lambda name: None)
    assert fuzz.main() == 2
    assert "requirements-fuzz.lock" in capsys.readouterr().err
