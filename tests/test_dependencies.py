"""What is installed is written down once: every dependency pinned, and the lock agrees."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_dependency_is_pinned_as_in_the_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    lock = dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.M))

    apart = [line for line in wanted if lock.get(line.partition("==")[0]) != line.partition("==")[2]]

    assert apart == [], "pin it in pyproject.toml as name==version and make requirements.lock anew"
