"""What is installed is written down once: every dependency pinned, and the lock agrees."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def _read_lock(path: Path) -> set[str]:
    return set(re.findall(r"^([a-z0-9._-]+==[^\s;]+)", path.read_text(encoding="utf-8"), re.M))


def test_every_dependency_is_pinned_as_in_the_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    locks = {"requirements.lock": [*project["dependencies"], *extras["dev"]], "requirements-fuzz.lock": extras["fuzz"]}
    locks["requirements-audit.lock"] = extras["audit"]
    locks["requirements-news-please.lock"] = extras["news-please"]

    apart = [line for lock, wanted in locks.items() for line in wanted if line not in _read_lock(ROOT / lock)]

    assert apart == [], "pin it in pyproject.toml as name==version and make requirements.lock anew"
