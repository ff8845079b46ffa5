"""The table in which every benchmark ends: figure, measured, target; and the same as JSON for whoever compares runs."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.machine import describe_machine

RESULTS = Path("build") / "bench"
_LIBRARIES = ("scrapy", "twisted", "trafilatura", "lxml", "warcio", "isal", "feedparser", "sqlalchemy", "tantivy")


@dataclass(frozen=True)
class Figure:
    """One measured figure; with a target it is held against it, at most or at least."""

    name: str
    measured: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def missed(self) -> bool:
        """True where the target is not reached."""
        above = self.at_most is not None and self.measured > self.at_most
        below = self.at_least is not None and self.measured < self.at_least
        return above or below


def report_figures(
    benchmark: str,
    figures: Sequence[Figure],
    *,
    tiny: bool = False,
    sizes: Mapping[str, float] | None = None,
    compared: Mapping[str, str] | None = None,
) -> int:
    """Print the table and write it as JSON; 1 where a target is missed, else 0.

    A `tiny` run shows that a benchmark still runs: its figures say nothing, so they are held against no target, and
    are kept apart. `sizes` is what was asked for where the figures do not show it; `compared` are versions of programs
    that are installed elsewhere.
    """
    RESULTS.mkdir(parents=True, exist_ok=True)
    said = {
        "benchmark": benchmark,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "tiny": tiny,
        "sizes": dict(sizes or {}),
        "machine": describe_machine(),
        "versions": {name: version(name) for name in _LIBRARIES}
        | {"sqlite": sqlite3.sqlite_version}
        | dict(compared or {}),
        "figures": [asdict(figure) for figure in figures],
    }
    name = f"{benchmark}-tiny.json" if tiny else f"{benchmark}.json"
    (RESULTS / name).write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    missed = print_figures(figures)
    return 0 if tiny else missed


def print_figures(figures: Sequence[Figure]) -> int:
    """Print the table; 1 where a target is missed, else 0."""
    width = max(len(figure.name) for figure in figures)
    print(f"{'figure':<{width}}  {'measured':>16}  target")
    for figure in figures:
        measured = f"{figure.measured:,.3g}" if abs(figure.measured) < 1_000 else f"{figure.measured:,.0f}"
        target = _target(figure) + ("  MISSED" if figure.missed else "")
        print(f"{figure.name:<{width}}  {measured + ' ' + figure.unit:>16}  {target}".rstrip())
    return int(any(figure.missed for figure in figures))


def percentile(sorted_values: list[float], share: float) -> float:
    """The value below which that share of the sorted values lies, by nearest rank."""
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]


def _target(figure: Figure) -> str:
    if figure.at_most is not None:
        return f"<= {figure.at_most:g} {figure.unit}"
    return f">= {figure.at_least:g} {figure.unit}" if figure.at_least is not None else ""
