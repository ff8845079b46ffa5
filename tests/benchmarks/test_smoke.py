"""The benchmarks run at a tiny size and leave their figures as JSON; the rest of them by `make bench-smoke`."""

import json
import re
import sys
from pathlib import Path

import pytest

from benchmarks import smoke
from benchmarks.figures import RESULTS, Figure, report_figures

REPOSITORY = Path(__file__).parents[2]
QUICK = ("indexing", "search", "warc", "extraction_equality")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of its own, so that no figures of real runs are touched."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    return tmp_path


def test_the_quick_benchmarks_run_and_leave_figures(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (elsewhere / "work").mkdir()

    assert smoke.run(QUICK, elsewhere / "work") == 0, capsys.readouterr().out

    for name in ("indexing", "search", "warc"):
        said = json.loads((elsewhere / RESULTS / f"{name}-tiny.json").read_text())
        assert said["benchmark"] == name
        assert said["figures"]
        assert said["versions"]["tantivy"]
        assert said["machine"]["cores"] >= 1


def test_a_benchmark_that_fails_is_named_with_what_it_said(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(smoke.TINY, "warc", ("--no-such-option",))

    assert smoke.run(["warc"], elsewhere) == 1

    said = capsys.readouterr().out
    assert "FAILED" in said
    assert "--no-such-option" in said


def test_every_benchmark_is_run_or_left_out_with_a_reason() -> None:
    runnable = {
        path.stem for path in (REPOSITORY / "benchmarks").glob("*.py") if "report_figures(" in path.read_text()
    } - {"figures"}
    left_out = {name for names in smoke.LEFT_OUT for name in names.split(", ")}
    assert runnable - smoke.TINY.keys() - left_out == set()
    for name in smoke.TINY:
        assert (REPOSITORY / "benchmarks" / f"{name}.py").exists()


def test_what_is_written_names_no_machine_and_a_tiny_run_misses_nothing(elsewhere: Path) -> None:
    figures = [Figure("too slow", 9, "ms", at_most=5)]

    assert report_figures("essai", figures, tiny=True, sizes={"documents": 3}) == 0
    assert report_figures("essai", figures) == 1

    tiny = (elsewhere / RESULTS / "essai-tiny.json").read_text()
    assert json.loads(tiny)["sizes"] == {"documents": 3}
    assert set(json.loads(tiny)["machine"]) == {"processor", "cores", "memory_gib", "kernel", "python", "load"}
    assert not re.search(rf"{re.escape(str(Path.home()))}|{re.escape(sys.prefix)}", tiny)
