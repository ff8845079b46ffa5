"""A Vigie of its own for a test: configuration, catalogue, and real crawl processes on the local news site."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from archive.catalogue import create_catalogue, open_catalogue, utc_now
from archive.verify import Verdict, verify
from config.loading import load_valid
from tests.site.configuration import write_configuration
from tests.site.server import Site
from tests.site.trouble import TROUBLE
from vigie.registering import register_all

ROOT = Path(__file__).parents[2]
LONG_AGO = "2020-01-01T00:00:00.000000Z"


@dataclass(frozen=True)
class Ended:
    """How one crawl process ended."""

    status: int
    end: str
    counts: dict[str, int] = field(default_factory=dict)
    errors: str = ""


class Station:
    """One installation in a folder of its own."""

    def __init__(self, folder: Path, site: Site, private_addresses: Iterable[str] = ()) -> None:
        self.site = site
        self.config = write_configuration(
            folder / "config", site.port, data_folder=folder / "data", private_addresses=private_addresses
        )
        self.data = folder / "data"
        create_catalogue(self.data).close()

    def set_limits(self, **limits: object) -> None:
        """Write limits into the settings."""
        self._append("limits", limits)

    def set_politeness(self, **values: object) -> None:
        """Write politeness into the settings."""
        self._append("politeness", values)

    def add_source(self, source_id: str, address: str, **keys: object) -> None:
        """A source on one of the site's other addresses."""
        entry: dict[str, object] = {
            "id": source_id, "name": f"Essai {source_id}", "kind": "local_press",
            "homepage": f"http://{address}:{self.site.port}/", "delay": "0s", "backfill_days": 3650,
        }  # fmt: skip
        file = self.config / "sources" / f"{source_id}.yaml"
        file.write_text(json.dumps([entry | keys]), encoding="utf-8")

    def feed_of(self, address: str, *paths: str) -> str:
        """The address of a sound feed that lists these paths of that host."""
        query = "&".join(f"path={quote(path, safe='')}" for path in paths)
        return f"http://{address}:{self.site.port}/feed/of?{query}"

    def register(self) -> None:
        """Make the configured sources known, and due now."""
        loaded = load_valid(self.config)
        with closing(open_catalogue(self.data)) as catalogue:
            register_all(catalogue, loaded.sources, loaded.settings, utc_now())
        self.make_due()

    def make_due(self) -> None:
        """Every source is due now."""
        self.execute("UPDATE source SET next_visit_at = ?", LONG_AGO)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """A crawl process under way."""
        command = [sys.executable, "-m", "crawler.run", "--config", str(self.config), *arguments]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def crawl(self, *sources: str, since: str | None = None) -> Ended:
        """Visit sources (none: all) once, as they are due now, to the end."""
        self.register()
        named = [word for source in sources for word in ("--source", source)]
        return end_of(self.start("--once", *named, *(["--since", since] if since else [])))

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Look into the catalogue."""
        with closing(sqlite3.connect(self.data / "catalogue.sqlite", timeout=30)) as database:
            return database.execute(query, values).fetchall()

    def execute(self, statement: str, *values: object) -> None:
        """Change the catalogue, as time would."""
        with closing(sqlite3.connect(self.data / "catalogue.sqlite", timeout=30)) as database:
            database.execute(statement, values)
            database.commit()

    def outcomes(self) -> dict[str, str]:
        """The outcome of every candidate by path, `pending` where there is none yet."""
        rows = self.rows("SELECT url, coalesce(outcome, 'pending') FROM candidate")
        return {"/" + url.split("/", 3)[3]: outcome for url, outcome in rows}

    def verify(self) -> Verdict:
        """Read the whole archive back."""
        with closing(open_catalogue(self.data)) as catalogue:
            return verify(catalogue)

    def _append(self, key: str, values: dict[str, object]) -> None:
        lines = [f"{key}:", *(f"  {name}: {json.dumps(value)}" for name, value in values.items())]
        settings = self.config / "settings.yaml"
        settings.write_text(settings.read_text(encoding="utf-8") + "\n".join(lines) + "\n", encoding="utf-8")


def end_of(process: "subprocess.Popen[str]", seconds: float = 100.0) -> Ended:
    """Wait for a crawl process and read its last line."""
    try:
        output, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    lines = output.strip().splitlines()
    said = json.loads(lines[-1]) if lines else {}
    return Ended(process.returncode, said.get("end", ""), said.get("counts", {}), errors)


def wait_for_requests(station: Station, count: int, seconds: float = 30.0) -> None:
    """Until the bad host was asked that often."""
    deadline = time.monotonic() + seconds
    while len(station.site.requests(TROUBLE)) < count:
        assert time.monotonic() < deadline, "the crawl asks nothing"
        time.sleep(0.005)


def wait_for_path(station: Station, path: str) -> None:
    """Until the bad host was asked for it."""
    deadline = time.monotonic() + 30
    while not station.site.count(path, TROUBLE):
        assert time.monotonic() < deadline, f"the crawl does not ask for {path}"
        time.sleep(0.01)
