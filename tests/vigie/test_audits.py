"""The audit stays clean whatever shakes the archive; the benchmark does the same with a thousand articles."""

from pathlib import Path

import pytest

from tests.vigie.program import Program
from tests.vigie.upheavals import shake

COUNT = 24


@pytest.mark.slow
@pytest.mark.timeout(300)  # fifteen commands, one after the other
def test_nothing_is_missed_or_told_twice_whatever_shakes_the_archive(tmp_path: Path) -> None:
    program = Program(tmp_path)

    taken_in, late, read_again, rebuilt = shake(program, 8137, COUNT)

    for verdict in (taken_in, late, read_again, rebuilt):
        assert (verdict.wrong, verdict.audit["not_comparable"]) == (0, 0), verdict
        assert verdict.audit["checked"] > 0
    assert taken_in.outcomes == {"counted": 2 * COUNT, "told": COUNT}
    assert sum(late.outcomes.values()) > 5 * COUNT
    assert late.outcomes == read_again.outcomes == rebuilt.outcomes
