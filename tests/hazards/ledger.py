"""What became of the tests of each hazard while pytest ran them."""

from collections import defaultdict
from typing import Any

import pytest

from tests.hazards.hazards import number_of


class Ledger:
    """A plugin of pytest that keeps one line a number."""

    def __init__(self) -> None:
        self._passed: dict[str, int] = defaultdict(int)
        self._failed: dict[str, list[str]] = defaultdict(list)
        self._skipped: dict[str, list[str]] = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count the end of one phase of one test; a test that could not be set up failed."""
        name = report.nodeid.rpartition("::")[2]
        number = number_of(name)
        if number is None:
            return
        if report.failed:
            self._failed[number].append(name)
        elif report.skipped:
            self._skipped[number].append(_reason_of(report.longrepr))
        elif report.when == "call":
            self._passed[number] += 1

    def is_held(self, number: str) -> bool:
        """Whether nothing failed, and something passed or says why it cannot be tried here."""
        return not self._failed[number] and bool(self._passed[number] or self._skipped[number])

    def describe(self, number: str) -> list[str]:
        """How it ended, in a word or two, then a line a failed test or reason."""
        if self._failed[number]:
            return ["FAILED", *dict.fromkeys(self._failed[number])]
        reasons = list(dict.fromkeys(self._skipped[number]))
        if self._passed[number]:
            return [f"passed ({self._passed[number]})", *reasons]
        return ["not here", *reasons] if reasons else ["NO TEST"]


def _reason_of(longrepr: Any) -> str:
    text = str(longrepr[2] if isinstance(longrepr, tuple) else longrepr)
    return text.removeprefix("Skipped: ")
