"""C1 to C4: files that an operator mistypes, breaks or is given by somebody else, all checked by the real command."""

# ruff: noqa: E501 - a sentence is compared whole, on the line of what causes it

import json
import sys
import time
from pathlib import Path

import pytest

from config.yaml_tree import DEPTH, FILE_BYTES
from tests.hazards.archived import Archived
from tests.vigie.program import Done, run_words
from tests.vigie.test_daemon import daemon, wait_for

pytestmark = pytest.mark.slow

GOOD = """\
- id: {0}
  name: Journal {0}
  kind: local_press
  homepage: https://{0}.test
  feeds: [https://{0}.test/rss]
"""
QUERY = "title: police\nquery: {1}\nrecipients: [redaction@exemple.test]\nschedule: {0}\n"
LEVELS = 100_000

# file by file what is wrong in it, and what is said of it
BROKEN_FILES: dict[str, tuple[str | bytes, str]] = {
    "tab": ("- id: a\n\tname: b\n", "2: expected plain YAML, got a tab at the beginning of the line."),
    "quote": ("- id: 'a\n  name: b\n", "1: expected plain YAML, got a quote that is never closed."),
    "bomb": (
        "\n".join(["- a: &a [x, x]", *(f"- a: &a{n} [*a, *a]" for n in range(40))]),
        '1: expected plain YAML, got the anchor or alias "a".',
    ),
    "python": (
        "- id: !!python/object/apply:os.system [id]\n",
        '1: expected plain YAML, got the tag "tag:yaml.org,2002:python/object/apply:os.system".',
    ),
    "deep": ("[" * LEVELS, f"1: expected plain YAML, got more than {DEPTH} levels of nesting."),
    "large": ("#" * (FILE_BYTES + 1), "1: expected plain YAML, got a file of"),
    "latin": (b"- id: caf\xe9\n", "1: expected plain YAML, got the byte 0xe9, which is not UTF-8."),
    "february": (GOOD.format("february") + "  backfill_days: 2026-02-30\n", '6: backfill_days: expected a whole number, got "2026-02-30".'),
}  # fmt: skip

WRONG_VALUES = {
    "unknown": ("intervall: 15m", '6: intervall: expected a known key. Did you mean "interval"?'),
    "type": ("backfill_days: sept", '6: backfill_days: expected a whole number, got "sept".'),
    "negative": ("interval: -5m", '6: interval: expected a duration such as "15m", got "-5m". Did you mean "5m"?'),
    "zero": ("interval: 0s", '6: interval: expected a duration above zero, got "0s".'),
    "twice": ("name: Deux", '6: expected plain YAML, got the key "name" a second time.'),
    "sexagesimal": ("interval: 10:30", '6: interval: expected a duration such as "15m", got "10:30".'),
    "norway": ("enabled: no", '6: enabled: expected true or false, got "no". Did you mean false?'),
    "switch": ("verify_tls: on", '6: verify_tls: expected true or false, got "on". Did you mean true?'),
    "octal": ("backfill_days: 007", '6: backfill_days: expected a whole number, got "007". Did you mean 7?'),
    "zone": ("zone: Europe/Pariss", '6: zone: expected the name of a time zone such as "Europe/Paris", got "Europe/Pariss". Did you mean'),
    "nozone": ("zone: ''", '6: zone: expected the name of a time zone such as "Europe/Paris", got "".'),
}  # fmt: skip

SCHEDULES = {
    "cron": "0 8 * * 1",
    "four": "0 8 * *",
    "never": "0 8 31 2 *",
    "sunday": "weekly 7 08:00",
    "monday": "weekly 0 08:00",
    "misspelt": "weekly mondy 08:00",
    "hour": "daily 8:00",
    "impossible": "daily 24:30",
}


