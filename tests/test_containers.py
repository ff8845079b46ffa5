"""The image and `compose.yaml`: what is pinned, who runs as whom, what is written, and that no secret stands there."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.loading import load
from tests.elasticsearch_node.build import VERSION

ROOT = Path(__file__).parents[1]
ROOMS = {"config", "archive", "crawler", "indexer", "vigie"}
OURS = ("vigie", "objects")
ONCE = ("prepare", "keys", "objects")


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def last_stage(steps: list[tuple[str, str]]) -> list[tuple[str, str]]:
    begin = max(place for place, (word, _) in enumerate(steps) if word == "FROM")
    return steps[begin:]


# compose.yaml


def test_images_are_pinned_to_the_version_that_the_tests_run_on(compose: Any) -> None:
    for name, service in compose["services"].items():
        place, _, tag = service["image"].rpartition(":")
        assert tag == ("local" if name in OURS else VERSION), f"{name}: {place}:{tag}"


def test_vigie_writes_nothing_but_its_data(compose: Any, steps: list[tuple[str, str]]) -> None:
    (user,) = [rest for word, rest in last_stage(steps) if word == "USER"]
    for name in OURS:
        service = compose["services"][name]
        assert service["read_only"] is True and service["init"] is True and service["user"] == user
        assert service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"]
        writable = [place for place in service["volumes"] if not place.endswith(":ro")]
        assert writable == ["data:/data"]


def test_nothing_is_reachable_from_other_machines(compose: Any) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", ())]
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)


def test_each_service_has_a_limit_and_what_goes_on_running_is_watched(compose: Any) -> None:
    for name, service in compose["services"].items():
        assert re.fullmatch(r"\d+[gm]", service["mem_limit"]), name
        if name not in ONCE:
            assert service["restart"] == "unless-stopped", name
            assert "healthcheck" in service or name in OURS, name
        else:
            assert "restart" not in service, name


def test_services_wait_for_what_they_need(compose: Any) -> None:
    for name, service in compose["services"].items():
        for other, how in service.get("depends_on", {}).items():
            expected = "service_completed_successfully" if other in ONCE else "service_healthy"
            assert how == {"condition": expected}, f"{name} on {other}"


def test_no_secret_stands_in_the_file(compose: Any) -> None:
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|ENCRYPTIONKEY|TOKEN|SECRET", name):
                assert re.fullmatch(r"\$\{[A-Z_]+:\?[^}]*operations\.md\}", str(value)), name
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert "/.env" in ignored, "the secrets of compose.yaml would be committed"


def test_every_volume_is_used_and_every_folder_is_there(compose: Any) -> None:
    mounted = [place.split(":")[0] for service in compose["services"].values() for place in service["volumes"]]
    assert {place for place in mounted if "/" not in place} == set(compose["volumes"])
    assert [place for place in mounted if place.startswith("./") and not (ROOT / place).exists()] == []


def test_its_settings_are_good_and_name_its_services(compose: Any, tmp_path: Path) -> None:
    settings = (ROOT / "compose" / "settings.yaml").read_text(encoding="utf-8")
    (tmp_path / "settings.yaml").write_text(settings, encoding="utf-8")
    loaded = load(tmp_path, {"VIGIE_ELASTICSEARCH_API_KEY": "dmlnaWU6a2V5"})
    assert {fault.key for fault in loaded.errors} <= {"elasticsearch.ca_file", "kibana.ca_file", ""}
    assert all("ca_file" in str(fault) or "sources" in str(fault) for fault in loaded.errors), loaded.errors
    addresses = [*loaded.settings.elasticsearch.addresses, loaded.settings.kibana.address]
    published = {
        f"https://{name}:{port.split(':')[-1]}"
        for name, service in compose["services"].items()
        for port in service.get("ports", ())
    }
    assert set(addresses) == published
    assert loaded.settings.engine == "elasticsearch"


@pytest.mark.parametrize(("key", "document"), [("elasticsearch", "elasticsearch.md"), ("kibana", "kibana.md")])
def test_the_keys_have_the_roles_of_the_documents(key: str, document: str) -> None:
    script = (ROOT / "compose" / "make-keys.sh").read_text(encoding="utf-8")
    (made,) = re.findall(rf"^make_key {key} '([^']*)'", script, re.MULTILINE)
    blocks = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / document).read_text(encoding="utf-8"), re.DOTALL)
    (said,) = [json.loads(block) for block in blocks if "role_descriptors" in block]
    assert json.loads(made) == next(iter(said["role_descriptors"].values()))


@pytest.mark.parametrize("script", sorted((ROOT / "compose").glob("*.sh")), ids=lambda path: path.name)
def test_its_scripts_can_be_read_by_a_shell(script: Path) -> None:
    subprocess.run(["sh", "-n", str(script)], check=True)
    assert "set -eu" in script.read_text(encoding="utf-8")


# the image


def test_the_base_is_pinned_and_one(steps: list[tuple[str, str]]) -> None:
    bases = {rest.split()[0] for word, rest in steps if word == "FROM"}
    (base,) = bases
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+", base)
    assert sys.version_info[:2] == tuple(map(int, base.split(":")[1].split(".")[:2])), "the tests run on another Python"


def test_the_image_runs_as_nobody_in_particular_without_tools(steps: list[tuple[str, str]]) -> None:
    stage = last_stage(steps)
    words = [word for word, _ in stage]
    (user,) = [rest for word, rest in stage if word == "USER"]
    assert re.fullmatch(r"([1-9]\d+):\1", user)
    assert "RUN" not in words[words.index("USER") :], "a step after USER would need rights or leave files"
    commands = " ".join(rest for word, rest in stage if word == "RUN")
    assert "pip uninstall" in commands and "install --require" not in commands and "apt" not in commands
    assert {"HEALTHCHECK", "ENTRYPOINT", "CMD", "VOLUME"} <= set(words)


def test_everything_installed_is_locked_with_hashes(steps: list[tuple[str, str]]) -> None:
    commands = [part.strip() for word, rest in steps if word == "RUN" for part in rest.split("&&")]
    installs = [command for command in commands if re.match(r"pip (--python \S+ )?install", command)]
    assert len(installs) == 3
    assert all("--require-hashes" in command or "--no-index" in command for command in installs)


def test_what_is_copied_is_let_through(steps: list[tuple[str, str]]) -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    copied = {
        one.rstrip("/") for word, rest in steps if word == "COPY" and "--from" not in rest for one in rest.split()[:-1]
    }
    assert copied >= ROOMS
    assert {name for name in allowed if not name.startswith("scripts/")} | {"scripts"} == copied
    assert [name for name in allowed if not (ROOT / name).exists()] == []


def test_the_part_of_the_lock_that_is_installed_is_what_running_takes() -> None:
    command = [sys.executable, "scripts/runtime_lock.py", "pyproject.toml", "requirements.lock"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = set(re.findall(r"^([a-z0-9-]+)==", printed, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted, dev = (
        {re.match(r"[\w.-]+", each)[0].lower() for each in group}  # type: ignore[index]
        for group in (project["dependencies"], project["optional-dependencies"]["dev"])
    )
    assert wanted <= names and not dev & names
    assert {"twisted", "elastic-transport", "pydantic-core"} <= names
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=\S+==)", printed))
