"""`vigie seal`, `prove` and `check-proof` as a person runs them, with an authority that is sometimes away."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.catalogue import Catalogue, open_catalogue
from config.loading import load_valid
from tests.archive.proof.authority import TimeStampAuthority
from tests.vigie.program import Done, Program
from vigie import regular_work
from vigie.exits import ExitCode
from vigie.installation import Installation

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TimeStampAuthority]:
    made = TimeStampAuthority(tmp_path_factory.mktemp("authority") / "ca")
    with made.serve():
        yield made


def set_authority(program: Program, server: str, certificates: Path) -> None:
    """Write the setting, in place of an earlier one."""
    settings = program.config / "settings.yaml"
    kept = settings.read_text().partition("time_stamps:")[0]
    shutil.copyfile(certificates, program.config / "authority.pem")
    settings.write_text(f"{kept}time_stamps:\n  server: {server}\n  certificates: authority.pem\n")


def check_alone(folder: Path, *options: str) -> Done:
    """`vigie check-proof` where there is neither configuration nor archive."""
    words = [sys.executable, "-m", "vigie", "check-proof", str(folder), *options]
    environment = {name: value for name, value in os.environ.items() if name != "VIGIE_CONFIG"}
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(words, cwd=folder.parent, env=environment, capture_output=True, check=False)
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def first_hit(program: Program) -> dict[str, Any]:
    hit: dict[str, Any] = program.must("search", "obtempérer", "--json").json["hits"][0]
    return hit


def test_from_the_crawl_to_a_proof_that_is_checked_elsewhere(
    after_first_day: Program, authority: TimeStampAuthority, tmp_path: Path
) -> None:
    program, folder = after_first_day, tmp_path / "preuve"
    set_authority(program, authority.server, authority.certificates)
    hit = first_hit(program)

    early = program.run("prove", hit["document"], "--output", str(folder))
    sealed = program.must("seal", "--json").json
    again = program.must("seal")
    proved = program.must("prove", hit["url"], "--output", str(folder))
    shutil.move(folder, tmp_path / "alone")
    checked = check_alone(tmp_path / "alone")

    assert early.code == ExitCode.found_wrong and "is not sealed yet" in early.err and early.err.count("\n") == 1
    assert sealed["left_out"] == 0 and sealed["time_stamp"]["seal"] == 1 and sealed["complaint"] is None
    assert sealed["seals"][0]["records"] == program.must("verify", "--json").json["captures"]
    assert "Nothing new to seal" in again.out and authority.asked == 1
    assert "written to" in proved.out and proved.err == ""
    assert checked.code == 0, checked.out
    assert "The proof holds." in checked.out and "existed as it is on" in checked.out
    assert f"{program.must('verify').out}".rstrip().endswith("1 seal checked: all as recorded.")


def test_a_changed_proof_ends_with_code_1_and_names_the_file(after_first_day: Program, tmp_path: Path) -> None:
    program, folder = after_first_day, tmp_path / "preuve"
    program.must("seal")
    program.must("prove", first_hit(program)["document"], "--output", str(folder))
    record = next(folder.glob("record-*.warc.gz"))
    raw = bytearray(record.read_bytes())
    raw[len(raw) // 2] ^= 1
    record.write_bytes(raw)
    (folder / "note\nThe proof holds.").write_text("a name that would say so")

    said, as_json = check_alone(folder), check_alone(folder, "--json")

    assert said.code == as_json.code == ExitCode.found_wrong
    assert record.name in said.out and "does NOT hold" in said.out
    assert "The proof holds." not in said.out.splitlines()
    assert as_json.json["holds"] is False and any(step["good"] is False for step in as_json.json["steps"])


def test_an_authority_that_is_away_holds_nothing_up_and_the_next_stamp_covers_all(
    after_first_day: Program, authority: TimeStampAuthority, tmp_path: Path
) -> None:
    program, folder = after_first_day, tmp_path / "preuve"
    document = first_hit(program)["document"]
    set_authority(program, "http://127.0.0.1:9/tsa", authority.certificates)

    away = program.run("seal")
    program.must("crawl", "--look-again")
    set_authority(program, authority.server, authority.certificates)
    back = program.must("seal", "--json").json
    facts = program.must("prove", document, "--output", str(folder), "--json").json

    assert away.code == ExitCode.found_wrong and "No time stamp" in away.err and "seal 1:" in away.out
    assert back["time_stamp"]["seal"] == 2
    assert [seal["number"] for seal in facts["seals"]] == [1, 2]
    assert facts["seals"][0]["stamped_at"] is None and facts["seals"][1]["stamped_at"]
    assert check_alone(folder).out.count("no time stamp") == 0


def test_a_stamp_that_does_not_hold_is_not_kept(
    after_first_day: Program, authority: TimeStampAuthority, tmp_path: Path
) -> None:
    stranger = TimeStampAuthority(tmp_path / "stranger")
    set_authority(after_first_day, authority.server, stranger.certificates)

    done = after_first_day.run("seal")
    kept = list((after_first_day.data / "seals").glob("*.tsr"))
    set_authority(after_first_day, authority.server, authority.certificates)
    again = after_first_day.must("seal", "--json").json

    assert done.code == ExitCode.found_wrong and "does not hold" in done.err
    assert kept == []
    assert again["seals"] == [] and again["time_stamp"]["seal"] == 1, "asked again, although nothing new came in"


@pytest.fixture
def opened(after_first_day: Program) -> Iterator[Catalogue]:
    catalogue = open_catalogue(after_first_day.data)
    yield catalogue
    catalogue.close()


def test_the_daemon_seals_once_a_day(after_first_day: Program, opened: Catalogue) -> None:
    start = datetime.now(UTC)
    counts = []
    for hours in (0, 1, 23, 25, 26, 50):
        at = start + timedelta(hours=hours)
        installation = Installation(load_valid(after_first_day.config), clock=lambda at=at: at)  # type: ignore[misc]
        regular_work.seal_when_due(installation, opened, lambda: False)
        counts.append(len(list((after_first_day.data / "seals").glob("*.seal"))))

    assert counts == [0, 0, 0, 1, 1, 1], "after a day, and once: nothing new came in"


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (["prove", "nulle-part", "--output", "x"], 'There is no document "nulle-part"', ExitCode.found_wrong),
        (["prove", "nulle-part"], "--output", ExitCode.usage),
        (["check-proof", "nulle-part"], "expected the folder of a proof, found none", ExitCode.usage),
        (["check-proof", ".", "--authority", "absent.pem"], "absent.pem", ExitCode.unusable),
    ],
)
def test_wrong_input_is_one_sentence(taken_in: Program, words: list[str], said: str, code: ExitCode) -> None:
    done = taken_in.run(*words)

    assert done.code == code
    assert said in done.err and done.err.count("\n") == 1