class Checked:
    """A configuration of nothing but faults, and what `vigie config check` says of it."""

    def __init__(self, folder: Path) -> None:
        for name in ("sources", "queries"):
            (folder / name).mkdir(parents=True)
        (folder / "settings.yaml").write_text("contact: veille@exemple.test\n", encoding="utf-8")
        for name, (said, _) in BROKEN_FILES.items():
            (folder / "sources" / f"{name}.yaml").write_bytes(said.encode() if isinstance(said, str) else said)
        for name, (line, _) in WRONG_VALUES.items():
            (folder / "sources" / f"{name}.yaml").write_text(GOOD.format(name) + f"  {line}\n", encoding="utf-8")
        for name, written in SCHEDULES.items():
            (folder / "queries" / f"{name}.yaml").write_text(QUERY.format(f'"{written}"', "police"), encoding="utf-8")
        self._write_clashes(folder)
        self.folder = folder
        began = time.monotonic()
        self.done = run("--config", str(folder), "config", "check", "--json")
        self.seconds = time.monotonic() - began
        self.faults = self.done.json["faults"]
        self.sentences = run("--config", str(folder), "config", "check").err.splitlines()

    @staticmethod
    def _write_clashes(folder: Path) -> None:
        sources = folder / "sources"
        (sources / "u.yaml").write_text(GOOD.format("gare"), encoding="utf-8")
        (sources / "v.yaml").write_text(GOOD.format("gare").replace("gare.test", "rue.test"), encoding="utf-8")
        (sources / "w.yaml").write_text(GOOD.format("GARE").replace("GARE.test", "pont.test"), encoding="utf-8")
        (sources / "x.yaml").write_text(GOOD.format("a/b").replace("a/b.test", "ab.test"), encoding="utf-8")
        (sources / "y.yaml").write_text(GOOD.format("un"), encoding="utf-8")
        (sources / "z.yaml").write_text(GOOD.format("deux").replace("deux.test", "un.test"), encoding="utf-8")

    def said_of(self, file: str) -> list[str]:
        """The sentences about one file, from its line on."""
        marked = f"{file}:"
        return [line.partition(marked)[2] for line in self.sentences if marked in line.split(" ")[1]]


def run(*arguments: str) -> Done:
    return run_words([sys.executable, "-m", "vigie", *arguments])


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    return Checked(tmp_path_factory.mktemp("broken") / "config")


@pytest.mark.parametrize("name", BROKEN_FILES)
def test_c1_a_file_that_cannot_be_read(checked: Checked, name: str) -> None:
    """A broken, hostile or oversized file is one sentence with file, line and what was expected."""
    sentence = BROKEN_FILES[name][1]

    (said,) = checked.said_of(f"sources/{name}.yaml")

    assert said.startswith(sentence), said
    assert checked.done.code == 2


def test_c1_hostile_files_are_refused_at_once(checked: Checked) -> None:
    """A bomb of aliases and a hundred thousand brackets cost no time, and no traceback is shown."""
    assert checked.seconds < 20
    assert "Traceback" not in checked.done.err + "\n".join(checked.sentences)


def test_c1_a_missing_file_is_named(tmp_path: Path) -> None:
    """Without a settings file the sentence says which one is expected and which command writes it."""
    done = run("--config", str(tmp_path / "nowhere"), "config", "check")

    assert done.code == 2 and f"{tmp_path / 'nowhere' / 'settings.yaml'}: expected a file, got none" in done.err
    assert "vigie init" in done.err


def test_c1_the_daemon_keeps_the_last_good_configuration_whole(archived: Archived) -> None:
    """A file that is broken while the daemon runs changes nothing at all, not even by its sound half."""
    archived.set("mail: {operator: garde@exemple.test}")
    good = json.loads(archived.must("config", "show", "--json").out)
    log = archived.folder / "daemon.log"
    with daemon(archived) as process:
        wait_for(lambda: "crawl child" in log.read_text(), "the daemon is at work")
        kept = sorted((path.name, path.read_bytes()) for path in (archived.data / "daemon" / "config").rglob("*.yaml"))
        archived.set("mail: {operator: autre@exemple.test}\nlimits: [")
        process.send_signal(1)  # SIGHUP: read again
        wait_for(lambda: "the last good one stays in force" in log.read_text(), "the daemon refuses it")
        now = sorted((path.name, path.read_bytes()) for path in (archived.data / "daemon" / "config").rglob("*.yaml"))
        assert process.poll() is None and now == kept

    assert good["mail"]["operator"] == "garde@exemple.test"
    assert "settings.yaml:" in log.read_text()


