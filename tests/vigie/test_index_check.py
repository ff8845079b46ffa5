"""`vigie index check` on a real installation, by itself and beside a daemon."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from indexer.engines.base import Engine, Filters
from indexer.engines.choice import open_engine
from indexer.tree import Everything
from tests.vigie.program import Program
from tests.vigie.test_daemon import daemon, wait_for

pytestmark = pytest.mark.slow


@contextmanager
def opened(program: Program) -> Iterator[Engine]:
    engine = open_engine("embedded", program.data / "index")
    yield engine
    engine.close()


def lose_two(program: Program) -> list[str]:
    """Take two entries out of the index behind everybody's back."""
    with opened(program) as engine:
        lost = sorted(name for _, name in engine.ids(Everything(), Filters()))[:2]
        engine.remove(lost)
        engine.commit(engine.checkpoint())
    return lost


def test_an_index_that_is_as_it_should_be(taken_in: Program) -> None:
    done = taken_in.must("index", "check", "--json").json
    assert done["ok"] and done["sampled"] == done["entries"] > 20
    assert "as in the catalogue" in taken_in.must("index", "check").out
    assert "0 of them field by field" in taken_in.must("index", "check", "--sample", "0").out


def test_differences_are_told_a_line_each_and_mended(after_first_day: Program) -> None:
    lost = lose_two(after_first_day)

    told, asked = after_first_day.run("index", "check"), after_first_day.run("index", "check", "--json")
    mended = after_first_day.must("index", "check", "--repair", "--json").json

    assert told.code == asked.code == 1
    assert all(f"{name}: missing from the index\n" in told.err for name in lost)
    assert "Traceback" not in told.err
    assert [each["entry"] for each in asked.json["wrong"]] == lost
    assert mended["mended"] == 2 and mended["after"]["ok"] and not mended["before"]["ok"]
    assert after_first_day.must("index", "check", "--repair").out.startswith("0 entries mended.")


def test_beside_a_daemon_the_repair_is_left_with_it(after_first_day: Program) -> None:
    lost = lose_two(after_first_day)
    with daemon(after_first_day) as process:
        wait_for(lambda: "daemon" in after_first_day.must("status", "--json").json["running"], "the daemon runs")
        left = after_first_day.must("index", "check", "--repair")
        wait_for(lambda: after_first_day.must("status", "--json").json["errands"] == [], "the errand is done")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0

    assert "Left with the running daemon" in left.out
    assert after_first_day.must("index", "check").code == 0
    log = (after_first_day.folder / "daemon.log").read_text()
    assert "2 entries mended; as the catalogue" in log, lost


def test_where_there_is_no_index_the_way_to_one_is_said(after_first_day: Program) -> None:
    (after_first_day.data / "index" / "embedded" / "CURRENT").unlink()

    done = after_first_day.run("index", "check")

    assert done.code == 5
    assert "vigie rebuild" in done.err
