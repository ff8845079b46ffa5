"""The audit of saved queries after all that shakes an archive as a whole, with as many articles as asked for.

    python -m benchmarks.audits --articles 1000

An import, as many late documents, everything read again by a newer extractor, a new index: each by its command.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure, report_figures
from benchmarks.sizes import read_sizes
from tests.site.configuration import DEMO_PORT
from tests.vigie.program import Program
from tests.vigie.upheavals import shake

LONGEST_COMMAND = 3_600.0  # seconds


def main() -> int:
    """Let it happen, print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audits", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--articles", type=int, default=1_000)
    asked = read_sizes(parser, articles=20)
    figures = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="vigie-audits-") as folder:
        for verdict in shake(Program(Path(folder), seconds=LONGEST_COMMAND), DEMO_PORT, asked.articles):
            found = verdict.audit
            figures += [
                Figure(f"after {verdict.step}: evaluated", found["checked"], "versions", at_least=1),
                Figure("  matches by then", sum(verdict.outcomes.values()), ""),
                Figure("  missed, extra, unsent or twice", verdict.wrong, "", at_most=0),
                Figure("  not comparable", found["not_comparable"], "", at_most=0),
            ]
    figures.append(Figure("all of it", time.monotonic() - began, "s"))
    return report_figures("audits", figures, tiny=asked.tiny, sizes=asked.sizes)


if __name__ == "__main__":
    sys.exit(main())
