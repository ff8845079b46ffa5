"""The page of figures is made from kept runs, says what was not measured, and is the one that the documents hold."""

from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from benchmarks.growth import Growth, compare
from benchmarks.report import read_results, write_page

REPOSITORY = Path(__file__).parents[2]


def make_result(benchmark: str, figures: list[Figure]) -> dict[str, Any]:
    return {
        "benchmark": benchmark, "measured_at": "2026-03-14T08:00:00+00:00", "tiny": False, "sizes": {"documents": 1000},
        "machine": {"processor": "Essai 3000", "cores": 2, "memory_gib": 8, "kernel": "Linux 6.1", "python": "3.11.7",
                    "load": 1.5},
        "versions": {"tantivy": "0.27"}, "figures": [vars(figure) for figure in figures],
    }  # fmt: skip


def test_the_document_is_what_the_kept_runs_say() -> None:
    written = (REPOSITORY / "docs" / "performance.md").read_text(encoding="utf-8")
    assert written == write_page(read_results()), "run: python -m benchmarks.report > docs/performance.md"


def test_no_kept_run_is_a_tiny_one() -> None:
    assert not [name for name, result in read_results().items() if result["tiny"]]


def test_what_was_not_measured_is_said_and_how_to() -> None:
    page = write_page({"warc": make_result("warc", [Figure("ours", 0.5, "ms")])})
    assert "| ours | 0.5 ms | |" in page
    assert "Essai 3000" in page
    assert "load 1.5" in page
    assert "Not measured yet: `make bench-crawl`." in page
    assert "Not measured yet: `make bench-growth" in page


def test_a_missed_target_is_said() -> None:
    figures = [Figure("slow", 9, "ms", at_most=5), Figure("fast", 3, "ms", at_most=5), Figure("few", 2, "", at_least=5)]
    page = write_page({"essai": make_result("essai", figures)})
    assert "| slow | 9 ms | <= 5, **missed** |" in page
    assert "| fast | 3 ms | <= 5 |" in page
    assert "| few | 2 | >= 5, **missed** |" in page


def test_growth_is_a_table_of_sizes_with_sums_for_more() -> None:
    names = (
        "disk: catalogue",
        "disk: index",
        "disk: WARC files",
        "rebuild: processor",
        "verify, everything read: processor",
    )
    small = [Growth(name, 10.0, "MiB", grows=True) for name in names] + [Growth("search p50", 2.0, "ms")]
    large = [Growth(name, 91.0, "MiB", grows=True) for name in names] + [Growth("search p50", 2.0, "ms")]
    small += [Growth("search p99", 5.0, "ms")]
    large += [Growth("search p99", 4.0, "ms")]

    page = write_page({"growth": make_result("growth", list(compare([10_000, 100_000], [small, large])))})

    assert "| disk: index, MiB | 10 | 91 | 9.1 |" in page
    assert "| catalogue | 9 GB | 94 GB |" in page  # 81 MiB for 90,000 documents more, and so on in a straight line
    assert "| rebuild of the index, processor | 2.5 h | 25.0 h |" in page
    assert "| search p50 | 2 ms | 2 ms |" in page
    assert "| search p99 | not to be told | not to be told |" in page  # it did not grow: no sum may be made of noise


def test_what_grows_faster_than_a_straight_line_misses() -> None:
    steady = [[Growth("check", 2.0, "ms"), Growth("rebuild", 1.0, "s", grows=True)],
              [Growth("check", 2.1, "ms"), Growth("rebuild", 10.5, "s", grows=True)]]  # fmt: skip
    worse = [steady[0], [Growth("check", 4.0, "ms"), Growth("rebuild", 14.0, "s", grows=True)]]

    assert not any(figure.missed for figure in compare([10, 100], steady))
    assert [figure.name for figure in compare([10, 100], worse) if figure.missed] == ["check, 100", "rebuild, 100"]
