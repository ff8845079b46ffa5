"""Run the tests of the hazards and print what became of each number: `python -m tests.hazards [S] [N8] ...`.

Without numbers every hazard and every rule is run, with them only those (a letter stands for its section). A hazard is
held when one of its tests passed and none failed; one that cannot be produced on this machine shows the reason. The
exit code is 1 when a hazard failed, or has neither a passing test nor a reason. `--document` prints `docs/hazards.md`
instead of running anything.
"""

import argparse
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.hazards.hazards import FOLDER, RULES, SECTIONS, Hazard, Section, list_hazards, list_tests
from tests.hazards.ledger import Ledger

WIDTH = 118
INDENT = 18
_DOCUMENT_HEAD = """\
# Hazards

Made from `tests/hazards/` by `make docs`; a test holds it to the tests.

What publishers, networks, disks, clocks, servers and typing errors are known to do, and what Vigie promises for each.
Every line has a number and at least one test that serves the bad input or breaks the real thing; `make hazards` runs
them and prints what became of each, and `python -m tests.hazards N8 S` only of those.
"""


def main() -> None:
    """Print the document, or run and print the table."""
    options = _read_options()
    if options.document:
        print(render_document(), end="")
        return
    chosen = choose(options.numbers)
    if not chosen:
        sys.exit(f"No hazard is called {' '.join(options.numbers)}. The numbers are listed in docs/hazards.md.")
    ledger = Ledger()
    all_of_them = len(chosen) == len(list(list_hazards()))
    # the exit code of pytest says too little: tests without a number do not count, and skipped ones need a reason
    pytest.main([*_arguments(options.processes), *([] if all_of_them else ["-k", _expression(chosen)])], [ledger])
    print(render_table(chosen, ledger))
    sys.exit(0 if all(ledger.is_held(one.number) for one in chosen) else 1)


def choose(numbers: Sequence[str]) -> list[Hazard]:
    """The hazards of these numbers or sections, or all."""
    wanted = {one.upper() for one in numbers}
    return [one for one in list_hazards() if not wanted or one.number in wanted or one.number[0] in wanted]


def render_table(hazards: Sequence[Hazard], ledger: Ledger) -> str:
    """Number, sentence, and what became of it; then the sum."""
    lines = [""]
    for hazard in hazards:
        end, *reasons = ledger.describe(hazard.number)
        first, *more = textwrap.wrap(hazard.sentence, WIDTH - INDENT)
        lines.append(f"{hazard.number:<5}{end:<{INDENT - 5}}{first}")
        lines += [" " * INDENT + line for line in (*more, *reasons)]
    held = sum(ledger.is_held(one.number) for one in hazards)
    return "\n".join([*lines, "", f"{held} of {len(hazards)} held"])


def render_document(folder: Path = FOLDER) -> str:
    """Every section as a table of number, sentence and tests."""
    tests = list_tests(folder)
    return "\n".join([_DOCUMENT_HEAD, *(_render_section(section, tests) for section in (RULES, *SECTIONS))])


def _render_section(section: Section, tests: dict[str, list[str]]) -> str:
    rows = []
    for n, sentence in enumerate(section.sentences, start=1):
        number = f"{section.letter}{n}"
        rows.append(f"| {number} | {sentence} | {'<br>'.join(f'`{one}`' for one in tests.get(number, []))} |")
    return "\n".join([f"## {section.title}", "", "| number | promise | tests |", "| --- | --- | --- |", *rows, ""])


def _arguments(processes: int) -> list[str]:
    return [str(FOLDER), "-q", "-n", str(processes), "--dist", "loadfile", "--no-header"]


def _expression(hazards: Sequence[Hazard]) -> str:
    return " or ".join(f"test_{one.number.lower()}_" for one in hazards)


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.hazards", description="Run the tests of the hazards.")
    parser.add_argument("numbers", nargs="*", metavar="NUMBER", help="such as N8, or S for a section (default: all)")
    parser.add_argument("--document", action="store_true", help="print docs/hazards.md instead of running anything")
    parser.add_argument("--processes", type=int, default=2, help="tests that run at once (default: 2)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