@pytest.mark.parametrize("name", [one for one in WRONG_VALUES if "zone" not in one])
def test_c2_a_wrong_key_or_value(checked: Checked, name: str) -> None:
    """Unknown keys, wrong kinds of values and what YAML would take for something else are refused, with the nearest."""
    (said,) = checked.said_of(f"sources/{name}.yaml")

    assert said.startswith(WRONG_VALUES[name][1]), said


def test_c2_the_wrong_setting_is_refused_as_well(tmp_path: Path) -> None:
    """A misspelt setting, which Scrapy would ignore, is refused with the nearest one, and nothing starts."""
    (tmp_path / "sources").mkdir()
    (tmp_path / "settings.yaml").write_text("politeness: {dellay: 5s}\ndownload_delay: 5\n", encoding="utf-8")

    for command in ("init", "crawl", "run"):
        done = run("--config", str(tmp_path), command)
        assert done.code == 2
        assert 'politeness.dellay: expected a known key. Did you mean "delay"?' in done.err
        assert "download_delay: expected a known key." in done.err


@pytest.mark.parametrize(
    ("file", "level", "said"),
    [
        ("sources/v.yaml", "error", 'id: expected an id that no other source has, got "gare"'),
        ("sources/w.yaml", "error", 'id: expected an id that no other source has, got "GARE"'),
        ("sources/x.yaml", "error", 'got "a/b". Did you mean "a-b"?'),
        ("sources/z.yaml", "warning", "feeds[0]: expected an address that stands nowhere else"),
    ],
)
def test_c3_things_that_clash_or_are_named_and_not_there(checked: Checked, file: str, level: str, said: str) -> None:
    """Ids that are equal but for their case or could not name a file are refused, one feed of two sources is a warning."""
    found = [line for line in checked.sentences if line.startswith(f"{level}: ") and f"{file}:" in line]

    assert any(said in line for line in found), checked.said_of(file)


def test_c3_a_query_of_a_source_that_is_gone(archived: Archived) -> None:
    """A saved query that names a source which is no longer configured is a warning with its file, and starts."""
    (archived.config / "queries").mkdir(exist_ok=True)
    query = QUERY.format("at once", "source:disparu police")
    (archived.config / "queries" / "ancienne.yaml").write_text(query, encoding="utf-8")

    done = archived.must("config", "check")

    (warning,) = [line for line in done.err.splitlines() if "ancienne.yaml" in line]
    assert warning.startswith("warning: ") and "disparu" in warning


@pytest.mark.parametrize("name", SCHEDULES)
def test_c4_a_schedule_that_cannot_work(checked: Checked, name: str) -> None:
    """Schedules are words; cron lines, numbers of weekdays and impossible times are refused with what will do."""
    (said,) = checked.said_of(f"queries/{name}.yaml")

    assert "schedule: expected" in said and f'got "{SCHEDULES[name]}"' in said, said
    assert "daily 07:30" in said


@pytest.mark.parametrize("name", ["zone", "nozone"])
def test_c4_a_zone_that_is_none(checked: Checked, name: str) -> None:
    """A zone that is misspelt or empty is refused; the machine's own zone is never used in its place."""
    (said,) = checked.said_of(f"sources/{name}.yaml")

    assert said.startswith(WRONG_VALUES[name][1]), said


def test_c4_the_next_three_turns_are_told(archived: Archived) -> None:
    """`vigie alerts check` tells for each query that is on when it is told next, so that a slip is seen at once."""
    (archived.config / "queries").mkdir(exist_ok=True)
    for name, written in {"jour": "daily 07:30", "semaine": "weekly sunday 23:00", "vite": "at once"}.items():
        (archived.config / "queries" / f"{name}.yaml").write_text(QUERY.format(written, "police"), encoding="utf-8")

    lines = {line.split()[0]: line for line in archived.must("alerts", "check").out.splitlines()}

    assert lines["jour"].count(" 07:30, ") == 2 and lines["jour"].endswith(" 07:30")
    assert lines["semaine"].count("23:00") == 4
    assert lines["vite"].endswith("as soon as something is found")
