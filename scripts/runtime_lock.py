"""Print the part of requirements.lock that running the program takes, without what only its tests need.

    python scripts/runtime_lock.py pyproject.toml requirements.lock

The lock says below each package which others brought it (`# via`), so the way up leads to the dependencies of the
project. Versions and hashes are printed as they are locked.
"""

import re
import sys
import tomllib
from pathlib import Path

_PACKAGE = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==.*(?:\n[ \t].*)*", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def read_lock(text: str) -> dict[str, tuple[str, set[str]]]:
    """Each package's lines and the packages that brought it."""
    found = {}
    for block in _PACKAGE.finditer(text):
        comments = re.findall(r"^ +#(?: via)? *(.*)$", block[0], re.MULTILINE)
        found[normalise(block[1])] = (block[0], {normalise(name) for line in comments for name in line.split()[:1]})
    return found


def choose(lock: dict[str, tuple[str, set[str]]], wanted: set[str]) -> list[str]:
    """The names wanted, and whatever they brought, in the order of the lock."""
    missing = wanted - lock.keys()
    if missing:
        raise SystemExit(f"requirements.lock lacks {', '.join(sorted(missing))}; make the lock anew")
    chosen = set(wanted)
    while more := {name for name, (_, via) in lock.items() if via & chosen} - chosen:
        chosen |= more
    return [name for name in lock if name in chosen]


def normalise(name: str) -> str:
    """The one form of a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def main(project: str, locked: str) -> None:
    """Print the chosen lines."""
    said = tomllib.loads(Path(project).read_text(encoding="utf-8"))["project"]["dependencies"]
    wanted = {normalise(match[0]) for each in said if (match := _NAME.match(each))}
    lock = read_lock(Path(locked).read_text(encoding="utf-8"))
    print("\n".join(lock[name][0] for name in choose(lock, wanted)))


if __name__ == "__main__":
    main(*sys.argv[1:])
