"""Where the daemon lives for a long run: a configuration with short intervals, a small disk, and commands on both.

The disk is a file system of its own in memory, so that it can be filled without harm to anybody. Mounting one needs
root or a user namespace (`enter_namespace`); where neither can be had the data lies in a plain folder and
`disk_is_own` is False.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from benchmarks.long_life.site_life import FEED
from tests.ports import find_port
from tests.site.configuration import write_configuration
from tests.site.publishers import PUBLISHERS
from tests.site.trouble import TROUBLE

COMMAND_SECONDS = 600.0  # verify and audit read everything that the run has made
WORD = "ronepré"  # of the generated language, in three articles of four
CLOCK = {
    "crawl_every": "1s", "extract_every": "1s", "project_every": "2s", "match_every": "1s", "send_every": "1s",
    "interval_bounds": ["2s", "1h"],
}  # fmt: skip
LIMITS = {
    "request_seconds": 5, "stop_seconds": 20, "child_seconds": 45, "free_space_bytes": "4 MiB", "warc_bytes": "4 MiB",
}  # fmt: skip
QUERIES = {
    "mot": {"title": WORD, "query": WORD, "recipients": ["redaction@exemple.test"], "schedule": "at once"},
    "syndicats": {
        "title": "syndicats", "query": "kind:union OR kind:federation", "schedule": "at once", "on_edit": "mail",
        "on_removal": "mail", "recipients": ["une@exemple.test", "deux@exemple.test"],
    },
}  # fmt: skip
# one visit to each kind of bad neighbour; what hangs is cut after `request_seconds`
FAULTS = (
    "/article/sain", "/status/404", "/status/403", "/status/500", "/empty", "/hang",
    "/drip?pause=0.5", "/reset", "/short", "/cut-chunked", "/cut-gzip", "/not-gzip", "/bomb?mib=64", "/greeting",
    "/redirect/ring-a", "/redirect/private", "/redirect/elsewhere", "/type/picture-as-html", "/type/pdf-as-html",
    "/changing",
)  # fmt: skip
# root passes every permission; without these two it is held to them like the user a service runs as
_HELD_TO_PERMISSIONS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"]


@dataclass
class Dwelling:
    """One installation on one disk."""

    folder: Path
    config: Path
    data: Path
    disk: Path
    disk_is_own: bool
    log: Path = field(init=False)
    _before: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.log = self.folder / "daemon.log"
        if os.geteuid() == 0 and shutil.which("setpriv"):
            self._before = _HELD_TO_PERMISSIONS

    @property
    def permissions_bind(self) -> bool:
        """Whether a folder without permissions is closed to the daemon."""
        return os.geteuid() != 0 or bool(self._before)

    def words(self, *words: str) -> list[str]:
        """A command line of this installation."""
        return [*self._before, sys.executable, "-m", "vigie", "--config", str(self.config), *words]

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """A command to its end."""
        return subprocess.run(self.words(*words), capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)

    def ask(self, *words: str) -> Any:
        """The answer of a command in JSON."""
        done = self.run(*words, "--json")
        if not done.stdout:
            raise SystemExit(f"vigie {' '.join(words)} ended with {done.returncode} and said: {done.stderr}")
        return json.loads(done.stdout)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """What the catalogue's tables say, read without the code under test."""
        file = (self.data / "catalogue.sqlite").absolute()
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
            return connection.execute(sql, values).fetchall()

    def count(self, sql: str, *values: object) -> int:
        """The one number that a query answers."""
        ((found,),) = self.rows(sql, *values)
        return int(found)


@contextmanager
def dwell(
    folder: Path, site_port: int, mail_port: int, *, disk_mib: int, faults: Sequence[str] = FAULTS, page: bool = True,
    settings: dict[str, Any] | None = None,
) -> Iterator[Dwelling]:  # fmt: skip
    """An installation that follows the site, for the block; the caller removes the folder."""
    disk = folder / "disk"
    disk.mkdir(parents=True)
    own = _mount(disk, disk_mib)
    try:
        data = disk / "data"
        config = write_configuration(folder / "config", site_port, data_folder=data, private_addresses=[TROUBLE])
        _write_settings(config, mail_port, page, settings or {})
        _write_sources(config, site_port, faults)
        (config / "queries").mkdir()
        for name, query in QUERIES.items():
            (config / "queries" / f"{name}.yaml").write_text(json.dumps(query), encoding="utf-8")
        dwelling = Dwelling(folder, config, data, disk, own)
        made = dwelling.run("init")
        if made.returncode:
            raise SystemExit(f"vigie init: {made.stderr}")
        yield dwelling
    finally:
        if own:
            subprocess.run(["umount", "-l", str(disk)], check=True)


def enter_namespace(module: str, arguments: Sequence[str]) -> None:
    """Begin again in a user namespace, where a small disk may be mounted, unless we may already or never."""
    if os.geteuid() == 0 or shutil.which("unshare") is None:
        return
    inside = ["unshare", "--user", "--map-root-user", "--mount"]
    if subprocess.run([*inside, "true"], capture_output=True).returncode == 0:
        os.execvp("unshare", [*inside, sys.executable, "-m", module, *arguments])


def _mount(disk: Path, mib: int) -> bool:
    options = ["-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(disk)]
    return shutil.which("mount") is not None and not subprocess.run(["mount", *options], capture_output=True).returncode


def _write_settings(config: Path, mail_port: int, page: bool, more: dict[str, Any]) -> None:
    file = config / "settings.yaml"
    mail = {"server": "127.0.0.1", "port": mail_port, "security": "none", "operator": "exploitant@exemple.test"}
    web = {"enabled": page, "port": find_port()}
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    settings |= {"clock": CLOCK, "limits": LIMITS, "mail": mail, "web": web} | more
    file.write_text(json.dumps(settings), encoding="utf-8")


def _write_sources(config: Path, port: int, faults: Sequence[str]) -> None:
    """The five publishers with the feed of what happens there, and one of the bad neighbourhood."""
    file = config / "sources" / "site.yaml"
    sources = yaml.safe_load(file.read_text(encoding="utf-8"))
    addresses = {one.name: one.address for one in PUBLISHERS}
    for source in sources:
        source["feeds"] = [*source.get("feeds", []), f"http://{addresses[source['id']]}:{port}{FEED}"]
        source |= {"interval": "3s", "interval_bounds": ["2s", "6s"]}
    if faults:
        base = f"http://{TROUBLE}:{port}"
        feed = f"{base}/feed/of?" + "&".join(f"path={path}" for path in faults)
        sources.append(
            {"id": "mauvais-voisin", "name": "Le Mauvais Voisin", "kind": "local_press", "homepage": f"{base}/",
             "feeds": [feed], "delay": "0s", "interval": "15s", "interval_bounds": ["15s", "30s"],
             "backfill_days": 3650}
        )  # fmt: skip
    file.write_text(json.dumps(sources), encoding="utf-8")
