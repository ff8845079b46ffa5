"""What is typed wrong, missing or damaged: one sentence, a documented code, never a traceback."""

import os
from pathlib import Path

import pytest

from archive.locks import hold_stage
from tests.vigie.program import Done, Program

WRONG = [
    (("bogus",), 2, "No such command 'bogus'"),
    (("search",), 2, "Missing argument 'QUERY...'"),
    (("search", "(police"), 2, "character 1"),
    (("search", "polise:x"), 2, "there is no field"),
    (("search", "police", "--sort", "date"), 2, "'--sort': 'date' is not one of 'relevance', 'newest', 'oldest'. "),
    (("search", "police", "--limit", "-1"), 2, "--limit"),
    (("search", "police", "--source", "rive"), 2, "Did you mean rives?"),
    (("search", "police", "--from", "26/11/2025"), 2, "--from: '26/11/2025' is no date"),
    (("search", "police", "--from", "2026", "--to", "2025"), 2, "is empty"),
    (("search", "police", "--kind", "onion"), 2, "Did you mean union?"),
    (("search", "police", "--region", "FR-XXX"), 2, "regions has no value"),
    (("search", "(" * 50_000), 2, "character"),
    (("search", "a " * 300), 2, "256"),
    (("explain", '"police'), 2, "character 1"),
    (("explain", ""), 2, "the query is empty"),
    (("explain",), 2, "Missing argument"),
    (("show", "nothing"), 1, 'There is no document "nothing"'),
    (("show", "999999999"), 1, "There is no document"),
    (("show", "9" * 400), 1, "There is no document"),
    (("show", "../../etc/passwd"), 1, "There is no document"),
    (("show", "x", "--raw", "--diff"), 2, "at most one"),
    (("crawl", "nosuch"), 2, 'There is no source "nosuch"'),
    (("crawl", "--since", "yesterday"), 2, "a day such as 2026-03-14"),
    (("crawl", "--bogus"), 2, "--bogus"),
    (("extract", "leftover"), 2, "leftover"),
    (("extract", "--file", "nothing.html", "--url", "https://exemple.test/"), 2, "found nothing"),
    (("extract", "--file", "nothing.html"), 2, "one address for each file"),
    (("extract", "--url", "foo", "--file", __file__), 2, "http"),
    (("index", "--jsn"), 2, "--jsn"),
    (("verify", "x"), 2, "x"),
    (("sources", "show", "rive"), 2, 'Did you mean "rives"?'),
    (("sources", "try", "nosuch"), 2, "no source"),
    (("sources", "add", "exemple"), 2, "http"),
    (("config", "explain", "nosuch"), 2, "no source"),
]


def is_one_sentence(done: Done) -> bool:
    return "Traceback" not in done.err and len(done.err.strip().splitlines()) == 1


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """An installation in which nothing was crawled."""
    program = Program(tmp_path_factory.mktemp("empty"))
    program.must("init")
    return program


@pytest.mark.parametrize(("arguments", "code", "said"), WRONG, ids=lambda value: str(value)[:40])
def test_wrong_input_is_refused_in_one_sentence(
    empty: Program, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = empty.run(*arguments)

    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert is_one_sentence(done), done.err


@pytest.mark.parametrize("command", ["crawl", "extract", "index", "search x", "status", "verify", "sources list"])
def test_without_a_catalogue_nothing_is_made_in_silence(tmp_path: Path, command: str) -> None:
    program = Program(tmp_path)

    done = program.run(*command.split())

    assert done.code == 5
    assert "Run `vigie init`" in done.err
    assert is_one_sentence(done)
    assert not list(tmp_path.rglob("*.sqlite"))


def test_a_faulty_configuration_starts_nothing_and_names_every_fault(tmp_path: Path) -> None:
    program = Program(tmp_path)
    settings = program.config / "settings.yaml"
    settings.write_text(settings.read_text() + "delai: 5s\n")
    source = program.config / "sources" / "site.yaml"
    source.write_text(source.read_text().replace("delay: 0s", "delay: 5", 1))

    for command in ("init", "crawl", "search x", "config show", "run"):
        done = program.run(*command.split())
        assert (done.code, done.out) == (2, ""), command
        assert "settings.yaml" in done.err and "site.yaml" in done.err
        assert 'Did you mean "5m"?' in done.err or "5s" in done.err
    checked = program.run("config", "check", "--json")
    assert checked.code == 2
    assert len(checked.json["faults"]) == 2


@pytest.mark.slow
def test_a_damaged_archive_is_found_and_named(after_first_day: Program) -> None:
    program = after_first_day
    warc = next((program.data / "warc").glob("*.warc.gz"))
    body = bytearray(warc.read_bytes())
    body[len(body) // 2] ^= 1
    warc.write_bytes(body)

    done = program.run("verify")

    assert done.code == 1
    assert warc.name in done.err
    assert "damage" in done.out
    assert program.must("search", "police", "--limit", "1").out


def test_a_catalogue_that_is_no_database_is_refused(tmp_path: Path) -> None:
    program = Program(tmp_path)
    program.data.mkdir()
    (program.data / "catalogue.sqlite").write_bytes(b"")

    for command in ("init", "status", "run"):
        done = program.run(command)
        assert done.code == 5
        assert "an empty file" in done.err


def test_a_stage_that_is_under_way_is_named(program: Program) -> None:
    program.must("init")
    with hold_stage(program.data, "extract"), hold_stage(program.data, "crawl"), hold_stage(program.data, "project"):
        for command in ("extract", "crawl", "index"):
            done = program.run(command)
            assert done.code == 3
            assert f"process {os.getpid()}" in done.err
        assert set(program.must("status", "--json").json["running"]) == {"extract", "crawl", "project"}
