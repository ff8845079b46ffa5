"""`vigie kibana` as a person runs it: what it says, how it ends, and that its links are whole."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.kibana_server import KibanaDouble
from tests.rison import read_rison
from tests.vigie.program import SECONDS, Done, Program

pytestmark = pytest.mark.slow

KEY = "c2VjcmV0OmtleQ=="

_QUERY = """\
title: préavis de grève
query: 'préavis AND grève'
recipients: []
examples:
  match: ["Préavis de grève"]
"""
_QUERY_OF_NOW = "title: ces jours-ci\nquery: 'grève date:>=now-7d'\nrecipients: []\n"


@dataclass(frozen=True)
class OnKibana:
    """An installation whose cluster is looked at by a Kibana."""

    program: Program
    kibana: KibanaDouble

    def run(self, *arguments: str, key: str | None = None) -> Done:
        environment = {**os.environ, **({"VIGIE_KIBANA_API_KEY": key} if key else {})}
        words = self.program.words("kibana", *arguments)
        done = subprocess.run(words, capture_output=True, timeout=SECONDS, check=False, env=environment)
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def configure(self, **settings: str) -> None:
        """Write the settings anew, after the archive was made with the engine that needs nothing."""
        file = self.program.config / "settings.yaml"
        kept = file.read_text(encoding="utf-8").partition("\n# of the test\n")[0]
        lines = "".join(f"{name}: {value}\n" for name, value in settings.items())
        file.write_text(f"{kept}\n# of the test\n{lines}", encoding="utf-8")


@pytest.fixture(scope="module")
def empty_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an installation that has seen nothing."""
    program = Program(tmp_path_factory.mktemp("made"))
    program.must("init")
    return program.data


@pytest.fixture
def installed(empty_archive: Path, tmp_path: Path) -> Iterator[OnKibana]:
    program = Program(tmp_path)
    shutil.copytree(empty_archive, program.data)
    queries = program.config / "queries"
    queries.mkdir(exist_ok=True)
    (queries / "preavis.yaml").write_text(_QUERY, encoding="utf-8")
    (queries / "recents.yaml").write_text(_QUERY_OF_NOW, encoding="utf-8")
    with KibanaDouble(spaces={"default", "presse"}, key=KEY) as kibana:
        made = OnKibana(program, kibana)
        made.configure(engine="elasticsearch", kibana=f'{{address: "{kibana.url}"}}')
        yield made


def test_an_installation_says_what_it_changed_and_a_second_one_that_nothing_was(installed: OnKibana) -> None:
    first = installed.run("install", key=KEY)
    assert first.code == 0, first.err
    assert "Kibana 9.5.3, space default: 10 objects made, 0 replaced, 5 settings changed." in first.out
    assert re.search(r"made +search +vigie.requete.preavis +Vigie : préavis de grève", first.out)
    assert "ces jours-ci: its words depend on the present time" in first.out
    assert re.search(r"set +dateFormat:tz +Europe/Paris", first.out)

    second = installed.run("install", key=KEY)
    assert second.code == 0
    assert "0 objects made, 10 replaced, 0 settings changed." in second.out


def test_a_space_of_its_own_as_a_program_reads_it(installed: OnKibana) -> None:
    done = installed.run("install", "--space", "presse", "--json", key=KEY)
    assert done.code == 0, done.err
    assert done.json["space"] == "presse" and done.json["locked"] == []
    assert {one["id"] for one in done.json["made"]} >= {"vigie_presse", "vigie_presse.requete.preavis"}
    assert done.json["settings"]["defaultIndex"] == "vigie_presse"
    assert done.json["of_now"] == ["Vigie : ces jours-ci"]
    assert installed.kibana.in_space("default") == {}


@pytest.mark.parametrize(
    ("arguments", "key", "code", "said"),
    [
        (("install",), None, 4, "asks for a key. Set the environment variable VIGIE_KIBANA_API_KEY"),
        (("install",), "ZmF1eDpmYXV4", 4, "does not accept the key"),
        (("install", "--space", "ailleurs"), KEY, 4, 'there is no space "ailleurs"'),
        (("install", "--space", "Ailleurs !"), KEY, 2, "--space: expected the identifier of a space"),
        (("link", "(grève"), KEY, 2, "this parenthesis is never closed"),
        (("link", "grève", "--from", "14/03/2026"), KEY, 2, "--from"),
    ],
)
def test_each_failure_is_one_sentence_and_a_code(
    installed: OnKibana, arguments: tuple[str, ...], key: str | None, code: int, said: str
) -> None:
    done = installed.run(*arguments, key=key)
    assert (done.code, done.out) == (code, "")
    assert said in done.err and len(done.err.strip().splitlines()) == 1
    assert key is None or key not in done.err


def test_a_setting_held_fast_ends_with_a_code(installed: OnKibana) -> None:
    installed.kibana.overrides = {"dateFormat:tz": "UTC"}
    done = installed.run("install", key=KEY)
    assert done.code == 1 and "dateFormat:tz: kibana.yml holds another value fast" in done.err


def test_a_faulty_file_of_the_configuration_is_named_and_nothing_is_sent(installed: OnKibana) -> None:
    folder = installed.program.config / "kibana"
    folder.mkdir()
    (folder / "notre.ndjson").write_text('{"type":"search"}\n', encoding="utf-8")
    done = installed.run("install", key=KEY)
    assert done.code == 2 and "notre.ndjson: line 1: expected a saved object" in done.err
    assert installed.kibana.said == []


def test_one_refused_object_ends_with_a_code_of_its_own(installed: OnKibana) -> None:
    installed.kibana.planned = [("_import", 200, '{"success": false, "successCount": 0, "errors": []}')]
    done = installed.run("install", key=KEY)
    assert done.code == 1 and "took 0 of 10 objects" in done.err


@pytest.mark.parametrize("command", [("install",), ("link", "grève")])
def test_without_a_cluster_there_is_nothing_to_look_at(installed: OnKibana, command: tuple[str, ...]) -> None:
    installed.configure(engine="embedded")
    done = installed.run(*command, key=KEY)
    assert done.code == 2 and "engine: expected elasticsearch, got embedded" in done.err


def test_a_link_is_one_line_with_days_filters_and_words(installed: OnKibana) -> None:
    public = "https://kibana.exemple.test/vue"
    installed.configure(
        engine="elasticsearch", elasticsearch="{prefix: gazette}", kibana=f'{{public_address: "{public}"}}'
    )
    options = ("--from", "2026-03-14", "--to", "2026-03", "--kind", "union", "--space", "presse")
    done = installed.run("link", "d'obtempérer", "OR", "grève", *options)
    assert done.code == 0, done.err
    (link,) = done.out.splitlines()
    assert link.startswith(f"{public}/s/presse/app/discover#/?_g=")
    around, page = (read_rison(unquote(part[3:])) for part in link.partition("#/?")[2].split("&"))
    assert around["time"] == {"from": "2026-03-13T23:00:00.000Z", "to": "2026-03-31T21:59:59.999Z"}
    assert page["index"] == "gazette_presse"
    assert page["filters"][0]["meta"]["alias"] == "Vigie : d'obtempérer OR grève"
    assert "union" in str(page["filters"][0]["query"])
    assert installed.kibana.said == []


def test_the_objects_come_with_the_package() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert '"kibana/*.ndjson"' in text
