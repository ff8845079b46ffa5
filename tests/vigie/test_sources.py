"""`vigie sources` and `vigie crawl` about sources that do not work, as a person reads them."""

import json

import pytest

from tests.site.server import Site
from tests.vigie.program import Program

pytestmark = pytest.mark.slow


@pytest.fixture
def troubled(program: Program, site: Site) -> Program:
    """Beside the site's sources one whose two addresses are none, one that is off, one on a public host."""
    own = site.url("rempart", "/")
    entries: list[dict[str, object]] = [
        {"id": "muette", "name": "Section muette", "kind": "union", "homepage": own, "delay": "0s",
         "feeds": [f"{own}absent.xml", site.url("sextant", "/actu.htm?flux")]},
        {"id": "eteinte", "name": "Section éteinte", "kind": "union", "enabled": False,
         "reason": "Aucune adresse connue."},
        {"id": "publique", "name": "Section publique", "kind": "union", "homepage": "https://www.exemple.test",
         "feeds": ["https://www.exemple.test/feed/"]},
    ]  # fmt: skip
    (program.config / "sources" / "essai.yaml").write_text(json.dumps(entries), encoding="utf-8")
    program.must("init")
    return program


def test_an_address_that_is_none_three_times_is_named_where_people_look(troubled: Program) -> None:
    # when
    for _ in range(3):
        troubled.must("crawl", "muette")

    # then: by name and reason, with the day since when
    failing = troubled.must("sources", "list", "--failing").out
    status = troubled.must("status").out
    for said in (failing, status):
        lines = [line for line in said.splitlines() if line.strip().startswith("muette")]
        assert any("/absent.xml" in line and "gone: 404, 410 or 451." in line for line in lines if "set aside" in line)
        assert any("actu.htm?flux" in line and "not_a_feed" in line for line in lines if "set aside" in line)
        assert any("every address is set aside; give it others" in line for line in lines)
        assert not any("never" in line for line in lines)
    assert "3 looks" in troubled.must("sources", "show", "muette").out


def test_a_source_that_cannot_be_visited_says_why(troubled: Program) -> None:
    tried = troubled.run("sources", "try", "eteinte")
    assert (tried.code, tried.err.strip()) == (2, "eteinte: has no address to try. Aucune adresse connue.")

    off = troubled.run("crawl", "eteinte")
    sentence = 'eteinte: is off (Aucune adresse connue). Write "enabled: true" in its entry to have it visited.'
    assert (off.code, off.err.strip(), off.out) == (2, sentence, "")

    public = troubled.run("crawl", "publique")
    assert public.code == 2
    assert "settings.yaml: contact: no public host is visited before it is set" in public.err
    assert troubled.run("crawl", "publique", "--json").json["end"] == "refused"


def test_trying_a_source_says_what_its_robots_txt_answered(troubled: Program, site: Site) -> None:
    tried = troubled.run("sources", "try", "ambre")

    robots = [line for line in tried.out.splitlines() if "/robots.txt" in line]
    assert (len(robots), tried.code) == (1, 0)
    assert "rules read, Crawl-delay 0.5 s" in robots[0]
    assert "Addresses that work: 1 of 1." in tried.out


def test_adding_a_public_source_asks_for_a_contact_first(troubled: Program) -> None:
    refused = troubled.run("sources", "add", "https://www.exemple.test/")

    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith("settings.yaml: contact: no public host is visited before it is set.")
