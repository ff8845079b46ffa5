"""A daemon that is left alone while everything goes wrong: short forms of `make kills` and `make soak`."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import kills, soak
from benchmarks.long_life.ledger import Line, print_lines

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

# hosts that answer nothing but errors are left alone for a while, and half a minute is too short for that
EVENTS = {"publish": 10, "edit": 4, "remove": 1, "restore": 1, "spoil_feed": 1}


def test_s2_killed_at_random_moments_over_the_whole_chain(tmp_path: Path) -> None:
    """Crawl, extraction, projection, matching and sending are killed; nothing is lost or done twice unsaid."""
    require_right(kills.run(tmp_path, kills=5, seed=20261125))


def test_r2_everything_has_one_end_whatever_happens_at_once(tmp_path: Path) -> None:
    """Articles change while processes are killed, the disk fills and servers stop; at the end all is accounted for."""
    require_right(soak.run(tmp_path, minutes=0.3, seed=20261125, events=EVENTS, fault_pause=(1.0, 4.0)))


def require_right(lines: Sequence[Line]) -> None:
    """The whole table is shown where one line of it is wrong."""
    assert print_lines(lines) == 0, [line for line in lines if line.wrong]
