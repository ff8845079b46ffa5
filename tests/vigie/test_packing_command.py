"""`vigie archive pack` as a person runs it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, utc_now
from archive.locks import hold_stage
from archive.repacking import packed_name
from archive.verify import verify
from config.loading import load_valid
from tests.archive.test_repacking import fill, list_states
from tests.vigie.program import Program
from vigie import regular_work
from vigie.exits import ExitCode
from vigie.installation import Installation


@pytest.fixture
def program(tmp_path: Path) -> Program:
    made = Program(tmp_path)
    made.must("init")
    return made


@pytest.fixture
def catalogue(program: Program) -> Iterator[Catalogue]:
    installation = Installation(load_valid(program.config))
    with installation.open_catalogue() as opened:
        fill(opened)  # closed long ago: it is packed at once
        yield opened


def test_files_are_packed_and_what_was_saved_is_said(program: Program, catalogue: Catalogue) -> None:
    (name,) = list_states(catalogue)

    done = program.must("archive", "pack", "--json").json
    again = program.must("archive", "pack")

    assert [one["name"] for one in done] == [name]
    assert done[0]["after"] < done[0]["before"]
    assert again.out == "No closed WARC file waits to be packed.\n"
    assert verify(catalogue).damages == ()


def test_a_damaged_file_is_named_and_the_exit_code_says_so(program: Program, catalogue: Catalogue) -> None:
    (name,) = list_states(catalogue)
    with (catalogue.folder / "warc" / name).open("ab") as file:
        file.write(b"?")

    done = program.run("archive", "pack")

    assert done.code == ExitCode.found_wrong
    assert name in done.err and "It stays as it is." in done.err and done.err.count("\n") == 1


def test_who_packs_already_is_named(program: Program, catalogue: Catalogue) -> None:
    with hold_stage(catalogue.folder, "pack"):
        done = program.run("archive", "pack")
    assert done.code == ExitCode.busy
    assert "pack: already under way" in done.err


def test_the_daily_tidying_removes_old_files_a_day_after(program: Program, catalogue: Catalogue) -> None:
    (name,) = list_states(catalogue)
    program.must("archive", "pack")
    now = utc_now()
    first = Installation(load_valid(program.config), clock=lambda: now)
    regular_work.tidy_when_due(first, catalogue)  # its first look: nothing is due yet
    assert set(list_states(catalogue)) == {name, packed_name(name)}

    regular_work.tidy_when_due(
        Installation(load_valid(program.config), clock=lambda: now + timedelta(days=2)), catalogue
    )

    assert set(list_states(catalogue)) == {packed_name(name)}
    assert not (catalogue.folder / "warc" / name).exists()
    assert verify(catalogue).damages == ()
