"""From a publisher's feed to a search hit, and over a day: the real program on the local news site."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.site.accounting import account_for
from tests.site.articles import DAYS
from tests.site.expected import CHANGES
from tests.site.seen import read_seen
from tests.site.server import Site
from tests.vigie.program import Program

pytestmark = pytest.mark.slow

EDITED = next(change for change in CHANGES[DAYS[1]] if change.kind == "edited")
REMOVED = next(change for change in CHANGES[DAYS[1]] if change.kind == "removed")


def test_every_page_of_the_site_is_accounted_for_on_both_days(program: Program, site: Site) -> None:
    program.take_in()
    first = account_for(read_seen(program.data), site.base, DAYS[0])
    site.advance(DAYS[1])
    for command in ("crawl --look-again", "extract", "index"):
        program.must(*command.split())
    second = account_for(read_seen(program.data), site.base, DAYS[1])

    assert first.wrong == ()
    assert second.wrong == ()
    assert len(first.right) >= 50


def test_an_edit_makes_a_version_that_search_and_show_know(after_first_day: Program, site: Site) -> None:
    url = site.url(EDITED.publisher, EDITED.path)
    site.advance(DAYS[1])
    for command in ("crawl --look-again", "extract", "index"):
        after_first_day.must(*command.split())

    shown = after_first_day.must("show", url, "--json").json
    difference = after_first_day.must("show", url, "--diff").out
    found = after_first_day.must("search", f'url:"{shown["document"]["url"]}"', "--past", "--json").json

    assert [version["number"] for version in shown["versions"]] == [1, 2]
    assert [change["kind"] for change in shown["changes"]] == ["new", "edited"]
    assert "\n-" in difference and "\n+" in difference
    assert {(hit["version"], hit["current"]) for hit in found["hits"]} == {(1, False), (2, True)}


def test_a_second_round_without_news_changes_nothing(after_first_day: Program, site: Site) -> None:
    before = after_first_day.must("status", "--json").json
    site.forget_requests()

    crawl = after_first_day.must("crawl", "--json").json
    extract = after_first_day.must("extract", "--json").json
    index = after_first_day.must("index", "--json").json
    after = after_first_day.must("status", "--json").json

    assert set(crawl["counts"]) <= {"same", "unchanged", "read"}
    assert (extract["counts"], index["counts"]["changes"]) == ({}, 0)
    assert (before["documents"], before["last_seq"]) == (after["documents"], after["last_seq"])
    assert {request.path for request in site.requests()} <= {
        "/feed/", "/actu.htm", "/actu2.htm", "/flux.json", "/sitemap-index.xml", "/rss.xml", "/atom.xml",
        "/sitemaps/actualites.xml.gz", "/sitemaps/pages.xml",
    }  # fmt: skip


def test_what_is_gone_once_is_not_yet_removed(after_first_day: Program, site: Site) -> None:
    site.advance(DAYS[1])
    after_first_day.must("crawl", "--look-again")

    shown = after_first_day.must("show", site.url(REMOVED.publisher, REMOVED.path), "--json").json

    assert shown["document"]["state"] == "live"
    assert shown["document"]["gone_since"] is not None


def test_an_index_that_is_lost_is_made_again_with_the_same_answers(after_first_day: Program) -> None:
    before = after_first_day.must("search", "police", "--limit", "50", "--json").json
    for path in sorted((after_first_day.data / "index").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()

    without = after_first_day.run("search", "police")
    after_first_day.must("rebuild")
    after = after_first_day.must("search", "police", "--limit", "50", "--json").json

    assert without.code == 5
    assert "`vigie rebuild`" in without.err
    assert [hit["id"] for hit in before["hits"]] == [hit["id"] for hit in after["hits"]]


def test_extraction_after_an_upgrade_invents_no_edit(after_first_day: Program) -> None:
    before = after_first_day.must("status", "--json").json

    after_first_day.must("extract", "--again")
    after = after_first_day.must("status", "--json").json

    assert (before["documents"], before["last_seq"]) == (after["documents"], after["last_seq"])


def test_a_backup_that_is_put_back_verifies_and_answers_alike(after_first_day: Program, tmp_path: Path) -> None:
    """As docs/operations.md tells it: the catalogue through SQLite, then the files, then the index made anew."""
    before = after_first_day.must("search", "police", "--limit", "50", "--json").json
    restored = Program(tmp_path / "restored", site_port(after_first_day))
    restored.data.mkdir()
    with closing(sqlite3.connect(after_first_day.data / "catalogue.sqlite")) as connection:
        connection.execute("VACUUM INTO ?", (str(restored.data / "catalogue.sqlite"),))
    shutil.copytree(after_first_day.data / "warc", restored.data / "warc")

    restored.must("init")
    verdict = restored.must("verify", "--json").json
    restored.must("rebuild")
    after = restored.must("search", "police", "--limit", "50", "--json").json

    assert verdict["damages"] == []
    assert [hit["id"] for hit in before["hits"]] == [hit["id"] for hit in after["hits"]]


def site_port(program: Program) -> int:
    """The port of the site in a program's configuration."""
    text = (program.config / "settings.yaml").read_text()
    return int(text.split("127.0.0.2:")[1].split()[0])
