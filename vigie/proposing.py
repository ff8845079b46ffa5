"""Addresses tried through the crawler, and an entry for a new source made from what was found."""

import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import yaml

from config.addresses import host_of
from config.loading import child_environment
from vigie.exits import CommandError, ExitCode
from vigie.installation import Installation

MODULE = "crawler.trying"
KEYS = {"feed": "feeds", "sitemap": "sitemaps", "listing": "listings"}


def try_addresses(installation: Installation, arguments: Sequence[str]) -> Iterator[dict[str, Any]]:
    """What each address answered, as soon as it did. Raises `CommandError` where nothing could be tried."""
    loaded = installation.loaded
    words = [sys.executable, "-m", MODULE, "--config", str(loaded.folder), *arguments]
    with subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=child_environment(loaded.settings.data_folder),
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        for line in child.stdout:
            yield json.loads(line)
        said = child.stderr.read().strip()
    if child.returncode:
        raise CommandError(said.splitlines()[-1] if said else "Nothing could be tried.", ExitCode.unexpected)


def propose_entry(homepage: str, tried: Sequence[Mapping[str, Any]], taken: Collection[str]) -> dict[str, Any] | None:
    """An entry with every address that works; the home page as a listing only where nothing else does."""
    working = [one for one in tried if one["works"] and one["through"] in KEYS]
    better = [one for one in working if one["through"] != "listing"]
    if not working:
        return None
    entry: dict[str, Any] = {
        "id": propose_id(host_of(homepage), taken),
        "name": host_of(homepage).removeprefix("www."),
        "kind": "local_press",
        "homepage": homepage,
    }
    for one in better or working:
        entry.setdefault(KEYS[one["through"]], []).append(one["moved_to"] or one["url"])
    return entry | {"regions": [], "departements": [], "reason": "Proposed by `vigie sources add`; review and complete"}


def propose_id(host: str, taken: Collection[str]) -> str:
    """An id from the host's name that no source has."""
    plain = unicodedata.normalize("NFKD", host.removeprefix("www.")).encode("ascii", "ignore").decode().lower()
    stem = plain.rpartition(".")[0] if not plain.replace(".", "").isdigit() else f"host-{plain}"
    base = re.sub(r"[^a-z0-9]+", "-", stem or plain).strip("-")[:60] or "source"
    free = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return base if base not in taken else next(name for name in free if name not in taken)


def write_entry(entry: Mapping[str, Any]) -> str:
    """The entry as it stands in a file under sources/."""
    head = "# Review name, kind, regions and departements, then put this into a file under sources/.\n"
    return head + yaml.safe_dump([dict(entry)], allow_unicode=True, sort_keys=False, width=1000)
