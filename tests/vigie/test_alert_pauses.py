"""Saved queries that stop for a while or for good, through the real program: what comes meanwhile, and afterwards."""

import pytest

from tests.site.articles import DAYS
from tests.site.server import Site
from tests.vigie.program import Program
from tests.vigie.test_alerts import CLEAN, save_query

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def take_in_the_next_day(program: Program, site: Site) -> None:
    site.advance(DAYS[1])
    for command in ("crawl --look-again", "extract"):
        program.must(*command.split())


def run_alerts(program: Program) -> dict[str, int]:
    counts = program.must("alerts", "run", "--json").json["counts"]
    assert isinstance(counts, dict)
    return counts


def test_paused_catches_up_ended_ends_there_and_a_third_is_told_all_along(after_first_day: Program, site: Site) -> None:
    # given: three queries for the same words, all at the end of the log
    program = after_first_day
    for name in ("going", "paused", "ended"):
        save_query(program, name, query='"police"', on_edit="mail")
    assert run_alerts(program) == {}

    # when: one is paused, the file of one is taken away, and a day's news comes
    program.must("alerts", "pause", "paused")
    (program.config / "queries" / "ended.yaml").unlink()
    run_alerts(program)
    take_in_the_next_day(program, site)
    meanwhile = run_alerts(program)

    # then: only the third is told
    told = meanwhile["told"]
    assert told > 0 and meanwhile["messages"] == meanwhile["sent"] == 1
    # when: they go on
    program.must("alerts", "resume", "paused")
    save_query(program, "ended", query='"police"', on_edit="mail")
    afterwards = run_alerts(program)

    # then: the paused one is told of the same, once; the ended one begins anew, with what comes from now on
    assert (afterwards["told"], afterwards["messages"]) == (told, 1)
    states = {one["name"]: one for one in program.must("alerts", "list", "--json").json}
    assert {name: one["told"] for name, one in states.items()} == {"going": told, "paused": told, "ended": 0}
    assert {one["state"] for one in states.values()} == {"on"}
    assert run_alerts(program) == {}
    assert program.must("alerts", "audit").out.startswith(CLEAN)
