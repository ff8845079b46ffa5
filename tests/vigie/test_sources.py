"""`vigie sources` and `vigie crawl` about sources that do not work, as a person reads them."""

import json

import pytest

from archive.catalogue import open_catalogue, templates
from archive.catalogue.templates import TemplateState
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


def test_what_came_of_a_source_s_template_is_shown(troubled: Program) -> None:
    state = TemplateState("ambre", 1, "[1,2,0,[{},{}]]", lessons=12, agreed=31, hits=402, doubts=7, disagreements=1)
    catalogue = open_catalogue(troubled.data)
    with catalogue.write() as transaction:
        templates.put_state(transaction, state)
    catalogue.close()

    shown = troubled.must("sources", "show", "ambre").out
    counted = troubled.must("sources", "show", "ambre", "--json").json["template"]

    assert "learned from 12 pages: 402 hits, 7 doubts, 31 read both ways alike, 1 disagreement" in shown
    assert (counted["hits"], counted["doubts"], counted["disagreements"], counted["template"]) == (402, 7, 1, True)
    assert "template" not in troubled.must("sources", "show", "rempart").out
