"""The table in which every benchmark ends: figure, measured, target."""

from dataclasses import dataclass


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


def print_figures(figures: list[Figure]) -> int:
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
